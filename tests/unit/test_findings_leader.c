// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings: a process whose main thread ended before the others, and its real death after that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "findings_bench.h"

static void test_leader_becomes_a_zombie(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), 0);

	(void)state;
	dead->kind = DW_DEAD_LEADER;
	dead->threads = 3;
	dead->life.death.died_jiffies = 0;
	dead->life.death.leader_exited_jiffies = maker_jiffies(S(10));
	assert_int_equal(bench_look(S(12)), 1);
	assert_int_equal(seen[0].cause, CAUSE_LEADER_EXITED);
	assert_int_equal(seen[0].died_ns, S(10));
	dead->kind = DW_DEAD_ZOMBIE;
	dead->status = 9;
	dead->life.death.died_jiffies = maker_jiffies(S(30));
	dead->life.death.parent_at = host.parent[0].record.conduct.now;
	assert_int_equal(bench_look(S(32)), 1);
	assert_int_equal(seen[0].state, FINDING_UPDATE);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].dead_kind, DW_DEAD_ZOMBIE);
	assert_int_equal(seen[0].status, 9);
	assert_int_equal(seen[0].died_ns, S(30));
	assert_int_equal(seen[0].age_ns, S(2));
	assert_int_equal(seen[0].confidence, CONFIDENCE_POSSIBLE);
}

/* Its real death is as young as any: no cause is named before its age. */
static void test_leader_just_became_a_zombie(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), 0);

	(void)state;
	dead->kind = DW_DEAD_LEADER;
	dead->life.death.died_jiffies = 0;
	dead->life.death.leader_exited_jiffies = maker_jiffies(S(10));
	assert_int_equal(bench_look(S(12)), 1);
	assert_int_equal(seen[0].cause, CAUSE_LEADER_EXITED);
	dead->kind = DW_DEAD_ZOMBIE;
	dead->life.death.died_jiffies = maker_jiffies(S(30));
	assert_int_equal(bench_look(S(30.25)), 0);
	bench_reap(200);
	assert_int_equal(bench_look(S(30.5)), 1);
	assert_int_equal(seen[0].state, FINDING_CLOSED);
	assert_int_equal(seen[0].cause, CAUSE_LEADER_EXITED);
}

static struct dw_pass_dead *dead_leader(void)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), 0);

	dead->kind = DW_DEAD_LEADER;
	dead->threads = 2;
	dead->life.death.died_jiffies = 0;
	dead->life.death.leader_exited_jiffies = maker_jiffies(S(10));
	return dead;
}

/* Another thread exec'd: it is the leader now, with its pid and start time. Nobody reaped. */
static void test_leader_lives_on(void **state)
{
	struct dw_pass_dead *dead = dead_leader();

	(void)state;
	assert_int_equal(bench_look(S(12)), 1);
	bench_put_stat(200, dead->who.start_ns);
	bench_reap(200);
	assert_int_equal(bench_look(S(13)), 1);
	assert_int_equal(seen[0].state, FINDING_CLOSED);
	assert_int_equal(seen[0].closed_by, FINDING_LIVES_ON);
	assert_int_equal(bench_sum().reaped, 0);
	assert_int_equal(bench_sum().open, 0);
	bench_dead(201, &host.parent[0], S(13));
	assert_int_equal(bench_look(S(15)), 1);
	assert_int_equal(seen[0].facts.reaped, 0);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
}

/* Another process has its pid: that one was reaped. */
static void test_leader_was_reaped(void **state)
{
	(void)state;
	dead_leader();
	assert_int_equal(bench_look(S(12)), 1);
	bench_put_stat(200, S(12.5));
	bench_reap(200);
	assert_int_equal(bench_look(S(13)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_REAPED);
	assert_int_equal(bench_sum().reaped, 1);
	bench_dead(201, &host.parent[0], S(13));
	assert_int_equal(bench_look(S(15)), 1);
	assert_int_equal(seen[0].facts.reaped, 1);
}

/* A zombie does not come back, whatever /proc shows of a process with its pid. */
static void test_zombie_does_not_live_on(void **state)
{
	struct dw_pass_dead *dead = bench_dead(200, bench_parent(100), S(10));

	(void)state;
	assert_int_equal(bench_look(S(12)), 1);
	bench_put_stat(200, dead->who.start_ns);
	bench_reap(200);
	assert_int_equal(bench_look(S(13)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_REAPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_leader_becomes_a_zombie),
		TEST(test_leader_just_became_a_zombie),
		TEST(test_leader_lives_on),
		TEST(test_leader_was_reaped),
		TEST(test_zombie_does_not_live_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
