// SPDX-License-Identifier: GPL-2.0-or-later
#include "moment.h"

#include <stdio.h>

#include "clock.h"

#define NS_PER_S 1000000000ULL
/* The wall clock may be set: looked at again after so long. */
#define CHECK_NS (NS_PER_S / 10)

static void format_second(struct moment *moment, time_t second, bool date, bool utc)
{
	struct tm parts;
	size_t len;

	moment->zone[0] = '\0';
	if (!(utc ? gmtime_r(&second, &parts) : localtime_r(&second, &parts))) {
		snprintf(moment->text, sizeof(moment->text), "?");
		return;
	}
	len = date ? strftime(moment->text, sizeof(moment->text), "%Y-%m-%dT", &parts) : 0;
	strftime(moment->text + len, sizeof(moment->text) - len, "%H:%M:%S.", &parts);
	strftime(moment->zone, sizeof(moment->zone), "%z", &parts);
}

/* Brings the cached second up to the moment; returns the ns within it. */
static uint64_t turn_to(struct moment *moment, uint64_t boot_ns, bool date, bool utc)
{
	uint64_t wall_ns;
	time_t second;

	if (!moment->checked_ns || boot_ns - moment->checked_ns > CHECK_NS) {
		moment->wall_at_boot_ns = clock_wall_ns(0);
		moment->checked_ns = boot_ns;
	}
	wall_ns = moment->wall_at_boot_ns + boot_ns;
	second = (time_t)(wall_ns / NS_PER_S);
	if (second != moment->second || !moment->text[0]) {
		moment->second = second;
		format_second(moment, second, date, utc);
	}
	return wall_ns % NS_PER_S;
}

void moment_add_local(struct moment *moment, struct lines *lines, uint64_t boot_ns)
{
	uint64_t ns = turn_to(moment, boot_ns, false, false);

	lines_text(lines, moment->text);
	lines_digits(lines, ns / 1000, 6);
}

void moment_add_stamp(struct moment *moment, struct lines *lines, uint64_t boot_ns)
{
	uint64_t ns = turn_to(moment, boot_ns, true, false);

	lines_text(lines, moment->text);
	lines_digits(lines, ns / 1000, 6);
	/* ISO 8601 wants +01:00 where strftime gives +0100 */
	if (moment->zone[0]) {
		lines_add(lines, moment->zone, 3);
		lines_text(lines, ":");
		lines_text(lines, moment->zone + 3);
	}
}

void moment_add_utc(struct moment *moment, struct lines *lines, uint64_t boot_ns)
{
	uint64_t ns = turn_to(moment, boot_ns, true, true);

	lines_text(lines, moment->text);
	lines_digits(lines, ns, 9);
	lines_text(lines, "Z");
}
