// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_sums: all that a report adds up. See report_sums.h.
 */
#include "report_sums.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "causes.h"
#include "duration.h"

#define MINUTE_NS (60 * DURATION_NS_PER_S)
#define HOUR_NS (60 * MINUTE_NS)
#define KEY_PARTS 5

/* What one lost SIGCHLD or status weighs beside zombies that lay there so long. */
#define LOSS_WEIGHT_NS DURATION_NS_PER_S

/* A sum that is full stays full: it never starts again from 0. */
static void add(uint64_t *sum, uint64_t value)
{
	if (__builtin_add_overflow(*sum, value, sum))
		*sum = UINT64_MAX;
}

static void widen(uint64_t *first_ns, uint64_t *last_ns, uint64_t from_ns, uint64_t to_ns)
{
	if (from_ns && (!*first_ns || from_ns < *first_ns))
		*first_ns = from_ns;
	if (to_ns > *last_ns)
		*last_ns = to_ns;
}

static void add_parent(struct report_sum *sum, uint32_t tgid, uint64_t start_ns)
{
	if (!tgid)
		return;
	if (sum->parent_tgid && (sum->parent_tgid != tgid || sum->parent_start_ns != start_ns))
		sum->many_parents = true;
	sum->parent_tgid = tgid;
	sum->parent_start_ns = start_ns;
}

static void add_sum(void *into, const void *from)
{
	struct report_sum *sum = into;
	const struct report_sum *more = from;

	add(&sum->zombies, more->zombies);
	add(&sum->reaped, more->reaped);
	add(&sum->left, more->left);
	add(&sum->ended, more->ended);
	add(&sum->unknown, more->unknown);
	add(&sum->lived_ns, more->lived_ns);
	add(&sum->sent, more->sent);
	add(&sum->lost, more->lost);
	add(&sum->statuses, more->statuses);
	if (more->longest_ns > sum->longest_ns)
		sum->longest_ns = more->longest_ns;
	widen(&sum->first_ns, &sum->last_ns, more->first_ns, more->last_ns);
	for (unsigned int i = 0; i < REPORT_CAUSES; i++)
		add(&sum->by_cause[i], more->by_cause[i]);
	add_parent(sum, more->parent_tgid, more->parent_start_ns);
	sum->many_parents = sum->many_parents || more->many_parents;
}

/* Who leaks most: by the time that its zombies lay there, not by their number. */
static uint64_t weigh_sum(const void *of)
{
	const struct report_sum *sum = of;
	uint64_t weight = sum->lived_ns, losses = 0;

	add(&losses, sum->lost);
	add(&losses, sum->statuses);
	if (__builtin_mul_overflow(losses, LOSS_WEIGHT_NS, &losses))
		losses = UINT64_MAX;
	add(&weight, losses);
	add(&weight, sum->zombies);
	return weight;
}

static void add_father(void *into, const void *from)
{
	struct report_father *sum = into;
	const struct report_father *more = from;

	for (unsigned int i = 0; i < LOG_ORPHAN_KINDS; i++)
		add(&sum->kinds[i], more->kinds[i]);
	add(&sum->killed, more->killed);
	widen(&sum->first_ns, &sum->last_ns, more->first_ns, more->last_ns);
}

static uint64_t weigh_father(const void *of)
{
	const struct report_father *father = of;
	uint64_t weight = 0;

	for (unsigned int i = 0; i < LOG_ORPHAN_KINDS; i++)
		add(&weight, father->kinds[i]);
	return weight;
}

static void add_lost(void *into, const void *from)
{
	struct report_lost *sum = into;
	const struct report_lost *more = from;

	add(&sum->count, more->count);
	add(&sum->records, more->records);
	widen(&sum->first_ns, &sum->last_ns, more->first_ns, more->last_ns);
}

static uint64_t weigh_lost(const void *of)
{
	return ((const struct report_lost *)of)->count;
}

static void add_number(void *into, const void *from)
{
	add(into, *(const uint64_t *)from);
}

static uint64_t weigh_number(const void *of)
{
	return *(const uint64_t *)of;
}

