// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings: 15,000 zombies at once are all found, followed and closed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "findings_bench.h"

#define MANY 15000

static void fill_pass(uint64_t now_ns, const struct dw_pass_parent *parent, uint32_t count)
{
	pass_clear(&pass);
	pass.boot_ns = now_ns;
	pass.jiffies = maker_jiffies(now_ns);
	pass.complete = true;
	clock_note(&bench_clock, pass.boot_ns, pass.jiffies);
	for (uint32_t i = 0; i < count; i++)
		*pass_add_dead(&pass) = maker_dead(1000 + i, parent, S(10));
	*pass_add_parent(&pass) = *parent;
	pass_finish(&pass);
	seen_count = 0;
}

static void test_fifteen_thousand(void **state)
{
	const struct dw_pass_parent *parent = bench_parent(100);

	(void)state;
	fill_pass(S(12), parent, MANY);
	assert_int_equal(findings_take(findings, &pass), 0);
	assert_int_equal(seen_count, MANY);
	assert_int_equal(seen[0].facts.zombies, MANY);
	fill_pass(S(13), parent, MANY);
	assert_int_equal(findings_take(findings, &pass), 0);
	assert_int_equal(seen_count, 0);
	fill_pass(S(14), parent, 10);
	assert_int_equal(findings_take(findings, &pass), 0);
	assert_int_equal(seen_count, MANY - 10);
	assert_int_equal(bench_sum().found, MANY);
	assert_int_equal(bench_sum().reaped, MANY - 10);
	assert_int_equal(bench_sum().open, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fifteen_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
