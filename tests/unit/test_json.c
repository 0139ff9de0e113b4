// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json: every kind of line parses and has the members and types of the schema. What is not known
 * is in test_json_unknown.c, hostile names are in test_json_hostile.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_bench.h"

static void test_open(void **state)
{
	(void)state;
	parse(json_of_finding(&made.finding));
	check_begin("\"zombie\"");
	CHECK({ "state", "\"open\"" }, { "id", "\"4242-81234567890\"" }, { "age_s", "1.004" },
	      { "child.pid", "4242" }, { "child.start_ns", "81234567890" },
	      { "child.ns_pid", "4242" }, { "child.comm", "\"worker\"" }, { "child.uid", "1000" },
	      { "child.exit_code", "3" }, { "child.signal", "null" }, { "child.core", "false" },
	      { "child.exit_signal", "\"SIGCHLD\"" }, { "child.born", "*" }, { "child.died", "*" },
	      { "child.killer.pid", "4100" }, { "child.killer.signal", "\"SIGTERM\"" },
	      { "parent.pid", "4100" }, { "parent.start_ns", "80012345678" },
	      { "parent.ns_pid", "4100" }, { "parent.comm", "\"server\"" },
	      { "parent.uid", "1000" }, { "parent.cmdline", "\"server --fast\"" },
	      { "parent.state", "\"S\"" }, { "parent.cgroup", "\"/system.slice/x.service\"" },
	      { "parent.unit", "\"x.service\"" }, { "parent.container", "\"0123456789ab\"" },
	      { "parent.live_children", "3" }, { "parent.zombies", "3" },
	      { "adopted_from.pid", "4000" }, { "adopted_from.comm", "\"former\"" },
	      { "tracer.pid", "55" }, { "tracer.comm", "\"gdb\"" },
	      { "cause", "\"sigchld-merged\"" }, { "also", "[\"slow-reaper\"]" },
	      { "confidence", "\"certain\"" }, { "advice", "*" }, { "facts", "#" },
	      { "evidence", "[\"5 children died\",\"it waited 2 times\"]" });
	assert_null(json_object_get(line, "closed_by"));
}

static void test_parent_as_it_is(void **state)
{
	(void)state;
	made.live.threads.blocking = 1;
	made.live.threads.pending = 1;
	made.live.flags = DW_PARENT_NOCLDWAIT;
	parse(json_of_finding(&made.finding));
	CHECK({ "parent.sigchld.disposition", "\"handler\"" },
	      { "parent.sigchld.nocldwait", "true" }, { "parent.sigchld.blocked", "true" },
	      { "parent.sigchld.pending", "true" }, { "parent.sigchld.sent", "6" },
	      { "parent.sigchld.merged", "3" }, { "parent.sigchld.ignored", "1" },
	      { "parent.sigchld.delivered", "2" }, { "parent.wait.calls", "3" },
	      { "parent.wait.last", "\"waitpid(-1, WNOHANG)\"" },
	      { "parent.wait.last_age_s", "2.0" });
	made.live.handler = 1;
	made.live.threads = (struct dw_threads){ .live = 2, .blocking = 1 };
	parse(json_of_finding(&made.finding));
	CHECK({ "parent.sigchld.disposition", "\"ignore\"" }, { "parent.sigchld.blocked", "false" },
	      { "parent.sigchld.pending", "false" });
	made.live.handler = 0;
	parse(json_of_finding(&made.finding));
	CHECK({ "parent.sigchld.disposition", "\"default\"" });
}

/* Only the exact tier sees it. */
static void test_time_to_reap(void **state)
{
	const json_t *times;

	(void)state;
	parse(json_of_finding(&made.finding));
	CHECK({ "parent.time_to_reap", "null" });
	made.live.has_exact = 1;
	made.live.exact.times[0] = 7;
	made.live.exact.times[DW_TIMES - 1] = 1;
	parse(json_of_finding(&made.finding));
	times = json_object_get(json_object_get(line, "parent"), "time_to_reap");
	assert_int_equal(json_array_size(times), DW_TIMES);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(times, 0), "count")), 7);
	assert_true(json_real_value(json_object_get(json_array_get(times, 0), "below_s")) == 0.00001);
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(times, DW_TIMES - 1), "count")),
		1);
	assert_true(json_is_null(
		json_object_get(json_array_get(times, DW_TIMES - 1), "below_s")));
}

