// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walltime: points in time as logs write them and people type them, as ns since 1970 (UTC). Reads no
 * clock but in walltime_now_ns(), and prints nothing. (clock.h is about boot time.)
 */
#ifndef DEADWAIT_WALLTIME_H
#define DEADWAIT_WALLTIME_H

#include <stddef.h>
#include <stdint.h>

/* Room for any text of this module, NUL included. */
#define WALLTIME_TEXT_MAX 40

/* One end of a span of time, as typed: a moment, or so long ago. */
enum walltime_kind { WALLTIME_NONE, WALLTIME_AT, WALLTIME_AGO };

struct walltime_bound {
	enum walltime_kind kind;
	uint64_t ns; /* WALLTIME_AT: since 1970; WALLTIME_AGO: before now */
};

/*
 * Reads "2026-11-21T19:05:11.123456789Z": up to 9 digits of a fraction or none, and Z or an offset
 * such as +01:00. Nothing may be left out or stand around it. Sets *ns.
 * Returns -EINVAL for any other form, -ERANGE before 1970 and from 2200 on.
 */
int walltime_parse(const char *text, uint64_t *ns);

/*
 * Reads what is typed: the same, with a blank in place of the T if one likes, without the fraction,
 * the seconds, the time of day (midnight) or the zone (then it is local time); or a duration back
 * from now, such as 2h. Sets *out. Returns 0, -EINVAL or -ERANGE.
 */
int walltime_parse_bound(const char *word, struct walltime_bound *out);

/* The moment that a bound means; otherwise if there is none. Never below 0. */
uint64_t walltime_of_bound(const struct walltime_bound *bound, uint64_t now_ns, uint64_t otherwise);

/* Now, by the wall clock. */
uint64_t walltime_now_ns(void);

/* "2026-11-21 19:05:11Z", "2026-11-21 19:05Z" and "2026-11-21T19:05:11.123456789Z". Return out. */
const char *walltime_format(char *out, size_t size, uint64_t ns);
const char *walltime_format_minute(char *out, size_t size, uint64_t ns);
const char *walltime_format_iso(char *out, size_t size, uint64_t ns);

#endif
