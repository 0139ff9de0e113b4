// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * moment: the times of day of many events, one soon after the other: what they
 * have in common is formatted once a second.
 */
#ifndef DEADWAIT_MOMENT_H
#define DEADWAIT_MOMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "lines.h"

/* A zeroed struct is ready; its form must not change afterwards. */
struct moment {
	uint64_t wall_at_boot_ns; /* time of day less boot time, */
	uint64_t checked_ns;	  /* as it was at this boot time */
	time_t second;
	char text[40]; /* of that second */
	char zone[8];
};

/* "19:05:11.123456", in the local zone. */
void moment_add_local(struct moment *moment, struct lines *lines, uint64_t boot_ns);

/* "2026-11-21T19:05:11.123456+01:00". */
void moment_add_stamp(struct moment *moment, struct lines *lines, uint64_t boot_ns);

/* "2026-11-21T19:05:11.123456789Z". */
void moment_add_utc(struct moment *moment, struct lines *lines, uint64_t boot_ns);

#endif
