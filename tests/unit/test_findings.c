// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings: when a finding opens and when it closes. How it changes in between is in
 * test_findings_sticky.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "findings_bench.h"

/* --- opens --- */

static void test_opens_at_its_age(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));

	(void)state;
	dead->status = 3 << 8;
	assert_int_equal(bench_look(S(10)), 0);
	assert_int_equal(bench_look(S(10.5)), 0);
	assert_int_equal(bench_look(S(11) - 1), 0);
	assert_int_equal(bench_look(S(11)), 1);
	assert_int_equal(seen[0].state, FINDING_OPEN);
	assert_int_equal(seen[0].child.tgid, 200);
	assert_int_equal(seen[0].parent.tgid, 100);
	assert_string_equal(seen[0].parent.comm, "server");
	assert_int_equal(seen[0].adopted_from, 0);
	assert_int_equal(seen[0].died_ns, S(10));
	assert_int_equal(seen[0].age_ns, S(1));
	assert_true(seen[0].age_known);
	assert_int_equal(seen[0].status, 3 << 8);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
	assert_true(seen[0].lines >= 1);
	assert_true(seen[0].has_inquiry);
	assert_int_equal(seen[0].facts.zombies, 1);
	assert_int_equal(bench_look(S(11.25)), 0);
	assert_int_equal(bench_sum().found, 1);
}

/* Found late: its age tells, not how often it was seen. */
static void test_opens_at_once_if_old(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	assert_int_equal(bench_look(S(20)), 1);
	assert_int_equal(seen[0].age_ns, S(10));
}

/* With age 0, dead in two passes running: a fork loop shows a fresh one in each. */
static void test_age_zero_takes_two_passes(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	options.age_ns = 0;
	for (uint32_t i = 0; i < 5; i++) {
		host.dead_count = 0;
		bench_dead(300 + i, parent, S(10) + i);
		assert_int_equal(bench_look(S(10) + i), 0);
	}
	assert_int_equal(bench_look(S(11)), 1);
	assert_int_equal(seen[0].child.tgid, 304);
}

/* Two passes in one kind of death: a main thread's does not count for the process. */
static void test_age_zero_and_another_death(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));

	(void)state;
	options.age_ns = 0;
	dead->kind = DW_DEAD_LEADER;
	assert_int_equal(bench_look(S(11)), 0);
	dead->kind = DW_DEAD_ZOMBIE;
	assert_int_equal(bench_look(S(12)), 0);
	assert_int_equal(bench_look(S(13)), 1);
}

/* It died before the hooks: what is known is only since when it was seen. */
static void test_age_not_known(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), 0);

	(void)state;
	dead->has_life = 0;
	assert_int_equal(bench_look(S(10)), 0);
	assert_true(findings_unsettled(findings));
	assert_int_equal(bench_look(S(11) - 1), 0);
	assert_int_equal(bench_look(S(11)), 1);
	assert_false(seen[0].age_known);
	assert_int_equal(seen[0].died_ns, 0);
	assert_int_equal(seen[0].age_ns, S(1));
	assert_int_equal(seen[0].confidence, CONFIDENCE_POSSIBLE);
}

static void test_two_looks(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), 0);

	(void)state;
	bench_start(true);
	dead->has_life = 0;
	assert_int_equal(bench_look(S(10)), 0);
	assert_true(findings_unsettled(findings));
	assert_int_equal(bench_look(S(10.05)), 1);
	assert_false(findings_unsettled(findings));
	/* one whose age is known needs no second look */
	bench_dead(201, &host.parent[0], S(7));
	assert_int_equal(bench_look(S(10.1)), 1);
	assert_int_equal(seen[0].child.tgid, 201);
	assert_false(findings_unsettled(findings));
}

