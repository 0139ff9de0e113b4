// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_report: the report of run. Each zombie once with what became of it; lost SIGCHLDs, statuses
 * and orphans; a balance that adds up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sink_report_bench.h"

/* --- one zombie --- */

static void test_nothing(void **state)
{
	(void)state;
	summary.exits = 1;
	report();
	assert_string_equal(shown, "deadwait: 0 forks, 1 exit, 1 reaped; 0 SIGCHLDs merged; "
				   "unreaped at most 250ms\n");
}

static void test_zombie(void **state)
{
	(void)state;
	emit(FINDING_OPEN);
	read_shown();
	assert_string_equal(shown, ""); /* not before the end */
	report();
	assert_begins(" ZOMBIE  4242 (worker) dead 1.0s, exit 3, still there  "
		      "parent 4100 (server)\n"
		      "                 cause sigchld-merged, certain\n"
		      "         5 children died\n"
		      "         it waited 2 times\n"
		      "         also: slow-reaper\n"
		      "         fix: on each SIGCHLD call");
	assert_narrow();
}

/* The last verdict counts, the number of findings does not grow. */
static void test_updated(void **state)
{
	(void)state;
	made.finding.cause = CAUSE_NEVER_WAITS;
	made.finding.confidence = CONFIDENCE_POSSIBLE;
	emit(FINDING_OPEN);
	made.finding.cause = CAUSE_LATE_HANDLER;
	made.finding.confidence = CONFIDENCE_CERTAIN;
	emit(FINDING_UPDATE);
	report();
	assert_int_equal(count_of(" ZOMBIE "), 1);
	assert_int_equal(count_of("UPDATE"), 0);
	assert_shows("cause late-handler, certain");
	assert_int_equal(count_of("never-waits"), 0);
}

/* --- what became of it --- */

static void test_reaped(void **state)
{
	(void)state;
	emit(FINDING_OPEN);
	emit_end(FINDING_REAPED, 2500 * DURATION_NS_PER_MS);
	report();
	assert_shows(" 4242 (worker) dead 1.0s, exit 3, reaped after 2.5s  parent 4100 (server)\n");
}

static void test_adopted(void **state)
{
	(void)state;
	emit(FINDING_OPEN);
	emit_end(FINDING_ADOPTED_AND_REAPED, DURATION_NS_PER_S);
	report();
	assert_shows(" dead 1.0s, exit 3, left behind");
}

static void test_lives_on(void **state)
{
	(void)state;
	made.finding.dead_kind = DW_DEAD_LEADER;
	emit(FINDING_OPEN);
	emit_end(FINDING_LIVES_ON, DURATION_NS_PER_S);
	report();
	assert_shows(" main thread dead 1.0s, lives on");
}

static void test_still_there(void **state)
{
	(void)state;
	emit(FINDING_OPEN);
	emit_end(FINDING_EXIT, DURATION_NS_PER_S);
	report();
	assert_shows(" dead 1.0s, exit 3, still there");
}

/* Told of by its parent's end: whatever the adopter does with it later is not of interest. */
static void test_left(void **state)
{
	(void)state;
	made.facts.parent_ended = true;
	emit(FINDING_OPEN);
	made.facts.parent_ended = false;
	made.finding.adopted_from = &made.former;
	made.parent = maker_who(1, 1, "init");
	made.finding.cause = CAUSE_INIT_IGNORES_ADOPTED;
	emit(FINDING_UPDATE);
	emit_end(FINDING_REAPED, DURATION_NS_PER_S);
	report();
	assert_shows(" 4242 (worker) dead 1.0s, exit 3, left behind  parent 4100 (server)\n");
	assert_shows("cause sigchld-merged, certain");
	assert_int_equal(count_of("init"), 0);
}

/* Open first, left later: the parent is the one that left it. */
static void test_open_then_left(void **state)
{
	(void)state;
	made.finding.confidence = CONFIDENCE_POSSIBLE;
	emit(FINDING_OPEN);
	made.facts.parent_ended = true;
	made.finding.confidence = CONFIDENCE_CERTAIN;
	emit(FINDING_UPDATE);
	emit_end(FINDING_ADOPTED_AND_REAPED, DURATION_NS_PER_S);
	report();
	assert_int_equal(count_of(" ZOMBIE "), 1);
	assert_shows(", left behind");
	assert_shows(", certain");
}

/* One that closes and was never open, below its age, is not told of. */
static void test_closed_without_open(void **state)
{
	(void)state;
	emit_end(FINDING_REAPED, DURATION_NS_PER_S);
	report();
	assert_int_equal(count_of("ZOMBIE"), 0);
}

