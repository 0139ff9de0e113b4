// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm: when a burst of forks is measured, whether it is one, and who began it.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "duration.h"
#include "proc_tree.h"
#include "storm.h"

#define LOOK_NS (250 * DURATION_NS_PER_MS)
#define START_NS (1000 * DURATION_NS_PER_S)
/* The pids of the made-up host: a few of its own, a harness, a shell, and what the shell began. */
#define HARNESS 50
#define SHELL 60
#define BOMB 100
#define BOMB_SIZE 2500

static int proc;
static struct storm storm;
static uint64_t now_ns, forks;
static uint32_t bomb_size;
static unsigned int lives_asked;
static uint32_t ended; /* of the bomb */
static bool bomb_gone; /* the history has none of it any more */

/* The harness began the burst, the shell is its child, the bomb the shell's; each of it forks two. */
static bool life(void *arg, uint32_t tgid, struct dw_life *out)
{
	(void)arg;
	lives_asked++;
	if (bomb_gone)
		return false;
	*out = (struct dw_life){ .root_tgid = HARNESS };
	if (tgid >= BOMB && tgid < BOMB + bomb_size)
		out->forker_tgid = tgid == BOMB ? SHELL : BOMB + (tgid - BOMB - 1) / 2;
	else if (tgid == SHELL)
		out->forker_tgid = HARNESS;
	else if (tgid == HARNESS)
		out->root_tgid = 0;
	else
		return false;
	return true;
}

static void add_processes(uint32_t first, uint32_t count)
{
	char path[32];

	for (uint32_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%" PRIu32, first + i);
		assert_int_equal(mkdirat(proc, path, 0700), 0);
	}
}

static int set_up(void **state)
{
	(void)state;
	proc = proc_tree_make();
	if (proc < 0)
		return -1;
	add_processes(1, 10);
	add_processes(HARNESS, 1);
	add_processes(SHELL, 1);
	proc_tree_put(proc, "100/stat", "100 (bomb) S 60 ", 16);
	now_ns = START_NS;
	forks = 0;
	bomb_size = 0;
	bomb_gone = false;
	ended = 0;
	storm_begin(&storm, proc, life, NULL, now_ns);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return proc_tree_remove(proc);
}

static void grow_to(uint32_t size)
{
	uint32_t present = bomb_size ? bomb_size : 1;

	add_processes(BOMB + present, size - present);
	bomb_size = size;
}

static bool look_after(uint64_t passed_ns, uint64_t forked, struct finding_storm *out)
{
	/* What measuring costs here is not the subject. */
	storm.cost_ns = 0;
	now_ns += passed_ns;
	forks += forked;
	return storm_look(&storm, forks, bomb_size - ended, now_ns, out);
}

static void test_root_is_nearest_common(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(BOMB_SIZE);
	assert_true(look_after(LOOK_NS, 1000, &out));
	assert_int_equal(out.root_tgid, BOMB);
	assert_in_range(out.processes, BOMB_SIZE * 9 / 10, BOMB_SIZE + 12);
	assert_int_equal(out.forks, 4000);
	assert_false(out.limit_known);
}

/* Each sampled process is asked for once with its forkers, not once per candidate. */
static void test_measuring_is_bounded(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(BOMB_SIZE);
	lives_asked = 0;
	assert_true(look_after(LOOK_NS, 1000, &out));
	assert_in_range(lives_asked, 256, 256 * 32);
}

static void test_few_forks_are_not_measured(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(BOMB_SIZE);
	lives_asked = 0;
	for (int i = 0; i < 8; i++)
		assert_false(look_after(LOOK_NS, 40, &out));
	assert_int_equal(lives_asked, 0);
}

