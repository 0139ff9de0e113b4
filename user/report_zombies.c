// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_zombies: joins the lines about one zombie. See report_zombies.h.
 */
#include "report_zombies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "causes.h"
#include "rejudge.h"

#define COMM_TEXT_MAX 64 /* 15 bytes, each as \xNN */

struct identity {
	uint64_t boot;
	uint64_t start_ns;
	uint64_t tgid;
};

struct report_followed {
	UT_hash_handle hh;
	struct report_followed *prev, *next; /* in ended or waiting */
	struct identity identity;
	struct origin *origin;
	bool has_place; /* origin is from a line that tells the place */
	bool seen_open; /* a line that it is there */
	bool in_ended;
	uint8_t state;	/* enum log_zombie_state, by the latest line */
	uint8_t cause;	/* of report_cause(), by the latest line */
	uint8_t judged; /* enum cause by the present rules; CAUSE_COUNT: not judged again */
	uint32_t parent_tgid;
	uint64_t parent_start_ns, judged_start_ns; /* parent that the verdict was about */
	uint64_t found_ns, last_ns;
	uint64_t parent_ns; /* of the line that the parent is from */
	uint64_t age_ns;    /* at last_ns */
	char comm[COMM_TEXT_MAX];
};

void report_zombies_init(struct report_zombies *zombies, struct report_sums *sums, size_t limit)
{
	*zombies = (struct report_zombies){ .limit = limit, .sums = sums };
}

/* What became of it, by what is known now. */
static enum report_end end_of(const struct report_followed *followed, bool booted)
{
	switch (followed->state) {
	case LOG_ZOMBIE_REAPED:
		return REPORT_REAPED;
	case LOG_ZOMBIE_LIVES_ON:
		return REPORT_ENDED;
	default:
		return booted ? REPORT_ENDED : REPORT_LEFT;
	}
}

static void hand_over(struct report_zombies *zombies, struct report_followed *followed, bool early)
{
	struct report_zombie zombie = { .origin = followed->origin,
					.comm = followed->comm,
					.tgid = (uint32_t)followed->identity.tgid,
					.parent_tgid = followed->parent_tgid,
					.parent_start_ns = followed->parent_start_ns,
					.found_ns = followed->found_ns,
					.last_ns = followed->last_ns,
					.age_ns = followed->age_ns,
					.cause = followed->cause };
	const char *recorded = report_cause_name(zombies->sums, followed->cause);
	bool booted;
	uint64_t last_ns = report_boots_last(&zombies->boots, followed->identity.boot, &booted);

	zombie.end = end_of(followed, booted);
	if (early && zombie.end != REPORT_REAPED) {
		zombie.end = REPORT_UNKNOWN;
		zombies->given_up++;
	} else if (followed->state == LOG_ZOMBIE_OPEN && last_ns > zombie.last_ns) {
		/* While the log goes on and does not say that it ended, it is there. */
		zombie.age_ns += last_ns - zombie.last_ns;
		zombie.last_ns = last_ns;
	}
	if (followed->judged != CAUSE_COUNT) {
		zombies->rejudged++;
		zombies->other_causes += strcmp(recorded, cause_text(followed->judged)->name) != 0;
		zombie.cause = report_cause(zombies->sums, cause_text(followed->judged)->name);
	}
	report_add_zombie(zombies->sums, &zombie);
}

static void forget(struct report_zombies *zombies, struct report_followed *followed)
{
	if (followed->in_ended)
		DL_DELETE(zombies->ended, followed);
	else
		DL_DELETE(zombies->waiting, followed);
	HASH_DEL(zombies->hash, followed);
	origins_drop(&zombies->origins, followed->origin);
	free(followed);
}

static void give_up_one(struct report_zombies *zombies)
{
	struct report_followed *oldest = zombies->ended ? zombies->ended : zombies->waiting;

	hand_over(zombies, oldest, true);
	forget(zombies, oldest);
}

static struct report_followed *follow(struct report_zombies *zombies,
				      const struct log_record *record)
{
	/* Its members leave no padding. */
	const struct identity identity = { .boot = report_boot_id(record->host, record->boot_id),
					   .start_ns = record->child.start_ns,
					   .tgid = record->child.tgid };
	struct report_followed *followed;

	HASH_FIND(hh, zombies->hash, &identity, sizeof(identity), followed);
	if (followed)
		return followed;
	if (HASH_COUNT(zombies->hash) >= zombies->limit)
		give_up_one(zombies);
	followed = calloc(1, sizeof(*followed));
	if (!followed)
		return NULL;
	followed->identity = identity;
	followed->judged = CAUSE_COUNT;
	followed->found_ns = record->time_ns;
	HASH_ADD(hh, zombies->hash, identity, sizeof(followed->identity), followed);
	DL_APPEND(zombies->waiting, followed);
	return followed;
}

