// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clock: jiffies to boot time at every tick length, over suspends, and the time of day.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"

#define NS_PER_S 1000000000ULL
#define NS_PER_MS 1000000ULL
#define JIFFIES_0 4294892296ULL
#define BOOT_0 (100 * NS_PER_S)

static const unsigned int hz_of_kernels[] = { 100, 250, 300, 1000 };

/* What the kernel's counter shows at a moment of a machine that never slept. */
static uint64_t jiffies_at(uint64_t boot_ns, unsigned int hz)
{
	return JIFFIES_0 + boot_ns / (NS_PER_S / hz);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Two readings at any distance from 21 ticks on, at any point within a tick, tell its length. */
static void assert_measures(unsigned int hz)
{
	uint64_t tick = NS_PER_S / hz;

	for (uint64_t phase = 0; phase < tick; phase += tick / 16) {
		for (uint64_t apart = 21 * tick; apart < 600 * NS_PER_MS; apart += 700000) {
			struct clock clock = {};
			uint64_t first = BOOT_0 + phase, second = first + apart;
			uint64_t died = BOOT_0 - 30 * NS_PER_S;

			clock_note(&clock, first, jiffies_at(first, hz));
			clock_note(&clock, second, jiffies_at(second, hz));
			if (clock.tick_ns != tick)
				fail_msg("HZ %u, %" PRIu64 " ns apart: tick %" PRIu64, hz, apart,
					 clock.tick_ns);
			assert_true(distance(clock_from_jiffies(&clock, jiffies_at(died, hz)),
					     died) <= tick);
		}
	}
}

static void test_hz_100(void **state)
{
	(void)state;
	assert_measures(100);
}

static void test_hz_250(void **state)
{
	(void)state;
	assert_measures(250);
}

static void test_hz_300(void **state)
{
	(void)state;
	assert_measures(300);
}

static void test_hz_1000(void **state)
{
	(void)state;
	assert_measures(1000);
}

/* The counter may lag or lead the clock by a tick at each of the two readings. */
static void test_reading_off_by_a_tick(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hz_of_kernels) / sizeof(hz_of_kernels[0]); i++) {
		unsigned int hz = hz_of_kernels[i];
		uint64_t tick = NS_PER_S / hz, second = BOOT_0 + 250 * NS_PER_MS;

		for (int off = -1; off <= 1; off++) {
			struct clock clock = {};
			uint64_t died = BOOT_0 - 5 * NS_PER_S;

			clock_note(&clock, BOOT_0, jiffies_at(BOOT_0, hz));
			clock_note(&clock, second, jiffies_at(second, hz) + (uint64_t)off);
			assert_int_equal(clock.tick_ns, tick);
			assert_true(distance(clock_from_jiffies(&clock, jiffies_at(died, hz)),
					     died) <= 2 * tick);
		}
	}
}

/* No kernel of a distribution, but a possible one. */
static void test_unusual_hz(void **state)
{
	struct clock clock = {};
	/* 1999 and 2000 ticks after the first; before that it may be a suspend */
	uint64_t second = BOOT_0 + 1999 * (NS_PER_S / 128), third = second + NS_PER_S / 128;

	(void)state;
	clock_note(&clock, BOOT_0, jiffies_at(BOOT_0, 128));
	clock_note(&clock, BOOT_0 + NS_PER_S, jiffies_at(BOOT_0 + NS_PER_S, 128));
	assert_int_equal(clock.tick_ns, 0);
	clock_note(&clock, second, jiffies_at(second, 128));
	assert_int_equal(clock.tick_ns, 0);
	assert_int_equal(clock_from_jiffies(&clock, JIFFIES_0), 0);
	clock_note(&clock, third, jiffies_at(third, 128));
	assert_true(distance(clock.tick_ns, NS_PER_S / 128) < NS_PER_S / 128 / 500);
}

static void test_before_measurement(void **state)
{
	struct clock clock = {};

	(void)state;
	assert_int_equal(clock_from_jiffies(&clock, JIFFIES_0), 0);
	clock_note(&clock, BOOT_0, jiffies_at(BOOT_0, 250));
	assert_int_equal(clock_from_jiffies(&clock, JIFFIES_0), 0);
	clock_note(&clock, BOOT_0 + 49 * NS_PER_MS, jiffies_at(BOOT_0 + 49 * NS_PER_MS, 250));
	assert_int_equal(clock_from_jiffies(&clock, JIFFIES_0), 0);
}