/* The scheduler knows when it last ran, though not of one that still exits. */
static void test_age_by_the_scheduler(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), 0);

	(void)state;
	dead->has_life = 0;
	dead->ran_ago_ns = S(1) - 1;
	assert_int_equal(bench_look(S(10)), 0);
	assert_false(findings_unsettled(findings));
	dead->ran_ago_ns = S(1);
	assert_int_equal(bench_look(S(10.25)), 1);
	assert_true(seen[0].age_known);
	assert_int_equal(seen[0].age_ns, S(1));

	dead->who.start_ns++;
	dead->kind = DW_DEAD_DYING;
	dead->ran_ago_ns = S(100);
	assert_int_equal(bench_look(S(11)), 1); /* the first one closes */
	assert_int_equal(seen[0].state, FINDING_CLOSED);
	assert_int_equal(bench_look(S(12)), 1);
	assert_int_equal(seen[0].cause, CAUSE_EXIT_STUCK);
}

static void test_held_opens_nothing(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	bench_dead(201, &host.parent[0], S(10));
	findings_hold(findings, true);
	assert_int_equal(bench_look(S(20)), 0);
	assert_true(findings_pending(findings));
	bench_reap(200);
	assert_int_equal(bench_look(S(21)), 0);
	findings_hold(findings, false);
	assert_int_equal(bench_look(S(22)), 1);
	assert_int_equal(seen[0].child.tgid, 201);
	/* what was seen meanwhile counts: the parent reaps */
	assert_int_equal(seen[0].cause, CAUSE_SLOW_REAPER);
}

static void test_filters(void **state)
{
	const char *names[] = { "other" };
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));

	(void)state;
	options.names = names;
	options.names_count = 1;
	assert_int_equal(bench_look(S(12)), 0);
	assert_int_equal(bench_sum().found, 0);
	bench_reap(200);
	assert_int_equal(bench_look(S(13)), 0); /* never opened: nothing to close */
	assert_int_equal(bench_sum().reaped, 0);
	dead = bench_dead(201, &host.parent[0], S(13));
	memcpy(dead->who.comm, "other", 6);
	assert_int_equal(bench_look(S(15)), 1);
}

/* Not asked for: followed all the same, since what a parent reaps counts elsewhere. */
static void test_only_others(void **state)
{
	(void)state;
	options.only = ONLY_SIGCHLD | ONLY_ORPHAN;
	bench_dead(200, bench_parent(100), S(10));
	assert_int_equal(bench_look(S(12)), 0);
	assert_true(findings_pending(findings));
	bench_reap(200);
	assert_int_equal(bench_look(S(13)), 0);
}

/* The parent is not in the pass: said all the same, with what there is. */
static void test_parent_not_seen(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	host.parent_count = 0;
	assert_int_equal(bench_look(S(12)), 1);
	assert_int_equal(seen[0].parent.tgid, 100);
	assert_int_equal(seen[0].cause, CAUSE_UNKNOWN);
	assert_false(seen[0].facts.has_parent);
}

/* --- closes --- */

static void test_closes_when_gone(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	assert_false(findings_pending(findings));
	bench_look(S(12));
	assert_true(findings_pending(findings));
	bench_reap(200);
	assert_int_equal(bench_look(S(15)), 1);
	assert_int_equal(seen[0].state, FINDING_CLOSED);
	assert_int_equal(seen[0].closed_by, FINDING_REAPED);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].age_ns, S(5));
	assert_int_equal(seen[0].died_ns, S(10));
	assert_string_equal(seen[0].child.comm, "worker");
	assert_false(findings_pending(findings));
	assert_int_equal(bench_look(S(16)), 0);
	assert_int_equal(bench_sum().reaped, 1);
	assert_int_equal(bench_sum().open, 0);
	assert_int_equal(bench_sum().by_cause[CAUSE_NEVER_WAITS], 1);
}

static void test_gone_before_its_age(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	assert_int_equal(bench_look(S(10.5)), 0);
	bench_reap(200);
	assert_int_equal(bench_look(S(12)), 0);
	assert_int_equal(bench_sum().found, 0);
}

