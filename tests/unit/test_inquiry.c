// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inquiry: what a made-up /proc tells of a parent: its live children, which of them are named and
 * which only counted, and whether it is the very process that was asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inquiry.h"
#include "procscan_bench.h"

#define PARENT_TICKS 500

static struct inquiry inquiry;

static const struct dw_who who = { .tgid = 100, .start_ns = PARENT_TICKS * NS_PER_TICK };

static int set_up(void **state)
{
	(void)state;
	inquiry = (struct inquiry){};
	proc = proc_tree_make();
	if (proc < 0)
		return -1;
	put_parent((struct process){
		.pid = 100, .ppid = 1, .state = 'S', .start_ticks = PARENT_TICKS });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	inquiry_free(&inquiry);
	return proc_tree_remove(proc);
}

static void ask(void)
{
	inquiry_make(&inquiry, proc, &who, NULL);
}

/* The children of one of its threads. */
static void put_children(int tid, const char *pids)
{
	char path[64];

	snprintf(path, sizeof(path), "100/task/%d/children", tid);
	proc_tree_put(proc, path, pids, strlen(pids));
}

/* A child, in this state, named after its pid. */
static void put_child(int pid, char state, int threads)
{
	const struct process child = { .pid = pid, .ppid = 100, .state = state,
				       .threads = threads };
	char comm[32];

	put_process(&child);
	put(&child, "comm", comm, snprintf(comm, sizeof(comm), "child %d\n", pid));
}

static void check_siblings(uint32_t live, const uint32_t *named, size_t count)
{
	char comm[32];

	assert_true(inquiry.done);
	assert_true(inquiry.live_children_known);
	assert_int_equal(inquiry.live_children, live);
	for (size_t i = 0; i < INQUIRY_SIBLINGS_MAX; i++) {
		assert_int_equal(inquiry.siblings[i].tgid, i < count ? named[i] : 0);
		snprintf(comm, sizeof(comm), "child %u", named[i < count ? i : 0]);
		assert_string_equal(inquiry.siblings[i].comm, i < count ? comm : "");
	}
}

/* The first five are named; the sixth and what follows is counted, and written nowhere. */
static void test_more_siblings_than_are_named(void **state)
{
	static const uint32_t named[] = { 200, 201, 202, 203, 204 };
	char pids[256];
	int len = 0;

	(void)state;
	for (int count = 1; count <= 12; count++) {
		put_child(199 + count, 'S', 1);
		len += snprintf(pids + len, sizeof(pids) - (size_t)len, "%d ", 199 + count);
		put_children(100, pids);
		ask();
		check_siblings((uint32_t)count, named, count < 5 ? (size_t)count : 5);
	}
}

/* Of all its threads; the dead among them do not count. */
static void test_live_siblings(void **state)
{
	static const uint32_t live[] = { 201, 203, 204, 205, 207, 208 };
	char comm[32];

	(void)state;
	put_process(&(struct process){ .pid = 100, .tid = 101, .state = 'S', .threads = 2 });
	put_child(200, 'Z', 1);
	put_child(201, 'S', 1);
	put_child(202, 'X', 1);
	put_child(203, 'Z', 2); /* its main thread is dead, the process is not */
	put_child(204, 'T', 1);
	put_child(205, 'R', 1);
	put_child(207, 'D', 1);
	put_child(208, 'S', 1);
	put_children(100, "200 201 202 203 204 ");
	put_children(101, "205 206 207 208 "); /* 206 is gone by now */
	ask();
	assert_int_equal(inquiry.live_children, 6);
	/* which five of them depends on the order of the threads */
	for (size_t i = 0; i < INQUIRY_SIBLINGS_MAX; i++) {
		uint32_t tgid = inquiry.siblings[i].tgid;
		bool is_live = false;

		for (size_t j = 0; j < sizeof(live) / sizeof(live[0]); j++)
			is_live |= live[j] == tgid;
		assert_true(is_live);
		snprintf(comm, sizeof(comm), "child %u", tgid);
		assert_string_equal(inquiry.siblings[i].comm, comm);
	}
}

static void test_no_siblings(void **state)
{
	static const uint32_t none[] = { 0 };

	(void)state;
	ask();
	assert_true(inquiry.done);
	assert_false(inquiry.live_children_known); /* this kernel has no such file */
	put_children(100, "");
	ask();
	check_siblings(0, none, 0);
}

/* What an earlier one found does not stay. */
static void test_asked_again(void **state)
{
	const struct process parent = { .pid = 100 };

	(void)state;
	put(&parent, "cmdline", "server\0--fast\0", 14);
	put_child(200, 'S', 1);
	put_children(100, "200 ");
	ask();
	assert_string_equal(inquiry.cmdline, "server --fast");
	assert_int_equal(inquiry.live_children, 1);
	assert_int_equal(inquiry.state, 'S');
	put_children(100, "");
	ask();
	assert_int_equal(inquiry.live_children, 0);
	assert_int_equal(inquiry.siblings[0].tgid, 0);
	put_parent((struct process){ .pid = 100, .state = 'S', .start_ticks = PARENT_TICKS + 1 });
	ask(); /* another process has the pid */
	assert_false(inquiry.done);
	assert_null(inquiry.cmdline);
}

static void test_alive(void **state)
{
	struct process parent = { .pid = 100, .start_ticks = PARENT_TICKS, .threads = 1 };
	struct dw_who other = who;

	(void)state;
	assert_true(inquiry_alive(proc, &who));
	other.start_ns += NS_PER_TICK - 1; /* /proc knows no more than the tick */
	assert_true(inquiry_alive(proc, &other));
	other.start_ns++;
	assert_false(inquiry_alive(proc, &other));
	other.tgid = 101;
	assert_false(inquiry_alive(proc, &other));
	parent.state = 'Z';
	put_process(&parent);
	assert_false(inquiry_alive(proc, &who));
	parent.threads = 2; /* but for its main thread it lives */
	put_process(&parent);
	assert_true(inquiry_alive(proc, &who));
	parent.state = 'X';
	put_process(&parent);
	assert_false(inquiry_alive(proc, &who));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_more_siblings_than_are_named),
		TEST(test_live_siblings),
		TEST(test_no_siblings),
		TEST(test_asked_again),
		TEST(test_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
