// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings: what changes while a finding is open: its cause (rarely), its parent, its confidence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "findings_bench.h"

/* A zombie that died at 10 s, looked at at 12 s: its cause is this. */
static void assert_opens_as(enum cause cause)
{
	assert_int_equal(bench_look(S(12)), 1);
	assert_int_equal(seen[0].state, FINDING_OPEN);
	assert_int_equal(seen[0].cause, cause);
}

static void assert_update(uint64_t now_ns, enum cause cause)
{
	assert_int_equal(bench_look(now_ns), 1);
	assert_int_equal(seen[0].state, FINDING_UPDATE);
	assert_int_equal(seen[0].cause, cause);
}

/* --- the cause --- */

/* That the parent runs again does not make it one that never waits: it has its chance first. */
static void test_end_of_a_state(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	parent->threads.stopped = 1;
	assert_opens_as(CAUSE_PARENT_STOPPED);
	assert_int_equal(bench_look(S(13)), 0);
	parent->threads.stopped = 0;
	for (uint32_t i = 0; i < 9; i++) {
		parent->threads.switches++;
		assert_int_equal(bench_look(S(14) + S(1) * i), 0);
	}
	parent->threads.switches++;
	assert_update(S(23), CAUSE_NEVER_WAITS);
	assert_true(seen[0].facts.ran);
	assert_int_equal(bench_look(S(24)), 0);
	assert_int_equal(bench_sum().by_cause[CAUSE_PARENT_STOPPED], 0);
	assert_int_equal(bench_sum().by_cause[CAUSE_NEVER_WAITS], 1);
	assert_int_equal(bench_sum().found, 1);
}

static void test_end_of_a_trace(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));

	(void)state;
	dead->tracer_tgid = 55;
	assert_opens_as(CAUSE_TRACED);
	assert_int_equal(seen[0].tracer_tgid, 55);
	dead->tracer_tgid = 0;
	assert_int_equal(bench_look(S(13)), 0);
	assert_update(S(22), CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].tracer_tgid, 0);
}

/* A matching wait does contradict. */
static void test_contradiction(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_opens_as(CAUSE_NEVER_WAITS);
	maker_wait(parent, DW_TARGET_ANY, 0, WNOHANG);
	assert_update(S(13), CAUSE_SLOW_REAPER);
	assert_int_equal(seen[0].last_wait.options, WEXITED | WNOHANG);
	assert_int_equal(bench_look(S(14)), 0);
	assert_int_equal(bench_sum().by_cause[CAUSE_SLOW_REAPER], 1);
	assert_int_equal(bench_sum().by_cause[CAUSE_NEVER_WAITS], 0);
}

/* A state that comes later is mentioned beside the cause, not in its place. */
static void test_later_state(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_opens_as(CAUSE_NEVER_WAITS);
	parent->record.conduct.now.delivered++;
	assert_update(S(12.5), CAUSE_HANDLER_RAN_NO_WAIT);
	parent->threads.stopped = 1;
	assert_int_equal(bench_look(S(13)), 0);
	bench_reap(200);
	assert_int_equal(bench_look(S(14)), 1);
	assert_int_equal(seen[0].cause, CAUSE_HANDLER_RAN_NO_WAIT);
	assert_int_equal(seen[0].also, CAUSE_BIT(CAUSE_PARENT_STOPPED));
}

static void test_unknown_gives_way(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	host.parent_count = 0;
	assert_opens_as(CAUSE_UNKNOWN);
	host.parent_count = 1;
	assert_update(S(13), CAUSE_NEVER_WAITS);
	host.parent_count = 0; /* and it does not come back */
	assert_int_equal(bench_look(S(14)), 0);
	bench_reap(200);
	assert_int_equal(bench_look(S(15)), 1);
	assert_int_equal(seen[0].also, 0);
}

/* --- the confidence --- */

static void test_certain_once(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	assert_opens_as(CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].confidence, CONFIDENCE_POSSIBLE);
	assert_int_equal(bench_look(S(20)), 0);
	assert_int_equal(bench_look(S(70) - 1), 0);
	assert_update(S(70), CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].confidence, CONFIDENCE_CERTAIN);
	assert_int_equal(bench_look(S(80)), 0);
	bench_reap(200);
	assert_int_equal(bench_look(S(90)), 1);
	assert_int_equal(seen[0].confidence, CONFIDENCE_CERTAIN);
}

/* --log-level all: each step of the confidence, the one that is no news as a minor finding. */
static void test_each_confidence(void **state)
{
	(void)state;
	options.log_level = LOG_LEVEL_ALL;
	bench_dead(200, bench_parent(100), S(10));
	assert_opens_as(CAUSE_NEVER_WAITS);
	assert_false(seen[0].minor);
	assert_int_equal(bench_look(S(20) - 1), 0);
	assert_update(S(20), CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].confidence, CONFIDENCE_LIKELY);
	assert_true(seen[0].minor);
	assert_int_equal(bench_look(S(30)), 0);
	assert_update(S(70), CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].confidence, CONFIDENCE_CERTAIN);
	assert_false(seen[0].minor);
	bench_reap(200);
	assert_int_equal(bench_look(S(90)), 1);
	assert_false(seen[0].minor);
}

