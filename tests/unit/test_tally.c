// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tally: sums by key stay bounded, nothing that was added is lost, and what weighs is not crowded out.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tally.h"

static uint64_t weigh(const void *sum)
{
	return *(const uint64_t *)sum;
}

static void add(void *into, const void *from)
{
	*(uint64_t *)into += *(const uint64_t *)from;
}

static struct tally tally;

static int set_up(void **state)
{
	(void)state;
	tally = (struct tally){ .limit = 10, .bytes = 8, .weigh = weigh, .add = add };
	return tally_init(&tally);
}

static int tear_down(void **state)
{
	(void)state;
	tally_free(&tally);
	return 0;
}

static void count(const char *key, uint64_t by)
{
	*(uint64_t *)tally_at(&tally, key, strlen(key)) += by;
}

static uint64_t total(void)
{
	uint64_t sum = weigh(tally.other);

	for (struct tally_row *row = tally.rows; row; row = row->hh.next)
		sum += weigh(tally_sum(row));
	return sum;
}

static void test_counts_and_order(void **state)
{
	const struct tally_row *row;

	(void)state;
	count("b", 1);
	count("c", 5);
	count("a", 1);
	count("b", 2);
	count("aa", 1);
	count("", 4);
	assert_int_equal(tally_count(&tally), 5);
	tally_sort(&tally);
	row = tally.rows;
	assert_memory_equal(tally_key(&tally, row), "c", 1);
	row = row->hh.next;
	assert_int_equal(row->key_len, 0);
	row = row->hh.next;
	assert_memory_equal(tally_key(&tally, row), "b", 1);
	assert_int_equal(row->weight, 3);
	row = row->hh.next; /* of one weight: by key */
	assert_int_equal(row->key_len, 1);
	assert_int_equal(row->hh.next != NULL, 1);
	tally_sort_by_key(&tally);
	assert_int_equal(tally.rows->key_len, 0);
	assert_int_equal(tally.folded, 0);
}

/* Any number of keys: bounded, all of it still counted. */
static void test_flood(void **state)
{
	char key[32];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "flood-%d", i);
		count(key, 1);
		assert_true(tally_count(&tally) <= 20);
	}
	assert_int_equal(total(), 100000);
	assert_int_equal(tally.folded + tally_count(&tally), 100000);
}

/* One that comes again and again, among many that come once, even if it comes last. */
static void test_what_weighs_stays(void **state)
{
	char key[32];

	(void)state;
	for (int i = 0; i < 50000; i++) {
		snprintf(key, sizeof(key), "flood-%d", i);
		count(key, 1);
		if (i % 5 == 0)
			count("the leak", 1);
		if (i > 40000 && i % 3 == 0)
			count("late", 1);
	}
	tally_sort(&tally);
	assert_memory_equal(tally_key(&tally, tally.rows), "the leak", 8);
	assert_int_equal(tally.rows->weight, 10000);
	assert_memory_equal(tally_key(&tally, (struct tally_row *)tally.rows->hh.next), "late", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts_and_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_flood, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_weighs_stays, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
