// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_json: a report as one JSON object. See report_render.h.
 */
#include "report_render.h"

#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "json_parts.h"
#include "walltime.h"

#define SCHEMA_VERSION 1
#define MINUTE_NS (60 * DURATION_NS_PER_S)

static json_t *count_of(uint64_t count)
{
	return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

/* "" is not known: null. The text was cut, perhaps inside a character. */
static json_t *text_of(const char *text)
{
	return part_text(*text ? text : NULL);
}

static json_t *time_of(uint64_t ns)
{
	char text[WALLTIME_TEXT_MAX];

	return ns ? json_string(walltime_format_iso(text, sizeof(text), ns)) : json_null();
}

static json_t *rate_of(const struct report *report, uint64_t zombies)
{
	double hours = report_hours(report);

	return hours > 0 ? json_real((double)zombies / hours) : json_null();
}

static json_t *causes_of(const struct report_sums *sums, const struct report_sum *sum)
{
	json_t *causes = json_object();

	for (unsigned int i = 0; i < REPORT_CAUSES; i++)
		if (sum->by_cause[i])
			part_set(causes, report_cause_name(sums, i), count_of(sum->by_cause[i]));
	return causes;
}

/* What each group, host and cause has. */
static void set_sum(json_t *object, const struct report *report, const struct report_sum *sum)
{
	part_set(object, "zombies", count_of(sum->zombies));
	part_set(object, "reaped", count_of(sum->reaped));
	part_set(object, "still_there", count_of(sum->left));
	part_set(object, "ended_otherwise", count_of(sum->ended));
	part_set(object, "end_not_known", count_of(sum->unknown));
	part_set(object, "per_hour", rate_of(report, sum->zombies));
	part_set(object, "zombie_time_s", part_seconds(sum->lived_ns));
	part_set(object, "longest_s", sum->zombies ? part_seconds(sum->longest_ns) : json_null());
	part_set(object, "first", time_of(sum->first_ns));
	part_set(object, "last", time_of(sum->last_ns));
	part_set(object, "sigchlds_lost", count_of(sum->lost));
	part_set(object, "statuses_lost", count_of(sum->statuses));
	part_set(object, "causes", causes_of(&report->sums, sum));
}

static void set_only_parent(json_t *object, const struct report_sum *sum)
{
	part_set(object, "parent_pid",
		 sum->parent_tgid && !sum->many_parents ? json_integer(sum->parent_tgid) :
							  json_null());
}

/* What was folded, as one more row; null: nothing was. */
static json_t *other_of(const struct report *report, const struct tally *tally)
{
	json_t *other;

	if (!tally->folded)
		return json_null();
	other = json_object();
	part_set(other, "rows", count_of(tally->folded));
	set_sum(other, report, tally->other);
	return other;
}

static json_t *groups_of(const struct report *report)
{
	json_t *groups = json_array();

	for (struct tally_row *row = report->sums.groups.rows; row; row = row->hh.next) {
		const struct report_key key = report_sums_key(&report->sums, row);
		const struct report_sum *sum = tally_sum(row);
		json_t *group = json_object();

		part_set(group, "host", text_of(key.host));
		part_set(group, "unit", text_of(key.unit));
		part_set(group, "container", text_of(key.container));
		part_set(group, "parent", text_of(key.parent));
		part_set(group, "cause", text_of(key.cause));
		set_only_parent(group, sum);
		set_sum(group, report, sum);
		json_array_append_new(groups, group);
	}
	return groups;
}

/* Rows with a name of their own: hosts, causes. */
static json_t *named_of(const struct report *report, const struct tally *tally, const char *name)
{
	json_t *array = json_array();

	for (struct tally_row *row = tally->rows; row; row = row->hh.next) {
		json_t *object = json_object();

		part_set(object, name, text_of(tally_key(tally, row)));
		set_sum(object, report, tally_sum(row));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *hours_of(const struct report_sums *sums)
{
	json_t *hours = json_array();

	for (struct tally_row *row = sums->hours.rows; row; row = row->hh.next) {
		json_t *hour = json_object();

		part_set(hour, "hour", time_of(report_sums_time(sums, row) * 60 * MINUTE_NS));
		part_set(hour, "zombies", count_of(*(uint64_t *)tally_sum(row)));
		json_array_append_new(hours, hour);
	}
	return hours;
}

static json_t *worst_minute_of(const struct report_sums *sums)
{
	const struct tally_row *row = sums->minutes.rows;
	json_t *minute;

	if (!row)
		return json_null();
	minute = json_object();
	part_set(minute, "minute", time_of(report_sums_time(sums, row) * MINUTE_NS));
	part_set(minute, "zombies", count_of(*(uint64_t *)tally_sum(row)));
	return minute;
}

static json_t *longest_of(const struct report_sums *sums)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < sums->longest_count; i++) {
		const struct report_long *one = &sums->longest[i];
		json_t *object = json_object();

		part_set(object, "lived_s", part_seconds(one->age_ns));
		part_set(object, "end", json_string(report_end_name(one->end)));
		part_set(object, "found", time_of(one->found_ns));
		part_set(object, "host", text_of(one->host));
		part_set(object, "unit", text_of(one->unit));
		part_set(object, "container", text_of(one->container));
		part_set(object, "pid", json_integer(one->tgid));
		part_set(object, "comm", text_of(one->comm));
		part_set(object, "parent_pid",
			 one->parent_tgid ? json_integer(one->parent_tgid) : json_null());
		part_set(object, "parent", text_of(one->parent));
		part_set(object, "cause", json_string(report_cause_name(sums, one->cause)));
		json_array_append_new(array, object);
	}
	return array;
}

static void set_father(json_t *object, const struct report_father *father)
{
	static const char *const kinds[LOG_ORPHAN_KINDS] = { "zombie", "abandoned", "daemonized",
							     "background", "other" };
	uint64_t count = 0;

	for (unsigned int i = 0; i < LOG_ORPHAN_KINDS; i++) {
		count += father->kinds[i];
		part_set(object, kinds[i], count_of(father->kinds[i]));
	}
	part_set(object, "count", count_of(count));
	part_set(object, "father_killed", count_of(father->killed));
	part_set(object, "first", time_of(father->first_ns));
	part_set(object, "last", time_of(father->last_ns));
}

static json_t *orphans_of(const struct report_sums *sums)
{
	json_t *orphans = json_object(), *fathers = json_array(), *other = json_null();

	set_father(orphans, &sums->orphans);
	for (struct tally_row *row = sums->fathers.rows; row; row = row->hh.next) {
		const char *host = tally_key(&sums->fathers, row);
		json_t *father = json_object();

		part_set(father, "host", text_of(host));
		part_set(father, "father", text_of(host + strlen(host) + 1));
		set_father(father, tally_sum(row));
		json_array_append_new(fathers, father);
	}
	part_set(orphans, "fathers", fathers);
	if (sums->fathers.folded) {
		other = json_object();
		part_set(other, "rows", count_of(sums->fathers.folded));
		set_father(other, sums->fathers.other);
	}
	part_set(orphans, "other", other);
	return orphans;
}

static json_t *losses_of(const struct tally *losses)
{
	json_t *array = json_array();

	for (struct tally_row *row = losses->rows; row; row = row->hh.next) {
		const struct report_lost *lost = tally_sum(row);
		json_t *object = json_object();

		part_set(object, "reason", text_of(tally_key(losses, row)));
		part_set(object, "count", count_of(lost->count));
		part_set(object, "records", count_of(lost->records));
		part_set(object, "first", time_of(lost->first_ns));
		part_set(object, "last", time_of(lost->last_ns));
		part_set(object, "remedy", text_of(lost->remedy));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *lines_of(const struct report *report)
{
	json_t *lines = json_object();

	part_set(lines, "read", count_of(report->lines));
	part_set(lines, "damaged", count_of(report->damaged));
	part_set(lines, "of_another_time", count_of(report->outside));
	part_set(lines, "passed_over", count_of(report->types[LOG_RECORD_OTHER]));
	return lines;
}

static json_t *rejudged_of(const struct report *report)
{
	json_t *object;

	if (!report->config.rejudge)
		return json_null();
	object = json_object();
	part_set(object, "zombies", count_of(report->zombies.rejudged));
	part_set(object, "with_another_cause", count_of(report->zombies.other_causes));
	return object;
}

/* Takes over the text, and adds a newline. */
static char *end_line(char *text)
{
	size_t len = text ? strlen(text) : 0;
	char *line = text ? realloc(text, len + 2) : NULL;

	if (!line) {
		free(text);
		return NULL;
	}
	memcpy(line + len, "\n", 2);
	return line;
}

char *report_json(const struct report *report)
{
	const struct report_sums *sums = &report->sums;
	json_t *object = json_object(), *sigchlds = json_object(), *all = json_object();
	char *text;

	part_set(object, "v", json_integer(SCHEMA_VERSION));
	part_set(object, "type", json_string("report"));
	part_set(object, "from", time_of(report->first_ns));
	part_set(object, "to", time_of(report->last_ns));
	part_set(object, "files", count_of(report->files));
	part_set(object, "files_failed", count_of(report->files_failed));
	part_set(object, "lines", lines_of(report));
	part_set(object, "watched_s", part_seconds(report->watched_ns));
	set_sum(all, report, &sums->all);
	part_set(object, "all", all);
	part_set(object, "worst_minute", worst_minute_of(sums));
	part_set(object, "by", json_string(report_by_name(sums->by)));
	part_set(object, "groups", groups_of(report));
	part_set(object, "other_groups", other_of(report, &sums->groups));
	part_set(object, "hosts", named_of(report, &sums->hosts, "host"));
	part_set(object, "other_hosts", other_of(report, &sums->hosts));
	part_set(object, "causes", named_of(report, &sums->causes, "cause"));
	part_set(object, "hours", hours_of(sums));
	part_set(object, "longest", longest_of(sums));
	part_set(object, "orphans", orphans_of(sums));
	part_set(sigchlds, "sent", count_of(sums->all.sent));
	part_set(sigchlds, "lost", count_of(sums->all.lost));
	part_set(sigchlds, "parents", count_of(report->parents.with_lost_sigchlds));
	part_set(object, "sigchlds", sigchlds);
	part_set(object, "statuses_lost", count_of(sums->all.statuses));
	part_set(object, "parents_with_lost_statuses",
		 count_of(report->parents.with_lost_statuses));
	part_set(object, "storms", count_of(report->types[LOG_RECORD_STORM]));
	part_set(object, "lost", losses_of(&sums->losses));
	part_set(object, "rejudged", rejudged_of(report));
	text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	json_decref(object);
	return end_line(text);
}
