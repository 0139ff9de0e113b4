// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs: files of one process, read from a made-up /proc and from the real one. The status
 * file is tested in test_procfs_status.c, cgroups in test_procfs_cgroup.c, lists in
 * test_procfs_list.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "procfs.h"
#include "proc_tree.h"

#define STAT_REST                                                                                  \
	" 41 77 78 0 -1 4194560 97 0 0 0 0 1 0 0 20 0 1 0 8123 2596864 207 18446744073709551615 "  \
	"94 95 14 0 0 0 0 65536 0 1 0 0 17 1 0 0 0 0 0 96 97 98 14 15 16 17 256\n"

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

static void test_open(void **state)
{
	(void)state;
	assert_int_equal(procfs_open("/nowhere"), -ENOENT);
	assert_int_equal(procfs_open("/dev/null"), -ENOTDIR);
}

static void test_stat(void **state)
{
	struct proc_stat stat;

	(void)state;
	PUT("42/stat", "42 (worker) Z" STAT_REST);
	assert_int_equal(procfs_stat(proc, 42, 0, &stat), 0);
	assert_int_equal(stat.pid, 42);
	assert_string_equal(stat.comm, "worker");
	assert_int_equal(stat.state, 'Z');
	assert_int_equal(stat.ppid, 41);
	assert_int_equal(stat.pgrp, 77);
	assert_int_equal(stat.session, 78);
	assert_int_equal(stat.flags, 4194560);
	assert_int_equal(stat.start_ticks, 8123);
	assert_int_equal(stat.exit_signal, 17);
	assert_int_equal(stat.exit_code, 256);

	PUT("42/task/43/stat", "43 (thread) S" STAT_REST);
	assert_int_equal(procfs_stat(proc, 42, 43, &stat), 0);
	assert_int_equal(stat.pid, 43);
}

static void test_stat_hostile_names(void **state)
{
	static const char *const names[] = {
		"",	      ")",
		") Z 1 (",    "a) R 1 1 1 0",
		"(",	      " (",
		"a b",	      "x\ny\n",
		") Z 1 1 1 ", "\xff\xfe",
		"\x1b[2J",    "43 (x) S 1 1 1",
		"))))))))",   "kworker/u8:2-events_unbound_of_a_very_long_name",
	};
	struct proc_stat stat;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[512];
		int len = snprintf(text, sizeof(text), "42 (%s) S" STAT_REST, names[i]);

		proc_tree_put(proc, "42/stat", text, (size_t)len);
		assert_int_equal(procfs_stat(proc, 42, 0, &stat), 0);
		assert_string_equal(stat.comm, names[i]);
		assert_int_equal(stat.state, 'S');
		assert_int_equal(stat.ppid, 41);
	}
}

static void test_stat_long_name(void **state)
{
	struct proc_stat stat;
	char text[1024], name[512];
	int len;

	(void)state;
	memset(name, ')', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	len = snprintf(text, sizeof(text), "42 (%s) S" STAT_REST, name);
	proc_tree_put(proc, "42/stat", text, (size_t)len);
	assert_int_equal(procfs_stat(proc, 42, 0, &stat), 0);
	assert_int_equal(strlen(stat.comm), sizeof(stat.comm) - 1);
	assert_int_equal(stat.ppid, 41);
}

static void test_stat_cut_short(void **state)
{
	static const char whole[] = "42 (a) b) S" STAT_REST;
	struct proc_stat stat;

	(void)state;
	memset(&stat, 0x55, sizeof(stat));
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		proc_tree_put(proc, "42/stat", whole, len);
		assert_int_equal(procfs_stat(proc, 42, 0, &stat), -EPROTO);
	}
	proc_tree_assert_untouched(&stat, sizeof(stat));
	PUT("42/stat", "42 (a) S" STAT_REST);
	assert_int_equal(procfs_stat(proc, 42, 0, &stat), 0);
}

static void test_stat_nonsense(void **state)
{
	static const char *const bad[] = {
		"42 (a) S 1 2 3\n",
		"x (a) S" STAT_REST,
		"42 a S" STAT_REST,
		"42 (a) SS" STAT_REST,
		"42 (a)S" STAT_REST,
		"42 )a( S" STAT_REST,
		"99999999999 (a) S" STAT_REST,
		"42 (a) S x" STAT_REST,
		"\n",
		")\n",
		" (\n",
		" ()\n",
	};
	struct proc_stat stat;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		proc_tree_put(proc, "42/stat", bad[i], strlen(bad[i]));
		assert_int_equal(procfs_stat(proc, 42, 0, &stat), -EPROTO);
	}
}

