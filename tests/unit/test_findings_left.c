// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings: zombies that a dying parent leaves behind. Its exit tells of them, and passes that were
 * read before or after may be taken in later.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "findings_bench.h"

/* What a parent of the host leaves at this moment; returns how many findings that emitted. */
static size_t leave(const struct dw_pass_parent *parent, uint64_t now_ns)
{
	struct dw_pass_parent *exiting;
	struct pass left = { .boot_ns = now_ns };

	exiting = pass_add_parent(&left);
	*exiting = *parent;
	exiting->threads.live = 0;
	exiting->flags |= DW_PARENT_EXITING;
	for (size_t i = 0; i < host.dead_count; i++)
		if (host.dead[i].parent_tgid == parent->who.tgid)
			*pass_add_dead(&left) = host.dead[i];
	pass_finish(&left);
	seen_count = 0;
	assert_int_equal(findings_take_left(findings, &left), 0);
	pass_free(&left);
	return seen_count;
}

/* The parent is gone, and all of the host's dead with it. */
static void end_all(void)
{
	host.dead_count = 0;
	host.parent_count = 0;
	bench_put_stat(100, S(50)); /* its pid has another process already */
}

static size_t leave_at_age(uint64_t age_ns)
{
	struct dw_pass_parent *parent = bench_parent(100);

	bench_dead(200, parent, S(10));
	return leave(parent, S(10) + age_ns);
}

/* --- how old it must be --- */

static void test_too_young(void **state)
{
	(void)state;
	assert_int_equal(leave_at_age(S(0.048)), 0);
	end_all();
	assert_int_equal(bench_look(S(11)), 0);
	assert_int_equal(bench_sum().found, 0);
	assert_false(findings_pending(findings));
}

static void test_ripe_at_50_ms(void **state)
{
	(void)state;
	assert_int_equal(leave_at_age(S(0.052)), 1);
	assert_int_equal(seen[0].state, FINDING_OPEN);
	assert_int_equal(seen[0].child.tgid, 200);
	assert_int_equal(seen[0].parent.tgid, 100);
	assert_int_equal(seen[0].adopted_from, 0);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].confidence, CONFIDENCE_CERTAIN);
	assert_int_equal(seen[0].age_ns, S(0.052));
	assert_true(seen[0].facts.parent_ended);
	assert_false(seen[0].facts.threads);
}

/* However long --age is: there will be no later moment. */
static void test_long_age(void **state)
{
	(void)state;
	options.age_ns = S(60);
	assert_int_equal(leave_at_age(S(0.052)), 1);
}

static void test_shorter_age(void **state)
{
	(void)state;
	options.age_ns = S(0.02);
	assert_int_equal(leave_at_age(S(0.016)), 0);
	end_all();
	bench_look(S(11));
	assert_int_equal(leave_at_age(S(0.02)), 1);
}

static void test_age_zero(void **state)
{
	(void)state;
	options.age_ns = 0;
	assert_int_equal(leave_at_age(0), 1);
}

static void test_only_others(void **state)
{
	(void)state;
	options.only = ONLY_ORPHAN | ONLY_STATUS;
	assert_int_equal(leave_at_age(S(5)), 0);
	assert_int_equal(bench_sum().found, 0);
}

/* --- one that was reported already --- */

/* Its cause becomes certain: that is news. */
static void test_open_before(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_int_equal(bench_look(S(11)), 1);
	assert_int_equal(seen[0].confidence, CONFIDENCE_POSSIBLE);
	assert_false(seen[0].facts.parent_ended);
	assert_int_equal(leave(parent, S(11.5)), 1);
	assert_int_equal(seen[0].state, FINDING_UPDATE);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
	assert_int_equal(seen[0].confidence, CONFIDENCE_CERTAIN);
	assert_true(seen[0].facts.parent_ended);
	end_all();
	assert_int_equal(bench_look(S(12)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_ADOPTED_AND_REAPED);
	assert_int_equal(bench_sum().found, 1);
}

/* That it was left is news in itself, for the report tells what became of it. */
static void test_open_and_certain_before(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_int_equal(bench_look(S(75)), 1);
	assert_int_equal(seen[0].confidence, CONFIDENCE_CERTAIN);
	assert_int_equal(leave(parent, S(75.5)), 1);
	assert_int_equal(seen[0].state, FINDING_UPDATE);
	assert_true(seen[0].facts.parent_ended);
	assert_int_equal(seen[0].parent.tgid, 100);
}

/* A handler that waited once for three: reported, then left to an init with its SIGCHLD ignored. */
static void test_losses_are_the_parents(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100), *init = bench_parent(1);
	struct dw_pass_dead *dead = bench_dead(200, parent, S(10));
	struct dw_counts *now = &parent->record.conduct.now;

	(void)state;
	seen_sigchlds = 0;
	dead->life.death.sigchld = DW_SIGCHLD_MERGED;
	parent->handler = 0x4000;
	maker_wait(parent, DW_TARGET_ANY, 0, 0);
	now->deaths = 3;
	now->queued = 1;
	now->merged = 2;
	now->delivered = 1;
	assert_int_equal(bench_look(S(12)), 1);
	assert_int_equal(seen[0].cause, CAUSE_SIGCHLD_MERGED);
	assert_int_equal(seen_sigchlds, 1);
	assert_int_equal(seen_losses.merged, 2);
	assert_int_equal(leave(parent, S(12.5)), 1);
	init->flags |= DW_PARENT_NS_INIT;
	init->record.conduct.now = (struct dw_counts){ .deaths = 5, .ignored = 5 };
	bench_adopt(dead, init);
	bench_look(S(12.7));
	bench_look(S(13));
	assert_int_equal(bench_sum().open, 1);
	assert_int_equal(seen_sigchlds, 1);
}

