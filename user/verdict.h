// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict: from facts to a cause. A pure function: no clock, no file, no
 * memory of earlier verdicts (stickiness is findings' business).
 */
#ifndef DEADWAIT_VERDICT_H
#define DEADWAIT_VERDICT_H

#include <stdint.h>

#include "causes.h"
#include "facts.h"

enum confidence {
	CONFIDENCE_POSSIBLE = 0,
	CONFIDENCE_LIKELY = 1,
	CONFIDENCE_CERTAIN = 2,
};

#define VERDICT_LINES 4	     /* of evidence */
#define VERDICT_LINE_MAX 128 /* bytes of one, NUL included */

struct verdict {
	enum cause cause; /* the one whose remedy ends the leak */
	uint64_t also;	  /* CAUSE_BIT of the others that the facts support */
	enum confidence confidence;
	unsigned int lines;
	char evidence[VERDICT_LINES][VERDICT_LINE_MAX]; /* plain words and numbers */
};

/* Judges. Always fills *out; CAUSE_UNKNOWN if no rule holds. */
void verdict_judge(const struct facts *facts, struct verdict *out);

/*
 * Whether facts contradict an earlier verdict of that cause: something
 * happened that cannot be if it were true, such as a matching wait after
 * never-waits. That a state merely ended is no contradiction.
 */
bool verdict_contradicts(enum cause cause, const struct facts *facts);

/* "possible", "likely" or "certain". */
const char *verdict_confidence_name(enum confidence confidence);

#endif