/* In the order of death, whatever that of pids and of the task list; the closed ones first. */
static void test_order_of_death(void **state)
{
	static const uint32_t deaths[] = { 203, 200, 202, 201 };
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		bench_dead(200 + i, parent, 0);
	for (uint32_t i = 0; i < 4; i++)
		host.dead[deaths[i] - 200].life.death.died_jiffies = maker_jiffies(S(10)) + i;
	assert_int_equal(bench_look(S(12)), 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(seen[i].child.tgid, deaths[i]);
	host.dead_count = 0;
	bench_dead(299, parent, S(10));
	bench_dead(298, parent, S(9));
	assert_int_equal(bench_look(S(13)), 6);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(seen[i].state, FINDING_CLOSED);
		assert_int_equal(seen[i].child.tgid, deaths[i]);
	}
	assert_int_equal(seen[4].state, FINDING_OPEN);
	assert_int_equal(seen[4].child.tgid, 298);
	assert_int_equal(seen[5].child.tgid, 299);
}

/* Who is not in a pass that was cut short may well be there. */
static void test_incomplete_pass(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	bench_look(S(12));
	host.cut = true;
	host.dead_count = 0;
	assert_int_equal(bench_look(S(13)), 0);
	assert_true(findings_pending(findings));
	bench_dead(201, &host.parent[0], S(11)); /* what is in it counts */
	assert_int_equal(bench_look(S(14)), 1);
	assert_int_equal(seen[0].child.tgid, 201);
	host.cut = false;
	assert_int_equal(bench_look(S(15)), 1);
	assert_int_equal(seen[0].state, FINDING_CLOSED);
	assert_int_equal(seen[0].child.tgid, 200);
	assert_int_equal(seen[0].closed_by, FINDING_REAPED);
}

/* A pass cut before the first record: the parent is the same one after it. */
static void test_reaped_after_an_empty_pass(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	bench_look(S(12));
	host.cut = true;
	host.dead_count = 0;
	bench_look(S(13));
	host.cut = false;
	assert_int_equal(bench_look(S(14)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_REAPED);
}

/* The parent died, and whoever got the child reaped it before the next pass. */
static void test_parent_died_too(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	bench_look(S(12));
	bench_reap(200);
	host.parent_count = 0;
	bench_put_stat(100, S(12)); /* its pid has another process already */
	assert_int_equal(bench_look(S(13)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_ADOPTED_AND_REAPED);
	assert_int_equal(seen[0].parent.tgid, 100);
}

/* It is gone, but by the history it entered a wait since the last pass: it reaped the child. */
static void check_end_of_both(uint32_t waits, enum finding_end end)
{
	struct dw_pass_parent *parent = bench_parent(100);

	maker_wait(parent, DW_TARGET_PID, 333, 0);
	bench_dead(200, parent, S(10));
	assert_int_equal(bench_look(S(12)), 1);
	past.tgid = 100;
	past.start_ns = parent->who.start_ns;
	past.waits = waits;
	bench_reap(200);
	host.parent_count = 0;
	bench_put_stat(100, S(12)); /* its pid has another process already */
	assert_int_equal(bench_look(S(13)), 1);
	assert_int_equal(seen[0].closed_by, end);
}

static void test_parent_waited_at_last(void **state)
{
	(void)state;
	check_end_of_both(2, FINDING_REAPED);
}

static void test_parent_did_not_wait_at_last(void **state)
{
	(void)state;
	check_end_of_both(1, FINDING_ADOPTED_AND_REAPED);
}

/* An adopter that waited and is gone: still it was not the father who reaped. */
static void test_adopter_waited_at_last(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));
	struct dw_pass_parent *adopter = bench_parent(101);

	(void)state;
	assert_int_equal(bench_look(S(12)), 1);
	bench_adopt(dead, adopter);
	assert_int_equal(bench_look(S(13)), 1);
	past.tgid = 101;
	past.start_ns = adopter->who.start_ns;
	past.waits = 9;
	bench_reap(200);
	host.parent_count = 0;
	bench_put_stat(101, S(13));
	assert_int_equal(bench_look(S(14)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_ADOPTED_AND_REAPED);
}

/* --- lost statuses --- */

static size_t lose_statuses(uint32_t count)
{
	struct dw_event_lost event = { .parent = maker_who(100, S(1), "server"),
				       .how = DW_LOST_GONE, .autoreaped = 1, .lost = 1 };

	seen_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		event.child_ns_pid = 200 + i;
		findings_take_lost(findings, &event);
	}
	return seen_count;
}

