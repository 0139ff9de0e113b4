// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_render: text that is safe and under 100 columns, one JSON object, a CSV table; nothing is
 * said where there is nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "report_bench.h"
#include "report_render.h"

static char *text;

static int drop(void **state)
{
	free(text);
	text = NULL;
	return tear_down(state);
}

static void render(char *(*how)(const struct report *))
{
	free(text);
	text = how(&report);
	assert_non_null(text);
}

static void expect(const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("'%s' is not in:\n%s", wanted, text);
}

static void expect_none(const char *unwanted)
{
	if (strstr(text, unwanted))
		fail_msg("'%s' is in:\n%s", unwanted, text);
}

/* No byte that a terminal would act on. */
static void check_clean(void)
{
	for (const char *at = text; *at; at++)
		assert_true(*at == '\n' || ((unsigned char)*at >= ' ' && *at != 0x7f));
}

/* And every line under 100 columns. */
static void check_text(void)
{
	check_clean();
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "\n");

		if (len >= 100 + 2 * 4) /* bytes: an ellipsis has three for one column */
			fail_msg("%zu bytes: %.*s", len, (int)len, at);
		at += len + (at[len] == '\n');
	}
}

static void some_lines(void)
{
	for (unsigned int i = 0; i < 30; i++)
		ZOMBIE(.at_s = i * 300, .pid = 10 + i, .age_s = 1, .host = i < 20 ? "h1" : "h2",
		       .unit = "\"x.service\"", .cause = i < 25 ? "never-waits" : "sigchld-merged");
	for (unsigned int i = 0; i < 10; i++)
		ZOMBIE(.at_s = i * 300 + 61.5, .pid = 10 + i, .age_s = 62.5, .state = "closed");
	take_other(9000, "h1", "sigchld",
		   ",\"cause\":\"sigchld-merged\",\"parent\":{\"pid\":4100,\"start_ns\":4100,"
		   "\"comm\":\"server\",\"unit\":\"x.service\"},\"sent\":9,\"merged\":4");
	take_other(
		9000, "h1", "status",
		",\"cause\":\"auto-reaped\",\"parent\":{\"pid\":7,\"start_ns\":5,\"comm\":\"sh\"}");
	take_other(9000, "h1", "orphan",
		   ",\"kind\":\"abandoned\",\"father\":{\"comm\":\"sh\",\"signal\":\"SIGKILL\"}");
	take_other(9000, "h1", "storm", ",\"processes\":5");
	take_other(9000, "h1", "lost",
		   ",\"reason\":\"ring-full\",\"count\":5,\"remedy\":\"turn it\"");
}

static void test_text(void **state)
{
	(void)state;
	some_lines();
	report.files = 2;
	report_finish(&report);
	render(report_text);
	check_text();
	expect("deadwait report: 45 lines of 2 files, 2 hosts with findings\n"
	       "from 2026-11-21 19:00:00Z to 2026-11-21 21:30:00Z (2h30m)\n");
	expect("             30  zombies: 12.0 an hour; 10 reaped, 20 still there\n");
	expect("              4  SIGCHLDs lost at least, of 9 sent to 1 parent\n");
	expect("              1  status lost at least, of 1 parent\n");
	expect("              1  orphan: 1 abandoned\n");
	expect("              1  fork storm told of\n");
	expect("             20  server (4100) in x.service on h1\n"
	       "                 never-waits 20; 8.0 an hour; 10 reaped, 10 still there\n"
	       "                 longest 1h40m; seen 2026-11-21 19:00:00Z to 2026-11-21 21:30:00Z\n"
	       "                 at least 4 SIGCHLDs lost\n");
	expect("\nWHY\n             25  never-waits: 15 still there, longest 1h40m\n");
	expect("\nWHERE\n");
	expect("             12  2026-11-21 19:00Z  ####");
	expect("          1h40m  20 (worker) of server (4100) in x.service on h1 - never-waits, still "
	       "there\n");
	expect("              1  sh on h1: 1 abandoned - 1 by a father that was killed\n");
	expect("              5  ring-full, last 2026-11-21 21:30:00Z - turn it\n");
	expect_none("passed over");
	expect_none("judged again");
}

