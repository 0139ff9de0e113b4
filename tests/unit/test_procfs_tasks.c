// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs: how many tasks there are, and whether BPF programs are accounted.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "proc_tree.h"

static int proc;

static int set_up(void **state)
{
	(void)state;
	proc = proc_tree_make();
	return proc < 0;
}

static int tear_down(void **state)
{
	(void)state;
	return proc_tree_remove(proc);
}

static int tasks_of(const char *text, uint64_t *tasks)
{
	proc_tree_put(proc, "loadavg", text, strlen(text));
	return procfs_tasks(proc, tasks);
}

static void test_tasks(void **state)
{
	static const char *const bad[] = { "",
					   "\n",
					   "0.0 0.0 0.0 5 7\n",
					   "0.0 0.0 1/\n",
					   "0.0 0.0 1/x 7\n",
					   "0.0 0.0 1/-1 7\n",
					   "0.0 1/ 234 7\n" };
	uint64_t tasks = 77;

	(void)state;
	assert_int_equal(procfs_tasks(proc, &tasks), -ENOENT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tasks_of(bad[i], &tasks), -EPROTO);
	assert_int_equal(tasks, 77);
	assert_int_equal(tasks_of("0.20 1.18 0.12 1/80345 11206\n", &tasks), 0);
	assert_int_equal(tasks, 80345);
}

static void test_bpf_stats(void **state)
{
	(void)state;
	assert_false(procfs_bpf_stats(proc));
	proc_tree_put(proc, "sys/kernel/bpf_stats_enabled", "0\n", 2);
	assert_false(procfs_bpf_stats(proc));
	proc_tree_put(proc, "sys/kernel/bpf_stats_enabled", "1\n", 2);
	assert_true(procfs_bpf_stats(proc));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tasks),
		TEST(test_bpf_stats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