/* A pass over /proc has no jiffies: it tells nothing and spoils nothing. */
static void test_zero_jiffies(void **state)
{
	struct clock clock = {};
	uint64_t second = BOOT_0 + NS_PER_S, died = BOOT_0 - NS_PER_S;

	(void)state;
	clock_note(&clock, BOOT_0, 0);
	assert_int_equal(clock.first_jiffies, 0);
	clock_note(&clock, BOOT_0, jiffies_at(BOOT_0, 250));
	clock_note(&clock, BOOT_0 + NS_PER_S / 2, 0);
	clock_note(&clock, second, jiffies_at(second, 250));
	clock_note(&clock, second + NS_PER_S, 0);
	assert_int_equal(clock.tick_ns, 4 * NS_PER_MS);
	assert_int_equal(clock_from_jiffies(&clock, 0), 0);
	assert_true(distance(clock_from_jiffies(&clock, jiffies_at(died, 250)), died) <=
		    4 * NS_PER_MS);
}

/* A moment after the last pass, and one that lies before the boot, cannot be negative. */
static void test_edges(void **state)
{
	struct clock clock = {};
	uint64_t second = BOOT_0 + NS_PER_S;
	uint64_t now = jiffies_at(second, 250);

	(void)state;
	clock_note(&clock, BOOT_0, jiffies_at(BOOT_0, 250));
	clock_note(&clock, second, now);
	assert_int_equal(clock_from_jiffies(&clock, now), second);
	assert_int_equal(clock_from_jiffies(&clock, now + 3), second + 12 * NS_PER_MS);
	assert_int_equal(clock_from_jiffies(&clock, now - 250), BOOT_0);
	/* known, though not when: it must not read as "not known" */
	assert_int_equal(clock_from_jiffies(&clock, 1), 1);
}

/* Passes at HZ 250 around a suspend of ten minutes. */
static void test_suspend(void **state)
{
	const uint64_t slept = 600 * NS_PER_S, tick = 4 * NS_PER_MS;
	const uint64_t before = BOOT_0 + 20 * NS_PER_S; /* the last pass before it */
	const uint64_t after = before + slept + NS_PER_S; /* the first pass after it */
	const uint64_t early = BOOT_0 + 5 * NS_PER_S; /* died before it */
	const uint64_t late = after + 3 * NS_PER_S; /* died after it */
	struct clock clock = {};
	uint64_t noted;

	(void)state;
	clock_note(&clock, BOOT_0, jiffies_at(BOOT_0, 250));
	clock_note(&clock, before, jiffies_at(before, 250));
	noted = clock_from_jiffies(&clock, jiffies_at(early, 250));
	assert_true(distance(noted, early) <= tick);
	clock_note(&clock, after, jiffies_at(after - slept, 250));
	assert_int_equal(clock_from_jiffies(&clock, jiffies_at(early, 250)), noted);
	clock_note(&clock, late + NS_PER_S, jiffies_at(late + NS_PER_S - slept, 250));
	assert_int_equal(clock_from_jiffies(&clock, jiffies_at(early, 250)), noted);
	assert_true(distance(clock_from_jiffies(&clock, jiffies_at(late - slept, 250)), late) <=
		    tick);
	assert_int_equal(clock.tick_ns, tick);

	/* a second suspend: what died between the two keeps its time */
	clock_note(&clock, late + 2 * slept, jiffies_at(late + 2 * NS_PER_S - slept, 250));
	assert_true(distance(clock_from_jiffies(&clock, jiffies_at(late - slept, 250)), late) <=
		    tick);
}

/* Passes that came late are no suspend: jiffies went on. */
static void test_long_pause_is_no_suspend(void **state)
{
	struct clock clock = {};

	(void)state;
	clock_note(&clock, BOOT_0, jiffies_at(BOOT_0, 250));
	clock_note(&clock, BOOT_0 + NS_PER_S, jiffies_at(BOOT_0 + NS_PER_S, 250));
	clock_note(&clock, BOOT_0 + 3600 * NS_PER_S, jiffies_at(BOOT_0 + 3600 * NS_PER_S, 250));
	assert_int_equal(clock.held_jiffies, 0);
}