/* Every file's reader tells a process that is gone from a file that is missing. */
static void test_gone_and_missing(void **state)
{
	struct proc_cmdline cmdline;
	struct proc_syscall call;
	struct proc_status status;
	struct proc_stat stat;
	char text[64];

	(void)state;
	for (int missing = 0; missing < 2; missing++) {
		int err = missing ? -ENOENT : -ESRCH;

		if (missing) {
			PUT("42/other", "");
			PUT("42/task/43/other", "");
		}
		assert_int_equal(procfs_stat(proc, 42, 0, &stat), err);
		assert_int_equal(procfs_stat(proc, 42, 43, &stat), err);
		assert_int_equal(procfs_status(proc, 42, 43, &status), err);
		assert_int_equal(procfs_comm(proc, 42, 0, text, sizeof(text)), err);
		assert_int_equal(procfs_cmdline(proc, 42, &cmdline), err);
		assert_int_equal(procfs_cgroup(proc, 42, text, sizeof(text)), err);
		assert_int_equal(procfs_wchan(proc, 42, 0, text, sizeof(text)), err);
		assert_int_equal(procfs_syscall(proc, 42, 0, &call), err);
	}
	/* the process is there, the thread is not */
	assert_int_equal(procfs_stat(proc, 42, 44, &stat), -ESRCH);
}

static void test_comm(void **state)
{
	char comm[PROCFS_COMM_MAX];
	char tiny[3];

	(void)state;
	PUT("42/comm", "worker\n");
	assert_int_equal(procfs_comm(proc, 42, 0, comm, sizeof(comm)), 0);
	assert_string_equal(comm, "worker");
	assert_int_equal(procfs_comm(proc, 42, 0, tiny, sizeof(tiny)), 0);
	assert_string_equal(tiny, "wo");
	PUT("42/comm", "a\n\n\n");
	assert_int_equal(procfs_comm(proc, 42, 0, comm, sizeof(comm)), 0);
	assert_string_equal(comm, "a\n\n");
	PUT("42/comm", "\n");
	assert_int_equal(procfs_comm(proc, 42, 0, comm, sizeof(comm)), 0);
	assert_string_equal(comm, "");
	PUT("42/comm", "");
	assert_int_equal(procfs_comm(proc, 42, 0, comm, sizeof(comm)), -EPROTO);
	PUT("42/comm", "cut");
	assert_int_equal(procfs_comm(proc, 42, 0, comm, sizeof(comm)), -EPROTO);
}

static void test_cmdline(void **state)
{
	static char text[3 * PROCFS_CMDLINE_MAX];
	static struct proc_cmdline cmdline;

	(void)state;
	PUT("42/cmdline", "sh\0-c\0exit 3\0");
	assert_int_equal(procfs_cmdline(proc, 42, &cmdline), 0);
	assert_string_equal(cmdline.text, "sh -c exit 3");
	assert_int_equal(cmdline.len, 12);
	assert_false(cmdline.truncated);
	PUT("42/cmdline", "");
	assert_int_equal(procfs_cmdline(proc, 42, &cmdline), 0);
	assert_int_equal(cmdline.len, 0);
	assert_string_equal(cmdline.text, "");
	PUT("42/cmdline", "a\0\xff\n\0\0\0");
	assert_int_equal(procfs_cmdline(proc, 42, &cmdline), 0);
	assert_string_equal(cmdline.text, "a \xff\n");

	memset(text, 'x', sizeof(text));
	for (size_t len = PROCFS_CMDLINE_MAX - 1; len <= PROCFS_CMDLINE_MAX + 2; len++) {
		proc_tree_put(proc, "42/cmdline", text, len);
		assert_int_equal(procfs_cmdline(proc, 42, &cmdline), 0);
		assert_int_equal(cmdline.truncated, len > PROCFS_CMDLINE_MAX);
		assert_int_equal(cmdline.len, len < PROCFS_CMDLINE_MAX ? len : PROCFS_CMDLINE_MAX);
		assert_int_equal(strlen(cmdline.text), cmdline.len);
	}
	proc_tree_put(proc, "42/cmdline", text, sizeof(text));
	assert_int_equal(procfs_cmdline(proc, 42, &cmdline), 0);
	assert_true(cmdline.truncated);
	text[PROCFS_CMDLINE_MAX] = '\0'; /* just the NUL of the last argument is over */
	proc_tree_put(proc, "42/cmdline", text, PROCFS_CMDLINE_MAX + 1);
	assert_int_equal(procfs_cmdline(proc, 42, &cmdline), 0);
	assert_false(cmdline.truncated);
}

static void test_wchan(void **state)
{
	char wchan[PROCFS_WCHAN_MAX];

	(void)state;
	PUT("42/wchan", "do_wait");
	assert_int_equal(procfs_wchan(proc, 42, 0, wchan, sizeof(wchan)), 0);
	assert_string_equal(wchan, "do_wait");
	PUT("42/task/43/wchan", "0");
	assert_int_equal(procfs_wchan(proc, 42, 43, wchan, sizeof(wchan)), 0);
	assert_string_equal(wchan, "");
	PUT("42/wchan", "");
	assert_int_equal(procfs_wchan(proc, 42, 0, wchan, sizeof(wchan)), 0);
	assert_string_equal(wchan, "");
}

