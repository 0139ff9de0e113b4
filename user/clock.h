// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clock: turns the kernel's jiffies into boot time, and boot time into the
 * time of day. Identities and ages are boot time, which neither a set clock nor
 * a suspend bends; the time of day is only for people.
 */
#ifndef DEADWAIT_CLOCK_H
#define DEADWAIT_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Room for clock_format()'s text, NUL included. */
#define CLOCK_TEXT_MAX 40

struct clock {
	uint64_t tick_ns;	/* length of a jiffy; 0: not measured yet */
	uint64_t first_boot_ns; /* the first pair of readings */
	uint64_t first_jiffies;
	uint64_t last_boot_ns; /* the pair of the last pass */
	uint64_t last_jiffies;
	uint64_t held_boot_ns; /* the pair before the last suspend, or 0 */
	uint64_t held_jiffies;
};

/*
 * Takes in a pair of readings made at one moment; in the order of time. Two
 * pairs 20 ticks apart or more (200 ms at 100 a second) tell the length of one.
 */
void clock_note(struct clock *clock, uint64_t boot_ns, uint64_t jiffies);

/*
 * The boot time in ns of a moment in jiffies, exact to a tick, or 0 if jiffies
 * is 0 or the tick is not known yet.
 */
uint64_t clock_from_jiffies(const struct clock *clock, uint64_t jiffies);

/* CLOCK_BOOTTIME and CLOCK_MONOTONIC now, in ns. */
uint64_t clock_boot_ns(void);
uint64_t clock_monotonic_ns(void);

/* CPU time that the calling thread has used, in ns. */
uint64_t clock_thread_cpu_ns(void);

/* The time of day at a moment of boot time, in ns since 1970. */
uint64_t clock_wall_ns(uint64_t boot_ns);

/*
 * The time of day at a moment of boot time: "19:05:11" in the local zone, or,
 * with clock_format_utc, "2026-11-21T19:05:11.123456789Z". Returns out.
 */
const char *clock_format_local(char *out, size_t size, uint64_t boot_ns);
const char *clock_format_utc(char *out, size_t size, uint64_t boot_ns);

/* "2026-11-21T19:05:11.123+01:00", for -T. Returns out. */
const char *clock_format_stamp(char *out, size_t size, uint64_t boot_ns);

#endif