/* The latest line that tells the place, else any. */
static int take_origin(struct report_zombies *zombies, struct report_followed *followed,
		       const struct log_record *record, bool latest)
{
	struct origin *origin;

	if (followed->origin &&
	    (followed->has_place ? !latest || !record->has_place : !record->has_place && !latest))
		return 0;
	origin = origins_take(&zombies->origins, record);
	if (!origin)
		return -ENOMEM;
	origins_drop(&zombies->origins, followed->origin);
	followed->origin = origin;
	followed->has_place = record->has_place;
	return 0;
}

static void judge_again(struct report_followed *followed, const struct log_record *record)
{
	bool moved = followed->judged_start_ns != record->parent.start_ns, settled;

	followed->judged =
		(uint8_t)rejudge(&record->facts, (enum cause)followed->judged, moved, &settled);
	if (settled)
		followed->judged_start_ns = record->parent.start_ns;
}

/*
 * Whether a line is of another parent than the one at hand, with the same
 * cause. An adopter takes over a zombie with the verdict on its former parent,
 * which is the one to blame until there is another cause.
 */
static bool is_handed_over(const struct report_zombies *zombies,
			   const struct report_followed *followed, const struct log_record *record)
{
	return followed->origin &&
	       (followed->parent_tgid != record->parent.tgid ||
		followed->parent_start_ns != record->parent.start_ns) &&
	       followed->cause == report_cause(zombies->sums, record->cause);
}

static void take_parent(struct report_followed *followed, const struct log_record *record)
{
	followed->parent_tgid = record->parent.tgid;
	followed->parent_start_ns = record->parent.start_ns;
	followed->parent_ns = record->time_ns;
}

/* What only the latest line tells. */
static void take_latest(struct report_zombies *zombies, struct report_followed *followed,
			const struct log_record *record)
{
	followed->last_ns = record->time_ns;
	followed->state = (uint8_t)record->state;
	followed->cause = (uint8_t)report_cause(zombies->sums, record->cause);
	if (record->age_ns)
		followed->age_ns = record->age_ns;
	if (record->child.comm[0])
		snprintf(followed->comm, sizeof(followed->comm), "%s", record->child.comm);
	if (record->has_facts)
		judge_again(followed, record);
}

/* Both its begin and its end were seen: it goes first when there are too many. */
static void settle(struct report_zombies *zombies, struct report_followed *followed)
{
	bool ended = followed->seen_open && followed->state == LOG_ZOMBIE_REAPED;

	if (ended == followed->in_ended)
		return;
	if (ended) {
		DL_DELETE(zombies->waiting, followed);
		DL_APPEND(zombies->ended, followed);
	} else {
		DL_DELETE(zombies->ended, followed);
		DL_APPEND(zombies->waiting, followed);
	}
	followed->in_ended = ended;
}

int report_zombies_take(struct report_zombies *zombies, const struct log_record *record)
{
	struct report_followed *followed = follow(zombies, record);
	bool latest, handed, blamed;
	int err = 0;

	if (!followed)
		return -ENOMEM;
	latest = record->time_ns >= followed->last_ns;
	/* The parent is the latest line's, but of two with one cause the earlier one's. */
	handed = is_handed_over(zombies, followed, record);
	blamed = handed ? record->time_ns < followed->parent_ns : latest;
	if (blamed || !handed)
		err = take_origin(zombies, followed, record, blamed);
	if (err) {
		if (!followed->origin)
			forget(zombies, followed);
		return err;
	}
	if (blamed)
		take_parent(followed, record);
	if (record->time_ns < followed->found_ns)
		followed->found_ns = record->time_ns;
	if (record->state == LOG_ZOMBIE_OPEN)
		followed->seen_open = true;
	if (latest)
		take_latest(zombies, followed, record);
	else if (record->has_facts && followed->judged == CAUSE_COUNT)
		judge_again(followed, record);
	settle(zombies, followed);
	return 0;
}

void report_zombies_end(struct report_zombies *zombies)
{
	struct report_followed *followed, *next;

	HASH_ITER(hh, zombies->hash, followed, next) {
		hand_over(zombies, followed, false);
		forget(zombies, followed);
	}
	report_boots_free(&zombies->boots);
}