int report_sums_init(struct report_sums *sums, enum report_by by)
{
	const struct tally of_sums = { .limit = REPORT_GROUPS_MAX,
				       .bytes = sizeof(struct report_sum),
				       .weigh = weigh_sum,
				       .add = add_sum };
	const struct tally of_times = { .limit = REPORT_MINUTES_MAX,
					.bytes = sizeof(uint64_t),
					.weigh = weigh_number,
					.add = add_number };
	struct tally *all[] = { &sums->groups, &sums->hosts, &sums->causes, &sums->fathers,
				&sums->losses, &sums->hours, &sums->minutes };
	int err = 0;

	memset(sums, 0, sizeof(*sums));
	sums->by = by;
	sums->groups = sums->hosts = sums->causes = of_sums;
	sums->fathers = (struct tally){ .limit = REPORT_GROUPS_MAX,
					.bytes = sizeof(struct report_father),
					.weigh = weigh_father,
					.add = add_father };
	sums->losses = (struct tally){ .limit = REPORT_CAUSES,
				       .bytes = sizeof(struct report_lost),
				       .weigh = weigh_lost,
				       .add = add_lost };
	sums->minutes = sums->hours = of_times;
	sums->hours.limit = REPORT_HOURS_MAX;
	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		err = tally_init(all[i]) ? -ENOMEM : err;
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		report_cause(sums, cause_text(cause)->name);
	return err;
}

void report_sums_free(struct report_sums *sums)
{
	tally_free(&sums->groups);
	tally_free(&sums->hosts);
	tally_free(&sums->causes);
	tally_free(&sums->fathers);
	tally_free(&sums->losses);
	tally_free(&sums->hours);
	tally_free(&sums->minutes);
}

unsigned int report_cause(struct report_sums *sums, const char *name)
{
	unsigned int i = 0;

	for (; i < sums->cause_count; i++)
		if (strcmp(name, sums->cause_names[i]) == 0)
			return i;
	if (i == REPORT_CAUSES - 1 || strlen(name) >= REPORT_CAUSE_MAX)
		return REPORT_CAUSES - 1;
	strcpy(sums->cause_names[i], name);
	return sums->cause_count++;
}

const char *report_cause_name(const struct report_sums *sums, unsigned int cause)
{
	return cause < sums->cause_count ? sums->cause_names[cause] : "other";
}

/* The sum of the group that it belongs to. */
static struct report_sum *group_of(struct report_sums *sums, const struct origin *origin,
				   const char *cause)
{
	bool who = sums->by == REPORT_BY_WHO, place = who || sums->by == REPORT_BY_UNIT;
	const char *const parts[KEY_PARTS] = {
		who || sums->by == REPORT_BY_HOST ? origin->host : "",
		place ? origin->unit : "",
		place ? origin->container : "",
		who || sums->by == REPORT_BY_PARENT ? origin->comm : "",
		sums->by == REPORT_BY_CAUSE ? cause : "",
	};
	char key[KEY_PARTS * ORIGIN_TEXT_MAX];
	size_t len = 0;

	for (unsigned int i = 0; i < KEY_PARTS; i++)
		len += (size_t)snprintf(key + len, sizeof(key) - len, "%s", parts[i]) + 1;
	return tally_at(&sums->groups, key, len);
}

static void add_long(struct report_sums *sums, const struct report_zombie *zombie)
{
	struct report_long *longest = sums->longest;
	unsigned int at = sums->longest_count;

	if (at == REPORT_LONGEST && zombie->age_ns <= longest[at - 1].age_ns)
		return;
	if (at == REPORT_LONGEST)
		at--;
	else
		sums->longest_count++;
	for (; at && longest[at - 1].age_ns < zombie->age_ns; at--)
		longest[at] = longest[at - 1];
	longest[at] = (struct report_long){ .tgid = zombie->tgid,
					    .parent_tgid = zombie->parent_tgid,
					    .found_ns = zombie->found_ns,
					    .age_ns = zombie->age_ns,
					    .cause = zombie->cause,
					    .end = zombie->end };
	snprintf(longest[at].host, ORIGIN_TEXT_MAX, "%s", zombie->origin->host);
	snprintf(longest[at].unit, ORIGIN_TEXT_MAX, "%s", zombie->origin->unit);
	snprintf(longest[at].container, ORIGIN_TEXT_MAX, "%s", zombie->origin->container);
	snprintf(longest[at].parent, ORIGIN_TEXT_MAX, "%s", zombie->origin->comm);
	snprintf(longest[at].comm, ORIGIN_TEXT_MAX, "%s", zombie->comm);
}

static void count_time(struct tally *tally, uint64_t time)
{
	uint64_t key = htobe64(time);

	add(tally_at(tally, &key, sizeof(key)), 1);
}

