// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log_reader: every line once and whole, from plain and gzip'd files and standard input, whatever is
 * in them.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "log_reader.h"

static char folder[] = "/tmp/deadwait-test-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink("log");
	return chdir("/") < 0 || rmdir(folder) < 0 ? -1 : 0;
}

static void write_plain(const void *bytes, size_t len)
{
	FILE *file = fopen("log", "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static struct log_reader *open_log(const char *path)
{
	struct log_reader *reader;

	assert_int_equal(log_reader_open(path, &reader), 0);
	return reader;
}

/* The next line is these bytes. */
static void expect(struct log_reader *reader, uint64_t number, const char *bytes, size_t len)
{
	struct log_line line;

	assert_int_equal(log_reader_next(reader, &line), 1);
	assert_int_equal(line.number, number);
	assert_int_equal(line.len, len);
	assert_memory_equal(line.text, bytes, len);
	assert_int_equal(line.text[line.len], '\0');
	assert_false(line.overlong);
}

static void expect_end(struct log_reader *reader, int result)
{
	struct log_line line;

	assert_int_equal(log_reader_next(reader, &line), result);
	assert_int_equal(log_reader_next(reader, &line), result); /* and for good */
	log_reader_close(reader);
}

static void test_lines(void **state)
{
	static const char text[] = "one\n\ntw\0o\r\nend";
	struct log_reader *reader;

	(void)state;
	write_plain(text, sizeof(text) - 1);
	reader = open_log("log");
	expect(reader, 1, "one", 3);
	expect(reader, 2, "", 0);
	expect(reader, 3, "tw\0o\r", 5);
	expect(reader, 4, "end", 3);
	assert_int_equal(log_reader_bytes(reader), sizeof(text) - 1);
	expect_end(reader, 0);

	write_plain("", 0);
	expect_end(open_log("log"), 0);
	write_plain("\n", 1);
	reader = open_log("log");
	expect(reader, 1, "", 0);
	expect_end(reader, 0);
}

/* Lines of every length around the sizes of the buffer, each with its number inside. */
static void test_many_lengths(void **state)
{
	static char line[300000];
	struct log_reader *reader;
	FILE *file = fopen("log", "we");

	(void)state;
	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 400; i++) {
		int len = 32 + i * 701;

		fprintf(file, "%06d%.*s\n", i, len, line);
	}
	fclose(file);
	reader = open_log("log");
	for (int i = 0; i < 400; i++) {
		struct log_line got;

		assert_int_equal(log_reader_next(reader, &got), 1);
		assert_int_equal(got.len, 6 + 32 + i * 701);
		assert_int_equal(atoi((char[]){ got.text[0], got.text[1], got.text[2], got.text[3],
						got.text[4], got.text[5], 0 }),
				 i);
		assert_int_equal(got.text[got.len - 1], 'x');
	}
	expect_end(reader, 0);
}

static void test_overlong(void **state)
{
	size_t sizes[] = { LOG_READER_LINE_MAX + 1, 3 * LOG_READER_LINE_MAX, 9999999 };
	struct log_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t max = LOG_READER_LINE_MAX, len = sizes[i];
		char *text = malloc(len + max + 10);
		struct log_reader *reader;

		assert_non_null(text);
		memset(text, 'y', len + max + 10);
		text[len] = '\n';
		memcpy(text + len + 1, "next\n", 5);
		text[len + 6 + max] = '\n'; /* just short enough */
		memcpy(text + len + 7 + max, "z\n\n", 3);
		write_plain(text, len + max + 10);
		reader = open_log("log");
		assert_int_equal(log_reader_next(reader, &line), 1);
		assert_true(line.overlong);
		assert_int_equal(line.len, max);
		assert_int_equal(strlen(line.text), max);
		expect(reader, 2, "next", 4);
		expect(reader, 3, text, max);
		expect(reader, 4, "z", 1);
		expect(reader, 5, "", 0);
		expect_end(reader, 0);
		free(text);
	}
	/* and where there is no end to it */
	write_plain("", 1); /* its NUL */
	assert_int_equal(truncate("log", 5 * LOG_READER_LINE_MAX), 0);
	{
		struct log_reader *reader = open_log("log");

		assert_int_equal(log_reader_next(reader, &line), 1);
		assert_true(line.overlong);
		expect_end(reader, 0);
	}
}

static size_t write_gzip(int members)
{
	struct stat stat;

	unlink("log");
	for (int i = 0; i < members; i++) {
		gzFile file = gzopen("log", "ab");

		gzprintf(file, "member %d\n", i);
		for (int j = 0; j < 1000; j++)
			gzprintf(file, "%d of %d\n", j * 7919, i);
		assert_int_equal(gzclose(file), Z_OK);
	}
	assert_int_equal(lstat("log", &stat), 0);
	return (size_t)stat.st_size;
}

static void test_gzip(void **state)
{
	struct log_reader *reader;
	char text[32];

	(void)state;
	write_gzip(3);
	reader = open_log("log");
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "member %d", i);
		expect(reader, (uint64_t)i * 1001 + 1, text, strlen(text));
		for (int j = 0; j < 1000; j++) {
			snprintf(text, sizeof(text), "%d of %d", j * 7919, i);
			expect(reader, (uint64_t)(i * 1001 + j + 2), text, strlen(text));
		}
	}
	expect_end(reader, 0);
}

/* What is there is read; then it is said. */
static void test_gzip_damaged(void **state)
{
	struct log_reader *reader;
	struct log_line line;
	size_t len = write_gzip(1);
	int got, fd;

	(void)state;
	assert_int_equal(truncate("log", (off_t)len / 2), 0);
	reader = open_log("log");
	expect(reader, 1, "member 0", 8);
	while ((got = log_reader_next(reader, &line)) > 0)
		;
	assert_int_equal(got, -1);
	assert_string_equal(log_reader_error(reader), "the gzip data ends early");
	expect_end(reader, -1);

	write_gzip(1);
	fd = open("log", O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, (off_t)len / 2), 8);
	close(fd);
	reader = open_log("log");
	while ((got = log_reader_next(reader, &line)) > 0)
		;
	assert_int_equal(got, -1);
	assert_string_equal(log_reader_error(reader), "the gzip data is damaged");
	expect_end(reader, -1);
}

static void test_cannot_open(void **state)
{
	struct log_reader *reader = NULL;

	(void)state;
	assert_int_equal(log_reader_open("nowhere", &reader), -ENOENT);
	assert_int_equal(log_reader_open("/", &reader), -EISDIR);
	assert_int_equal(log_reader_open("", &reader), -ENOENT);
	assert_null(reader);
	log_reader_close(NULL);
}

static void test_standard_input(void **state)
{
	int real = dup(STDIN_FILENO), ends[2];
	struct log_reader *reader;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "from\nhere", 9), 9);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	reader = open_log("-");
	expect(reader, 1, "from", 4);
	expect(reader, 2, "here", 4);
	expect_end(reader, 0);
	expect_end(open_log("-"), 0); /* it is still there, at its end */
	dup2(real, STDIN_FILENO);
	close(real);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	       cmocka_unit_test(test_many_lengths),
		cmocka_unit_test(test_overlong),       cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_gzip_damaged),   cmocka_unit_test(test_cannot_open),
		cmocka_unit_test(test_standard_input),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
