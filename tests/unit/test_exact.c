// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exact tier, as facts and findings see it: waits that were cut short, who reaped a child and
 * when, statuses that another thread took.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "findings_bench.h"

static struct dw_pass_parent parent;
static struct dw_pass_dead child;
static struct facts facts;

/* A parent whose wait for this pid was cut short; the child of 200 dies after that. */
static void cut_short(uint8_t target, uint32_t id, uint32_t flags)
{
	parent = maker_parent(100, MAKER_S);
	parent.has_exact = 1;
	parent.exact.interrupts = 3;
	parent.exact.interrupted = *maker_wait(&parent, target, id, flags);
	child = maker_dead(200, &parent, S(10));
}

static bool interrupted(void)
{
	const struct facts_earlier earlier = {};

	facts_join(&facts, &child, &parent, &earlier, S(12));
	return facts.interrupted;
}

static void test_cut_short(void **state)
{
	(void)state;
	cut_short(DW_TARGET_ANY, 0, 0);
	assert_true(interrupted());
	assert_int_equal(facts.interrupts, 3);
	cut_short(DW_TARGET_PID, 200, 0);
	child.life.asked = parent.exact.interrupted;
	assert_true(interrupted());
	cut_short(DW_TARGET_GROUP, 77, 0);
	assert_true(interrupted());
	/* not for this child, or not able to take it */
	cut_short(DW_TARGET_PID, 201, 0);
	assert_false(interrupted());
	assert_int_equal(facts.interrupts, 3);
	cut_short(DW_TARGET_ANY, 0, WNOWAIT);
	assert_false(interrupted());
	/* which wait it was is not known */
	cut_short(DW_TARGET_ANY, 0, 0);
	parent.exact.interrupted.call = DW_CALL_NONE;
	assert_false(interrupted());
}

/* Another wait that would take it makes the one that was cut short a thing of the past. */
static void test_asked_again(void **state)
{
	(void)state;
	cut_short(DW_TARGET_ANY, 0, 0);
	maker_wait(&parent, DW_TARGET_ANY, 0, 0); /* since the death */
	assert_false(interrupted());
	cut_short(DW_TARGET_ANY, 0, 0);
	maker_wait(&parent, DW_TARGET_ANY, 0, WNOHANG); /* before it */
	child.life.death.parent_at = parent.record.conduct.now;
	assert_false(interrupted());
	cut_short(DW_TARGET_ANY, 0, 0);
	maker_wait(&parent, DW_TARGET_GROUP, 77, WNOHANG);
	child.life.death.parent_at = parent.record.conduct.now;
	assert_false(interrupted());
	cut_short(DW_TARGET_ANY, 0, 0);
	child.life.asked = *maker_wait(&parent, DW_TARGET_PID, 200, WNOHANG);
	child.life.death.parent_at = parent.record.conduct.now;
	assert_false(interrupted());
	/* one for another child does not count */
	cut_short(DW_TARGET_ANY, 0, 0);
	maker_wait(&parent, DW_TARGET_PID, 201, 0);
	assert_true(interrupted());
}

/* It says something of this child only if there was one, and of this program. */
static void test_cut_short_long_ago(void **state)
{
	(void)state;
	cut_short(DW_TARGET_ANY, 0, 0);
	child.life.birth_parent_waits = parent.record.conduct.now.waits;
	assert_false(interrupted());
	child.life.birth_parent_waits--;
	assert_true(interrupted());
	parent.record.conduct.at_exec = parent.record.conduct.now;
	assert_false(interrupted());
}

static void test_base_tier(void **state)
{
	(void)state;
	cut_short(DW_TARGET_ANY, 0, 0);
	parent.has_exact = 0;
	assert_false(interrupted());
	assert_int_equal(facts.interrupts, 0);
	/* the death was not seen: nobody knows what came first */
	cut_short(DW_TARGET_ANY, 0, 0);
	child.life.death.died_jiffies = 0;
	assert_false(interrupted());
}

