// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings: lost SIGCHLDs of a parent, told once and again when they have doubled; what was told
 * before goes along, so that a sum counts none twice. And the room left for tasks.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "findings_bench.h"

static void test_told_and_told_again(void **state)
{
	struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	seen_sigchlds = 0;
	parent->handler = 0x4000;
	parent->threads.blocking = 1;
	parent->flags = DW_PARENT_PENDING_SHARED;
	parent->record.conduct.now.queued_all = 1;
	parent->record.conduct.now.merged = 2;
	bench_dead(200, parent, S(10))->life.death.sigchld = DW_SIGCHLD_QUEUED;
	bench_look(S(11));
	assert_int_equal(seen_sigchlds, 0);
	bench_look(S(30));
	bench_look(S(31));
	assert_int_equal(seen_sigchlds, 1);
	assert_int_equal(losses_lost(&seen_losses), 3);
	assert_int_equal(seen_told_lost, 0);

	parent->record.conduct.now.merged = 4;
	bench_look(S(32));
	assert_int_equal(seen_sigchlds, 1);
	parent->record.conduct.now.merged = 6;
	bench_look(S(33));
	assert_int_equal(seen_sigchlds, 2);
	assert_int_equal(losses_lost(&seen_losses), 7);
	assert_int_equal(seen_told_lost, 3);
}

/* No parent of a zombie is known to /proc here: nothing is claimed. */
static void test_no_limit_known(void **state)
{
	uint64_t left = 77;

	(void)state;
	assert_int_equal(findings_tasks_left(findings, &left), -ENOENT);
	bench_dead(200, bench_parent(100), S(10));
	assert_int_equal(bench_look(S(12)), 1);
	assert_int_equal(findings_tasks_left(findings, &left), -ENOENT);
	assert_int_equal(left, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_told_and_told_again),
		TEST(test_no_limit_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