/* --- the time of day --- */

/* The boot time that corresponds to a time of day, as the clocks stand now. */
static uint64_t boot_ns_of(time_t wall_s, long ns)
{
	struct timespec now, boot;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (uint64_t)(wall_s - now.tv_sec + boot.tv_sec) * NS_PER_S + (uint64_t)ns -
	       (uint64_t)now.tv_nsec + (uint64_t)boot.tv_nsec;
}

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* In half a second, so that the second is right however the two clocks were read. */
#define THE_MOMENT boot_ns_of(1795287911, 500000000) /* 2026-11-21T19:05:11Z */

static void test_format_utc(void **state)
{
	char text[CLOCK_TEXT_MAX], zone;
	uint64_t ns;

	(void)state;
	set_zone("XYZ-5:30"); /* must not matter */
	assert_ptr_equal(clock_format_utc(text, sizeof(text), THE_MOMENT), text);
	assert_int_equal(strncmp(text, "2026-11-21T19:05:11.", 20), 0);
	assert_int_equal(strlen(text), strlen("2026-11-21T19:05:11.123456789Z"));
	assert_int_equal(sscanf(text + 20, "%9" SCNu64 "%c", &ns, &zone), 2);
	assert_int_equal(zone, 'Z');
	assert_true(distance(ns, 500000000) < 5 * NS_PER_MS);
}

static void test_format_local(void **state)
{
	char text[CLOCK_TEXT_MAX];

	(void)state;
	set_zone("UTC0");
	assert_string_equal(clock_format_local(text, sizeof(text), THE_MOMENT), "19:05:11");
	set_zone("XYZ-5:30");
	assert_string_equal(clock_format_local(text, sizeof(text), THE_MOMENT), "00:35:11");
}

static void test_format_stamp(void **state)
{
	static const struct {
		const char *zone, *begin, *end;
	} cases[] = {
		{ "UTC0", "2026-11-21T19:05:11.", "+00:00" },
		{ "XYZ-1", "2026-11-21T20:05:11.", "+01:00" },
		{ "XYZ-5:30", "2026-11-22T00:35:11.", "+05:30" },
		{ "XYZ9:30", "2026-11-21T09:35:11.", "-09:30" },
	};
	char text[CLOCK_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_zone(cases[i].zone);
		clock_format_stamp(text, sizeof(text), THE_MOMENT);
		assert_int_equal(strlen(text), strlen("2026-11-21T19:05:11.123+01:00"));
		assert_int_equal(strncmp(text, cases[i].begin, 20), 0);
		assert_string_equal(text + 23, cases[i].end);
	}
}

/* One moment reads the same each time, else a finding's records would contradict one another. */
static void test_format_is_steady(void **state)
{
	char first[CLOCK_TEXT_MAX], again[CLOCK_TEXT_MAX];
	uint64_t moment = THE_MOMENT;

	(void)state;
	clock_format_utc(first, sizeof(first), moment);
	for (int i = 0; i < 10000; i++)
		assert_string_equal(clock_format_utc(again, sizeof(again), moment), first);
}

static void test_clocks_run(void **state)
{
	uint64_t boot = clock_boot_ns(), monotonic = clock_monotonic_ns();

	(void)state;
	assert_true(boot > 0);
	assert_true(boot >= monotonic - NS_PER_S); /* boot time counts suspends as well */
	assert_true(clock_boot_ns() >= boot);
	assert_true(clock_monotonic_ns() >= monotonic);
	assert_true(clock_thread_cpu_ns() > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hz_100),
		cmocka_unit_test(test_hz_250),
		cmocka_unit_test(test_hz_300),
		cmocka_unit_test(test_hz_1000),
		cmocka_unit_test(test_reading_off_by_a_tick),
		cmocka_unit_test(test_unusual_hz),
		cmocka_unit_test(test_before_measurement),
		cmocka_unit_test(test_zero_jiffies),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_suspend),
		cmocka_unit_test(test_long_pause_is_no_suspend),
		cmocka_unit_test(test_format_utc),
		cmocka_unit_test(test_format_local),
		cmocka_unit_test(test_format_stamp),
		cmocka_unit_test(test_format_is_steady),
		cmocka_unit_test(test_clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
