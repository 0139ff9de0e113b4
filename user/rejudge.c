// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rejudge: a recorded finding judged again. See rejudge.h.
 */
#include "rejudge.h"

#include "duration.h"
#include "verdict.h"

/* As in findings.c, with the age at its default: a log does not tell it. */
#define SETTLE_NS (2 * DURATION_NS_PER_S)

enum cause rejudge(const struct facts *facts, enum cause earlier, bool moved, bool *settled)
{
	struct verdict verdict;

	*settled = true;
	verdict_judge(facts, &verdict);
	if (earlier == CAUSE_COUNT || earlier == verdict.cause)
		return verdict.cause;
	if (moved && facts->under_ns && facts->under_ns < SETTLE_NS) {
		*settled = false;
		return earlier;
	}
	return moved || verdict_contradicts(earlier, facts) ? verdict.cause : earlier;
}
