// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log: a line is written whole or not at all, whatever the file does, and each loss is counted and
 * said once.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

static char folder[] = "/tmp/deadwait-test-XXXXXX";
static int said; /* read end of a pipe that is stderr during a test */
static int real_stderr;

static int make_folder(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return chdir("/") < 0 || rmdir(folder) < 0 ? -1 : 0;
}

static int set_up(void **state)
{
	int ends[2];

	(void)state;
	real_stderr = dup(STDERR_FILENO);
	if (real_stderr < 0 || pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return -1;
	said = ends[0];
	return dup2(ends[1], STDERR_FILENO) < 0 || close(ends[1]) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink("log");
	unlink("old");
	return dup2(real_stderr, STDERR_FILENO) < 0 || close(real_stderr) < 0 || close(said) < 0 ?
		       -1 :
		       0;
}

/* Exactly this came on stderr since the last look. */
static void assert_said(const char *text)
{
	char got[1024];
	ssize_t len = read(said, got, sizeof(got) - 1);

	got[len > 0 ? len : 0] = '\0';
	assert_string_equal(got, text);
}

static void assert_file(const char *path, const char *text)
{
	char got[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	assert_true(fd >= 0);
	len = read(fd, got, sizeof(got) - 1);
	close(fd);
	assert_true(len >= 0);
	got[len] = '\0';
	assert_string_equal(got, text);
}

static void put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static struct log *open_log(const char *path)
{
	struct log *log = NULL;

	assert_int_equal(log_open(path, &log), 0);
	assert_non_null(log);
	return log;
}

static int put(struct log *log, const char *line)
{
	return log_write(log, line, strlen(line), 1);
}

static void test_lines(void **state)
{
	struct log *one, *two;
	struct stat st;
	mode_t mask = umask(0);

	(void)state;
	one = open_log("log");
	two = open_log("log");
	umask(mask);
	assert_int_equal(put(one, "{\"a\":1}"), 0);
	assert_int_equal(put(two, "two"), 0);
	assert_int_equal(put(one, ""), 0);
	assert_int_equal(put(one, "three"), 0);
	assert_file("log", "{\"a\":1}\ntwo\n\nthree\n");
	assert_int_equal(stat("log", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(log_lost(one), 0);
	log_close(one);
	log_close(two);
	log_close(NULL);
	assert_int_equal(log_lost(NULL), 0);
	assert_said("");
}

static void test_cannot_open(void **state)
{
	struct log *log = (struct log *)state;

	assert_int_equal(log_open("nowhere/log", &log), -ENOENT);
	assert_int_equal(log_open("/", &log), -EISDIR);
	assert_int_equal(mkfifo("log", 0600), 0);
	assert_int_equal(log_open("log", &log), -ENXIO);
	assert_ptr_equal(log, state);
	assert_said("");
}

static void test_heals_a_torn_end(void **state)
{
	static const char *const before[] = { "", "whole\n", "{\"v\":1,\"ti", "whole\n{" };
	static const char *const after[] = { "x\ny\n", "whole\nx\ny\n", "{\"v\":1,\"ti\nx\ny\n",
					     "whole\n{\nx\ny\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct log *log;

		put_file("log", before[i]);
		log = open_log("log");
		assert_int_equal(put(log, "x"), 0);
		assert_int_equal(put(log, "y"), 0);
		log_close(log);
		assert_file("log", after[i]);
	}
}

static void test_full_device(void **state)
{
	struct log *log;

	(void)state;
	assert_int_equal(symlink("/dev/full", "log"), 0);
	log = open_log("log");
	assert_int_equal(put(log, "a"), -ENOSPC);
	assert_said("deadwait: cannot write log 'log': No space left on device; going on, lost "
		    "lines are counted\n");
	assert_int_equal(put(log, "b"), -ENOSPC);
	assert_int_equal(put(log, "c"), -ENOSPC);
	assert_said("");
	assert_int_equal(log_lost(log), 3);

	assert_int_equal(unlink("log"), 0);
	assert_int_equal(log_reopen(log), 0);
	assert_int_equal(put(log, "d"), 0);
	assert_said("deadwait: log 'log' works again; lines lost: 3\n");
	assert_int_equal(put(log, "e"), 0);
	assert_said("");
	assert_file("log", "d\ne\n");

	/* A second trouble is said anew, with its own count. */
	assert_int_equal(unlink("log"), 0);
	assert_int_equal(symlink("/dev/full", "log"), 0);
	assert_int_equal(log_reopen(log), 0);
	assert_int_equal(put(log, "f"), -ENOSPC);
	assert_said("deadwait: cannot write log 'log': No space left on device; going on, lost "
		    "lines are counted\n");
	assert_int_equal(unlink("log"), 0);
	assert_int_equal(log_reopen(log), 0);
	assert_int_equal(put(log, "g"), 0);
	assert_said("deadwait: log 'log' works again; lines lost: 1\n");
	assert_int_equal(log_lost(log), 4);
	log_close(log);
}

static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The line does not fit but its first bytes do: they are taken back, at any point of the line. */
static void test_no_partial_line(void **state)
{
	(void)state;
	for (rlim_t room = 0; room <= 8; room++) {
		struct log *log;
		int err;

		put_file("log", "0123456\n");
		log = open_log("log");
		limit_file_size(8 + room);
		err = put(log, "abcdefg");
		limit_file_size(RLIM_INFINITY);
		if (room == 8) {
			assert_int_equal(err, 0);
			assert_file("log", "0123456\nabcdefg\n");
			assert_int_equal(log_lost(log), 0);
			assert_said("");
		} else {
			assert_int_equal(err, -EFBIG);
			assert_file("log", "0123456\n");
			assert_int_equal(log_lost(log), 1);
			assert_said("deadwait: cannot write log 'log': File too large; going on, "
				    "lost lines are counted\n");
			assert_int_equal(put(log, "next"), 0);
			assert_file("log", "0123456\nnext\n");
			assert_said("deadwait: log 'log' works again; lines lost: 1\n");
		}
		log_close(log);
	}
}

/* A torn end stays to be healed while writing fails. */
static void test_torn_and_full(void **state)
{
	struct log *log;

	(void)state;
	put_file("log", "torn");
	log = open_log("log");
	limit_file_size(7);
	assert_int_equal(put(log, "abcdefg"), -EFBIG);
	limit_file_size(RLIM_INFINITY);
	assert_file("log", "torn");
	assert_int_equal(put(log, "next"), 0);
	assert_file("log", "torn\nnext\n");
	log_close(log);
}

/* What nobody misses is not counted, and says that the trouble is over. */
static void test_note(void **state)
{
	struct log *log;

	(void)state;
	put_file("log", "0123456\n");
	log = open_log("log");
	limit_file_size(8);
	assert_int_equal(put(log, "lost, a long one"), -EFBIG);
	assert_int_equal(log_note(log, "note", 4), -EFBIG);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(log_lost(log), 1);
	assert_said("deadwait: cannot write log 'log': File too large; going on, lost lines are "
		    "counted\n");
	assert_int_equal(log_note(log, "note", 4), 0);
	assert_said("deadwait: log 'log' works again; lines lost: 1\n");
	assert_file("log", "0123456\nnote\n");
	log_close(log);
}

/* Another writer dies inside a line: it costs that line, not the next. */
static void test_torn_by_another(void **state)
{
	struct log *log = open_log("log");
	int other = open("log", O_WRONLY | O_APPEND | O_CLOEXEC);

	(void)state;
	assert_int_equal(put(log, "one"), 0);
	assert_int_equal(write(other, "{\"v\"", 4), 4);
	assert_int_equal(put(log, "two"), 0);
	assert_int_equal(write(other, "whole\n", 6), 6);
	assert_int_equal(put(log, "three"), 0);
	assert_file("log", "one\n{\"v\"\ntwo\nwhole\nthree\n");
	/* copytruncate: written to the beginning again, with nothing to heal */
	assert_int_equal(write(other, "torn", 4), 4);
	assert_int_equal(truncate("log", 0), 0);
	assert_int_equal(put(log, "four"), 0);
	assert_file("log", "four\n");
	close(other);
	log_close(log);
}

#define WRITERS 2
#define WRITES 20000

/* In a process of its own: says into the pipe how many lines it lost. */
static void write_many(char letter, rlim_t room, int told)
{
	struct log *log = NULL;
	char line[512];
	uint64_t lost = 0;

	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
	limit_file_size(room);
	if (log_open("log", &log))
		_exit(1);
	for (int i = 0; i < WRITES; i++) {
		size_t len = 1 + (size_t)(i * 7919 % 500);

		memset(line, letter, len);
		line[len - 1] = '.';
		lost += log_write(log, line, len, 1) != 0;
	}
	if (log_lost(log) != lost || write(told, &lost, sizeof(lost)) != sizeof(lost))
		_exit(1);
	_exit(0);
}

static uint64_t count_whole_lines(void)
{
	FILE *file = fopen("log", "r");
	char line[1024];
	uint64_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		size_t len = strlen(line);

		assert_true(len >= 2 && line[len - 1] == '\n' && line[len - 2] == '.');
		assert_int_equal(strspn(line, line[0] == 'a' ? "a" : "b"), len - 2);
		count++;
	}
	fclose(file);
	return count;
}

static void two_writers(rlim_t room, uint64_t *whole, uint64_t *lost)
{
	int told[2], status;

	put_file("log", "");
	assert_int_equal(pipe(told), 0);
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_many((char)('a' + i), room, told[1]);
	*lost = 0;
	for (int i = 0; i < WRITERS; i++) {
		uint64_t part = 0;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
		assert_int_equal(read(told[0], &part, sizeof(part)), sizeof(part));
		*lost += part;
	}
	close(told[0]);
	close(told[1]);
	*whole = count_whole_lines();
}

static void test_two_writers(void **state)
{
	uint64_t whole, lost;

	(void)state;
	two_writers(RLIM_INFINITY, &whole, &lost);
	assert_int_equal(lost, 0);
	assert_int_equal(whole, WRITERS * WRITES);
	/* At the end of the room the first part of each line is taken back. */
	two_writers(4000000, &whole, &lost);
	assert_true(lost > 0);
	assert_int_equal(whole + lost, WRITERS * WRITES);
}

/* One that was stopped with the lock holds nothing up. */
static void test_lock_is_held(void **state)
{
	struct log *log = open_log("log");
	int other = open("log", O_WRONLY | O_CLOEXEC);
	struct stat st;

	(void)state;
	assert_int_equal(flock(other, LOCK_EX), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(put(log, ""), 0);
	assert_int_equal(log_lost(log), 0);
	/* What does not fit must stay then: another may have written behind it. */
	limit_file_size(1002);
	assert_int_equal(put(log, "abc"), -EFBIG);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(close(other), 0);
	assert_int_equal(put(log, "abc"), 0);
	assert_int_equal(stat("log", &st), 0);
	assert_int_equal(st.st_size, 1000 + strlen("ab\nabc\n"));
	assert_int_equal(log_lost(log), 1);
	log_close(log);
}

static void test_fifo(void **state)
{
	static char line[100000], got[100000];
	struct log *log;
	ssize_t len;
	int reader, room;

	(void)state;
	memset(line, 'x', sizeof(line));
	assert_int_equal(mkfifo("log", 0600), 0);
	reader = open("log", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	room = fcntl(reader, F_SETPIPE_SZ, 4096); /* one page, which may be larger */
	assert_in_range(room, 4096, sizeof(line) - 1);
	log = open_log("log");

	assert_int_equal(put(log, "small"), 0);
	assert_int_equal(read(reader, got, sizeof(got)), 6);
	/* A part goes out and cannot be taken back: the next line starts a new one. */
	assert_int_equal(log_write(log, line, sizeof(line), 1), -EAGAIN);
	assert_said("deadwait: cannot write log 'log': Resource temporarily unavailable; going on, "
		    "lost lines are counted\n");
	assert_int_equal(put(log, "full"), -EAGAIN);
	assert_int_equal(read(reader, got, sizeof(got)), room);
	assert_int_equal(put(log, "after"), 0);
	len = read(reader, got, sizeof(got));
	assert_int_equal(len, 7);
	assert_memory_equal(got, "\nafter\n", 7);
	assert_said("deadwait: log 'log' works again; lines lost: 2\n");

	/* The reader goes and another comes. */
	close(reader);
	assert_int_equal(put(log, "nobody"), -EPIPE);
	assert_said("deadwait: cannot write log 'log': Broken pipe; going on, lost lines are "
		    "counted\n");
	reader = open("log", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(put(log, "back"), 0);
	assert_int_equal(read(reader, got, sizeof(got)), 5);
	assert_int_equal(log_lost(log), 3);
	close(reader);
	log_close(log);
}

static void test_reopen(void **state)
{
	struct log *log = open_log("log");

	(void)state;
	assert_int_equal(put(log, "one"), 0);
	assert_int_equal(rename("log", "old"), 0);
	assert_int_equal(put(log, "two"), 0);
	assert_int_equal(log_reopen(log), 0);
	assert_int_equal(put(log, "three"), 0);
	assert_file("old", "one\ntwo\n");
	assert_file("log", "three\n");
	log_close(log);
	assert_said("");
}

static void test_reopen_fails(void **state)
{
	struct log *log;

	(void)state;
	assert_int_equal(mkdir("sub", 0700), 0);
	log = open_log("sub/log");
	assert_int_equal(put(log, "one"), 0);
	assert_int_equal(rename("sub", "gone"), 0);
	assert_int_equal(log_reopen(log), -ENOENT);
	assert_said("deadwait: cannot reopen log 'sub/log': No such file or directory; going on "
		    "with the old file\n");
	assert_int_equal(log_reopen(log), -ENOENT);
	assert_int_equal(put(log, "two"), 0);
	assert_said("");
	assert_int_equal(mkdir("sub", 0700), 0);
	assert_int_equal(put(log, "three"), 0);
	assert_file("gone/log", "one\ntwo\n");
	assert_file("sub/log", "three\n");
	assert_int_equal(log_lost(log), 0);
	log_close(log);
	assert_int_equal(unlink("gone/log") | rmdir("gone"), 0);
	assert_int_equal(unlink("sub/log") | rmdir("sub"), 0);
}

static void test_stderr(void **state)
{
	struct log *log;
	char got[16];
	int pair[2];

	(void)state;
	log = open_log("/dev/stderr"); /* a pipe here */
	assert_int_equal(put(log, "x"), 0);
	assert_said("x\n");
	log_close(log);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(dup2(pair[1], STDERR_FILENO), STDERR_FILENO);
	log = open_log("/dev/stderr");
	assert_int_equal(put(log, "x"), 0);
	assert_int_equal(read(pair[0], got, sizeof(got)), 2);
	log_close(log);
	assert_int_equal(write(STDERR_FILENO, "y", 1), 1);
	close(pair[0]);
	close(pair[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lines),
		TEST(test_cannot_open),
		TEST(test_heals_a_torn_end),
		TEST(test_full_device),
		TEST(test_no_partial_line),
		TEST(test_torn_and_full),
		TEST(test_note),
		TEST(test_torn_by_another),
		TEST(test_two_writers),
		TEST(test_lock_is_held),
		TEST(test_fifo),
		TEST(test_reopen),
		TEST(test_reopen_fails),
		TEST(test_stderr),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
