// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log_record: what json writes reads back as it was; anything else is refused, with the reason.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "finding_maker.h"
#include "json.h"
#include "log_record.h"

static struct made made;
static struct log_record record;

static int set_up(void **state)
{
	(void)state;
	maker_finding(&made);
	return 0;
}

static void read_back(char *text)
{
	char why[LOG_RECORD_WHY_MAX] = "";

	log_record_free(&record);
	if (log_record_parse(text, strlen(text), true, &record, why))
		fail_msg("%s: %s", why, text);
	free(text);
}

static int drop(void **state)
{
	(void)state;
	log_record_free(&record);
	return 0;
}

static void test_zombie_reads_back(void **state)
{
	(void)state;
	made.facts.waits_since = 7;
	read_back(json_of_finding(&made.finding));
	assert_int_equal(record.type, LOG_RECORD_ZOMBIE);
	assert_int_equal(record.state, LOG_ZOMBIE_OPEN);
	assert_int_equal(record.child.tgid, 4242);
	assert_int_equal(record.child.start_ns, 81234567890);
	assert_string_equal(record.child.comm, "worker");
	assert_int_equal(record.parent.tgid, 4100);
	assert_int_equal(record.parent.start_ns, 80012345678);
	assert_string_equal(record.parent.comm, "server");
	assert_true(record.has_place);
	assert_string_equal(record.unit, "x.service");
	assert_string_equal(record.container, "0123456789ab");
	assert_string_equal(record.cause, "sigchld-merged");
	assert_int_equal(record.age_ns, 1004000000);
	assert_true(record.has_facts);
	assert_int_equal(record.facts.waits_since, 7);
	assert_true(record.time_ns > 0);
	assert_true(record.boot_id[0]);

	maker_close(&made, FINDING_REAPED);
	made.finding.state = FINDING_CLOSED;
	read_back(json_of_finding(&made.finding));
	assert_int_equal(record.state, LOG_ZOMBIE_REAPED);
	assert_false(record.has_place);
	assert_false(record.has_facts);
	assert_string_equal(record.unit, "");
}

static void test_ends(void **state)
{
	static const struct {
		enum finding_end end;
		enum log_zombie_state state;
	} ends[] = { { FINDING_REAPED, LOG_ZOMBIE_REAPED },
		     { FINDING_ADOPTED_AND_REAPED, LOG_ZOMBIE_REAPED },
		     { FINDING_EXIT, LOG_ZOMBIE_LEFT },
		     { FINDING_LIVES_ON, LOG_ZOMBIE_LIVES_ON } };

	(void)state;
	made.finding.state = FINDING_CLOSED;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		maker_close(&made, ends[i].end);
		made.finding.state = FINDING_CLOSED;
		made.finding.closed_by = ends[i].end;
		read_back(json_of_finding(&made.finding));
		assert_int_equal(record.state, ends[i].state);
	}
}

static void test_others_read_back(void **state)
{
	const struct losses losses = {
		.sent = 9, .delivered = 2, .fetched = 1, .merged = 3, .ignored = 2, .pending = 1
	};
	const struct finding_sigchld sigchld = { .time_ns = 1,
						 .parent = &made.parent,
						 .losses = &losses,
						 .inquiry = &made.inquiry,
						 .cause = CAUSE_LATE_HANDLER };
	const struct finding_orphan orphan = { .time_ns = 1,
					       .child = &made.child,
					       .father = &made.parent,
					       .father_status = 9,
					       .kind = ORPHAN_DAEMONIZED };
	const struct finding_lost lost = { 1, "history-full", 12, "raise --history" };
	const struct finding_summary summary = { .time_ns = 1,
						 .duration_ns = 5000000000,
						 .lost_log = 3 };

	(void)state;
	read_back(json_of_sigchld(&sigchld));
	assert_int_equal(record.type, LOG_RECORD_SIGCHLD);
	assert_int_equal(record.sent, 9);
	assert_int_equal(record.lost, 6);
	assert_string_equal(record.unit, "x.service");
	read_back(json_of_orphan(&orphan));
	assert_int_equal(record.type, LOG_RECORD_ORPHAN);
	assert_int_equal(record.kind, LOG_ORPHAN_DAEMONIZED);
	assert_string_equal(record.father.comm, "server");
	assert_string_equal(record.father_signal, "SIGKILL");
	read_back(json_of_lost(&lost));
	assert_int_equal(record.type, LOG_RECORD_LOST);
	assert_string_equal(record.reason, "history-full");
	assert_string_equal(record.remedy, "raise --history");
	assert_int_equal(record.count, 12);
	read_back(json_of_summary(&summary));
	assert_int_equal(record.type, LOG_RECORD_SUMMARY);
	assert_int_equal(record.watched_ns, 5000000000);
	assert_int_equal(record.lost_log_lines, 3);
	made.finding.type = FINDING_STATUS;
	made.facts.lost = 8;
	read_back(json_of_finding(&made.finding));
	assert_int_equal(record.type, LOG_RECORD_STATUS);
	assert_int_equal(record.statuses, 8);
}

