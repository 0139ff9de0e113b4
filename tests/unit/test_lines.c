// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lines: numbers as printf would write them, bytes of others as text and jansson would escape
 * them, and no half line for want of memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "lines.h"
#include "text.h"

static struct lines lines;

/* Named by the sanitizer: memory that is not there is NULL, as it is without it. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static int tear_down(void **state)
{
	(void)state;
	lines_free(&lines);
	return 0;
}

/* What was added so far is exactly this; then it is emptied. */
static void holds(const char *want)
{
	assert_int_equal(lines.len, strlen(want));
	assert_memory_equal(lines.text, want, lines.len);
	lines_clear(&lines);
}

static const uint64_t numbers[] = {
	0,	     1,
	9,	     10,
	99,	     100,
	4294967295U, 4294967296ULL,
	999999999,   1000000000,
	INT64_MAX,   (uint64_t)INT64_MAX + 1,
	UINT64_MAX,  UINT64_MAX - 1,
	1234567890,  18000000000000000000ULL,
};

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static void test_numbers(void **state)
{
	char want[64];

	(void)state;
	for (size_t i = 0; i < NUMBERS; i++) {
		snprintf(want, sizeof(want), "%" PRIu64, numbers[i]);
		lines_number(&lines, numbers[i]);
		holds(want);
		snprintf(want, sizeof(want), "0x%" PRIx64, numbers[i]);
		lines_hex(&lines, numbers[i]);
		holds(want);
		snprintf(want, sizeof(want), "%" PRId64, (int64_t)numbers[i]);
		lines_signed(&lines, (int64_t)numbers[i]);
		holds(want);
	}
	lines_signed(&lines, INT64_MIN);
	holds("-9223372036854775808");
	lines_signed(&lines, -1);
	holds("-1");
}

static void test_digits(void **state)
{
	char want[64];

	(void)state;
	for (size_t i = 0; i < NUMBERS; i++) {
		for (unsigned int digits = 1; digits <= 20; digits++) {
			snprintf(want, sizeof(want), "%0*" PRIu64, (int)digits, numbers[i]);
			lines_digits(&lines, numbers[i], digits);
			holds(want);
		}
	}
}

static void test_pad(void **state)
{
	(void)state;
	lines_text(&lines, "ab");
	lines_pad(&lines, 5);
	lines_text(&lines, "c");
	lines_pad(&lines, 6); /* it is there already: one blank all the same */
	lines_text(&lines, "d");
	lines_pad(&lines, 3);
	holds("ab   c d ");
	/* Counted from the begin of the present line. */
	lines_text(&lines, "first line, long");
	lines_end(&lines);
	lines_text(&lines, "x");
	lines_pad(&lines, 4);
	lines_text(&lines, "y");
	lines_end(&lines);
	holds("first line, long\nx   y\n");
	lines_pad(&lines, 40);
	assert_int_equal(lines.len, 40);
}

/* Bytes that hurt, by themselves and between plain ones. */
static const struct {
	const char *bytes;
	size_t len;
} hostile[] = {
#define BYTES(text)                                                                                \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}
	BYTES(""),
	BYTES("plain"),
	BYTES("a b/c.d"),
	BYTES("\x1b[2J"),
	BYTES("\"quoted\""),
	BYTES("back\\slash"),
	BYTES("new\nline\r\t"),
	BYTES("\x7f"),
	BYTES("\xff\xfe"),
	BYTES("\xc3\xbc\xe2\x82\xac"),
	BYTES("\xe2\x80\xae"),
	BYTES("\xc0\x80"),
	BYTES("\xed\xa0\x80"),
	BYTES("\xf0\x9f\x98\x80"),
	BYTES("\xe2\x80"),
	BYTES("a\0b"),
	BYTES("\0"),
	BYTES("\xc2\x9b\x31m"),
	BYTES("</script>"),
	BYTES("\\xff"),
	BYTES("\\u0000"),
#undef BYTES
};

#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