static void test_statuses(void **state)
{
	(void)state;
	made.finding.status = SIGSEGV | 0x80;
	parse(json_of_finding(&made.finding));
	CHECK({ "child.exit_code", "null" }, { "child.signal", "\"SIGSEGV\"" },
	      { "child.core", "true" });
	made.finding.status = SIGKILL;
	parse(json_of_finding(&made.finding));
	CHECK({ "child.signal", "\"SIGKILL\"" }, { "child.core", "false" });
	made.finding.status = 255 << 8;
	parse(json_of_finding(&made.finding));
	CHECK({ "child.exit_code", "255" }, { "child.signal", "null" });
	made.finding.exit_signal = 10;
	made.finding.state = FINDING_UPDATE;
	parse(json_of_finding(&made.finding));
	CHECK({ "child.exit_signal", "\"SIGUSR1\"" }, { "state", "\"update\"" });
}

static void test_closed(void **state)
{
	const struct dw_reaper by = { .tgid = 4100, .tid = 4101, .comm = "server" };

	(void)state;
	maker_close(&made, FINDING_REAPED);
	parse(json_of_finding(&made.finding));
	check_begin("\"zombie\"");
	CHECK({ "state", "\"closed\"" }, { "closed_by", "\"reaped\"" }, { "by", "null" },
	      { "lived_s", "1.004" }, { "id", "\"4242-81234567890\"" }, { "child.pid", "4242" },
	      { "parent.pid", "4100" }, { "cause", "\"sigchld-merged\"" },
	      { "confidence", "\"certain\"" });
	made.finding.by = &by;
	parse(json_of_finding(&made.finding));
	CHECK({ "by.pid", "4100" }, { "by.tid", "4101" }, { "by.comm", "\"server\"" });
	made.finding.by = NULL;
	made.finding.closed_by = FINDING_ADOPTED_AND_REAPED;
	parse(json_of_finding(&made.finding));
	CHECK({ "closed_by", "\"adopted-and-reaped\"" });
	made.finding.closed_by = FINDING_LIVES_ON;
	parse(json_of_finding(&made.finding));
	CHECK({ "closed_by", "\"lives-on\"" });
	made.finding.closed_by = FINDING_EXIT;
	made.finding.age_known = false;
	parse(json_of_finding(&made.finding));
	CHECK({ "closed_by", "\"exit\"" }, { "lived_s", "null" }, { "age_s", "null" });
}

/* Its live children, the limits that the leak runs into, and what does not help. */
static void test_around_the_parent(void **state)
{
	(void)state;
	parse(json_of_finding(&made.finding));
	assert_int_equal(json_array_size(get("parent.live_siblings")), 3);
	CHECK({ "parent.limits.pids", "null" }, { "parent.limits.nproc", "null" },
	      { "parent.limits.pid_max", "null" }, { "notes", "[]" });
	made.inquiry.pids_known = true;
	made.inquiry.pids_current = 7;
	made.inquiry.pids_max = UINT64_MAX; /* no limit */
	made.live.user_tasks = 5;
	made.live.user_tasks_max = 100;
	made.finding.tasks = 300;
	made.finding.tasks_max = 32768;
	parse(json_of_finding(&made.finding));
	CHECK({ "parent.limits.pids", "{\"current\":7,\"max\":null}" },
	      { "parent.limits.nproc", "{\"current\":5,\"max\":100}" },
	      { "parent.limits.pid_max", "{\"current\":300,\"max\":32768}" });
}

