// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json: what is not known is null, never 0 or "".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_bench.h"

static void test_unknown_child(void **state)
{
	(void)state;
	made.finding.status_known = false;
	made.finding.age_known = false;
	made.finding.died_ns = 0;
	made.finding.killer_known = false;
	made.finding.tracer_tgid = 0;
	made.finding.adopted_from = NULL;
	made.finding.also = 0;
	made.finding.exit_signal = 0;
	made.child.ns_pid = 0;
	memset(made.child.comm, 0, sizeof(made.child.comm));
	parse(json_of_finding(&made.finding));
	CHECK({ "child.exit_code", "null" }, { "child.signal", "null" }, { "age_s", "null" },
	      { "child.died", "null" }, { "child.killer", "null" }, { "tracer", "null" },
	      { "adopted_from", "null" }, { "also", "[]" }, { "child.exit_signal", "null" },
	      { "child.ns_pid", "null" }, { "child.comm", "null" });
}

/* A core file was written, was not, or nobody may know. */
static void test_unknown_core(void **state)
{
	(void)state;
	made.finding.status_known = false;
	parse(json_of_finding(&made.finding));
	CHECK({ "child.exit_code", "null" }, { "child.exit_signal", "\"SIGCHLD\"" },
	      { "child.core", "null" });
	made.finding.status_known = true;
	made.finding.dead_kind = DW_DEAD_LEADER; /* it has no status yet */
	parse(json_of_finding(&made.finding));
	CHECK({ "child.exit_code", "null" }, { "child.signal", "null" }, { "child.core", "null" });
}

static void test_unknown_killer_and_tracer(void **state)
{
	(void)state;
	made.finding.killer_tgid = 0; /* the kernel sent it */
	made.finding.tracer_comm[0] = '\0';
	parse(json_of_finding(&made.finding));
	CHECK({ "child.killer.pid", "null" }, { "child.killer.signal", "\"SIGTERM\"" },
	      { "tracer.comm", "null" }, { "tracer.pid", "55" });
}

static void test_unknown_conduct(void **state)
{
	(void)state;
	made.live.has_record = 0;
	made.finding.last_wait = NULL;
	parse(json_of_finding(&made.finding));
	CHECK({ "parent.sigchld.sent", "null" }, { "parent.sigchld.merged", "null" },
	      { "parent.sigchld.ignored", "null" }, { "parent.sigchld.delivered", "null" },
	      { "parent.wait.calls", "null" }, { "parent.wait.last", "null" },
	      { "parent.wait.last_age_s", "null" });
	made.finding.last_wait = &made.wait;
	made.finding.last_wait_ns = 0;
	parse(json_of_finding(&made.finding));
	CHECK({ "parent.wait.last", "*" }, { "parent.wait.last_age_s", "null" });
}

static void test_unknown_inquiry(void **state)
{
	(void)state;
	made.finding.inquiry = NULL;
	parse(json_of_finding(&made.finding));
	CHECK({ "parent.cmdline", "null" }, { "parent.state", "null" }, { "parent.cgroup", "null" },
	      { "parent.unit", "null" }, { "parent.container", "null" },
	      { "parent.live_children", "null" }, { "parent.live_siblings", "null" },
	      { "parent.limits.pids", "null" });
}

/* Only its pid is known: it was gone when the pass came to it. */
static void test_unknown_parent(void **state)
{
	(void)state;
	made.parent = (struct dw_who){ .tgid = 4100, .start_ns = 80012345678 };
	made.finding.parent_live = NULL;
	made.finding.last_wait = NULL;
	made.finding.inquiry = NULL;
	parse(json_of_finding(&made.finding));
	CHECK({ "parent.pid", "4100" }, { "parent.ns_pid", "null" }, { "parent.comm", "null" },
	      { "parent.sigchld", "null" }, { "parent.wait", "null" });
	CHECK({ "parent.uid", "null" });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unknown_child),
		TEST(test_unknown_core),
		TEST(test_unknown_killer_and_tracer),
		TEST(test_unknown_conduct),
		TEST(test_unknown_inquiry),
		TEST(test_unknown_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
