// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics_file: replaced as a whole, or not at all, and nothing left beside it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "metrics_file.h"

static char folder[64];
static struct metrics_file file;
static int said; /* read end of a pipe that is stderr during a test */
static int real_stderr;

static int set_up(void **state)
{
	int ends[2];

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	file = (struct metrics_file){ .path = "x.prom" };
	strcpy(folder, "/tmp/deadwait-test-XXXXXX");
	real_stderr = dup(STDERR_FILENO);
	if (!mkdtemp(folder) || chdir(folder) || real_stderr < 0 ||
	    pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return -1;
	said = ends[0];
	return dup2(ends[1], STDERR_FILENO) < 0 || close(ends[1]) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink("x.prom");
	if (dup2(real_stderr, STDERR_FILENO) < 0 || close(real_stderr) < 0 || close(said) < 0)
		return -1;
	return chdir("/") || rmdir(folder);
}

static void assert_said(const char *text)
{
	char got[1024];
	ssize_t len = read(said, got, sizeof(got) - 1);

	got[len > 0 ? len : 0] = '\0';
	assert_string_equal(got, text);
}

static int put(const char *text)
{
	return metrics_file_write(&file, text, strlen(text));
}

/* This is in the file, and the file is all there is in the folder. */
static void assert_file(const char *text)
{
	char got[64] = "";
	DIR *dir = opendir(".");
	const struct dirent *entry;
	int fd = open("x.prom", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	close(fd);
	assert_string_equal(got, text);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		assert_true(entry->d_name[0] == '.' || !strcmp(entry->d_name, "x.prom"));
	closedir(dir);
}

static void test_replaced(void **state)
{
	struct stat before, after;
	mode_t mask = umask(077);

	(void)state;
	assert_int_equal(put("one\n"), 0);
	umask(mask);
	assert_file("one\n");
	assert_int_equal(stat("x.prom", &before), 0);
	assert_int_equal(before.st_mode & 07777, 0644);
	assert_int_equal(put("2\n"), 0);
	assert_file("2\n");
	assert_int_equal(stat("x.prom", &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_said("");
}

/* The link goes, what it points to stays as it is. */
static void test_link(void **state)
{
	(void)state;
	assert_int_equal(symlink("/dev/full", "x.prom"), 0);
	assert_int_equal(put("one\n"), 0);
	assert_file("one\n");
}

static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_no_room(void **state)
{
	(void)state;
	assert_int_equal(put("old\n"), 0);
	limit_file_size(3);
	assert_int_equal(put("newer\n"), -EFBIG);
	assert_said("deadwait: cannot write metrics to 'x.prom': File too large\n");
	assert_int_equal(put("newer\n"), -EFBIG);
	limit_file_size(RLIM_INFINITY);
	assert_said("");
	assert_file("old\n");
	assert_int_equal(put("newest\n"), 0);
	assert_said("deadwait: metrics are written to 'x.prom' again\n");
	assert_file("newest\n");
}

static void test_no_folder(void **state)
{
	static char long_path[PATH_MAX + 1];

	(void)state;
	file.path = "/nowhere/at/all/x.prom";
	assert_int_equal(put("one\n"), -ENOENT);
	assert_said("deadwait: cannot write metrics to '/nowhere/at/all/x.prom': No such file or "
		    "directory\n");
	memset(long_path, 'x', sizeof(long_path) - 1);
	file = (struct metrics_file){ .path = long_path };
	assert_int_equal(put("one\n"), -ENAMETOOLONG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_replaced),
		TEST(test_link),
		TEST(test_no_room),
		TEST(test_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
