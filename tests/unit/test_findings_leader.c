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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_leader_becomes_a_zombie),
		TEST(test_leader_just_became_a_zombie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