/* SIG_IGN came too late: only for one whose SIGCHLD was sent while we looked. */
static void test_note_on_ignoring(void **state)
{
	struct facts late = made.facts;

	(void)state;
	late.disposition = DISPOSITION_IGNORE;
	late.exit_signal = SIGCHLD;
	late.since_death = true;
	late.own_sigchld = DW_SIGCHLD_QUEUED;
	for (int spoilt = 0; spoilt <= 5; spoilt++) {
		made.facts = late;
		switch (spoilt) {
		case 1:
			made.facts.disposition = DISPOSITION_HANDLER;
			break;
		case 2:
			made.facts.exit_signal = SIGUSR1;
			break;
		case 3:
			made.facts.since_death = false;
			break;
		case 4:
			made.facts.own_sigchld = DW_SIGCHLD_NONE;
			break;
		case 5:
			made.facts.has_parent = false;
			break;
		}
		parse(json_of_finding(&made.finding));
		assert_int_equal(json_array_size(get("notes")), spoilt ? 0 : 1);
	}
}

/* No zombie: a status that a wait cannot find. */
static void test_lost_status(void **state)
{
	(void)state;
	made.finding.type = FINDING_STATUS;
	made.finding.cause = CAUSE_AUTO_REAPED;
	parse(json_of_finding(&made.finding));
	check_begin("\"status\"");
	CHECK({ "state", "\"lost\"" }, { "child", "{\"ns_pid\":4242}" }, { "parent.pid", "4100" },
	      { "cause", "\"auto-reaped\"" }, { "confidence", "\"certain\"" },
	      { "evidence", "[\"5 children died\",\"it waited 2 times\"]" }, { "advice", "*" });
	made.child.ns_pid = 0;
	parse(json_of_finding(&made.finding));
	CHECK({ "child", "null" });
}

/* --- the other kinds of line --- */

static void test_lost(void **state)
{
	const struct finding_lost lost = { .time_ns = MAKER_S, .reason = "history-full",
					   .count = 7, .remedy = "raise --history" };

	(void)state;
	parse(json_of_lost(&lost));
	check_begin("\"lost\"");
	CHECK({ "reason", "\"history-full\"" }, { "count", "7" },
	      { "remedy", "\"raise --history\"" });
}

static void test_summary(void **state)
{
	struct finding_summary summary = { .time_ns = MAKER_S, .duration_ns = 2500000000,
					   .found = 5, .reaped = 3, .open = 2, .forks = 10,
					   .exits = 11, .queued = 12, .merged = 13, .ignored = 14,
					   .lost_history = 15, .lost_log = 16, .passes = 17,
					   .pass_cpu_ns = 500000000, .has_counters = true };

	(void)state;
	summary.by_cause[CAUSE_NEVER_WAITS] = 4;
	summary.by_cause[CAUSE_HELD] = 1;
	parse(json_of_summary(&summary));
	check_begin("\"summary\"");
	CHECK({ "duration_s", "2.5" }, { "zombies.found", "5" }, { "zombies.reaped", "3" },
	      { "zombies.open", "2" }, { "causes", "{\"never-waits\":4,\"held\":1}" },
	      { "forks", "10" }, { "exits", "11" }, { "sigchld.queued", "12" },
	      { "sigchld.merged", "13" }, { "sigchld.ignored", "14" }, { "lost.history", "15" },
	      { "lost.log_lines", "16" }, { "passes", "17" }, { "pass_cpu_s", "0.5" });
	summary.has_counters = false;
	parse(json_of_summary(&summary));
	CHECK({ "forks", "null" }, { "exits", "null" }, { "sigchld.queued", "null" },
	      { "sigchld.merged", "null" }, { "sigchld.ignored", "null" });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open),
		TEST(test_parent_as_it_is),
		TEST(test_time_to_reap),
		TEST(test_statuses),
		TEST(test_closed),
		TEST(test_around_the_parent),
		TEST(test_note_on_ignoring),
		TEST(test_lost_status),
		TEST(test_lost),
		TEST(test_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