/* What its waits showed before is not unsaid when they cannot be seen any more. */
static void test_confidence_does_not_fall(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		bench_dead(200 + i, parent, S(10));
	assert_int_equal(bench_look(S(12)), 3);
	assert_int_equal(seen[0].confidence, CONFIDENCE_LIKELY);
	assert_int_equal(bench_look(S(20) - 1), 0);
	assert_int_equal(bench_look(S(20)), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(seen[i].state, FINDING_UPDATE);
		assert_int_equal(seen[i].confidence, CONFIDENCE_CERTAIN);
	}
	parent->flags |= DW_PARENT_NO_FLIGHTS;
	assert_int_equal(bench_look(S(21)), 0);
	parent->flags = 0;
	assert_int_equal(bench_look(S(22)), 0);
	bench_reap(201);
	bench_reap(202);
	assert_int_equal(bench_look(S(23)), 2);
	assert_int_equal(seen[0].confidence, CONFIDENCE_CERTAIN);
}

/* --- the parent --- */

static struct dw_pass_parent *add_init(void)
{
	struct dw_pass_parent *init = bench_parent(1);

	init->flags = DW_PARENT_NS_INIT;
	return init;
}

/* Its parent dies: an update names both, and the cause stays while the adopter settles. */
static void check_adoption(uint64_t settle_ns)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));
	struct dw_pass_parent *init = add_init();

	assert_int_equal(bench_look(S(20)), 1);
	bench_adopt(dead, init);
	assert_update(S(30), CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].parent.tgid, 1);
	assert_int_equal(seen[0].adopted_from, 100);
	assert_int_equal(seen[0].facts.adopted, KNOWN_YES);
	assert_int_equal(seen[0].lines, 1);
	assert_string_equal(seen[0].evidence,
			    "just adopted: the cause is as judged under its former parent 100");
	assert_int_equal(bench_look(S(30) + settle_ns - 1), 0);
	assert_update(S(30) + settle_ns, CAUSE_INIT_IGNORES_ADOPTED);
	assert_int_equal(seen[0].adopted_from, 100);
	assert_null(strstr(seen[0].evidence, "just adopted"));
	/* the adopter has had it for no longer than that */
	assert_int_equal(seen[0].facts.under_ns, settle_ns + 1);
	assert_int_equal(seen[0].confidence, CONFIDENCE_POSSIBLE);
	bench_reap(200);
	assert_int_equal(bench_look(S(50)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_ADOPTED_AND_REAPED);
	assert_int_equal(seen[0].adopted_from, 100);
}

static void test_adoption(void **state)
{
	(void)state;
	check_adoption(S(2));
}

static void test_adoption_with_a_long_age(void **state)
{
	(void)state;
	options.age_ns = S(5);
	check_adoption(S(5));
}

/* Reaped while it settles: the cause was its father's. */
static void test_adopted_and_reaped(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));

	(void)state;
	assert_opens_as(CAUSE_NEVER_WAITS);
	bench_adopt(dead, add_init());
	assert_update(S(13), CAUSE_NEVER_WAITS);
	bench_reap(200);
	assert_int_equal(bench_look(S(14)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_ADOPTED_AND_REAPED);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
}

/* An adopter may have got the very pid of the dead parent. */
static void test_adopter_with_the_same_pid(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);
	struct dw_pass_dead *dead = bench_dead(200, parent, S(10));

	(void)state;
	assert_opens_as(CAUSE_NEVER_WAITS);
	parent->who.start_ns = S(12.5);
	bench_adopt(dead, parent);
	assert_update(S(13), CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].adopted_from, 100);
	assert_int_equal(seen[0].parent.start_ns, S(12.5));
}

/* Under the adopter, too, the mere end of a state changes nothing. */
static void test_sticky_after_adoption(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));
	struct dw_pass_parent *init = add_init();

	(void)state;
	assert_opens_as(CAUSE_NEVER_WAITS);
	bench_adopt(dead, init);
	assert_update(S(13), CAUSE_NEVER_WAITS);
	assert_update(S(16), CAUSE_INIT_IGNORES_ADOPTED);
	init->threads.stopped = 1;
	assert_int_equal(bench_look(S(17)), 0);
	init->threads.stopped = 0;
	assert_int_equal(bench_look(S(18)), 0);
}

/* --- a parent that was seen to reap --- */

static void test_seen_to_reap(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_opens_as(CAUSE_NEVER_WAITS);
	bench_reap(200);
	bench_look(S(13));
	bench_dead(201, parent, S(13));
	assert_int_equal(bench_look(S(15)), 1);
	assert_int_equal(seen[0].cause, CAUSE_SLOW_REAPER);
	assert_int_equal(seen[0].facts.reaped, 1);
	assert_int_equal(seen[0].facts.reap_age_ns, S(3));
}

