// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * status: the names that people read for signals, statuses and waits.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "dw_history.h"
#include "status.h"

_Static_assert((int)WAIT_CALL_WAIT4 == (int)DW_CALL_WAIT4, "same number");
_Static_assert((int)WAIT_CALL_WAITID == (int)DW_CALL_WAITID, "same number");
_Static_assert((int)WAIT_CALL_OTHER == (int)DW_CALL_OTHER, "same number");
_Static_assert((int)WAIT_TARGET_ANY == (int)DW_TARGET_ANY, "same number");
_Static_assert((int)WAIT_TARGET_PID == (int)DW_TARGET_PID, "same number");
_Static_assert((int)WAIT_TARGET_GROUP == (int)DW_TARGET_GROUP, "same number");
_Static_assert((int)WAIT_TARGET_PIDFD == (int)DW_TARGET_PIDFD, "same number");

static void assert_signal(int sig, const char *name)
{
	char out[STATUS_TEXT_MAX];

	assert_string_equal(status_signal_name(sig, out, sizeof(out)), name);
}

static void test_signals(void **state)
{
	char tiny[4];

	(void)state;
	assert_signal(SIGKILL, "SIGKILL");
	assert_signal(SIGCHLD, "SIGCHLD");
	assert_signal(SIGSYS, "SIGSYS");
	assert_signal(SIGRTMIN, "SIGRTMIN");
	assert_signal(SIGRTMIN + 3, "SIGRTMIN+3");
	assert_signal(SIGRTMAX, "SIGRTMIN+30");
	assert_signal(SIGRTMAX + 1, "signal 65");
	assert_signal(32, "signal 32"); /* glibc's own */
	assert_signal(0, "signal 0");
	assert_signal(99, "signal 99");
	assert_signal(-5, "signal -5");
	assert_signal(INT32_MIN, "signal -2147483648");
	assert_string_equal(status_signal_name(SIGKILL, tiny, sizeof(tiny)), "SIG");
}

static void assert_status(int status, const char *text)
{
	char out[STATUS_TEXT_MAX];

	assert_string_equal(status_format(out, sizeof(out), status), text);
}

static void test_statuses(void **state)
{
	(void)state;
	assert_status(0, "exit 0");
	assert_status(3 << 8, "exit 3");
	assert_status(255 << 8, "exit 255");
	assert_status(SIGKILL, "killed by SIGKILL");
	assert_status(SIGSEGV | 0x80, "killed by SIGSEGV (core dumped)");
	assert_status(SIGTSTP << 8 | 0x7f, "stopped by SIGTSTP");
	assert_status(0xffff, "continued");
	assert_status(4 << 16 | SIGTRAP << 8 | 0x7f, "stopped by SIGTRAP"); /* ptrace event */
	assert_status(-1, "continued");
}

/* glibc's macros are another reading of the same word. */
static void test_all_statuses(void **state)
{
	(void)state;
	for (int status = 0; status <= 0xffff; status++) {
		char out[STATUS_TEXT_MAX];

		status_format(out, sizeof(out), status);
		if (WIFCONTINUED(status))
			assert_string_equal(out, "continued");
		else if (WIFEXITED(status))
			assert_int_equal(atoi(out + strlen("exit ")), WEXITSTATUS(status));
		else if (WIFSTOPPED(status))
			assert_memory_equal(out, "stopped by ", strlen("stopped by "));
		else if (WIFSIGNALED(status))
			assert_int_equal(strstr(out, "core") != NULL, WCOREDUMP(status) != 0);
	}
}

static void assert_wait(struct wait_form form, const char *text)
{
	char out[STATUS_TEXT_MAX];

	assert_string_equal(status_wait_format(out, sizeof(out), &form), text);
}

#define FORM(CALL, TARGET, ID, FD, OPTIONS)                                                        \
	((struct wait_form){ .call = WAIT_CALL_##CALL,                                             \
			     .target = WAIT_TARGET_##TARGET,                                       \
			     .id = (ID),                                                           \
			     .fd = (FD),                                                           \
			     .options = (OPTIONS) })