void report_add_zombie(struct report_sums *sums, const struct report_zombie *zombie)
{
	const char *cause = report_cause_name(sums, zombie->cause);
	const char *host = zombie->origin->host;
	struct report_sum one = { .zombies = 1,
				  .reaped = zombie->end == REPORT_REAPED,
				  .left = zombie->end == REPORT_LEFT,
				  .ended = zombie->end == REPORT_ENDED,
				  .unknown = zombie->end == REPORT_UNKNOWN,
				  .lived_ns = zombie->age_ns,
				  .longest_ns = zombie->age_ns,
				  .first_ns = zombie->found_ns,
				  .last_ns = zombie->last_ns,
				  .parent_tgid = zombie->parent_tgid,
				  .parent_start_ns = zombie->parent_start_ns };

	one.by_cause[zombie->cause] = 1;
	add_sum(&sums->all, &one);
	add_sum(group_of(sums, zombie->origin, cause), &one);
	add_sum(tally_at(&sums->hosts, host, strlen(host) + 1), &one);
	add_sum(tally_at(&sums->causes, cause, strlen(cause) + 1), &one);
	count_time(&sums->minutes, zombie->found_ns / MINUTE_NS);
	count_time(&sums->hours, zombie->found_ns / HOUR_NS);
	add_long(sums, zombie);
}

void report_add_losses(struct report_sums *sums, const struct origin *origin, unsigned int cause,
		       uint64_t sent, uint64_t lost, uint64_t statuses)
{
	const struct report_sum one = { .sent = sent, .lost = lost, .statuses = statuses };
	const char *name = report_cause_name(sums, cause);

	add_sum(&sums->all, &one);
	add_sum(group_of(sums, origin, name), &one);
	add_sum(tally_at(&sums->hosts, origin->host, strlen(origin->host) + 1), &one);
	add_sum(tally_at(&sums->causes, name, strlen(name) + 1), &one);
}

void report_add_orphan(struct report_sums *sums, const struct log_record *record)
{
	struct report_father one = { .killed = record->father_signal[0] != '\0',
				     .first_ns = record->time_ns,
				     .last_ns = record->time_ns };
	char key[2 * ORIGIN_TEXT_MAX];
	size_t len;

	one.kinds[record->kind] = 1;
	len = (size_t)snprintf(key, ORIGIN_TEXT_MAX, "%s", record->host);
	len = len < ORIGIN_TEXT_MAX ? len + 1 : ORIGIN_TEXT_MAX;
	snprintf(key + len, ORIGIN_TEXT_MAX, "%s", record->father.comm);
	len += strlen(key + len) + 1;
	add_father(&sums->orphans, &one);
	add_father(tally_at(&sums->fathers, key, len), &one);
}

void report_add_own_loss(struct report_sums *sums, const char *reason, const char *remedy,
			 uint64_t count, uint64_t time_ns)
{
	const struct report_lost one = {
		.count = count, .records = 1, .first_ns = time_ns, .last_ns = time_ns
	};
	char key[ORIGIN_TEXT_MAX];
	struct report_lost *sum;

	snprintf(key, sizeof(key), "%s", reason);
	sum = tally_at(&sums->losses, key, strlen(key) + 1);
	if (!sum->records)
		snprintf(sum->remedy, sizeof(sum->remedy), "%s", remedy);
	add_lost(sum, &one);
}

void report_sums_sort(struct report_sums *sums)
{
	tally_sort(&sums->groups);
	tally_sort(&sums->hosts);
	tally_sort(&sums->causes);
	tally_sort(&sums->fathers);
	tally_sort(&sums->losses);
	tally_sort(&sums->minutes);
	tally_sort_by_key(&sums->hours);
}

struct report_key report_sums_key(const struct report_sums *sums, const struct tally_row *row)
{
	const char *parts[KEY_PARTS];
	const char *at = tally_key(&sums->groups, row);

	for (unsigned int i = 0; i < KEY_PARTS; i++) {
		parts[i] = at;
		at += strlen(at) + 1;
	}
	return (struct report_key){ .host = parts[0],
				    .unit = parts[1],
				    .container = parts[2],
				    .parent = parts[3],
				    .cause = parts[4] };
}

uint64_t report_sums_time(const struct report_sums *sums, const struct tally_row *row)
{
	uint64_t key;

	memcpy(&key, tally_key(&sums->hours, row), sizeof(key));
	return be64toh(key);
}
