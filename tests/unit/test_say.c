// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * say: one message is one write of one safe line.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "say.h"

static int packets; /* read end of a pipe that keeps each write apart */
static int real_stderr;

static int set_up(void **state)
{
	int ends[2];

	(void)state;
	real_stderr = dup(STDERR_FILENO);
	if (real_stderr < 0 || pipe2(ends, O_DIRECT | O_NONBLOCK | O_CLOEXEC) < 0)
		return -1;
	packets = ends[0];
	return dup2(ends[1], STDERR_FILENO) < 0 || close(ends[1]) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return dup2(real_stderr, STDERR_FILENO) < 0 || close(real_stderr) < 0 ||
			       close(packets) < 0 ?
		       -1 :
		       0;
}

static void test_one_write(void **state)
{
	char got[256];
	ssize_t len;

	(void)state;
	errno = EDOM;
	say_error("cannot open '%s': %s", "a\nb\x1b\\", "no\xff");
	assert_int_equal(errno, EDOM);
	len = read(packets, got, sizeof(got));
	assert_true(len > 0);
	got[len] = '\0';
	assert_string_equal(got, "deadwait: cannot open 'a\\x0ab\\x1b\\\\': no\\xff\n");
	assert_int_equal(read(packets, got, sizeof(got)), -1);
	assert_int_equal(errno, EAGAIN);
}

/* O_DIRECT pipes cut a write into packets of PIPE_BUF: only the sum counts here. */
static void test_long_message(void **state)
{
	static char name[100000];
	static char got[4096];
	char last = '\0';
	size_t total = 0;
	ssize_t len;

	(void)state;
	memset(name, '\xfe', sizeof(name) - 1);
	say_error("%s", name);
	while ((len = read(packets, got, sizeof(got))) > 0) {
		total += (size_t)len;
		last = got[len - 1];
	}
	assert_int_equal(total, strlen("deadwait: \n") + 4 * 2047);
	assert_int_equal(last, '\n');
}

static void test_no_stderr(void **state)
{
	int kept = dup(STDERR_FILENO);

	(void)state;
	close(STDERR_FILENO);
	say_error("nobody hears this");
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	close(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_write, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_message, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_stderr, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
