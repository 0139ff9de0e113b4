// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_zombies: joins the lines about one zombie. Its identity is (host, boot, id); the lines may
 * come in any order and more than once. Each is handed to the sums once, with all that became of it:
 * when it is certain that no more comes, or at the end. Bounded: the oldest are given up first,
 * those that have ended before those that have not.
 */
#ifndef DEADWAIT_REPORT_ZOMBIES_H
#define DEADWAIT_REPORT_ZOMBIES_H

#include <stdbool.h>
#include <stdint.h>

#include <uthash.h>

#include "log_record.h"
#include "origins.h"
#include "report_boots.h"
#include "report_sums.h"

/* Followed at a time. */
#define REPORT_ZOMBIES_MAX 65536

struct report_followed;

struct report_zombies {
	size_t limit;
	struct report_followed *hash;
	struct report_followed *ended, *waiting; /* the oldest first */
	struct origins origins;
	struct report_boots boots;
	struct report_sums *sums;
	uint64_t given_up;     /* before their end was seen */
	uint64_t rejudged;     /* zombies that were judged again */
	uint64_t other_causes; /* of them with another cause than recorded */
};

/* Begins; sums must stay valid until report_zombies_end(). */
void report_zombies_init(struct report_zombies *zombies, struct report_sums *sums, size_t limit);

/* Takes in a line about a zombie; its facts, where it has them, decide the cause. -ENOMEM or 0. */
int report_zombies_take(struct report_zombies *zombies, const struct log_record *record);

/* No more lines come: hands over all that is left, and frees everything. */
void report_zombies_end(struct report_zombies *zombies);

#endif
