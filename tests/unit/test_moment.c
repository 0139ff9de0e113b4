// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * moment: the same times of day as clock writes, in any zone, over the change of a second, and
 * after the clock was set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"
#include "moment.h"

#define S 1000000000LL

typedef void add_function(struct moment *moment, struct lines *lines, uint64_t boot_ns);

static struct lines lines;
static char text[64];

static const char *format(add_function *add, struct moment *moment, uint64_t boot_ns)
{
	lines_clear(&lines);
	add(moment, &lines, boot_ns);
	assert_true(lines.len < sizeof(text));
	memcpy(text, lines.text, lines.len);
	text[lines.len] = '\0';
	return text;
}

static void in_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static int tear_down(void **state)
{
	(void)state;
	lines_free(&lines);
	in_zone("UTC0");
	return 0;
}

/* ns within the day that a time of day tells, whatever stands before and behind it. */
static int64_t ns_of_day(const char *shown)
{
	const char *time = strchr(shown, 'T') ? strchr(shown, 'T') + 1 : shown;
	int h, m, s, used = 0;
	int64_t fraction = 0, unit = S;

	assert_int_equal(sscanf(time, "%2d:%2d:%2d%n", &h, &m, &s, &used), 3);
	assert_int_equal(used, 8);
	if (time[8] == '.')
		for (const char *digit = time + 9; *digit >= '0' && *digit <= '9'; digit++)
			fraction += (*digit - '0') * (unit /= 10);
	return ((h * 60 + m) * 60 + s) * S + fraction;
}

/*
 * The two read the clocks at different moments, so they may differ by what lies
 * between; a busy machine may put much there, but not each time.
 */
static void check_same(add_function *add,
		       const char *(*clock)(char *out, size_t size, uint64_t boot_ns),
		       uint64_t boot_ns, int64_t precision)
{
	char want[CLOCK_TEXT_MAX];
	int64_t apart = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		struct moment moment = {};

		format(add, &moment, boot_ns);
		clock(want, sizeof(want), boot_ns);
		apart = (ns_of_day(text) - ns_of_day(want)) % (86400 * S);
		if (llabs(apart) > precision)
			continue;
		if (strchr(want, 'T'))
			assert_memory_equal(text, want, 11);
		return;
	}
	fail_msg("%s, but clock says %s", text, want);
}

static const char *const zones[] = { "UTC0", "XYZ-05:30", "ABC+09:45", "CET-1CEST,M3.5.0,M10.5.0" };

static void test_like_clock(void **state)
{
	uint64_t now = clock_boot_ns();

	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		in_zone(zones[i]);
		for (uint64_t back = 0; back < 5; back++) {
			uint64_t boot_ns = now > back * S * 7 / 3 ? now - back * S * 7 / 3 : 1;

			/* clock shows whole seconds, and milliseconds, cut off */
			check_same(moment_add_local, clock_format_local, boot_ns, S - 1);
			check_same(moment_add_stamp, clock_format_stamp, boot_ns, 1000000);
			check_same(moment_add_utc, clock_format_utc, boot_ns, 100000);
		}
	}
}

/* Each form, to the letter. */
static void test_forms(void **state)
{
	const char *zone;
	struct {
		struct moment local, stamp, utc;
	} moments = {};

	(void)state;
	in_zone("XYZ-05:30");
	format(moment_add_local, &moments.local, clock_boot_ns());
	assert_int_equal(strlen(text), sizeof("19:05:11.123456") - 1);
	format(moment_add_stamp, &moments.stamp, clock_boot_ns());
	assert_int_equal(strlen(text), sizeof("2026-11-21T19:05:11.123456+05:30") - 1);
	zone = text + strlen(text) - 6;
	assert_string_equal(zone, "+05:30");
	format(moment_add_utc, &moments.utc, clock_boot_ns());
	assert_int_equal(strlen(text), sizeof("2026-11-21T19:05:11.123456789Z") - 1);
	assert_int_equal(text[10], 'T');
	assert_int_equal(text[29], 'Z');
}

/* A moment whose time of day at boot is known, so that nothing of the real clock shows. */
static struct moment at(uint64_t wall_at_boot_ns, uint64_t boot_ns)
{
	return (struct moment){ .wall_at_boot_ns = wall_at_boot_ns, .checked_ns = boot_ns };
}

static void expect(add_function *add, struct moment *moment, uint64_t boot_ns, const char *want)
{
	/* It must not look at the real clock between. */
	moment->checked_ns = boot_ns;
	assert_string_equal(format(add, moment, boot_ns), want);
}

/* Seconds, minutes and days change where they must, forward and backward. */
static void test_second_changes(void **state)
{
	/* 2026-12-31 23:59:59 UTC */
	struct moment utc = at(1798761599ULL * S, 5), local = utc, stamp = utc;

	(void)state;
	expect(moment_add_utc, &utc, 5, "2026-12-31T23:59:59.000000005Z");
	expect(moment_add_utc, &utc, S - 1, "2026-12-31T23:59:59.999999999Z");
	expect(moment_add_utc, &utc, S, "2027-01-01T00:00:00.000000000Z");
	expect(moment_add_utc, &utc, S - 1, "2026-12-31T23:59:59.999999999Z");
	expect(moment_add_utc, &utc, 61 * S + 1000, "2027-01-01T00:01:00.000001000Z");
	in_zone("XYZ+01");
	expect(moment_add_local, &local, S - 1, "22:59:59.999999");
	expect(moment_add_local, &local, S, "23:00:00.000000");
	expect(moment_add_stamp, &stamp, S + 42000, "2026-12-31T23:00:00.000042-01:00");
	expect(moment_add_stamp, &stamp, 3601 * S, "2027-01-01T00:00:00.000000-01:00");
}

/* Summer time begins on 2027-03-28 at 02:00 in this zone: the second after 01:59:59 is 03:00:00. */
static void test_zone_changes(void **state)
{
	struct moment stamp = at(1806195599ULL * S, 1);

	(void)state;
	in_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	expect(moment_add_stamp, &stamp, 1, "2027-03-28T01:59:59.000000+01:00");
	expect(moment_add_stamp, &stamp, S, "2027-03-28T03:00:00.000000+02:00");
}

/* What was right a while ago is asked for again. */
static void test_clock_set(void **state)
{
	uint64_t now = clock_boot_ns();
	struct moment moment = at(86400ULL * S, now), fresh = {};
	char want[64];

	(void)state;
	format(moment_add_utc, &moment, now);
	assert_memory_equal(text, "1970-01-0", 9);
	format(moment_add_utc, &fresh, now + S);
	snprintf(want, sizeof(want), "%s", text);
	format(moment_add_utc, &moment, now + S);
	assert_memory_equal(text, want, sizeof("2026-11-21T19:0") - 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_like_clock),	 TEST(test_forms),     TEST(test_second_changes),
		TEST(test_zone_changes), TEST(test_clock_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
