// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spawn and inherited: a command is held before its first instruction, and starts as it would
 * without deadwait in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "inherited.h"
#include "spawn.h"

#define OUTPUT 9 /* the command writes here */

static struct spawn spawn;
static char wrote[4096];

static int set_up(void **state)
{
	int fd = memfd_create("output", 0);
	sigset_t none;

	(void)state;
	spawn = SPAWN_NONE;
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	inherited_remember();
	return fd < 0 || dup2(fd, OUTPUT) < 0 || close(fd);
}

static int tear_down(void **state)
{
	sigset_t none;

	(void)state;
	spawn_abandon(&spawn);
	close(OUTPUT);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	return 0;
}

static void read_output(void)
{
	ssize_t len = pread(OUTPUT, wrote, sizeof(wrote) - 1, 0);

	assert_true(len >= 0 && len < (ssize_t)sizeof(wrote) - 1);
	wrote[len] = '\0';
}

/* Runs it to its end; returns its wait status. */
static int run(char *const *argv)
{
	int status;

	assert_int_equal(spawn_hold(argv, &spawn), 0);
	assert_int_equal(spawn_go(&spawn), 0);
	assert_int_equal(waitpid(spawn.pid, &status, 0), spawn.pid);
	read_output();
	return status;
}

static void assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static unsigned int descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

#define BIT(signal) (1ULL << ((signal)-1))

/* The mask that /proc/PID/status shows under this name, without the C library's own (make -j). */
static uint64_t mask_of(const char *name)
{
	const char *at = strstr(wrote, name);

	assert_non_null(at);
	return strtoull(at + strlen(name), NULL, 16) & ~(BIT(32) | BIT(33));
}

/* --- held, let go, abandoned --- */

static void test_held_until_let_go(void **state)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"echo ran >&9; exit 7", NULL };
	unsigned int before = descriptors();
	char path[64], ours[256] = "", its[256] = "";
	int status;

	(void)state;
	assert_int_equal(spawn_hold(argv, &spawn), 0);
	assert_true(spawn.pid > 0);
	snprintf(path, sizeof(path), "/proc/%d/exe", spawn.pid);
	assert_true(readlink("/proc/self/exe", ours, sizeof(ours) - 1) > 0);
	assert_true(readlink(path, its, sizeof(its) - 1) > 0);
	assert_string_equal(its, ours);
	assert_int_equal(waitpid(spawn.pid, NULL, WNOHANG), 0);
	read_output();
	assert_string_equal(wrote, "");

	assert_int_equal(spawn_go(&spawn), 0);
	assert_int_equal(waitpid(spawn.pid, &status, 0), spawn.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	read_output();
	assert_string_equal(wrote, "ran\n");
	assert_int_equal(descriptors(), before);
}

static void test_abandoned(void **state)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"echo ran >&9", NULL };
	unsigned int before = descriptors();

	(void)state;
	assert_int_equal(spawn_hold(argv, &spawn), 0);
	spawn_abandon(&spawn);
	assert_no_child();
	read_output();
	assert_string_equal(wrote, "");
	assert_int_equal(descriptors(), before);
	spawn_abandon(&spawn); /* nothing is left to do */
}

/* Let go: it is not abandoned any more. */
static void test_abandon_spares_the_running(void **state)
{
	char *argv[] = { (char *)"sleep", (char *)"60", NULL };

	(void)state;
	assert_int_equal(spawn_hold(argv, &spawn), 0);
	assert_int_equal(spawn_go(&spawn), 0);
	spawn_abandon(&spawn);
	assert_int_equal(waitpid(spawn.pid, NULL, WNOHANG), 0);
	assert_int_equal(kill(spawn.pid, SIGKILL), 0);
	assert_int_equal(waitpid(spawn.pid, NULL, 0), spawn.pid);
}

static void test_abandon_none(void **state)
{
	struct spawn none = SPAWN_NONE;

	(void)state;
	spawn_abandon(&none);
	assert_int_equal(none.pid, -1);
}

/* --- what cannot be run --- */

static void check_fails(const char *name, int err)
{
	char *argv[] = { (char *)(uintptr_t)name, NULL };
	unsigned int before = descriptors();

	assert_int_equal(spawn_hold(argv, &spawn), 0);
	assert_int_equal(spawn_go(&spawn), err);
	assert_no_child();
	assert_int_equal(descriptors(), before);
}

