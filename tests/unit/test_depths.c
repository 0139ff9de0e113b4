// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * depths: generations below the first that was seen, in bounded memory, however pids are reused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "depths.h"

static struct depths depths;

static int tear_down(void **state)
{
	(void)state;
	depths_free(&depths);
	return 0;
}

static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(depths_of(&depths, 1), 0);
	depths_gone(&depths, 1);
	assert_int_equal(depths_of(&depths, 0), 0);
}

static void test_generations(void **state)
{
	(void)state;
	depths_born(&depths, 100, 101);
	depths_born(&depths, 101, 102);
	depths_born(&depths, 102, 103);
	depths_born(&depths, 100, 104);
	assert_int_equal(depths_of(&depths, 100), 0);
	assert_int_equal(depths_of(&depths, 101), 1);
	assert_int_equal(depths_of(&depths, 102), 2);
	assert_int_equal(depths_of(&depths, 103), 3);
	assert_int_equal(depths_of(&depths, 104), 1);
}

/* A father's end does not lift his children up. */
static void test_gone(void **state)
{
	(void)state;
	depths_born(&depths, 100, 101);
	depths_born(&depths, 101, 102);
	depths_gone(&depths, 101);
	assert_int_equal(depths_of(&depths, 101), 0);
	assert_int_equal(depths_of(&depths, 102), 2);
	depths_gone(&depths, 102);
	depths_gone(&depths, 102);
	assert_int_equal(depths_of(&depths, 102), 0);
}

/* A pid that comes back is another process, whether its predecessor's end was seen or not. */
static void test_reuse(void **state)
{
	(void)state;
	depths_born(&depths, 100, 101);
	depths_born(&depths, 101, 102);
	depths_born(&depths, 102, 103);
	depths_born(&depths, 100, 103);
	assert_int_equal(depths_of(&depths, 103), 1);
	depths_gone(&depths, 103);
	depths_born(&depths, 102, 103);
	assert_int_equal(depths_of(&depths, 103), 3);
	/* Even one whose forker had its pid before. */
	depths_born(&depths, 103, 103);
	assert_int_equal(depths_of(&depths, 103), 4);
	/* Nothing of all those is left behind it. */
	depths_gone(&depths, 103);
	assert_int_equal(depths_of(&depths, 103), 0);
}

/* The oldest are forgotten first; the young keep their depth. */
static void test_bounded(void **state)
{
	enum { MANY = 200000, MAX = 32768 };
	unsigned int known = 0;

	(void)state;
	for (uint32_t tgid = 1; tgid <= MANY; tgid++)
		depths_born(&depths, 0, tgid);
	for (uint32_t tgid = 1; tgid <= MANY; tgid++)
		known += depths_of(&depths, tgid) != 0;
	assert_int_equal(known, MAX);
	assert_int_equal(depths_of(&depths, MANY - MAX), 0);
	assert_int_equal(depths_of(&depths, MANY - MAX + 1), 1);
	assert_int_equal(depths_of(&depths, MANY), 1);
	/* One that is born below a forgotten father begins anew. */
	depths_born(&depths, 5, MANY + 1);
	assert_int_equal(depths_of(&depths, MANY + 1), 1);
}

/* A chain without end stays a number. */
static void test_deep(void **state)
{
	(void)state;
	for (uint32_t tgid = 2; tgid <= 10000; tgid++)
		depths_born(&depths, tgid - 1, tgid);
	assert_int_equal(depths_of(&depths, 10000), 9999);
}

static void test_empty_again(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t tgid = 2; tgid < 100; tgid++)
			depths_born(&depths, 1, tgid);
		for (uint32_t tgid = 2; tgid < 100; tgid++)
			depths_gone(&depths, tgid);
		assert_null(depths.hash);
	}
	depths_free(&depths);
	depths_free(&depths);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unknown),	TEST(test_generations), TEST(test_gone),
		TEST(test_reuse),	TEST(test_bounded),	TEST(test_deep),
		TEST(test_empty_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
