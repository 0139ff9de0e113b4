// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walltime: times of logs and of the command line, read exactly or refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "duration.h"
#include "walltime.h"

#define S DURATION_NS_PER_S
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_times_of_logs(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} right[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01T00:00:01.5Z", 3 * S / 2 },
		{ "2026-11-21T19:05:11.123456789Z", 1795287911 * S + 123456789 },
		{ "2026-11-21T20:05:11+01:00", 1795287911 * S },
		{ "2026-11-21T13:35:11-05:30", 1795287911 * S },
		{ "2024-02-29T00:00:00Z", UINT64_C(1709164800) * S },
		{ "2000-02-29T12:00:00Z", UINT64_C(951825600) * S },
		{ "2100-03-01T00:00:00Z", UINT64_C(4107542400) * S },
		{ "2199-12-31T23:59:60Z", UINT64_C(7258118400) * S },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(right); i++) {
		uint64_t ns = 42;

		if (walltime_parse(right[i].text, &ns) || ns != right[i].ns)
			fail_msg("%s is %ju", right[i].text, (uintmax_t)ns);
	}
}

static void test_what_is_no_time(void **state)
{
	static const struct {
		const char *text;
		int err;
	} wrong[] = {
		{ "", -EINVAL },
		{ "yesterday", -EINVAL },
		{ "2026-11-21", -EINVAL },
		{ "2026-11-21T19:05Z", -EINVAL },
		{ "2026-11-21 19:05:11Z", -EINVAL },
		{ "2026-11-21T19:05:11", -EINVAL },
		{ "2026-11-21T19:05:11Z ", -EINVAL },
		{ " 2026-11-21T19:05:11Z", -EINVAL },
		{ "2026-11-21T19:05:11.Z", -EINVAL },
		{ "2026-11-21T19:05:11.1234567890Z", -EINVAL },
		{ "2026-11-21T19:05:11+1:00", -EINVAL },
		{ "2026-11-21T19:05:11+01", -EINVAL },
		{ "2026-02-29T00:00:00Z", -EINVAL },
		{ "2100-02-29T00:00:00Z", -EINVAL },
		{ "2026-13-01T00:00:00Z", -EINVAL },
		{ "2026-00-01T00:00:00Z", -EINVAL },
		{ "2026-01-00T00:00:00Z", -EINVAL },
		{ "2026-01-01T24:00:00Z", -EINVAL },
		{ "2026-01-01T00:60:00Z", -EINVAL },
		{ "2026-01-01T00:00:61Z", -EINVAL },
		{ "-026-01-01T00:00:00Z", -EINVAL },
		{ "+2026-01-01T00:00:00Z", -EINVAL },
		{ "1969-12-31T23:59:59Z", -ERANGE },
		{ "1970-01-01T00:00:00+00:01", -ERANGE },
		{ "0000-01-01T00:00:00Z", -ERANGE },
		{ "2200-01-01T00:00:00Z", -ERANGE },
		{ "9999-12-31T23:59:59Z", -ERANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		uint64_t ns = 42;

		if (walltime_parse(wrong[i].text, &ns) != wrong[i].err)
			fail_msg("'%s'", wrong[i].text);
		assert_int_equal(ns, 42);
	}
}

/* Every day of 230 years, by the system's own calendar. */
static void test_calendar(void **state)
{
	(void)state;
	for (time_t s = 0; s < INT64_C(7258118400); s += 86400) {
		char text[WALLTIME_TEXT_MAX];
		uint64_t ns;

		walltime_format_iso(text, sizeof(text), (uint64_t)s * S + 7);
		if (walltime_parse(text, &ns) || ns != (uint64_t)s * S + 7)
			fail_msg("%s is %ju", text, (uintmax_t)ns);
	}
}

static uint64_t bound(const char *word)
{
	struct walltime_bound read;

	if (walltime_parse_bound(word, &read))
		fail_msg("'%s'", word);
	return walltime_of_bound(&read, 1000000 * S, 1);
}

static void test_bounds(void **state)
{
	static const struct walltime_bound none;
	struct walltime_bound kept = { WALLTIME_AT, 5 };

	(void)state;
	setenv("TZ", "XXX-3", 1); /* three hours east */
	tzset();
	assert_int_equal(bound("2h"), 1000000 * S - 7200 * S);
	assert_int_equal(bound("0"), 1000000 * S);
	assert_int_equal(bound("100d"), 0); /* before 1970 */
	assert_int_equal(bound("2026-11-21T19:05:11Z"), 1795287911 * S);
	assert_int_equal(bound("2026-11-21 19:05:11.5Z"), 1795287911 * S + S / 2);
	assert_int_equal(bound("2026-11-21T19:05Z"), 1795287900 * S);
	assert_int_equal(bound("2026-11-21T22:05:11"), 1795287911 * S);
	assert_int_equal(bound("2026-11-21 22:05"), 1795287900 * S);
	assert_int_equal(bound("2026-11-21"), (1795219200 - 3 * 3600) * S);
	assert_int_equal(walltime_of_bound(&none, 7, 1), 1);
	assert_int_equal(walltime_parse_bound("", &kept), -EINVAL);
	assert_int_equal(walltime_parse_bound("2h ago", &kept), -EINVAL);
	assert_int_equal(walltime_parse_bound("19:05", &kept), -EINVAL);
	assert_int_equal(walltime_parse_bound("-2h", &kept), -EINVAL);
	assert_int_equal(walltime_parse_bound("1500-01-01", &kept), -ERANGE);
	assert_int_equal(kept.ns, 5);
}

static void test_texts(void **state)
{
	char text[WALLTIME_TEXT_MAX];
	uint64_t ns = 1795287911 * S + 1000;

	(void)state;
	assert_string_equal(walltime_format(text, sizeof(text), ns), "2026-11-21 19:05:11Z");
	assert_string_equal(walltime_format_minute(text, sizeof(text), ns), "2026-11-21 19:05Z");
	assert_string_equal(walltime_format_iso(text, sizeof(text), ns),
			    "2026-11-21T19:05:11.000001000Z");
	assert_true(walltime_now_ns() > UINT64_C(1700000000) * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_of_logs), cmocka_unit_test(test_what_is_no_time),
		cmocka_unit_test(test_calendar),      cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
