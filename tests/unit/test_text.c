// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text: hostile bytes become safe, unambiguous text. Must not rest on the module's own idea of UTF-8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

struct sample {
	const char *in;
	size_t len;
	const char *terminal;
	const char *json; /* NULL: as the input */
};

#define SAMPLE(in, ...)                                                                            \
	{                                                                                          \
		in, sizeof(in) - 1, __VA_ARGS__                                                    \
	}

static const struct sample samples[] = {
	SAMPLE("", "", NULL),
	SAMPLE("worker", "worker", NULL),
	SAMPLE(" ~", " ~", NULL),
	SAMPLE("a\nb\tc", "a\\x0ab\\x09c", NULL),
	SAMPLE("\x1b[2J", "\\x1b[2J", NULL),
	SAMPLE("\x1f\x7f", "\\x1f\\x7f", NULL),
	SAMPLE("a\0b", "a\\x00b", "a\\x00b"),
	SAMPLE("a\\b", "a\\\\b", NULL),
	SAMPLE("\\x41", "\\\\x41", NULL),
	SAMPLE("grün €  😀", "grün €  😀", NULL),
	/* C1 and its neighbours */
	SAMPLE("\xc2\x80|\xc2\x9b|\xc2\x9f", "\\xc2\\x80|\\xc2\\x9b|\\xc2\\x9f", NULL),
	SAMPLE("\xc2\xa0\xc2\xa1", "\xc2\xa0\xc2\xa1", NULL),
	/* invisible and bidi characters, and those beside the ranges */
	SAMPLE("\u200a\u200b\u200f\u2010", "\u200a\\xe2\\x80\\x8b\\xe2\\x80\\x8f\u2010", NULL),
	SAMPLE("\u2027\u2028\u202e\u202f", "\u2027\\xe2\\x80\\xa8\\xe2\\x80\\xae\u202f", NULL),
	SAMPLE("\u205f\u2060\u2069\u2070", "\u205f\\xe2\\x81\\xa0\\xe2\\x81\\xa9\u2070", NULL),
	SAMPLE("\ufeff", "\\xef\\xbb\\xbf", NULL),
	SAMPLE("\xf3\xa0\x81\xbf", "\\xf3\\xa0\\x81\\xbf", NULL),
	/* not UTF-8: lone, overlong, surrogate, above U+10FFFF, cut short, and the last good ones */
	SAMPLE("\xff\x80", "\\xff\\x80", "\\xff\\x80"),
	SAMPLE("\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf"),
	SAMPLE("\xc1\xbf", "\\xc1\\xbf", "\\xc1\\xbf"),
	SAMPLE("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf", "\\xe0\\x9f\\xbf"),
	SAMPLE("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf", "\\xf0\\x8f\\xbf\\xbf"),
	SAMPLE("\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"),
	SAMPLE("\xed\xbf\xbf", "\\xed\\xbf\\xbf", "\\xed\\xbf\\xbf"),
	SAMPLE("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80", NULL),
	SAMPLE("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80"),
	SAMPLE("\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd", NULL),
	SAMPLE("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80", "\\xf8\\x88\\x80\\x80\\x80"),
	SAMPLE("a\xe2\x82", "a\\xe2\\x82", "a\\xe2\\x82"),
	SAMPLE("\xe2\x82z", "\\xe2\\x82z", "\\xe2\\x82z"),
	SAMPLE("\xe2\xe2\x82\xac", "\\xe2€", "\\xe2€"),
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void test_samples(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *s = &samples[i];
		const char *json = s->json ? s->json : s->in;
		size_t json_len = s->json ? strlen(s->json) : s->len;

		assert_int_equal(text_escape(out, sizeof(out), s->in, s->len), strlen(s->terminal));
		assert_string_equal(out, s->terminal);
		assert_int_equal(text_utf8(out, sizeof(out), s->in, s->len), json_len);
		assert_memory_equal(out, json, json_len + 1);
	}
}

/* Every size: the result is the whole text's start, cut between units, and nothing is overrun. */
static void check_cuts(size_t (*convert)(char *, size_t, const char *, size_t), const char *in,
		       size_t len)
{
	char whole[256];
	size_t total = convert(whole, sizeof(whole), in, len);

	for (size_t size = 0; size <= total + 1; size++) {
		char *out = malloc(size ? size : 1);
		size_t used;

		assert_non_null(out);
		used = convert(out, size, in, len);
		if (size == 0) {
			assert_int_equal(used, 0);
		} else {
			assert_true(used < size);
			assert_int_equal(out[used], '\0');
			assert_memory_equal(out, whole, used);
			/* no UTF-8 character goes on behind the cut */
			assert_true(((unsigned char)whole[used] & 0xc0) != 0x80);
			/* no escape does: the text so far holds each backslash's company */
			for (size_t i = 0; i < used && convert == text_escape; i++) {
				if (out[i] != '\\')
					continue;
				i += out[i + 1] == '\\' ? 1 : 3;
				assert_true(i < used);
			}
		}
		free(out);
	}
}

static void test_cuts(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		check_cuts(text_escape, samples[i].in, samples[i].len);
		check_cuts(text_utf8, samples[i].in, samples[i].len);
	}
}

/* The input from the output of text_escape: there must be one reading only. */
static size_t unescape(char *out, const char *in, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (in[i] == '\\' && in[i + 1] == '\\') {
			out[used++] = in[++i];
		} else if (in[i] == '\\') {
			char hex[3] = { in[i + 2], in[i + 3], '\0' };

			out[used++] = (char)strtoul(hex, NULL, 16);
			i += 3;
		} else {
			out[used++] = in[i];
		}
	}
	return used;
}

static void test_random_bytes(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char in[24], back[24];
		char out[TEXT_MAX(sizeof(in))], again[TEXT_MAX(sizeof(out))];
		size_t len, used;

		for (size_t i = 0; i < sizeof(in); i++) {
			/* half of them from where sequences start and end */
			static const char edge[] = "\xc2\xe0\xed\xf0\xf4\x80\x8f\x9f\xa0\xbf\\x";

			seed = seed * 1664525 + 1013904223;
			in[i] = seed >> 31 ? edge[(seed >> 16) % (sizeof(edge) - 1)] :
					     (char)(seed >> 16);
		}
		len = (seed >> 8) % (sizeof(in) + 1);
		used = text_escape(out, sizeof(out), in, len);
		assert_int_equal(strlen(out), used);
		for (size_t i = 0; i < used; i++)
			assert_true((unsigned char)out[i] >= 0x20 && out[i] != 0x7f);
		assert_int_equal(unescape(back, out, used), len);
		assert_memory_equal(back, in, len);

		/* What was made valid is valid, so it passes unchanged. */
		used = text_utf8(out, sizeof(out), in, len);
		assert_int_equal(text_utf8(again, sizeof(again), out, used), used);
		assert_memory_equal(out, again, used);
	}
}

static void test_join_args(void **state)
{
	char two[] = "sh\0-c\0\0x\0\0";
	char none[] = "\0\0";
	char plain[] = "a b";

	(void)state;
	assert_int_equal(text_join_args(two, sizeof(two)), 8);
	assert_memory_equal(two, "sh -c  x", 8);
	assert_int_equal(text_join_args(none, sizeof(none)), 0);
	assert_int_equal(text_join_args(plain, 3), 3);
	assert_string_equal(plain, "a b");
	assert_int_equal(text_join_args(plain, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_join_args),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