/* At most 32 in a tick; how many more there were is told at its end. */
static void test_lost_statuses(void **state)
{
	(void)state;
	assert_int_equal(findings_take_untold(findings), 0);
	assert_int_equal(lose_statuses(1), 1);
	assert_int_equal(seen[0].cause, CAUSE_AUTO_REAPED);
	assert_int_equal(seen[0].confidence, CONFIDENCE_CERTAIN);
	assert_int_equal(seen[0].child.ns_pid, 200);
	assert_int_equal(seen[0].parent.tgid, 100);
	assert_int_equal(lose_statuses(31), 31);
	assert_int_equal(findings_take_untold(findings), 0);
	assert_int_equal(lose_statuses(40), 32);
	assert_int_equal(lose_statuses(5), 0);
	assert_int_equal(findings_take_untold(findings), 13);
	assert_int_equal(findings_take_untold(findings), 0);
	assert_int_equal(lose_statuses(1), 1);
}

/* The same pid with another start time is another process. */
static void test_pid_reuse(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));
	uint64_t first_start = dead->who.start_ns;

	(void)state;
	bench_look(S(12));
	dead->who.start_ns = S(12.5);
	dead->life.start_ns = S(12.5);
	dead->life.death.died_jiffies = maker_jiffies(S(13));
	assert_int_equal(bench_look(S(13.5)), 1);
	assert_int_equal(seen[0].state, FINDING_CLOSED);
	assert_int_equal(seen[0].child.start_ns, first_start);
	assert_int_equal(bench_look(S(14)), 1);
	assert_int_equal(seen[0].state, FINDING_OPEN);
	assert_int_equal(seen[0].child.start_ns, S(12.5));
	assert_int_equal(seen[0].age_ns, S(1));
	assert_int_equal(bench_sum().found, 2);
}

static void test_close_all(void **state)
{
	(void)state;
	bench_dead(200, bench_parent(100), S(10));
	bench_dead(201, &host.parent[0], S(11.5)); /* too young to be open */
	assert_int_equal(bench_look(S(12)), 1);
	seen_count = 0;
	findings_close_all(findings, S(20));
	assert_int_equal(seen_count, 1);
	assert_int_equal(seen[0].state, FINDING_CLOSED);
	assert_int_equal(seen[0].closed_by, FINDING_EXIT);
	assert_int_equal(seen[0].child.tgid, 200);
	assert_int_equal(seen[0].age_ns, S(10));
	assert_int_equal(bench_sum().open, 1);
	assert_int_equal(bench_sum().reaped, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_opens_at_its_age),
		TEST(test_opens_at_once_if_old),
		TEST(test_age_zero_takes_two_passes),
		TEST(test_age_zero_and_another_death),
		TEST(test_age_not_known),
		TEST(test_two_looks),
		TEST(test_age_by_the_scheduler),
		TEST(test_held_opens_nothing),
		TEST(test_filters),
		TEST(test_only_others),
		TEST(test_parent_not_seen),
		TEST(test_closes_when_gone),
		TEST(test_gone_before_its_age),
		TEST(test_order_of_death),
		TEST(test_incomplete_pass),
		TEST(test_reaped_after_an_empty_pass),
		TEST(test_parent_died_too),
		TEST(test_parent_waited_at_last),
		TEST(test_parent_did_not_wait_at_last),
		TEST(test_adopter_waited_at_last),
		TEST(test_lost_statuses),
		TEST(test_pid_reuse),
		TEST(test_close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
