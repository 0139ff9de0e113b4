// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_parents: joins the lines about one parent's losses, SIGCHLDs and statuses. Each line tells
 * the sum so far, and few of the sums are told: the last one counts, and what is counted is "at
 * least". Bounded: when there are too many parents, the oldest goes to the sums.
 */
#ifndef DEADWAIT_REPORT_PARENTS_H
#define DEADWAIT_REPORT_PARENTS_H

#include <stdint.h>

#include "log_record.h"
#include "origins.h"
#include "report_sums.h"

/* Followed at a time. */
#define REPORT_PARENTS_MAX 16384

struct report_loser;

struct report_parents {
	size_t limit;
	struct report_loser *hash; /* the oldest first */
	struct origins origins;
	struct report_sums *sums;
	uint64_t with_lost_sigchlds, with_lost_statuses; /* parents handed over */
};

/* Begins; sums must stay valid until report_parents_end(). */
void report_parents_init(struct report_parents *parents, struct report_sums *sums, size_t limit);

/* Takes in a line of the types sigchld and status. Returns 0 or -ENOMEM. */
int report_parents_take(struct report_parents *parents, const struct log_record *record);

/* No more lines come: hands over all that is left, and frees everything. */
void report_parents_end(struct report_parents *parents);

#endif
