// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs: /proc/PID/status, which may be long, cut short, or hold a name that looks like a field.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

#define STATUS_HEAD "Name:\tworker\nUmask:\t0022\nState:\tS (sleeping)\n"
#define STATUS_IDS                                                                                 \
	"Tgid:\t42\nNgid:\t0\nPid:\t42\nPPid:\t41\nTracerPid:\t7\nUid:\t1000\t0\t0\t0\n"           \
	"Gid:\t5\t5\t5\t5\n"
#define STATUS_GROUPS "Groups:\t5 \n"
#define STATUS_NS "NStgid:\t42\t17\t1\nNSpid:\t42\t17\t1\nNSpgid:\t42\t17\t1\n"
#define STATUS_TAIL                                                                                \
	"Threads:\t3\nSigQ:\t0/96365\nSigPnd:\t0000000000000001\nShdPnd:\t0000000000010000\n"      \
	"SigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001000\nSigCgt:\t8000000000000000\n"        \
	"CapInh:\t0000000000000000\nSeccomp:\t0\n"

static void test_status(void **state)
{
	struct proc_status status;

	(void)state;
	PUT("42/status", STATUS_HEAD STATUS_IDS STATUS_GROUPS STATUS_NS STATUS_TAIL);
	assert_int_equal(procfs_status(proc, 42, 0, &status), 0);
	assert_int_equal(status.tgid, 42);
	assert_int_equal(status.ppid, 41);
	assert_int_equal(status.tracer, 7);
	assert_int_equal(status.uid, 1000);
	assert_int_equal(status.threads, 3);
	assert_int_equal(status.ns_pid, 1);
	assert_int_equal(status.ns_level, 2);
	assert_int_equal(status.pending, 1);
	assert_int_equal(status.shared_pending, 1 << 16);
	assert_true(status.blocked == UINT64_MAX);
	assert_int_equal(status.ignored, 1 << 12);
	assert_true(status.caught == UINT64_C(1) << 63);

	/* no pid namespaces in the kernel */
	PUT("42/status", STATUS_HEAD STATUS_IDS STATUS_TAIL);
	assert_int_equal(procfs_status(proc, 42, 0, &status), 0);
	assert_int_equal(status.ns_pid, 42);
	assert_int_equal(status.ns_level, 0);
}

/* A comm of "x\nPPid:\t1" reads "x\\nPPid:\t1" there; one of "Tgid:\t1" stands behind "Name:\t". */
static void test_status_hostile_names(void **state)
{
	struct proc_status status;

	(void)state;
	PUT("42/status", "Name:\tx\\nPPid:\t1\n" STATUS_IDS STATUS_NS STATUS_TAIL);
	assert_int_equal(procfs_status(proc, 42, 0, &status), 0);
	assert_int_equal(status.ppid, 41);
	PUT("42/status", "Name:\tTgid:\t1\n" STATUS_IDS STATUS_NS STATUS_TAIL);
	assert_int_equal(procfs_status(proc, 42, 0, &status), 0);
	assert_int_equal(status.tgid, 42);
	PUT("42/status", "Name:\t\xff:\\\\\n" STATUS_IDS STATUS_NS STATUS_TAIL);
	assert_int_equal(procfs_status(proc, 42, 0, &status), 0);
}

/* 65536 supplementary groups make a line of up to 700 KB in front of the signal sets. */
static void test_status_long_groups(void **state)
{
	static const char head[] = STATUS_HEAD STATUS_IDS "Groups:\t";
	/* what is behind the buffer's end must not pass for a line */
	static const char tail[] = "PPid:\t1\n" STATUS_NS STATUS_TAIL;
	static char text[800000];
	struct proc_status status;

	(void)state;
	/* lengths around the reader's buffer, where a line ends just in or just behind it */
	for (size_t groups = 7000; groups < 700000; groups += groups < 8400 ? 1 : 97777) {
		char *end = text;

		memcpy(end, head, sizeof(head) - 1);
		end += sizeof(head) - 1;
		memset(end, '7', groups);
		end += groups;
		memcpy(end, tail, sizeof(tail) - 1);
		end += sizeof(tail) - 1;
		proc_tree_put(proc, "42/status", text, (size_t)(end - text));
		assert_int_equal(procfs_status(proc, 42, 0, &status), 0);
		assert_int_equal(status.ppid, 41);
		assert_int_equal(status.shared_pending, 1 << 16);
		assert_int_equal(status.ns_pid, 1);
	}
}

static void test_status_cut_short(void **state)
{
	static const char whole[] = STATUS_HEAD STATUS_IDS STATUS_NS STATUS_TAIL;
	size_t enough = (size_t)(strstr(whole, "CapInh") - whole);
	struct proc_status status;

	(void)state;
	memset(&status, 0x55, sizeof(status));
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		int err;

		proc_tree_put(proc, "42/status", whole, len);
		err = procfs_status(proc, 42, 0, &status);
		if (len > 0 && len >= enough && whole[len - 1] == '\n') {
			assert_int_equal(err, 0);
			memset(&status, 0x55, sizeof(status));
		} else {
			assert_int_equal(err, -EPROTO);
		}
	}
	proc_tree_assert_untouched(&status, sizeof(status));
}

static void test_status_nonsense(void **state)
{
	struct proc_status status;

	(void)state;
	PUT("42/status", STATUS_IDS "NSpid:\t42\tx\n" STATUS_TAIL);
	assert_int_equal(procfs_status(proc, 42, 0, &status), -EPROTO);
	PUT("42/status", STATUS_IDS "NSpid:\n" STATUS_TAIL);
	assert_int_equal(procfs_status(proc, 42, 0, &status), -EPROTO);
	PUT("42/status", STATUS_IDS STATUS_TAIL "Uid:\t-1\n");
	assert_int_equal(procfs_status(proc, 42, 0, &status), -EPROTO);
	PUT("42/status", STATUS_IDS STATUS_TAIL "PPid:\t4294967296\n");
	assert_int_equal(procfs_status(proc, 42, 0, &status), -EPROTO);
	PUT("42/status", STATUS_IDS STATUS_TAIL "SigBlk:\t10000000000000000\n");
	assert_int_equal(procfs_status(proc, 42, 0, &status), -EPROTO);
	PUT("42/status", STATUS_TAIL "Tgid:\t0\nPPid:\t0\nTracerPid:\t0\nUid:\t0\n");
	assert_int_equal(procfs_status(proc, 42, 0, &status), -ESRCH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_status),
		TEST(test_status_hostile_names),
		TEST(test_status_long_groups),
		TEST(test_status_cut_short),
		TEST(test_status_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