#define HEAD "\"v\":1,\"time\":\"2026-11-21T19:05:11Z\","
#define ZOMBIE HEAD "\"type\":\"zombie\",\"cause\":\"held\",\"state\":\"open\",\"id\":\"1-2\""

static void refuse(const char *text, size_t len, const char *expected)
{
	struct log_record kept = { .time_ns = 42 };
	char why[LOG_RECORD_WHY_MAX] = "";

	if (!log_record_parse(text, len, true, &kept, why))
		fail_msg("%.*s was taken", (int)len, text);
	if (strncmp(why, expected, strlen(expected)) != 0)
		fail_msg("%s: %s", why, text);
	assert_true(strlen(why) < LOG_RECORD_WHY_MAX);
	assert_int_equal(kept.time_ns, 42);
}

static void test_wrong_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "{", "not JSON: " },
		{ "{\"v\":1", "not JSON: " },
		{ "nonsense", "not JSON: " },
		{ "{} {}", "not JSON: " },
		{ "{" HEAD "\"x\":99999999999999999999}", "not JSON: " },
		{ "{" HEAD "\"x\":1e999}", "not JSON: " },
		{ "{" HEAD "\"x\":\"\xff\"}", "not JSON: " },
		{ "{" HEAD "\"type\":\"zom\\u0000bie\"}", "not JSON: " },
		{ "[]", "not an object" },
		{ "3", "not an object" },
		{ "null", "not an object" },
		{ "{}", "'v' is missing" },
		{ "{\"v\":2}", "'v' is not 1" },
		{ "{\"v\":\"1\"}", "'v' is not a whole number" },
		{ "{\"v\":1.0}", "'v' is not a whole number" },
		{ "{\"v\":1}", "'time' is missing" },
		{ "{\"v\":1,\"time\":5}", "'time' is not text" },
		{ "{\"v\":1,\"time\":\"soon\"}", "'time' is not a time" },
		{ "{\"v\":1,\"time\":\"0001-01-01T00:00:00Z\"}", "'time' is not a time" },
		{ "{" HEAD "\"host\":\"h\"}", "'type' is missing" },
		{ "{" HEAD "\"type\":[]}", "'type' is not text" },
		{ "{" HEAD "\"type\":\"zombie\",\"host\":7}", "'host' is not text" },
		{ "{" HEAD "\"type\":\"zombie\"}", "'state' is missing" },
		{ "{" HEAD "\"type\":\"zombie\",\"state\":\"open\",\"id\":\"1-2\"}",
		  "'cause' is missing" },
		{ "{" HEAD "\"type\":\"zombie\",\"state\":\"odd\",\"cause\":\"x\",\"id\":\"1-2\"}",
		  "'state' is neither" },
		{ "{" HEAD
		  "\"type\":\"zombie\",\"state\":\"closed\",\"cause\":\"x\",\"id\":\"1-2\"}",
		  "'closed_by' is missing" },
		{ "{" ZOMBIE ",\"age_s\":-1}", "'age_s' is out of range" },
		{ "{" ZOMBIE ",\"age_s\":1e300}", "'age_s' is out of range" },
		{ "{" ZOMBIE ",\"age_s\":\"1\"}", "'age_s' is not a number" },
		{ "{" ZOMBIE ",\"child\":4242}", "'child' is not an object" },
		{ "{" ZOMBIE ",\"child\":{\"pid\":-1}}", "'pid' is out of range" },
		{ "{" ZOMBIE ",\"child\":{\"pid\":4294967296}}", "'pid' is out of range" },
		{ "{" ZOMBIE ",\"child\":{\"pid\":1.5}}", "'pid' is not a whole number" },
		{ "{" ZOMBIE ",\"parent\":{\"comm\":{}}}", "'comm' is not text" },
		{ "{" ZOMBIE ",\"parent\":[1]}", "'parent' is not an object" },
		{ "{" ZOMBIE ",\"parent\":{\"unit\":3}}", "'unit' is not text" },
		{ "{" ZOMBIE ",\"facts\":[]}", "'facts' have" },
		{ "{" ZOMBIE ",\"facts\":{\"zombies\":\"many\"}}", "'facts' have" },
		{ "{" HEAD "\"type\":\"lost\",\"count\":3}", "'reason' is missing" },
		{ "{" HEAD "\"type\":\"lost\",\"reason\":\"x\",\"count\":9000000000000000000}",
		  "'count' is out of range" },
		{ "{" HEAD "\"type\":\"orphan\"}", "'kind' is missing" },
		{ "{" HEAD "\"type\":\"sigchld\",\"cause\":\"x\",\"sent\":-3}",
		  "'sent' is out of range" },
		{ "{" HEAD "\"type\":\"summary\",\"duration_s\":[]}",
		  "'duration_s' is not a number" },
		{ "{" HEAD "\"type\":\"summary\",\"lost\":3}", "'lost' is not an object" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refuse(wrong[i].text, strlen(wrong[i].text), wrong[i].why);
	refuse("", 0, "not JSON: ");
	refuse("{\0}", 3, "not JSON: ");
	refuse("\0\0\0\0", 4, "not JSON: ");
}