/* A build forks as much as a bomb, and its processes end as fast. */
static void test_no_growth_is_not_measured(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(29);
	lives_asked = 0;
	for (int i = 0; i < 8; i++)
		assert_false(look_after(LOOK_NS, 5000, &out));
	assert_int_equal(lives_asked, 0);
	/* it is the growth since the least that counts, and since the last measurement */
	grow_to(30);
	assert_false(look_after(LOOK_NS, 5000, &out));
	assert_true(lives_asked);
	for (int i = 0; i < 3; i++)
		look_after(LOOK_NS, 5000, &out);
	lives_asked = 0;
	grow_to(59);
	assert_false(look_after(LOOK_NS, 5000, &out));
	assert_int_equal(lives_asked, 0);
	/* slow growth adds up until there is a burst */
	grow_to(75);
	assert_false(look_after(LOOK_NS, 10, &out));
	assert_int_equal(lives_asked, 0);
	assert_false(look_after(LOOK_NS, 5000, &out));
	assert_true(lives_asked);
}

static void test_growth_is_since_the_least(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(200);
	for (int i = 0; i < 4; i++)
		look_after(LOOK_NS, 5000, &out);
	ended = 100;
	assert_false(look_after(LOOK_NS, 5000, &out));
	lives_asked = 0;
	grow_to(229);
	assert_false(look_after(LOOK_NS, 5000, &out));
	assert_int_equal(lives_asked, 0);
	grow_to(230);
	assert_false(look_after(LOOK_NS, 5000, &out));
	assert_true(lives_asked);
}

/* The last forks before a limit are few; and measuring may have had to wait. */
static void test_looks_go_on_after_a_burst(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(200);
	assert_false(look_after(LOOK_NS, 200, &out));
	grow_to(BOMB_SIZE);
	assert_true(look_after(8 * LOOK_NS, 10, &out));
	assert_int_equal(out.forks, 800);
}

static void test_looks_end(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(200);
	for (int i = 0; i < 4; i++)
		assert_false(look_after(LOOK_NS, i ? 10 : 200, &out));
	grow_to(BOMB_SIZE);
	assert_false(look_after(LOOK_NS, 10, &out));
}

static void test_not_told_twice(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(BOMB_SIZE);
	assert_true(look_after(LOOK_NS, 1000, &out));
	assert_false(look_after(LOOK_NS, 1000, &out));
	grow_to(2 * BOMB_SIZE + 100);
	assert_true(look_after(LOOK_NS, 1000, &out));
	assert_false(look_after(LOOK_NS, 1000, &out));
	assert_true(look_after(31 * DURATION_NS_PER_S, 200000, &out));
}

/* It is told of again while it lasts, whether it grows or not, and anew after it was over. */
static void test_goes_on_and_ends(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(BOMB_SIZE);
	assert_true(look_after(LOOK_NS, 1000, &out));
	for (int i = 0; i < 8; i++)
		assert_false(look_after(LOOK_NS, 1000, &out));
	assert_true(look_after(31 * DURATION_NS_PER_S, 200000, &out));
	bomb_gone = true;
	assert_false(look_after(31 * DURATION_NS_PER_S, 200000, &out));
	lives_asked = 0;
	for (int i = 0; i < 8; i++)
		assert_false(look_after(LOOK_NS, 1000, &out));
	/* three of the four looks were left */
	assert_in_range(lives_asked, 1, 3 * 256);
}

static void test_no_sooner_than_a_look(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(BOMB_SIZE);
	assert_false(look_after(LOOK_NS / 2, 1000, &out));
	assert_true(look_after(LOOK_NS / 2, 0, &out));
}

/* Measuring that took long is not done again soon, but it is done. */
static void test_cost_defers(void **state)
{
	struct finding_storm out;

	(void)state;
	grow_to(BOMB_SIZE);
	storm.cost_ns = 40 * DURATION_NS_PER_MS;
	forks = 1000;
	assert_false(storm_look(&storm, forks, bomb_size, START_NS + LOOK_NS, &out));
	forks = 1010;
	assert_false(storm_look(&storm, forks, bomb_size, START_NS + 4 * LOOK_NS, &out));
	assert_true(storm_look(&storm, forks, bomb_size, START_NS + 8 * LOOK_NS, &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_root_is_nearest_common, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_measuring_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_few_forks_are_not_measured, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_growth_is_not_measured, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_growth_is_since_the_least, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_goes_on_and_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_looks_go_on_after_a_burst, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_looks_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_told_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_sooner_than_a_look, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cost_defers, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}