/* 200 of the bench's parent 100 died at 10 s, was found, and was reaped by this process. */
static void reap_by(uint32_t tgid, uint32_t tid)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));

	bench_look(S(12));
	past_exact_tgid = 200;
	past_exact = (struct dw_exact){
		.start_ns = dead->who.start_ns,
		.died_ns = S(10.001),
		.reaped_ns = S(13.5),
		.by = { .tgid = tgid, .tid = tid, .comm = "server" },
	};
	bench_reap(200);
	assert_int_equal(bench_look(S(15)), 1);
	assert_int_equal(seen[0].state, FINDING_CLOSED);
}

static void test_reaped_by_its_parent(void **state)
{
	(void)state;
	reap_by(100, 105);
	assert_int_equal(seen[0].closed_by, FINDING_REAPED);
	assert_int_equal(seen[0].by.tgid, 100);
	assert_int_equal(seen[0].by.tid, 105);
	assert_string_equal(seen[0].by.comm, "server");
	assert_int_equal(seen[0].age_ns, S(13.5) - S(10.001));
}

/* What was seen stands against what is there now: the parent still lives. */
static void test_reaped_by_another(void **state)
{
	(void)state;
	reap_by(1, 1);
	assert_int_equal(seen[0].closed_by, FINDING_ADOPTED_AND_REAPED);
	assert_int_equal(seen[0].by.tgid, 1);
}

static void test_reaped_by_the_kernel(void **state)
{
	(void)state;
	reap_by(0, 0);
	assert_int_equal(seen[0].by.tgid, 0);
	assert_int_equal(seen[0].age_ns, S(13.5) - S(10.001));
}

/* A former bearer of the pid was reaped, not this one. */
static void test_reaped_before(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));

	(void)state;
	bench_look(S(12));
	past_exact_tgid = 200;
	past_exact = (struct dw_exact){ .start_ns = dead->who.start_ns - 1,
					.reaped_ns = S(11),
					.by = { .tgid = 7 } };
	bench_reap(200);
	assert_int_equal(bench_look(S(15)), 1);
	assert_int_equal(seen[0].by.tgid, 0);
	assert_int_equal(seen[0].age_ns, S(5));
}

static void test_stolen(void **state)
{
	struct dw_event_lost event = {
		.parent = maker_who(100, S(1), "server"),
		.wait = { .call = DW_CALL_WAIT4, .target = DW_TARGET_PID, .tid = 100 },
		.how = DW_LOST_STOLEN,
		.child_ns_pid = 200,
		.lost = 2,
		.reaper_tgid = 100,
		.reaper_tid = 101,
	};

	(void)state;
	seen_count = 0;
	findings_take_lost(findings, &event);
	assert_int_equal(seen_count, 1);
	assert_int_equal(seen[0].cause, CAUSE_STATUS_STOLEN);
	assert_int_equal(seen[0].confidence, CONFIDENCE_CERTAIN);
	assert_int_equal(seen[0].facts.waiter_tid, 100);
	assert_int_equal(seen[0].facts.taker_tid, 101);
	assert_false(seen[0].facts.taker_traces);
	assert_int_equal(seen[0].facts.disposition, DISPOSITION_UNKNOWN);
	assert_non_null(strstr(seen[0].evidence, "thread 101"));
	event.reaper_tgid = 300;
	findings_take_lost(findings, &event);
	assert_true(seen[1].facts.taker_traces);
	assert_non_null(strstr(seen[1].evidence, "tracer"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cut_short),
		TEST(test_asked_again),
		TEST(test_cut_short_long_ago),
		TEST(test_base_tier),
		TEST(test_reaped_by_its_parent),
		TEST(test_reaped_by_another),
		TEST(test_reaped_by_the_kernel),
		TEST(test_reaped_before),
		TEST(test_stolen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
