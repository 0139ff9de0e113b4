// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"

#include <stdio.h>
#include <time.h>

#define NS_PER_S 1000000000ULL

/* With fewer ticks between two readings, 250 a second may look like 300. */
#define CLOCK_MEASURE_TICKS 20
#define CLOCK_UNUSUAL_TICKS 2000
#define CLOCK_TICK_MAX_NS (NS_PER_S / 10)

/* Jiffies and boot time drift apart by more than this only over a suspend. */
#define CLOCK_SUSPEND_NS 1000000000ULL

/* CONFIG_HZ of every kernel that distributions build; 0: none of them. */
static uint64_t nearest_tick(uint64_t measured_ns)
{
	static const unsigned int hz[] = { 100, 250, 300, 1000 };

	for (size_t i = 0; i < sizeof(hz) / sizeof(hz[0]); i++) {
		uint64_t tick = NS_PER_S / hz[i];

		if (measured_ns > tick - tick / 11 && measured_ns < tick + tick / 11)
			return tick;
	}
	return 0;
}

/* The length of a tick after so many of them; 0: not known yet. */
static uint64_t measure_tick(uint64_t ns, uint64_t ticks)
{
	uint64_t tick = nearest_tick(ns / ticks);

	/* An unusual kernel: with time the measure decides. */
	return tick || ticks < CLOCK_UNUSUAL_TICKS ? tick : ns / ticks;
}

void clock_note(struct clock *clock, uint64_t boot_ns, uint64_t jiffies)
{
	if (!jiffies)
		return;
	if (!clock->first_jiffies) {
		clock->first_boot_ns = boot_ns;
		clock->first_jiffies = jiffies;
	}
	/* No tick is that long: it was suspended meanwhile, and the measuring begins again. */
	if (!clock->tick_ns && boot_ns - clock->first_boot_ns >
				       (jiffies - clock->first_jiffies + 2) * CLOCK_TICK_MAX_NS) {
		clock->first_boot_ns = boot_ns;
		clock->first_jiffies = jiffies;
	}
	if (!clock->tick_ns && jiffies >= clock->first_jiffies + CLOCK_MEASURE_TICKS)
		clock->tick_ns = measure_tick(boot_ns - clock->first_boot_ns,
					      jiffies - clock->first_jiffies);
	if (clock->tick_ns && clock->last_jiffies) {
		uint64_t ticked = (jiffies - clock->last_jiffies) * clock->tick_ns;

		if (boot_ns - clock->last_boot_ns > ticked + CLOCK_SUSPEND_NS) {
			clock->held_boot_ns = clock->last_boot_ns;
			clock->held_jiffies = clock->last_jiffies;
		}
	}
	clock->last_boot_ns = boot_ns;
	clock->last_jiffies = jiffies;
}

uint64_t clock_from_jiffies(const struct clock *clock, uint64_t jiffies)
{
	uint64_t boot_ns = clock->last_boot_ns, then = clock->last_jiffies;

	if (!jiffies || !clock->tick_ns)
		return 0;
	/* Before the suspend, the pair of then counts: jiffies stood still since. */
	if (clock->held_jiffies && jiffies <= clock->held_jiffies) {
		boot_ns = clock->held_boot_ns;
		then = clock->held_jiffies;
	}
	if (jiffies >= then)
		return boot_ns + (jiffies - then) * clock->tick_ns;
	if ((then - jiffies) * clock->tick_ns >= boot_ns)
		return 1;
	return boot_ns - (then - jiffies) * clock->tick_ns;
}

static uint64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_boot_ns(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

uint64_t clock_monotonic_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_thread_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* Tries to read two clocks at once; between them this thread may be kept waiting. */
#define PAIR_TRIES 8
#define PAIR_NS 20000

/* The time of day less boot time, from the pair of readings that was closest together. */
static uint64_t read_wall_at_boot(void)
{
	uint64_t best_ns = UINT64_MAX, result = 0;

	for (int i = 0; i < PAIR_TRIES && best_ns > PAIR_NS; i++) {
		uint64_t before = clock_boot_ns(), wall = read_clock(CLOCK_REALTIME);
		uint64_t span_ns = clock_boot_ns() - before;

		if (span_ns < best_ns) {
			best_ns = span_ns;
			result = wall - before - span_ns / 2;
		}
	}
	return result;
}

/*
 * The time of day at boot, as the wall clock is set now. Kept until it is off
 * by a millisecond, so that a moment reads the same in each record of it.
 */
static uint64_t wall_at_boot(void)
{
	static uint64_t kept;
	uint64_t now = read_wall_at_boot();
	uint64_t off = now > kept ? now - kept : kept - now;

	if (off > NS_PER_S / 1000)
		kept = now;
	return kept;
}

uint64_t clock_wall_ns(uint64_t boot_ns)
{
	return wall_at_boot() + boot_ns;
}

static struct timespec wall_time(uint64_t boot_ns)
{
	uint64_t wall = clock_wall_ns(boot_ns);

	return (struct timespec){ .tv_sec = (time_t)(wall / NS_PER_S),
				  .tv_nsec = (long)(wall % NS_PER_S) };
}

const char *clock_format_local(char *out, size_t size, uint64_t boot_ns)
{
	struct timespec wall = wall_time(boot_ns);
	struct tm parts;

	if (!localtime_r(&wall.tv_sec, &parts) || !strftime(out, size, "%H:%M:%S", &parts))
		snprintf(out, size, "--:--:--");
	return out;
}

const char *clock_format_utc(char *out, size_t size, uint64_t boot_ns)
{
	struct timespec wall = wall_time(boot_ns);
	char whole[24] = "";
	struct tm parts;

	if (gmtime_r(&wall.tv_sec, &parts))
		strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(out, size, "%s.%09ldZ", whole, wall.tv_nsec);
	return out;
}

const char *clock_format_stamp(char *out, size_t size, uint64_t boot_ns)
{
	struct timespec wall = wall_time(boot_ns);
	char whole[24] = "", zone[8] = "";
	struct tm parts;

	if (localtime_r(&wall.tv_sec, &parts)) {
		strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &parts);
		strftime(zone, sizeof(zone), "%z", &parts);
	}
	/* ISO 8601 wants +01:00 where strftime gives +0100 */
	snprintf(out, size, "%s.%03ld%.3s:%.2s", whole, wall.tv_nsec / 1000000, zone,
		 zone[0] ? zone + 3 : "");
	return out;
}