static void test_what_is_missing_is_said(void **state)
{
	(void)state;
	report_free(&report);
	begin(&(struct report_config){ .rejudge = true, .until_ns = (EPOCH_S + 100) * S });
	report.zombies.limit = 1;
	report.files = 1;
	report.files_failed = 1;
	report_take_damaged(&report);
	ZOMBIE(.at_s = 1, .pid = 10);
	ZOMBIE(.at_s = 2, .pid = 11);
	ZOMBIE(.at_s = 101, .pid = 11);
	take_other(3, NULL, "event", "");
	report_finish(&report);
	render(report_text);
	check_text();
	expect("\n1 damaged line passed over\n");
	expect("\n1 file could not be read, or not to the end\n");
	expect("\n1 line of another time passed over\n");
	expect("\n1 line of kinds that are no findings passed over\n");
	expect("\nmore than 1 zombies at a time: of 1 it is not known how they ended\n");
	expect("\njudged again: 0 zombies that have their facts in the log, 0 with another cause than "
	       "recorded\n");
	expect("1 not followed to the end");
}

static void test_nothing(void **state)
{
	json_t *object;

	(void)state;
	report_finish(&report);
	render(report_text);
	assert_string_equal(text, "deadwait report: 0 lines of 0 files\n"
				  "nothing: no record of deadwait to report on\n");
	render(report_csv);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	render(report_json);
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_null(json_object_get(object, "from")));
	assert_true(json_is_null(json_object_get(object, "worst_minute")));
	assert_int_equal(json_array_size(json_object_get(object, "groups")), 0);
	json_decref(object);
}

/* Names that would fake a row, a cell, a formula, or drive a terminal. */
#define HOSTILE "=cmd|'x'!A1 \\u001b[2J\\n\\\"\\\\,; \\u202e\\ud83d\\ude00\\r\\u009b"

static void test_hostile_names(void **state)
{
	char name[2000];
	json_t *object;

	(void)state;
	snprintf(name, sizeof(name), HOSTILE "%0800d", 0);
	for (unsigned int i = 0; i < 3; i++)
		ZOMBIE(.at_s = i * 4000, .pid = 10 + i, .age_s = 1, .host = i ? name : HOSTILE,
		       .parent = i == 1 ? name : HOSTILE, .unit = "\"" HOSTILE "\"",
		       .cause = i ? HOSTILE : name);
	take_other(1, name, "orphan",
		   ",\"kind\":\"abandoned\",\"father\":{\"comm\":\"" HOSTILE "\"}");
	take_other(1, name, "lost", ",\"reason\":\"" HOSTILE "\",\"remedy\":\"" HOSTILE "\"");
	report_finish(&report);
	for (enum report_by by = REPORT_BY_WHO; by <= REPORT_BY_UNIT; by++) {
		report.sums.by = by;
		render(report_text);
		check_text();
	}
	report.sums.by = REPORT_BY_WHO;
	render(report_csv);
	check_clean();
	expect("\n\"'=cmd|'x'!A1 \\x1b[2J\\x0a\"\"\\\\,; ");
	render(report_json);
	for (const char *at = text; at[1]; at++)
		assert_in_range(*at, ' ', 0x7e);
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(object);
	assert_int_equal(json_array_size(json_object_get(object, "groups")), 3);
	json_decref(object);
}

static const json_t *path_of(const json_t *object, const char *path)
{
	char key[64];

	while (object && *path) {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		object = json_is_array(object) ? json_array_get(object, (size_t)atoi(key)) :
						 json_object_get(object, key);
		path += len + (path[len] == '.');
	}
	return object;
}

