// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs: lists of processes, threads, children and descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "procfs.h"
#include "proc_tree.h"

static int proc;

static int set_up(void **state)
{
	(void)state;
	proc = proc_tree_make();
	return proc < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return proc_tree_remove(proc);
}

#define PUT(path, text) proc_tree_put(proc, path, text, sizeof(text) - 1)

static int sum(pid_t tgid, void *arg)
{
	*(long *)arg += tgid;
	return 0;
}

static int stop_with_seven(pid_t tgid, void *arg)
{
	(void)tgid;
	++*(long *)arg;
	return 7;
}

static void test_walk(void **state)
{
	long total = 0;
	long calls = 0;

	(void)state;
	PUT("42/stat", "");
	PUT("1/stat", "");
	PUT("2147483647/stat", "");
	PUT("2147483648/stat", "");
	PUT("007/stat", "");
	PUT("0/stat", "");
	PUT("-5/stat", "");
	PUT("4x/stat", "");
	PUT("self/stat", "");
	PUT("0x10/stat", "");
	for (int round = 0; round < 2; round++) { /* the second starts afresh */
		total = 0;
		assert_int_equal(procfs_walk(proc, sum, &total), 0);
		assert_int_equal(total, 42L + 1 + 2147483647);
	}
	assert_int_equal(procfs_walk(proc, stop_with_seven, &calls), 7);
	assert_int_equal(calls, 1);
}

static long sum_of(const pid_t *ids, size_t count)
{
	long total = 0;

	for (size_t i = 0; i < count; i++)
		total += ids[i];
	return total;
}