static void test_syscall(void **state)
{
	static const char *const bad[] = {
		"",
		"running",
		"61 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffe 0x7fff",
		"61 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffe\n",
		"61 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffe 0x7fff 0x1\n",
		"61 1 0x2 0x3 0x4 0x5 0x6 0x7ffe 0x7fff\n",
		"-2 0x7ffe 0x7fff\n",
		"x 0x7ffe 0x7fff\n",
		"-1 0x7ffe\n",
		"\n",
	};
	struct proc_syscall call;

	(void)state;
	PUT("42/syscall", "61 0xffffffffffffffff 0x2 0x3 0x4 0x5 0x6 0x7ffe 0x7fff\n");
	assert_int_equal(procfs_syscall(proc, 42, 0, &call), 0);
	assert_false(call.running);
	assert_int_equal(call.nr, 61);
	assert_true(call.args[0] == UINT64_MAX);
	assert_int_equal(call.args[5], 6);
	assert_int_equal(call.sp, 0x7ffe);
	assert_int_equal(call.pc, 0x7fff);
	PUT("42/task/43/syscall", "-1 0x7ffe 0x7fff\n");
	assert_int_equal(procfs_syscall(proc, 42, 43, &call), 0);
	assert_int_equal(call.nr, -1);
	assert_int_equal(call.args[0], 0);
	assert_int_equal(call.sp, 0x7ffe);
	PUT("42/syscall", "running\n");
	assert_int_equal(procfs_syscall(proc, 42, 0, &call), 0);
	assert_true(call.running);
	memset(&call, 0x55, sizeof(call));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		proc_tree_put(proc, "42/syscall", bad[i], strlen(bad[i]));
		assert_int_equal(procfs_syscall(proc, 42, 0, &call), -EPROTO);
	}
	proc_tree_assert_untouched(&call, sizeof(call));
}

static void test_ticks(void **state)
{
	uint64_t per_second = (uint64_t)sysconf(_SC_CLK_TCK);

	(void)state;
	assert_int_equal(procfs_ticks_to_ns(per_second), 1000000000);
	assert_int_equal(procfs_ns_to_ticks(1000000000), per_second);
	assert_int_equal(procfs_ns_to_ticks(999999999), per_second - 1);
	assert_true(procfs_ticks_to_ns(UINT64_MAX) == UINT64_MAX);
	assert_int_equal(procfs_ns_to_ticks(procfs_ticks_to_ns(8123)), 8123);
}

/* The kernel's own files, with a name that tries to fake the fields behind it. */
static void test_real_proc(void **state)
{
	static const char name[] = "a) Z\nPPid:\t1";
	struct proc_cmdline cmdline;
	struct proc_status status;
	struct proc_syscall call;
	struct proc_stat stat;
	char text[PROCFS_CGROUP_MAX];
	siginfo_t info;
	pid_t self = getpid();
	sigset_t blocked, old;
	pid_t child;
	int real = procfs_open("/proc");

	(void)state;
	assert_true(real >= 0);
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR2);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &old), 0);

	assert_int_equal(procfs_stat(real, self, 0, &stat), 0);
	assert_string_equal(stat.comm, name);
	assert_int_equal(stat.pid, self);
	assert_int_equal(stat.state, 'R');
	assert_int_equal(stat.ppid, getppid());
	assert_int_equal(stat.session, getsid(0));
	assert_int_equal(procfs_status(real, self, self, &status), 0);
	assert_int_equal(status.tgid, self);
	assert_int_equal(status.ppid, getppid());
	assert_int_equal(status.uid, getuid());
	assert_true(status.blocked & UINT64_C(1) << (SIGUSR2 - 1));
	assert_int_equal(procfs_cgroup(real, self, text, sizeof(text)), 0);
	assert_int_equal(text[0], '/');
	assert_int_equal(procfs_syscall(real, self, 0, &call), 0);
	assert_int_equal(procfs_cmdline(real, self, &cmdline), 0);
	assert_true(cmdline.len > 0);

	child = fork();
	if (child == 0)
		_exit(3);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(procfs_stat(real, child, 0, &stat), 0);
	assert_int_equal(stat.state, 'Z');
	assert_int_equal(stat.ppid, self);
	assert_int_equal(stat.exit_signal, SIGCHLD);
	assert_string_equal(stat.comm, name);
	assert_int_equal(procfs_comm(real, child, 0, text, sizeof(text)), 0);
	assert_string_equal(text, name);
	assert_int_equal(procfs_cmdline(real, child, &cmdline), 0);
	assert_int_equal(cmdline.len, 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(procfs_stat(real, child, 0, &stat), -ESRCH);

	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	close(real);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open),
		TEST(test_stat),
		TEST(test_stat_hostile_names),
		TEST(test_stat_long_name),
		TEST(test_stat_cut_short),
		TEST(test_stat_nonsense),
		TEST(test_gone_and_missing),
		TEST(test_comm),
		TEST(test_cmdline),
		TEST(test_wchan),
		TEST(test_syscall),
		TEST(test_ticks),
		TEST(test_real_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
