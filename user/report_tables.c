// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_tables: the tables of a report's text: who, why, where, when, the longest lived, fathers of
 * orphans, and what deadwait itself lost. See report_draft.h.
 */
#include "report_draft.h"

#include <inttypes.h>
#include <string.h>

#include "duration.h"
#include "walltime.h"
#include "report_render.h"
#include "text.h"

#define ROWS_MAX 10  /* of each table; JSON and CSV have all */
#define HOURS_MAX 24 /* the last ones */
#define BAR_COLUMNS 40
#define CAUSES_SHOWN 4
#define HOUR_NS (3600 * DURATION_NS_PER_S)

/* "server (4100) in x.service on h1" */
static void put_who(struct draft *draft, const char *parent, uint32_t tgid, const char *unit,
		    const char *container, const char *host)
{
	char name[DRAFT_NAME_MAX], place[DRAFT_NAME_MAX], on[DRAFT_NAME_MAX];

	draft_put(draft, "%s", draft_show(name, parent));
	if (tgid)
		draft_put(draft, "(%" PRIu32 ")", tgid);
	if (*container)
		draft_put(draft, "in container %.12s", draft_show(place, container));
	else if (*unit)
		draft_put(draft, "in %s", draft_show(place, unit));
	draft_put(draft, "on %s", draft_show(on, host));
}

static void put_key(struct draft *draft, const struct report_key *key, const struct report_sum *sum)
{
	char name[DRAFT_NAME_MAX];
	uint32_t tgid = sum->many_parents ? 0 : sum->parent_tgid;

	switch (draft->report->sums.by) {
	case REPORT_BY_WHO:
		put_who(draft, key->parent, tgid, key->unit, key->container, key->host);
		break;
	case REPORT_BY_CAUSE:
		draft_put(draft, "%s", draft_show(name, key->cause));
		break;
	case REPORT_BY_PARENT:
		draft_put(draft, "%s", draft_show(name, key->parent));
		break;
	case REPORT_BY_HOST:
		draft_put(draft, "%s", draft_show(name, key->host));
		break;
	case REPORT_BY_UNIT:
		if (key->container[0])
			draft_put(draft, "container %.12s", draft_show(name, key->container));
		else
			draft_put(draft, "%s",
				  key->unit[0] ? draft_show(name, key->unit) : "in no unit");
		break;
	}
}

/* The causes of a group, the most frequent first. */
static void put_causes(struct draft *draft, const struct report_sum *sum)
{
	uint64_t left[REPORT_CAUSES];
	unsigned int shown = 0;

	memcpy(left, sum->by_cause, sizeof(left));
	for (; shown <= CAUSES_SHOWN; shown++) {
		unsigned int most = 0;
		char name[DRAFT_NAME_MAX];

		for (unsigned int i = 1; i < REPORT_CAUSES; i++)
			if (left[i] > left[most])
				most = i;
		if (!left[most])
			break;
		if (shown == CAUSES_SHOWN) {
			draft_put(draft, "and others;");
			break;
		}
		draft_put(draft, "%s %" PRIu64 ";",
			  draft_show(name, report_cause_name(&draft->report->sums, most)),
			  left[most]);
		left[most] = 0;
	}
}

static void put_losses(struct draft *draft, const struct report_sum *sum)
{
	if (sum->lost)
		draft_put(draft, "at least %" PRIu64 " SIGCHLD%s lost", sum->lost,
			  draft_plural(sum->lost));
	if (sum->statuses)
		draft_put(draft, "at least %" PRIu64 " status%s lost", sum->statuses,
			  sum->statuses == 1 ? "" : "es");
}

/* All that is told of a group but its name. */
static void put_sum(struct draft *draft, const struct report_sum *sum, bool causes)
{
	char longest[DURATION_TEXT_MAX], first[WALLTIME_TEXT_MAX], last[WALLTIME_TEXT_MAX];

	if (sum->zombies) {
		draft_end_row(draft);
		if (causes)
			put_causes(draft, sum);
		draft_rate(draft, sum);
		draft_ends(draft, sum);
		draft_end_row(draft);
		draft_put(draft, "longest %s; seen %s to %s",
			  duration_format(longest, sizeof(longest), sum->longest_ns),
			  walltime_format(first, sizeof(first), sum->first_ns),
			  walltime_format(last, sizeof(last), sum->last_ns));
	}
	if (sum->lost || sum->statuses) {
		draft_end_row(draft);
		put_losses(draft, sum);
	}
	draft_end_row(draft);
}

/* Says what a table does not show. */
static void put_rest(struct draft *draft, const struct tally *tally, const char *what)
{
	size_t count = tally_count(tally);

	if (count > ROWS_MAX) {
		draft_put(draft, "and %zu more %s: -o json has them all", count - ROWS_MAX, what);
		draft_end_row(draft);
	}
	if (tally->folded) {
		draft_put(draft,
			  "and %" PRIu64
			  " of the smallest %s, added up as one (there were too many); each of "
			  "the above may have more",
			  tally->folded, what);
		draft_end_row(draft);
	}
}

static void put_groups(struct draft *draft)
{
	const struct report_sums *sums = &draft->report->sums;
	const struct tally_row *row = sums->groups.rows;
	char title[96];

	if (!row)
		return;
	snprintf(title, sizeof(title), "WHO LEAKS%s%s (zombies; the most zombie time first)",
		 sums->by == REPORT_BY_WHO ? "" : ", by ",
		 sums->by == REPORT_BY_WHO ? "" : report_by_name(sums->by));
	draft_title(draft, title);
	for (unsigned int i = 0; row && i < ROWS_MAX; i++, row = row->hh.next) {
		const struct report_key key = report_sums_key(sums, row);
		const struct report_sum *sum = tally_sum(row);

		draft_count(draft, sum->zombies);
		put_key(draft, &key, sum);
		put_sum(draft, sum, sums->by != REPORT_BY_CAUSE);
	}
	put_rest(draft, &sums->groups, "groups");
}