static void test_not_found(void **state)
{
	(void)state;
	check_fails("no-such-command-here", -ENOENT);
	check_fails("/no/such/command", -ENOENT);
}

static void test_not_executable(void **state)
{
	(void)state;
	check_fails("/etc/passwd", -EACCES);
	check_fails("/", -EACCES);
}

/* A file without #! is a script, as for a shell. */
static void test_script_without_interpreter(void **state)
{
	char path[] = "/tmp/dw-spawn-XXXXXX", *argv[] = { path, NULL };
	int fd = mkstemp(path), status;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "echo ran >&9\n", 13), 13);
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	assert_int_equal(spawn_hold(argv, &spawn), 0);
	assert_int_equal(spawn_go(&spawn), 0);
	assert_int_equal(waitpid(spawn.pid, &status, 0), spawn.pid);
	unlink(path);
	assert_int_equal(status, 0);
	read_output();
	assert_string_equal(wrote, "ran\n");
}

/* --- as it would start without deadwait --- */

/* No shell in between, which has a mind of its own about SIGCHLD. */
static char *const show_status[] = { (char *)"cp", (char *)"/proc/self/status",
				     (char *)"/proc/self/fd/9", NULL };

/* What deadwait does for itself. */
static void change_all(void)
{
	sigset_t all;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

static void test_signals_at_their_defaults(void **state)
{
	(void)state;
	change_all();
	assert_int_equal(run(show_status), 0);
	assert_int_equal(mask_of("SigBlk:"), 0);
	assert_int_equal(mask_of("SigIgn:"), 0);
	assert_int_equal(mask_of("SigCgt:"), 0);
}

static void test_signals_ignored_at_the_start(void **state)
{
	sigset_t blocked;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGRTMIN + 1);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	inherited_remember();
	change_all();
	assert_int_equal(run(show_status), 0);
	assert_int_equal(mask_of("SigBlk:"), BIT(SIGUSR1) | BIT(SIGRTMIN + 1));
	assert_int_equal(mask_of("SigIgn:"), BIT(SIGPIPE) | BIT(SIGCHLD));
	assert_int_equal(mask_of("SigCgt:"), 0);
}

/* Of a command that cannot be run the status comes all the same, though SIGCHLD was ignored. */
static void test_fails_with_sigchld_ignored(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	inherited_remember();
	change_all();
	check_fails("no-such-command-here", -ENOENT);
}

static void note_signal(int sig)
{
	(void)sig;
}

/* spawn_go() is interrupted: it waits on. */
static void test_interrupted(void **state)
{
	const struct sigaction action = { .sa_handler = note_signal }; /* no SA_RESTART */
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"exit 3", NULL };
	int status;

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(spawn_hold(argv, &spawn), 0);
	assert_int_equal(kill(spawn.pid, SIGUSR1), 0); /* in the read of the child */
	assert_int_equal(spawn_go(&spawn), 0);
	assert_int_equal(waitpid(spawn.pid, &status, 0), spawn.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

/* Whether the command has just the descriptors that this process hands on. */
static bool has_ours(void)
{
	for (int fd = 0; fd < 256; fd++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", spawn.pid, fd);
		if ((faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) !=
		    (fcntl(fd, F_GETFD) == 0))
			return false;
	}
	return true;
}

/* None of spawn's own descriptors reaches it; while it starts, it opens its libraries. */
static void test_descriptors_of_the_command(void **state)
{
	char *argv[] = { (char *)"sleep", (char *)"60", NULL };
	const struct timespec pace = { .tv_nsec = 10000000 };
	bool same = false;

	(void)state;
	assert_int_equal(spawn_hold(argv, &spawn), 0);
	assert_int_equal(spawn_go(&spawn), 0);
	for (int turn = 0; turn < 500 && !same; turn++) {
		same = has_ours();
		nanosleep(&pace, NULL);
	}
	assert_int_equal(kill(spawn.pid, SIGKILL), 0);
	assert_int_equal(waitpid(spawn.pid, NULL, 0), spawn.pid);
	assert_true(same);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_held_until_let_go),
		TEST(test_abandoned),
		TEST(test_abandon_spares_the_running),
		TEST(test_abandon_none),
		TEST(test_not_found),
		TEST(test_not_executable),
		TEST(test_script_without_interpreter),
		TEST(test_signals_at_their_defaults),
		TEST(test_signals_ignored_at_the_start),
		TEST(test_fails_with_sigchld_ignored),
		TEST(test_interrupted),
		TEST(test_descriptors_of_the_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