static void test_json(void **state)
{
	static const struct {
		const char *path, *value;
	} expected[] = {
		{ "v", "1" },
		{ "type", "\"report\"" },
		{ "from", "\"2026-11-21T19:00:00.000000000Z\"" },
		{ "to", "\"2026-11-21T21:30:00.000000000Z\"" },
		{ "lines.read", "45" },
		{ "storms", "1" },
		{ "lines.damaged", "0" },
		{ "all.zombies", "30" },
		{ "all.reaped", "10" },
		{ "all.still_there", "20" },
		{ "all.per_hour", "12.0" },
		{ "all.causes.sigchld-merged", "5" },
		{ "by", "\"who\"" },
		{ "groups.0.host", "\"h1\"" },
		{ "groups.0.unit", "\"x.service\"" },
		{ "groups.0.container", "null" },
		{ "groups.0.parent", "\"server\"" },
		{ "groups.0.parent_pid", "4100" },
		{ "groups.0.cause", "null" },
		{ "groups.0.zombies", "20" },
		{ "groups.0.first", "\"2026-11-21T19:00:00.000000000Z\"" },
		{ "groups.0.sigchlds_lost", "4" },
		{ "other_groups", "null" },
		{ "hosts.0.host", "\"h1\"" },
		{ "causes.0.cause", "\"never-waits\"" },
		{ "hours.0.hour", "\"2026-11-21T19:00:00.000000000Z\"" },
		{ "hours.0.zombies", "12" },
		{ "worst_minute.zombies", "1" },
		{ "longest.0.end", "\"still-there\"" },
		{ "longest.0.pid", "20" },
		{ "longest.0.comm", "\"worker\"" },
		{ "orphans.abandoned", "1" },
		{ "orphans.fathers.0.father", "\"sh\"" },
		{ "orphans.other", "null" },
		{ "sigchlds.lost", "4" },
		{ "statuses_lost", "1" },
		{ "lost.0.reason", "\"ring-full\"" },
		{ "lost.0.count", "5" },
		{ "rejudged", "null" },
	};
	json_t *object;

	(void)state;
	some_lines();
	report_finish(&report);
	render(report_json);
	assert_int_equal(text[strlen(text) - 1], '\n');
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(object);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const json_t *value = path_of(object, expected[i].path);
		char *dump = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

		if (!dump || strcmp(dump, expected[i].value) != 0)
			fail_msg("%s is %s", expected[i].path, dump ? dump : "missing");
		free(dump);
	}
	json_decref(object);
}

static void test_csv(void **state)
{
	(void)state;
	some_lines();
	report_finish(&report);
	render(report_csv);
	assert_memory_equal(
		text,
		"host,unit,container,parent,parent_pid,cause,zombies,reaped,still_there,"
		"ended_otherwise,end_not_known,per_hour,zombie_time_s,longest_s,first,last,"
		"sigchlds_lost,statuses_lost\n",
		strchr(text, '\n') - text + 1);
	expect("\n\"h1\",\"x.service\",,\"server\",4100,\"never-waits\",20,10,10,0,0,8.000,");
	expect(",2026-11-21T19:00:00.000000000Z,2026-11-21T21:30:00.000000000Z,4,0\n");
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
		unsigned int commas = 0;

		for (const char *c = at; *c != '\n'; c++)
			commas += *c == ',';
		assert_int_equal(commas, 17);
	}
}

/* Thousands of groups: ten in text and a word about the rest, all in CSV, and what was folded. */
static void test_many_groups(void **state)
{
	char parent[32];
	size_t rows = 0;

	(void)state;
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(parent, sizeof(parent), "parent-%u", i);
		ZOMBIE(.at_s = i, .pid = i, .parent = parent, .age_s = i % 50, .state = "closed");
	}
	report_finish(&report);
	render(report_text);
	check_text();
	expect("more groups: -o json has them all");
	expect("of the smallest groups, added up as one (there were too many)");
	render(report_csv);
	for (const char *at = text; *at; at++)
		rows += *at == '\n';
	assert_int_equal(rows, tally_count(&report.sums.groups) + 2);
	expect("\n\"(other)\",");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_text),	TEST(test_what_is_missing_is_said),
		TEST(test_nothing),	TEST(test_hostile_names),
		TEST(test_json),	TEST(test_csv),
		TEST(test_many_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