/* That counts of the young ones too, and while the parent has no zombie at all. */
static void test_seen_to_reap_a_young_one(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_int_equal(bench_look(S(10.25)), 0);
	bench_reap(200);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(bench_look(S(11) + i * S(1)), 0);
	bench_dead(201, parent, S(40));
	assert_int_equal(bench_look(S(42)), 1);
	assert_int_equal(seen[0].cause, CAUSE_SLOW_REAPER);
}

/* What the program before an exec reaped does not speak for this one. */
static void test_seen_to_reap_before_an_exec(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_opens_as(CAUSE_NEVER_WAITS);
	bench_reap(200);
	bench_look(S(13));
	parent->exec_id++;
	bench_dead(201, parent, S(13));
	assert_int_equal(bench_look(S(15)), 1);
	assert_int_equal(seen[0].facts.reaped, 0);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
}

/* A child that is gone because its parent is dead was not reaped by that parent. */
static void test_adopter_did_not_reap_for_the_father(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_opens_as(CAUSE_NEVER_WAITS);
	host.dead_count = 0;
	bench_put_stat(100, S(13)); /* the pid came back */
	parent->who.start_ns = S(13);
	assert_int_equal(bench_look(S(14)), 1);
	bench_dead(201, parent, S(14.5));
	assert_int_equal(bench_look(S(16)), 1);
	assert_int_equal(seen[0].facts.reaped, 0);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
}

/* --- what is said beside --- */

static void test_killer_and_last_wait(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);
	struct dw_pass_dead *dead;

	(void)state;
	maker_wait(parent, DW_TARGET_ANY, 0, 0);
	maker_wait(parent, DW_TARGET_PID, 333, WNOHANG)->entered_jiffies = maker_jiffies(S(7));
	dead = bench_dead(200, parent, S(10));
	dead->status = 9;
	dead->life.death.kill_signal = 9;
	dead->life.death.killer_tgid = 321;
	assert_int_equal(bench_look(S(12)), 1);
	assert_true(seen[0].killer_known);
	assert_int_equal(seen[0].killer_tgid, 321);
	assert_int_equal(seen[0].kill_signal, 9);
	assert_int_equal(seen[0].last_wait.id, 333);
	assert_int_equal(seen[0].last_wait_ns, S(7));
}

/* A signal that did not end it is no killer. */
static void test_no_killer(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));

	(void)state;
	dead->status = 3 << 8;
	dead->life.death.kill_signal = 10;
	dead->life.death.killer_tgid = 100;
	assert_opens_as(CAUSE_NEVER_WAITS);
	assert_false(seen[0].killer_known);
	assert_int_equal(seen[0].kill_signal, 0);
}

/* SIGCHLD blocked in each pass: how long, and anew after one without. */
static void test_blocked_for_how_long(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	options.age_ns = S(0.1);
	parent->handler = 0x4000;
	parent->threads.blocking = 1;
	parent->flags = DW_PARENT_PENDING_SHARED;
	bench_dead(200, parent, S(10))->life.death.sigchld = DW_SIGCHLD_QUEUED;
	assert_int_equal(bench_look(S(10.05)), 0);
	assert_int_equal(bench_look(S(10.3)), 1);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].facts.blocked_ns, S(0.25));
	parent->threads.blocking = 0;
	assert_int_equal(bench_look(S(10.4)), 0);
	parent->threads.blocking = 1;
	bench_dead(201, parent, S(10))->life.death.sigchld = DW_SIGCHLD_QUEUED;
	assert_int_equal(bench_look(S(10.5)), 1);
	assert_int_equal(seen[0].facts.blocked_ns, 0);
	bench_dead(202, parent, S(10))->life.death.sigchld = DW_SIGCHLD_QUEUED;
	assert_int_equal(bench_look(S(11)), 1);
	assert_int_equal(seen[0].facts.blocked_ns, S(0.5));
	assert_int_equal(seen[0].cause, CAUSE_SIGCHLD_BLOCKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_end_of_a_state),
		TEST(test_end_of_a_trace),
		TEST(test_contradiction),
		TEST(test_later_state),
		TEST(test_unknown_gives_way),
		TEST(test_each_confidence),
		TEST(test_certain_once),
		TEST(test_confidence_does_not_fall),
		TEST(test_adoption),
		TEST(test_adoption_with_a_long_age),
		TEST(test_adopted_and_reaped),
		TEST(test_adopter_with_the_same_pid),
		TEST(test_sticky_after_adoption),
		TEST(test_seen_to_reap),
		TEST(test_seen_to_reap_a_young_one),
		TEST(test_seen_to_reap_before_an_exec),
		TEST(test_adopter_did_not_reap_for_the_father),
		TEST(test_killer_and_last_wait),
		TEST(test_no_killer),
		TEST(test_blocked_for_how_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