/* The pid came back: two processes. */
static void test_pid_reuse(void **state)
{
	(void)state;
	emit(FINDING_OPEN);
	emit_end(FINDING_REAPED, DURATION_NS_PER_S);
	made.child.start_ns++;
	emit(FINDING_OPEN);
	report();
	assert_shows("2 children of 4100 (server)");
	assert_shows("reaped after 1.0s\n");
	assert_shows("still there\n");
}

/* --- the other kinds --- */

static void test_status(void **state)
{
	(void)state;
	made.finding.type = FINDING_STATUS;
	made.finding.cause = CAUSE_AUTO_REAPED;
	emit(FINDING_OPEN);
	read_shown();
	assert_string_equal(shown, "");
	report();
	assert_shows(" STATUS  of child 4242 lost  parent 4100 (server)  cause auto-reaped, ");
	assert_narrow();
}

static void test_sigchld(void **state)
{
	const struct losses losses = { .sent = 3, .merged = 2, .delivered = 1 };
	const struct finding_sigchld sigchld = { .parent = &made.parent,
						 .losses = &losses,
						 .unreaped = 2,
						 .cause = CAUSE_SIGCHLD_MERGED };

	(void)state;
	emit(FINDING_OPEN);
	sink->ops->sigchld(sink, &sigchld);
	report();
	assert_shows(" SIGCHLD 4100 (server) lost 2 of 3 SIGCHLDs: 2 merged, 1 delivered, 2 "
		     "children unreaped\n");
	assert_true(strstr(shown, "ZOMBIE") < strstr(shown, "SIGCHLD 4100"));
	assert_narrow();
}

/* Only who still runs at the end is told of. */
static void test_orphans(void **state)
{
	struct finding_orphan of = orphan();

	(void)state;
	if (sink->ops->orphan)
		sink->ops->orphan(sink, &of);
	read_shown();
	assert_string_equal(shown, "");
	sink->ops->left(sink, &of);
	report();
	assert_int_equal(count_of(" ORPHAN "), 1);
	assert_shows(" ORPHAN  4242 (worker)  father 4100 (server) exit 0  adopted by 1 (init)");
	assert_shows("daemonized");
	assert_narrow();
}

/* --- the balance --- */

static void test_balance(void **state)
{
	(void)state;
	summary = (struct finding_summary){ .forks = 20,
					    .exits = 18,
					    .autoreaped = 3,
					    .left = 2,
					    .unreaped = 1,
					    .running = 3,
					    .merged = 5,
					    .between_ns = 250 * DURATION_NS_PER_MS,
					    .longest_ns = 1500 * DURATION_NS_PER_MS };
	report();
	assert_string_equal(shown,
			    "deadwait: 20 forks, 18 exits, 12 reaped, 3 autoreaped, 2 left dead, "
			    "1 still dead, 3 still running;\n"
			    "         5 SIGCHLDs merged; unreaped at most 1.5s\n");
	assert_narrow();
}

static void test_balance_of_one(void **state)
{
	(void)state;
	summary = (struct finding_summary){
		.forks = 1, .exits = 2, .merged = 1, .between_ns = 17 * DURATION_NS_PER_MS
	};
	report();
	assert_string_equal(shown, "deadwait: 1 fork, 2 exits, 2 reaped; 1 SIGCHLD merged; "
				   "unreaped at most 17ms\n");
}

/* Counters of several CPUs, read while they move: never below nothing. */
static void test_balance_never_negative(void **state)
{
	(void)state;
	summary.exits = 3;
	summary.left = 4;
	report();
	assert_shows("3 exits, 0 reaped, 4 left dead");
}

static void test_quiet(void **state)
{
	(void)state;
	sink->ops->free(sink);
	config.quiet = true;
	sink = sink_report_new(&config);
	report();
	assert_string_equal(shown, "");
	emit(FINDING_OPEN); /* what is wrong is told all the same */
	report();
	assert_shows("ZOMBIE");
	assert_int_equal(count_of("forks"), 0);
}

static void test_verbose_and_stamp(void **state)
{
	(void)state;
	sink->ops->free(sink);
	config.verbose = true;
	config.stamp = true;
	sink = sink_report_new(&config);
	emit(FINDING_OPEN);
	report();
	assert_shows("facts:");
	assert_int_equal(shown[10], 'T');
	assert_narrow();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_zombie),
		TEST(test_updated),
		TEST(test_reaped),
		TEST(test_adopted),
		TEST(test_lives_on),
		TEST(test_still_there),
		TEST(test_left),
		TEST(test_open_then_left),
		TEST(test_closed_without_open),
		TEST(test_pid_reuse),
		TEST(test_status),
		TEST(test_sigchld),
		TEST(test_orphans),
		TEST(test_balance),
		TEST(test_balance_of_one),
		TEST(test_balance_never_negative),
		TEST(test_quiet),
		TEST(test_verbose_and_stamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