static void put_named(struct draft *draft, const struct tally *tally, const char *title,
		      const char *what)
{
	const struct tally_row *row = tally->rows;
	char name[DRAFT_NAME_MAX], longest[DURATION_TEXT_MAX];

	draft_title(draft, title);
	for (unsigned int i = 0; row && i < ROWS_MAX; i++, row = row->hh.next) {
		const struct report_sum *sum = tally_sum(row);

		draft_count(draft, sum->zombies);
		draft_put(draft, "%s:", draft_show(name, tally_key(tally, row)));
		if (sum->zombies)
			draft_put(draft, "%" PRIu64 " still there, longest %s%s", sum->left,
				  duration_format(longest, sizeof(longest), sum->longest_ns),
				  sum->lost || sum->statuses ? ";" : "");
		put_losses(draft, sum);
		draft_end_row(draft);
	}
	put_rest(draft, tally, what);
}

static void put_hours(struct draft *draft)
{
	const struct report_sums *sums = &draft->report->sums;
	const struct tally_row *row = sums->hours.rows;
	size_t skip = tally_count(&sums->hours);
	uint64_t most = 1;

	if (skip < 2)
		return;
	for (const struct tally_row *at = row; at; at = at->hh.next)
		if (*(uint64_t *)tally_sum(at) > most)
			most = *(uint64_t *)tally_sum(at);
	draft_title(draft, "ZOMBIES PER HOUR (the last hours that had any)");
	for (; row; row = row->hh.next) {
		uint64_t count = *(uint64_t *)tally_sum(row);
		char hour[WALLTIME_TEXT_MAX];

		if (skip-- > HOURS_MAX)
			continue;
		draft_count(draft, count);
		walltime_format_minute(hour, sizeof(hour), report_sums_time(sums, row) * HOUR_NS);
		page_add(&draft->page, "%s  ", hour);
		for (int i = 0;
		     i < BAR_COLUMNS && (double)i / BAR_COLUMNS < (double)count / (double)most; i++)
			page_add(&draft->page, "#");
		draft_end_row(draft);
	}
}

static void put_longest(struct draft *draft)
{
	const struct report_sums *sums = &draft->report->sums;
	char lived[DURATION_TEXT_MAX], name[DRAFT_NAME_MAX], cause[DRAFT_NAME_MAX];

	if (!sums->longest_count)
		return;
	draft_title(draft, "LONGEST LIVED");
	for (unsigned int i = 0; i < sums->longest_count; i++) {
		const struct report_long *one = &sums->longest[i];

		draft_figure(draft, duration_format(lived, sizeof(lived), one->age_ns));
		draft_put(draft, "%" PRIu32 " (%s) of", one->tgid, draft_show(name, one->comm));
		put_who(draft, one->parent, one->parent_tgid, one->unit, one->container, one->host);
		draft_put(draft, "- %s, %s", draft_show(cause, report_cause_name(sums, one->cause)),
			  one->end == REPORT_LEFT ? "still there" : report_end_name(one->end));
		draft_end_row(draft);
	}
}

static void put_fathers(struct draft *draft)
{
	const struct tally *fathers = &draft->report->sums.fathers;
	const struct tally_row *row = fathers->rows;
	char name[DRAFT_NAME_MAX], host[DRAFT_NAME_MAX];

	if (!row)
		return;
	draft_title(draft, "ORPHANS, by father");
	for (unsigned int i = 0; row && i < ROWS_MAX; i++, row = row->hh.next) {
		const struct report_father *father = tally_sum(row);
		const char *on = tally_key(fathers, row);

		draft_count(draft, fathers->weigh(father));
		draft_put(draft, "%s on %s:", draft_show(name, on + strlen(on) + 1),
			  draft_show(host, on));
		draft_kinds(draft, father);
		if (father->killed)
			draft_put(draft, "- %" PRIu64 " by a father that was killed",
				  father->killed);
		draft_end_row(draft);
	}
	put_rest(draft, fathers, "fathers");
}

static void put_own_losses(struct draft *draft)
{
	const struct tally *losses = &draft->report->sums.losses;
	char name[DRAFT_NAME_MAX], remedy[TEXT_MAX(sizeof(((struct report_lost *)0)->remedy))];

	if (!losses->rows)
		return;
	draft_title(draft, "WHAT DEADWAIT ITSELF LOST");
	for (struct tally_row *row = losses->rows; row; row = row->hh.next) {
		const struct report_lost *lost = tally_sum(row);
		char last[WALLTIME_TEXT_MAX];

		draft_count(draft, lost->count);
		draft_put(draft, "%s, last %s", draft_show(name, tally_key(losses, row)),
			  walltime_format(last, sizeof(last), lost->last_ns));
		text_escape(remedy, sizeof(remedy), lost->remedy, strlen(lost->remedy));
		if (remedy[0])
			draft_put(draft, "- %s", remedy);
		draft_end_row(draft);
	}
}

void draft_tables(struct draft *draft)
{
	const struct report_sums *sums = &draft->report->sums;

	put_groups(draft);
	if (sums->causes.rows && sums->by != REPORT_BY_CAUSE)
		put_named(draft, &sums->causes, "WHY", "causes");
	if (tally_count(&sums->hosts) > 1 && sums->by != REPORT_BY_HOST)
		put_named(draft, &sums->hosts, "WHERE", "hosts");
	put_hours(draft);
	put_longest(draft);
	put_fathers(draft);
	put_own_losses(draft);
}
