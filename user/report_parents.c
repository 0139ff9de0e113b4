// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_parents: joins the lines about one parent's losses. See report_parents.h.
 */
#include "report_parents.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <uthash.h>

#include "causes.h"
#include "rejudge.h"
#include "report_boots.h"

struct identity {
	uint64_t boot;
	uint64_t start_ns;
	uint32_t tgid;
	uint32_t type; /* enum log_record_type: SIGCHLDs and statuses are apart */
};

/* A sum that began again from 0, with a new run of deadwait, goes on from what it was. */
struct count {
	uint64_t before, now;
};

struct report_loser {
	UT_hash_handle hh;
	struct identity identity;
	struct origin *origin;
	uint64_t last_ns;
	unsigned int cause;
	struct count sent, lost, statuses;
};

void report_parents_init(struct report_parents *parents, struct report_sums *sums, size_t limit)
{
	*parents = (struct report_parents){ .limit = limit, .sums = sums };
}

static void go_on(struct count *count, uint64_t now)
{
	if (now < count->now)
		count->before += count->now;
	count->now = now;
}

static uint64_t total(const struct count *count)
{
	return count->before + count->now;
}

static void hand_over(struct report_parents *parents, struct report_loser *loser)
{
	parents->with_lost_sigchlds += loser->identity.type == LOG_RECORD_SIGCHLD;
	parents->with_lost_statuses += loser->identity.type == LOG_RECORD_STATUS;
	report_add_losses(parents->sums, loser->origin, loser->cause, total(&loser->sent),
			  total(&loser->lost), total(&loser->statuses));
	HASH_DEL(parents->hash, loser);
	origins_drop(&parents->origins, loser->origin);
	free(loser);
}

static struct report_loser *follow(struct report_parents *parents, const struct log_record *record)
{
	/* Its members leave no padding. */
	const struct identity identity = { .boot = report_boot_id(record->host, record->boot_id),
					   .start_ns = record->parent.start_ns,
					   .tgid = record->parent.tgid,
					   .type = record->type };
	struct report_loser *loser;

	HASH_FIND(hh, parents->hash, &identity, sizeof(identity), loser);
	if (loser)
		return loser;
	if (HASH_COUNT(parents->hash) >= parents->limit)
		hand_over(parents, parents->hash);
	loser = calloc(1, sizeof(*loser));
	if (!loser)
		return NULL;
	loser->origin = origins_take(&parents->origins, record);
	if (!loser->origin) {
		free(loser);
		return NULL;
	}
	loser->identity = identity;
	HASH_ADD(hh, parents->hash, identity, sizeof(loser->identity), loser);
	return loser;
}

static unsigned int cause_of(struct report_parents *parents, const struct log_record *record)
{
	const char *name = record->cause;
	bool settled;

	if (record->has_facts)
		name = cause_text(rejudge(&record->facts, CAUSE_COUNT, false, &settled))->name;
	return report_cause(parents->sums, name);
}

int report_parents_take(struct report_parents *parents, const struct log_record *record)
{
	struct report_loser *loser = follow(parents, record);

	if (!loser)
		return -ENOMEM;
	/* A line of before the last one is in its sum. */
	if (record->time_ns < loser->last_ns)
		return 0;
	loser->last_ns = record->time_ns;
	loser->cause = cause_of(parents, record);
	go_on(&loser->sent, record->sent);
	go_on(&loser->lost, record->lost);
	go_on(&loser->statuses, record->statuses);
	return 0;
}

void report_parents_end(struct report_parents *parents)
{
	while (parents->hash)
		hand_over(parents, parents->hash);
}
