// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* uthash ends the program when memory runs out, unless told otherwise. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "losses.h"

/* A zombie that is there, and the set that it is counted in. */
struct member {
	struct {
		uint64_t start_ns;
		uint64_t tgid;
	} key; /* no padding: a hash key */
	UT_hash_handle hh;
	uint64_t died_ns; /* CLOCK_BOOTTIME; if that is not known, first seen */
	unsigned int set;
};

struct metrics {
	struct metrics_page page;
	struct member *members;
	bool oldest_gone; /* the oldest of a set went: whose turn it is must be looked for */
};

/* Said even while there are none, so that the first one is an increase. */
static const char *const known_reasons[] = { "history-full", "ring-full" };

struct metrics *metrics_new(const char *kernel)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (!metrics)
		return NULL;
	snprintf(metrics->page.kernel, sizeof(metrics->page.kernel), "%s", kernel);
	for (size_t i = 0; i < sizeof(known_reasons) / sizeof(known_reasons[0]); i++)
		strcpy(metrics->page.reasons[i].name, known_reasons[i]);
	strcpy(metrics->page.reasons[METRICS_REASONS_MAX - 1].name, "other");
	for (unsigned int cause = 0; cause < CAUSE_COUNT; cause++) {
		struct metrics_set *other = &metrics->page.sets[METRICS_NAMED_MAX + cause];

		other->cause = (enum cause)cause;
		strcpy(other->parent, "other");
		strcpy(other->unit, "other");
	}
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	struct member *member, *next;

	if (!metrics)
		return;
	HASH_ITER(hh, metrics->members, member, next) {
		HASH_DEL(metrics->members, member);
		free(member);
	}
	free(metrics);
}

static bool is_stale(const struct metrics_set *set, uint64_t now_ns)
{
	return set->used && !set->zombies && now_ns >= set->empty_ns &&
	       now_ns - set->empty_ns >= METRICS_KEPT_NS;
}

/* The unit of its parent; otherwise: if /proc could not be asked. */
static const char *unit_of(const struct finding *finding, const char *otherwise)
{
	if (!finding->inquiry)
		return otherwise;
	return finding->inquiry->unit ? finding->inquiry->unit : "";
}

/* The set with these labels, made if there is room for it, or the cause's `other`. */
static unsigned int find_set(struct metrics_page *page, const struct finding *finding,
			     const char *unit)
{
	unsigned int room = METRICS_NAMED_MAX + finding->cause;
	struct metrics_set *set;

	for (unsigned int i = 0; i < METRICS_NAMED_MAX; i++) {
		set = &page->sets[i];
		if (set->used && set->cause == finding->cause &&
		    !strncmp(set->parent, finding->parent->comm, sizeof(set->parent) - 1) &&
		    !strncmp(set->unit, unit, sizeof(set->unit) - 1))
			return i;
		if (room >= METRICS_NAMED_MAX && (!set->used || is_stale(set, finding->time_ns)))
			room = i;
	}
	set = &page->sets[room];
	if (room < METRICS_NAMED_MAX) {
		*set = (struct metrics_set){ .cause = finding->cause };
		snprintf(set->parent, sizeof(set->parent), "%.*s", DW_COMM_LEN,
			 finding->parent->comm);
		snprintf(set->unit, sizeof(set->unit), "%s", unit);
	}
	set->used = true;
	return room;
}

static void enter_set(struct metrics *metrics, struct member *member, unsigned int index)
{
	struct metrics_set *set = &metrics->page.sets[index];

	member->set = index;
	if (!set->zombies++ || member->died_ns < set->oldest_ns)
		set->oldest_ns = member->died_ns;
}

static void leave_set(struct metrics *metrics, const struct member *member, uint64_t now_ns)
{
	struct metrics_set *set = &metrics->page.sets[member->set];

	if (!--set->zombies)
		set->empty_ns = now_ns;
	else if (member->died_ns == set->oldest_ns)
		metrics->oldest_gone = true;
}

static struct member *find_member(const struct metrics *metrics, const struct dw_who *child)
{
	const struct member wanted = { .key = { .start_ns = child->start_ns,
						.tgid = child->tgid } };
	struct member *member;

	HASH_FIND(hh, metrics->members, &wanted.key, sizeof(wanted.key), member);
	return member;
}

