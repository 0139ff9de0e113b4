// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules: the table of causes in order of priority. Each row: when it holds,
 * the evidence in words, what contradicts it. Rows read facts and nothing
 * else.
 */
#ifndef DEADWAIT_RULES_H
#define DEADWAIT_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "facts.h"
#include "verdict.h"

/* rule.flags */
#define RULE_PATIENT (1U << 0) /* confidence grows with age */
#define RULE_LIKELY (1U << 1)  /* never more than likely */
#define RULE_HISTORY (1U << 2) /* rests on history: a gap lowers the confidence */
#define RULE_ALONE (1U << 3)   /* never among the `also`: others that hold imply it */

struct rule {
	enum cause cause;
	unsigned int flags;
	bool (*holds)(const struct facts *facts);
	void (*tell)(const struct facts *facts, struct verdict *out);
	bool (*contradicted)(const struct facts *facts); /* what cannot be if the cause is true */
};

/* The table, highest priority first; *count rows. */
const struct rule *rules_table(size_t *count);

/* Evidence where no rule holds: what is there and what is missing. */
void rules_tell_unknown(const struct facts *facts, struct verdict *out);

/* Evidence that the parent's own end adds to any cause; nothing while it lives. */
void rules_tell_end(const struct facts *facts, struct verdict *out);

#endif
