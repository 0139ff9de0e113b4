// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * duration: what is read, what is refused, and how it is shown.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duration.h"

#define MS DURATION_NS_PER_MS
#define S DURATION_NS_PER_S

static void test_read(void **state)
{
	static const struct {
		const char *word;
		uint64_t ns;
	} good[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "250ms", 250 * MS },
		{ "5s", 5 * S },
		{ "2m", 120 * S },
		{ "1h", 3600 * S },
		{ "1d", 86400 * S },
		{ "1.5s", 1500 * MS },
		{ "0.25m", 15 * S },
		{ "007s", 7 * S },
		{ "0.000001ms", 1 },
		{ "0.000000001s", 1 },
		{ "0.00000000001d", 864 },
		{ "1.10s", 1100 * MS },
		{ "9223372036.854775807s", INT64_MAX },
		{ "106751d", UINT64_C(106751) * 86400 * S },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t ns = 1;

		assert_int_equal(duration_parse(good[i].word, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
}

static void test_refuse(void **state)
{
	static const char *const bad[] = {
		"",
		"5",
		"00",
		"0.0",
		"-1s",
		"+1s",
		" 1s",
		"1s ",
		"1 s",
		"1sec",
		"s",
		"ms",
		".5s",
		"1.s",
		"1..5s",
		"1.5",
		"1,5s",
		"1s1s",
		"1m30s",
		"0x1s",
		"1e3s",
		"1S",
		"1us",
		"1ns",
		"1.5",
		"inf",
		"nan",
		"1.-5s",
		"1s\n",
		"\xb2s",
		"0.0000001ms",
		"0.0000000001s",
		"1.0000000000000000000000s",
	};
	static const char *const over[] = {
		"9223372036.854775808s",
		"106752d",
		"18446744073709551616ms",
		"18446744073709551617s",
		"99999999999999999999999999999999d",
		"18446744073709551615.999s",
	};
	uint64_t ns = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(duration_parse(bad[i], &ns), -EINVAL);
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		assert_int_equal(duration_parse(over[i], &ns), -ERANGE);
	assert_int_equal(ns, 77);
}

static void test_format(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} shown[] = {
		{ 0, "0.0s" },		{ 99 * MS, "0.0s" },	    { 399 * MS, "0.3s" },
		{ 999 * MS, "0.9s" },	{ 1004 * MS, "1.0s" },	    { 59 * S + 999 * MS, "59.9s" },
		{ 60 * S, "1m00s" },	{ 192 * S, "3m12s" },	    { 3600 * S - 1, "59m59s" },
		{ 3600 * S, "1h00m" },	{ 7500 * S, "2h05m" },	    { 86400 * S - 1, "23h59m" },
		{ 86400 * S, "1d00h" }, { 76 * 3600 * S, "3d04h" }, { UINT64_MAX, "213503d23h" },
	};
	char out[DURATION_TEXT_MAX];
	char tiny[3];

	(void)state;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		assert_string_equal(duration_format(out, sizeof(out), shown[i].ns), shown[i].text);
	assert_string_equal(duration_format(tiny, sizeof(tiny), 192 * S), "3m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