/* --- passes before and after --- */

/* A pass that was read before its death is taken in after it: it proves nothing. */
static void test_pass_read_earlier(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_int_equal(leave(parent, S(10.1)), 1);
	end_all();
	assert_int_equal(bench_look(S(9.9)), 0);
	assert_true(findings_pending(findings));
	assert_int_equal(bench_look(S(10.3)), 1);
	assert_int_equal(seen[0].state, FINDING_CLOSED);
	assert_int_equal(seen[0].closed_by, FINDING_ADOPTED_AND_REAPED);
	assert_false(findings_pending(findings));
}

/* Likewise one that still shows it under its parent. */
static void test_pass_read_between(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10));
	assert_int_equal(leave(parent, S(10.2)), 1);
	assert_int_equal(bench_look(S(10.1)), 0);
	end_all();
	assert_int_equal(bench_look(S(10.4)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_ADOPTED_AND_REAPED);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
}

/* The adopter is slow: the cause stays as it was judged. */
static void test_seen_under_its_adopter(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100), *init = bench_parent(1);
	struct dw_pass_dead *dead = bench_dead(200, parent, S(10));

	(void)state;
	init->flags |= DW_PARENT_NS_INIT;
	assert_int_equal(leave(parent, S(10.2)), 1);
	bench_adopt(dead, init);
	bench_look(S(10.4));
	for (size_t i = 0; i < seen_count; i++) {
		assert_int_equal(seen[i].cause, CAUSE_NEVER_WAITS);
		assert_int_equal(seen[i].adopted_from, 100);
		assert_false(seen[i].facts.parent_ended);
	}
	bench_reap(200);
	assert_int_equal(bench_look(S(10.7)), 1);
	assert_int_equal(seen[0].closed_by, FINDING_ADOPTED_AND_REAPED);
	assert_int_equal(seen[0].cause, CAUSE_NEVER_WAITS);
	assert_int_equal(bench_sum().found, 1);
	assert_int_equal(bench_sum().by_cause[CAUSE_NEVER_WAITS], 1);
}

/* What an ending parent leaves says nothing of another one's dead, nor closes them. */
static void test_others_stay(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100), *other = bench_parent(101);

	(void)state;
	bench_dead(200, parent, S(10));
	bench_dead(201, other, S(10));
	assert_int_equal(bench_look(S(12)), 2);
	assert_int_equal(leave(parent, S(12.5)), 1);
	assert_int_equal(seen[0].child.tgid, 200);
	assert_int_equal(bench_sum().open, 2);
	assert_int_equal(bench_look(S(13)), 0);
	assert_int_equal(bench_sum().open, 2);
}

/* It counts as left, not as reaped: the age at the end is not a wait for its reaping. */
static void test_sums(void **state)
{
	(void)state;
	assert_int_equal(leave_at_age(S(3)), 1);
	assert_int_equal(bench_sum().found, 1);
	assert_int_equal(bench_sum().open, 1);
	end_all();
	bench_look(S(14));
	assert_int_equal(bench_sum().open, 0);
	assert_int_equal(bench_sum().longest_ns, 0);
}

/* The zombies of one parent are counted together, and named in the order of death. */
static void test_order_and_count(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	bench_dead(200, parent, S(10.2));
	bench_dead(201, parent, S(10));
	bench_dead(202, parent, S(10.1));
	assert_int_equal(leave(parent, S(11)), 3);
	assert_int_equal(seen[0].child.tgid, 201);
	assert_int_equal(seen[1].child.tgid, 202);
	assert_int_equal(seen[2].child.tgid, 200);
	assert_int_equal(seen[2].facts.zombies, 3);
}

static void test_many(void **state)
{
	enum { MANY = 20000 };
	struct dw_pass_parent *parent = bench_parent(100);
	struct dw_pass_dead *dead = bench_dead(200, parent, S(10));
	struct pass left = { .boot_ns = S(11) };

	(void)state;
	*pass_add_parent(&left) = *parent;
	for (uint32_t i = 0; i < MANY; i++) {
		struct dw_pass_dead *one = pass_add_dead(&left);

		*one = *dead;
		one->who.tgid = 1000 + i;
		one->life.tgid = 1000 + i;
	}
	pass_finish(&left);
	seen_count = 0;
	assert_int_equal(findings_take_left(findings, &left), 0);
	pass_free(&left);
	assert_int_equal(seen_count, MANY);
	assert_int_equal(bench_sum().found, MANY);
	end_all();
	assert_int_equal(bench_look(S(12)), MANY);
	assert_false(findings_pending(findings));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_too_young),
		TEST(test_ripe_at_50_ms),
		TEST(test_long_age),
		TEST(test_shorter_age),
		TEST(test_age_zero),
		TEST(test_only_others),
		TEST(test_open_before),
		TEST(test_open_and_certain_before),
		TEST(test_losses_are_the_parents),
		TEST(test_pass_read_earlier),
		TEST(test_pass_read_between),
		TEST(test_seen_under_its_adopter),
		TEST(test_others_stay),
		TEST(test_sums),
		TEST(test_order_and_count),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
