// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_render: what all forms of a report share. See report_render.h.
 */
#include "report_render.h"

#include "duration.h"

#define HOUR_NS (3600 * DURATION_NS_PER_S)
/* Of a shorter span a rate by the hour would tell more than is known. */
#define SPAN_MIN_NS (600 * DURATION_NS_PER_S)

double report_hours(const struct report *report)
{
	uint64_t span_ns = report->last_ns - report->first_ns;

	return span_ns < SPAN_MIN_NS ? 0 : (double)span_ns / HOUR_NS;
}

const char *report_end_name(enum report_end end)
{
	static const char *const names[] = { "reaped", "still-there", "ended", "unknown" };

	return names[end];
}

const char *report_by_name(enum report_by by)
{
	static const char *const names[] = { "who", "cause", "parent", "host", "unit" };

	return names[by];
}
