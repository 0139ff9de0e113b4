// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * advice: what to do about a finding, and what is commonly tried and does not
 * help. Pure, as the verdict is.
 */
#ifndef DEADWAIT_ADVICE_H
#define DEADWAIT_ADVICE_H

#include "facts.h"
#include "verdict.h"

#define ADVICE_NOTES_MAX 3

/*
 * Sentences beside the cause's own advice that apply to these facts. Fills
 * out with static strings and returns how many.
 */
unsigned int advice_notes(enum cause cause, const struct facts *facts,
			  const char *out[ADVICE_NOTES_MAX]);

#endif