static void check_escaped(const char *bytes, size_t len)
{
	char want[TEXT_MAX(4096)];

	text_escape(want, sizeof(want), bytes, len);
	lines_escaped(&lines, bytes, len);
	holds(want);
}

/* It parses strictly, is pure ASCII, and reads back as text_utf8() has it. */
static void check_json(const char *bytes, size_t len)
{
	char want[TEXT_MAX(4096)];
	json_error_t error;
	json_t *read;

	text_utf8(want, sizeof(want), bytes, len);
	lines_json_string(&lines, bytes, len);
	for (size_t i = 0; i < lines.len; i++)
		assert_in_range((unsigned char)lines.text[i], ' ', 0x7f);
	read = json_loadb(lines.text, lines.len, JSON_DECODE_ANY, &error);
	if (!read)
		fail_msg("%.*s: %s", (int)lines.len, lines.text, error.text);
	assert_true(json_is_string(read));
	assert_string_equal(json_string_value(read), want);
	json_decref(read);
	lines_clear(&lines);
}

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE; i++) {
		check_escaped(hostile[i].bytes, hostile[i].len);
		check_json(hostile[i].bytes, hostile[i].len);
	}
}

static void test_every_byte(void **state)
{
	(void)state;
	for (unsigned int byte = 0; byte < 256; byte++) {
		const char text[] = { 'a', (char)byte, 'b' };

		check_escaped(text, 3);
		check_json(text, 3);
		check_escaped(text + 1, 1);
		check_json(text + 1, 1);
	}
}

static void test_random_bytes(void **state)
{
	char bytes[4096];

	(void)state;
	srandom(1);
	for (unsigned int round = 0; round < 200; round++) {
		size_t len = (size_t)random() % (round % 10 ? 32 : sizeof(bytes));

		for (size_t i = 0; i < len; i++)
			bytes[i] = (char)(random() % 3 ? random() : 'a' + random() % 26);
		check_escaped(bytes, len);
		check_json(bytes, len);
	}
}

static void test_long(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		lines_number(&lines, 100000 + i);
		lines_end(&lines);
	}
	assert_int_equal(lines.len, 700000);
	assert_memory_equal(lines.text, "100000\n100001\n", 14);
	assert_memory_equal(lines.text + 699993, "199999\n", 7);
	lines_clear(&lines);
	assert_int_equal(lines.len, 0);
	lines_text(&lines, "again");
	holds("again");
}

/* A great deal of room is given back. */
static void test_clear_gives_back(void **state)
{
	char *large = calloc(1, 4 << 20);

	(void)state;
	assert_non_null(large);
	lines_add(&lines, large, 4 << 20);
	free(large);
	assert_true(lines.room >= 4 << 20);
	lines_clear(&lines);
	assert_true(lines.room <= 1 << 20);
	lines_text(&lines, "x");
	lines_end(&lines);
	holds("x\n");
	assert_int_equal(lines.lost, 0);
}

/* Of a line that there is no memory for, nothing is left, and it is counted; the others stand. */
static void test_no_memory(void **state)
{
	static const char byte;

	(void)state;
	lines_text(&lines, "one");
	lines_end(&lines);
	lines_text(&lines, "half of");
	lines_add(&lines, &byte, (size_t)1 << 52); /* more than there can be: nothing is read */
	lines_text(&lines, " two");
	lines_number(&lines, 2);
	lines_pad(&lines, 50);
	lines_escaped(&lines, "\xff", 1);
	lines_json_string(&lines, "\xff", 1);
	lines_end(&lines);
	assert_int_equal(lines.lost, 1);
	lines_text(&lines, "three");
	lines_end(&lines);
	holds("one\nthree\n");
	assert_int_equal(lines.lost, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_numbers), TEST(test_digits),		 TEST(test_pad),
		TEST(test_hostile), TEST(test_every_byte),	 TEST(test_random_bytes),
		TEST(test_long),    TEST(test_clear_gives_back), TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