static void test_threads(void **state)
{
	pid_t tids[4] = { -1, -1, -1, -1 };
	size_t count = 99;

	(void)state;
	assert_int_equal(procfs_threads(proc, 42, tids, 4, &count), -ESRCH);
	PUT("42/task/42/stat", "");
	PUT("42/task/43/stat", "");
	PUT("42/task/50/stat", "");
	assert_int_equal(procfs_threads(proc, 42, tids, 4, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(sum_of(tids, 3), 42 + 43 + 50);
	assert_int_equal(tids[3], -1);

	tids[2] = -1;
	assert_int_equal(procfs_threads(proc, 42, tids, 2, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(tids[2], -1);
	assert_int_equal(procfs_threads(proc, 42, NULL, 0, &count), 0);
	assert_int_equal(count, 3);
}

static void test_children(void **state)
{
	static char many[40000];
	static pid_t pids[8000];
	size_t count = 99;
	char *end = many;

	(void)state;
	assert_int_equal(procfs_children(proc, 42, pids, 8, &count), -ESRCH);
	PUT("42/task/42/stat", "");
	assert_int_equal(procfs_children(proc, 42, pids, 8, &count), -ENOENT);
	assert_int_equal(count, 99);
	PUT("42/task/42/children", "");
	assert_int_equal(procfs_children(proc, 42, pids, 8, &count), 0);
	assert_int_equal(count, 0);
	PUT("42/task/42/children", "100 101 ");
	PUT("42/task/43/children", "2147483647 ");
	assert_int_equal(procfs_children(proc, 42, pids, 8, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(sum_of(pids, 3), 100L + 101 + 2147483647);
	/* a thread that ends between the look into the folder and at its file */
	assert_int_equal(symlinkat("nowhere", proc, "42/task/44"), 0);
	pids[1] = -1;
	assert_int_equal(procfs_children(proc, 42, pids, 1, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(pids[1], -1);

	/* longer than a piece that is read, with numbers across the seam */
	for (int i = 1; i <= 7000; i++)
		end += sprintf(end, "%d ", i);
	proc_tree_put(proc, "42/task/43/children", many, (size_t)(end - many));
	PUT("42/task/42/children", "");
	assert_int_equal(procfs_children(proc, 42, pids, 8000, &count), 0);
	assert_int_equal(count, 7000);
	assert_int_equal(sum_of(pids, 7000), 7000L * 7001 / 2);
}

static void test_children_nonsense(void **state)
{
	static const char *const bad[] = {
		"1",   "1 2", "1  2 ", " ",	      "x ",
		"-1 ", "1\n", "0 ",    "2147483648 ", "99999999999999999999 "
	};
	pid_t pids[4];
	size_t count = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		proc_tree_put(proc, "42/task/42/children", bad[i], strlen(bad[i]));
		assert_int_equal(procfs_children(proc, 42, pids, 4, &count), -EPROTO);
	}
	assert_int_equal(count, 99);
}

#define COMMON "pos:\t0\nflags:\t02\nmnt_id:\t17\nino:\t1038\n"

static void test_signalfds(void **state)
{
	uint64_t mask = 99;

	(void)state;
	assert_int_equal(procfs_signalfd_mask(proc, 42, &mask), -ESRCH);
	PUT("42/fdinfo/0", COMMON);
	assert_int_equal(procfs_signalfd_mask(proc, 42, &mask), 0);
	assert_int_equal(mask, 0);
	PUT("42/fdinfo/3", COMMON "sigmask:\t0000000000010000\n");
	PUT("42/fdinfo/4", "pos:\t0\nflags:\t02\nmnt_id:\t17\nsigmask:\t0000000000000001\n");
	PUT("42/fdinfo/5", COMMON "eventfd-count:                0\n");
	assert_int_equal(procfs_signalfd_mask(proc, 42, &mask), 0);
	assert_int_equal(mask, 0x10001);
	/* a dma-buf whose owner named it "x\nsigmask:\tff" */
	PUT("42/fdinfo/6", COMMON "size:\t4096\ncount:\t1\nexp_name:\tudmabuf\nname:\tx\n"
				  "sigmask:\t00000000000000ff\n");
	assert_int_equal(procfs_signalfd_mask(proc, 42, &mask), 0);
	assert_int_equal(mask, 0x10001);
	mask = 99;
	PUT("42/fdinfo/7", COMMON "sigmask:\tzz\n");
	assert_int_equal(procfs_signalfd_mask(proc, 42, &mask), -EPROTO);
	PUT("42/fdinfo/7", COMMON "sigmask:\t00000");
	assert_int_equal(procfs_signalfd_mask(proc, 42, &mask), -EPROTO);
	assert_int_equal(mask, 99);
}

static void test_too_many_descriptors(void **state)
{
	uint64_t mask = 99;
	char name[32];

	(void)state;
	for (int i = 0; i < PROCFS_FDS_MAX; i++) {
		snprintf(name, sizeof(name), "42/fdinfo/%d", i);
		PUT(name, "");
	}
	PUT("42/fdinfo/77", COMMON "sigmask:\t0000000000010000\n");
	assert_int_equal(procfs_signalfd_mask(proc, 42, &mask), 0);
	assert_int_equal(mask, 0x10000);
	mask = 99;
	PUT("42/fdinfo/999999", "");
	assert_int_equal(procfs_signalfd_mask(proc, 42, &mask), -E2BIG);
	assert_int_equal(mask, 99);
}

static int find(pid_t tgid, void *arg)
{
	return tgid == *(pid_t *)arg;
}

static void *sleep_on(void *arg)
{
	pthread_mutex_lock(arg);
	pthread_mutex_unlock(arg);
	return NULL;
}

/* The kernel's own files: two threads, one dead child, a signalfd. */
static void test_real_proc(void **state)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pid_t self = getpid();
	siginfo_t info;
	uint64_t mask;
	sigset_t set;
	pthread_t thread;
	pid_t ids[8];
	size_t count;
	pid_t child;
	int real, fd, err;

	(void)state;
	real = procfs_open("/proc");
	assert_true(real >= 0);
	assert_int_equal(procfs_walk(real, find, &self), 1);

	child = fork();
	if (child == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(procfs_walk(real, find, &child), 1);
	pthread_mutex_lock(&mutex);
	assert_int_equal(pthread_create(&thread, NULL, sleep_on, &mutex), 0);
	assert_int_equal(procfs_threads(real, self, ids, 8, &count), 0);
	assert_int_equal(count, 2);
	err = procfs_children(real, self, ids, 8, &count);
	if (err != -ENOENT) { /* CONFIG_PROC_CHILDREN */
		assert_int_equal(err, 0);
		assert_int_equal(count, 1);
		assert_int_equal(ids[0], child);
	}
	pthread_mutex_unlock(&mutex);
	pthread_join(thread, NULL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(procfs_threads(real, child, ids, 8, &count), -ESRCH);

	assert_int_equal(procfs_signalfd_mask(real, self, &mask), 0);
	assert_int_equal(mask, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	assert_int_equal(procfs_signalfd_mask(real, self, &mask), 0);
	assert_int_equal(mask, 1 << (SIGCHLD - 1));
	close(fd);
	close(real);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_walk),      TEST(test_threads),
		TEST(test_children),  TEST(test_children_nonsense),
		TEST(test_signalfds), TEST(test_too_many_descriptors),
		TEST(test_real_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