static void test_ids(void **state)
{
	static const char *const wrong[] = { "",
					     "1",
					     "1-",
					     "-1",
					     "1-2-3",
					     "1 -2",
					     "a-b",
					     "+1-2",
					     "4294967296-1",
					     "1-18446744073709551616",
					     "1-2 ",
					     "99999999999999999999-1" };
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text),
			 "{" HEAD
			 "\"type\":\"zombie\",\"cause\":\"held\",\"state\":\"open\",\"id\":\"%s\"}",
			 wrong[i]);
		refuse(text, strlen(text), "'id' is");
	}
}

/* Nested deep, or of a million members: refused or taken, never the end of the program. */
static void test_monsters(void **state)
{
	size_t len = 1000000;
	char *text = malloc(len + 1), why[LOG_RECORD_WHY_MAX];

	(void)state;
	assert_non_null(text);
	memset(text, '[', len);
	text[len] = '\0';
	refuse(text, len, "not JSON: ");
	for (size_t i = 0; i + 3 <= len; i += 3)
		memcpy(text + i, "[],", 3);
	text[0] = '[', text[1] = '[', text[2] = ']', text[3] = ',';
	text[len - 1] = ']', text[len - 2] = '0', text[len - 3] = ',';
	log_record_parse(text, len, true, &record, why);
	free(text);
}

/* Not of this version: no damage. */
static void test_later_versions(void **state)
{
	(void)state;
	read_back(strdup("{" HEAD "\"type\":\"event\",\"event\":\"fork\"}"));
	assert_int_equal(record.type, LOG_RECORD_OTHER);
	read_back(strdup("{" HEAD "\"type\":\"new-kind\",\"child\":3}"));
	assert_int_equal(record.type, LOG_RECORD_OTHER);
	read_back(strdup("{" ZOMBIE
			 ",\"more\":{\"deep\":[1]},\"facts\":{\"later\":1},\"host\":null}"));
	assert_int_equal(record.type, LOG_RECORD_ZOMBIE);
	assert_string_equal(record.host, "");
	assert_string_equal(record.parent.comm, "");
	read_back(strdup("{" HEAD "\"type\":\"zombie\",\"cause\":\"held\",\"state\":\"closed\","
			 "\"id\":\"1-2\",\"closed_by\":\"aliens\"}"));
	assert_int_equal(record.state, LOG_ZOMBIE_LIVES_ON);
	read_back(strdup("{" HEAD "\"type\":\"orphan\",\"kind\":\"sold\"}"));
	assert_int_equal(record.kind, LOG_ORPHAN_OTHER);
}

/* Each byte of a line changed: refused or taken, and all that is taken can be used. */
static void test_flipped_bytes(void **state)
{
	char *line_text = json_of_finding(&made.finding), *copy = strdup(line_text);
	size_t len = strlen(line_text);
	unsigned int taken = 0;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			char why[LOG_RECORD_WHY_MAX];
			struct log_record one;

			copy[i] = (char)(line_text[i] ^ (1 << bit));
			if (!log_record_parse(copy, len, true, &one, why)) {
				taken += strlen(one.host) + strlen(one.unit) +
						 strlen(one.child.comm) + strlen(one.cause) >
					 0;
				log_record_free(&one);
			}
		}
		copy[i] = line_text[i];
		/* and cut there */
		refuse(copy, i, "not JSON: ");
	}
	assert_true(taken > 0);
	free(copy);
	free(line_text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_zombie_reads_back), TEST(test_ends),		TEST(test_others_read_back),
		TEST(test_wrong_is_refused),  TEST(test_ids),		TEST(test_monsters),
		TEST(test_later_versions),    TEST(test_flipped_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