static void test_waitpid(void **state)
{
	(void)state;
	assert_wait(FORM(WAIT4, ANY, 0, -1, 0), "waitpid(-1, 0)");
	assert_wait(FORM(WAIT4, ANY, 0, -1, WEXITED), "waitpid(-1, 0)");
	assert_wait(FORM(WAIT4, ANY, 0, -1, WNOHANG | WUNTRACED), "waitpid(-1, WNOHANG|WUNTRACED)");
	assert_wait(FORM(WAIT4, ANY, 0, -1, WCONTINUED | WEXITED), "waitpid(-1, WCONTINUED)");
	assert_wait(FORM(WAIT4, PID, 4242, -1, 0), "waitpid(4242, 0)");
	assert_wait(FORM(WAIT4, PID, 0, -1, 0), "waitpid(?, 0)");
	assert_wait(FORM(WAIT4, GROUP, 77, -1, 0), "waitpid(-77, 0)");
	assert_wait(FORM(WAIT4, GROUP, 0, -1, 0), "waitpid(0, 0)");
	assert_wait(FORM(WAIT4, ANY, 0, -1, (uint32_t)__WALL | __WCLONE | __WNOTHREAD),
		    "waitpid(-1, __WNOTHREAD|__WALL|__WCLONE)");
	assert_wait(FORM(WAIT4, ANY, 0, -1, 0x10), "waitpid(-1, 0x10)");
	assert_wait(FORM(WAIT4, ANY, 0, -1, WNOHANG | 0x30), "waitpid(-1, WNOHANG|0x30)");
}

static void test_waitid(void **state)
{
	(void)state;
	assert_wait(FORM(WAITID, ANY, 0, -1, WEXITED), "waitid(P_ALL, WEXITED)");
	assert_wait(FORM(WAITID, PID, 4242, -1, WEXITED | WNOWAIT),
		    "waitid(P_PID, 4242, WEXITED|WNOWAIT)");
	assert_wait(FORM(WAITID, GROUP, 77, -1, WSTOPPED), "waitid(P_PGID, 77, WSTOPPED)");
	assert_wait(FORM(WAITID, GROUP, 0, -1, WSTOPPED), "waitid(P_PGID, ?, WSTOPPED)");
	assert_wait(FORM(WAITID, GROUP, -1, -1, WSTOPPED), "waitid(P_PGID, 0, WSTOPPED)");
	assert_wait(FORM(WAITID, PIDFD, 4242, 5, WEXITED), "waitid(P_PIDFD, 5→4242, WEXITED)");
	assert_wait(FORM(WAITID, PIDFD, 0, 5, WEXITED), "waitid(P_PIDFD, 5, WEXITED)");
	assert_wait(FORM(WAITID, PIDFD, 4242, -1, WEXITED), "waitid(P_PIDFD, ?→4242, WEXITED)");
	assert_wait(FORM(WAITID, ANY, 0, -1, 0), "waitid(P_ALL, 0)");
}

static void test_other_waits(void **state)
{
	struct wait_form odd = { .call = 200, .target = 200, .id = -3, .fd = -9, .options = 8 };

	(void)state;
	assert_wait(FORM(OTHER, ANY, 0, -1, WEXITED), "wait(any, WEXITED)");
	assert_wait(FORM(OTHER, ANY, 0, -1, 0), "wait(any, ?)");
	assert_wait(FORM(OTHER, PID, 4242, -1, WEXITED), "wait(pid 4242, WEXITED)");
	assert_wait(FORM(OTHER, GROUP, 77, -1, WEXITED), "wait(group 77, WEXITED)");
	assert_wait(FORM(OTHER, PIDFD, 4242, 5, WEXITED), "wait(pidfd 5→4242, WEXITED)");
	assert_wait(odd, "wait(pid ?, WCONTINUED)");
}

/* The longest text fits, and any smaller buffer is only cut. */
static void test_sizes(void **state)
{
	struct wait_form form = FORM(WAITID, PIDFD, INT32_MAX, INT32_MAX, UINT32_MAX);
	char whole[1024];
	size_t len;

	(void)state;
	len = strlen(status_wait_format(whole, sizeof(whole), &form));
	assert_true(len < STATUS_TEXT_MAX);
	for (size_t size = 1; size <= len; size++) {
		char *out = malloc(size);

		assert_non_null(out);
		status_wait_format(out, size, &form);
		assert_int_equal(strlen(out), size - 1);
		assert_memory_equal(out, whole, size - 1);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals),	     cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_all_statuses), cmocka_unit_test(test_waitpid),
		cmocka_unit_test(test_waitid),	     cmocka_unit_test(test_other_waits),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
