// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * record: the one line for a person, how grave it is, and its name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "finding_maker.h"
#include "record.h"

static struct made made;
static char text[RECORD_TEXT_MAX];

static int set_up(void **state)
{
	(void)state;
	maker_finding(&made);
	return 0;
}

static void check(const struct record *record, const char *name, int priority, const char *line)
{
	assert_string_equal(record_text(text, sizeof(text), record), line);
	assert_string_equal(record_name(record->kind), name);
	assert_int_equal(record_priority(record), priority);
	assert_true(record->time_ns != 0);
}

#define REST                                                                                       \
	"; parent 4100 (server): sigchld-merged, certain; fix: on each SIGCHLD call waitpid(-1, "  \
	"…, WNOHANG) until it returns 0 or -1"

static void test_zombie(void **state)
{
	struct record record;

	(void)state;
	record = record_of_finding(&made.finding);
	check(&record, "zombie-open", LOG_WARNING, "zombie 4242 (worker) dead 1.0s, exit 3" REST);
	made.finding.state = FINDING_UPDATE;
	made.finding.age_known = false;
	made.finding.status_known = false;
	record = record_of_finding(&made.finding);
	check(&record, "zombie-update", LOG_WARNING,
	      "zombie 4242 (worker) dead at least 1.0s, status not known" REST);
	made.finding.dead_kind = DW_DEAD_LEADER;
	check(&record, "zombie-update", LOG_WARNING,
	      "zombie 4242 (worker) main thread dead at least 1.0s" REST);
	made.finding.dead_kind = DW_DEAD_DYING;
	check(&record, "zombie-update", LOG_WARNING,
	      "zombie 4242 (worker) exiting for at least 1.0s" REST);
}

static void test_closed(void **state)
{
	static const struct {
		enum finding_end end;
		const char *words;
	} ends[] = { { FINDING_REAPED, "reaped" },
		     { FINDING_ADOPTED_AND_REAPED, "reaped by its adopter" },
		     { FINDING_EXIT, "still there as deadwait ends," },
		     { FINDING_LIVES_ON, "lives on," } };

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct record record;
		char line[256];

		maker_close(&made, ends[i].end);
		record = record_of_finding(&made.finding);
		snprintf(line, sizeof(line),
			 "zombie 4242 (worker) %s after 1.0s; parent 4100 (server): sigchld-merged",
			 ends[i].words);
		check(&record, "zombie-closed", LOG_INFO, line);
	}
}

static void test_status(void **state)
{
	struct record record;

	(void)state;
	made.finding.type = FINDING_STATUS;
	record = record_of_finding(&made.finding);
	check(&record, "status", LOG_WARNING, "status of child 4242 lost" REST);
	made.child.ns_pid = 0;
	check(&record, "status", LOG_WARNING, "status of a child lost" REST);
}

static void test_sigchld(void **state)
{
	const struct losses losses = { .sent = 5, .merged = 3, .delivered = 2 };
	const struct finding_sigchld sigchld = { .time_ns = 1,
						 .parent = &made.parent,
						 .losses = &losses,
						 .unreaped = 3,
						 .cause = CAUSE_SIGCHLD_MERGED };
	const struct record record = record_of_sigchld(&sigchld);

	(void)state;
	check(&record, "sigchld", LOG_WARNING,
	      "4100 (server) lost 3 of 5 SIGCHLDs, children unreaped: 3; sigchld-merged");
}

static void test_orphan(void **state)
{
	struct finding_orphan orphan = { .time_ns = 1,
					 .child = &made.child,
					 .father = &made.parent,
					 .father_status = SIGKILL,
					 .kind = ORPHAN_ABANDONED,
					 .adopter_tgid = 1,
					 .confirmed = true,
					 .adopter_comm = "systemd" };
	const struct record record = record_of_orphan(&orphan);

	(void)state;
	check(&record, "orphan", LOG_NOTICE,
	      "orphan 4242 (worker) abandoned; father 4100 (server) killed by SIGKILL; adopted by 1 "
	      "(systemd)");
	orphan.kind = ORPHAN_DAEMONIZED;
	orphan.father_status = 0;
	orphan.confirmed = false;
	orphan.adopter_comm[0] = '\0';
	check(&record, "orphan", LOG_INFO,
	      "orphan 4242 (worker) daemonized; father 4100 (server) exit 0; its adopter must have "
	      "been 1 (?)");
}

static void test_storm(void **state)
{
	struct finding_storm storm = { .time_ns = 1,
				       .root_tgid = 77,
				       .root_comm = "bo\nmb",
				       .processes = 1000,
				       .forks = 900 };
	const struct record record = record_of_storm(&storm);

	(void)state;
	check(&record, "storm", LOG_WARNING,
	      "storm of 77 (bo\\x0amb): about 1000 processes, 900 forks a second");
	storm.root_comm[0] = '\0';
	storm.limit_known = true;
	storm.pids_current = 5;
	storm.pids_max = 6;
	check(&record, "storm", LOG_WARNING,
	      "storm of 77 (?): about 1000 processes, 900 forks a second; its cgroup has 5 "
	      "of 6 tasks");
}

static void test_lost(void **state)
{
	const struct finding_lost lost = {
		.time_ns = 1, .reason = "journal", .count = 7, .remedy = "look at it"
	};
	const struct record record = record_of_lost(&lost);

	(void)state;
	check(&record, "lost", LOG_WARNING, "deadwait lost 7 (journal): look at it");
}

static void test_summary(void **state)
{
	struct finding_summary summary = {
		.time_ns = 1, .found = 3, .reaped = 2, .open = 1, .sigchlds = 1
	};
	const struct record record = record_of_summary(&summary);

	(void)state;
	check(&record, "summary", LOG_INFO,
	      "summary: zombies found: 3, reaped: 2, still there: 1; parents with lost SIGCHLDs: 1");
	summary.has_counters = true;
	summary.orphans[ORPHAN_ZOMBIE] = 1;
	summary.orphans[ORPHAN_BACKGROUND] = 2;
	summary.lost_log = 4;
	check(&record, "summary", LOG_INFO,
	      "summary: zombies found: 3, reaped: 2, still there: 1; parents with lost SIGCHLDs: 1; "
	      "orphans: 3; lost: history records 0, events 0, lines 4");
}

/* No byte of another process's name gets through that a terminal or a log could stumble over. */
static void test_hostile(void **state)
{
	struct record record;

	(void)state;
	memcpy(made.child.comm, HOSTILE_COMM, sizeof(HOSTILE_COMM) - 1);
	memcpy(made.parent.comm, HOSTILE_COMM, sizeof(HOSTILE_COMM) - 1);
	record = record_of_finding(&made.finding);
	record_text(text, sizeof(text), &record);
	assert_non_null(strstr(text, "zombie 4242 (\\x1b[2J\"\\x0a\\\\\\x01\\x7f\\xff"));
	for (const char *at = text; *at; at++)
		assert_true((unsigned char)*at >= ' ' && *at != 0x7f);
	/* However little room there is, it ends in a NUL. */
	for (size_t size = 1; size < 64; size++) {
		memset(text, 'x', sizeof(text));
		record_text(text, size, &record);
		assert_int_equal(strnlen(text, sizeof(text)), size - 1);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_zombie),  TEST(test_closed),	TEST(test_status),
		TEST(test_sigchld), TEST(test_orphan),	TEST(test_storm),
		TEST(test_lost),    TEST(test_summary), TEST(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