static void add_member(struct metrics *metrics, const struct finding *finding)
{
	struct member *member = calloc(1, sizeof(*member));

	if (!member)
		return;
	member->key.start_ns = finding->child->start_ns;
	member->key.tgid = finding->child->tgid;
	HASH_ADD(hh, metrics->members, key, sizeof(member->key), member);
	if (!member->hh.tbl) {
		free(member);
		return;
	}
	member->died_ns =
		finding->time_ns > finding->age_ns ? finding->time_ns - finding->age_ns : 0;
	enter_set(metrics, member, find_set(&metrics->page, finding, unit_of(finding, "")));
}

/* Its cause or parent may be another now; a unit that could not be read anew is as it was. */
static void move_member(struct metrics *metrics, struct member *member,
			const struct finding *finding)
{
	const struct metrics_set *set = &metrics->page.sets[member->set];
	bool same = !strncmp(set->parent, finding->parent->comm, sizeof(set->parent) - 1);
	char unit[METRICS_UNIT_MAX];

	snprintf(unit, sizeof(unit), "%s", unit_of(finding, same ? set->unit : ""));
	leave_set(metrics, member, finding->time_ns);
	enter_set(metrics, member, find_set(&metrics->page, finding, unit));
}

static void close_member(struct metrics *metrics, struct member *member,
			 const struct finding *finding)
{
	metrics->page.reaped[finding->cause] += finding->closed_by == FINDING_REAPED ||
						finding->closed_by == FINDING_ADOPTED_AND_REAPED;
	if (!member)
		return;
	leave_set(metrics, member, finding->time_ns);
	HASH_DEL(metrics->members, member);
	free(member);
}

void metrics_take_finding(struct metrics *metrics, const struct finding *finding)
{
	struct member *member;

	if (finding->type == FINDING_STATUS) {
		metrics->page.statuses_lost++;
		return;
	}
	member = find_member(metrics, finding->child);
	if (finding->state == FINDING_CLOSED) {
		close_member(metrics, member, finding);
	} else if (member) {
		move_member(metrics, member, finding);
	} else {
		metrics->page.found[finding->cause] += finding->state == FINDING_OPEN;
		add_member(metrics, finding);
	}
}

void metrics_take_sigchld(struct metrics *metrics, const struct finding_sigchld *sigchld)
{
	uint32_t lost = losses_lost(sigchld->losses);

	if (lost > sigchld->told_lost)
		metrics->page.sigchld_lost += lost - sigchld->told_lost;
}

void metrics_take_orphan(struct metrics *metrics, const struct finding_orphan *orphan)
{
	metrics->page.orphans[orphan->kind]++;
}

/* A reason as a label: blanks would be awkward in a query. */
static void name_reason(char *out, size_t size, const char *reason)
{
	snprintf(out, size, "%s", reason);
	for (; *out; out++)
		if (*out == ' ')
			*out = '-';
}

void metrics_take_lost(struct metrics *metrics, const struct finding_lost *lost)
{
	struct metrics_reason *reason = metrics->page.reasons;
	const struct metrics_reason *last = reason + METRICS_REASONS_MAX - 1;
	char name[METRICS_REASON_MAX];

	name_reason(name, sizeof(name), lost->reason);
	while (reason < last && reason->name[0] && strcmp(reason->name, name) != 0)
		reason++;
	if (!reason->name[0])
		strcpy(reason->name, name);
	reason->count += lost->count;
}

void metrics_take_sample(struct metrics *metrics, const struct sample *sample)
{
	metrics->page.sample = *sample;
	metrics->page.sampled = true;
	for (unsigned int i = 0; i < METRICS_NAMED_MAX; i++)
		if (is_stale(&metrics->page.sets[i], sample->time_ns))
			metrics->page.sets[i].used = false;
}

void metrics_end(struct metrics *metrics)
{
	metrics->page.ended = true;
}

/* Once for all that went since it was last looked at: each set's oldest zombie. */
static void find_oldest(struct metrics *metrics)
{
	for (unsigned int i = 0; i < METRICS_SETS_MAX; i++)
		metrics->page.sets[i].oldest_ns = UINT64_MAX;
	for (const struct member *member = metrics->members; member; member = member->hh.next) {
		struct metrics_set *set = &metrics->page.sets[member->set];

		if (member->died_ns < set->oldest_ns)
			set->oldest_ns = member->died_ns;
	}
	metrics->oldest_gone = false;
}

const struct metrics_page *metrics_page(struct metrics *metrics)
{
	if (metrics->oldest_gone)
		find_oldest(metrics);
	return &metrics->page;
}
