// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_bench: makes lines of a log and feeds them to a report, for its tests. Included once by
 * each test program, after <cmocka.h>.
 */
#ifndef DEADWAIT_REPORT_BENCH_H
#define DEADWAIT_REPORT_BENCH_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "walltime.h"
#include "report_lines.h"

#define S DURATION_NS_PER_S
#define EPOCH_S 1795287600 /* 2026-11-21T19:00:00Z: second 0 of the tests */

static struct report report;

static inline void begin(const struct report_config *config)
{
	assert_int_equal(report_begin(&report, config), 0);
}

static int set_up(void **state)
{
	(void)state;
	begin(&(struct report_config){ .until_ns = UINT64_MAX });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	report_free(&report);
	return 0;
}

static inline void take(const char *text)
{
	char why[LOG_RECORD_WHY_MAX] = "";

	if (report_take_line(&report, text, strlen(text), why))
		fail_msg("%s: %s", why, text);
}

/* One line, made from what the tests change; NULL and 0 are the plainest. */
struct made_line {
	double at_s;
	const char *host, *boot, *state; /* "h1", "b1", "open" */
	unsigned int pid;
	double age_s;
	const char *parent;	      /* "server" */
	unsigned int parent_pid;      /* 4100 */
	const char *unit, *container; /* "null" */
	const char *cause;	      /* "never-waits" */
	const char *closed_by;	      /* "reaped" */
	const char *facts;	      /* an object; NULL: none */
};

static inline void make_head(char *out, size_t size, double at_s, const char *host,
			     const char *boot, const char *type)
{
	char time[WALLTIME_TEXT_MAX];

	snprintf(out, size,
		 "{\"v\":1,\"time\":\"%s\",\"host\":\"%s\",\"boot_id\":\"%s\",\"type\":\"%s\"",
		 walltime_format_iso(time, sizeof(time), (uint64_t)(EPOCH_S * 1e9 + at_s * 1e9)),
		 host ? host : "h1", boot ? boot : "b1", type);
}

static inline void take_zombie(const struct made_line *made)
{
	const char *state = made->state ? made->state : "open";
	char line[4096], end[128] = "", place[512] = "";
	size_t len;

	make_head(line, sizeof(line), made->at_s, made->host, made->boot, "zombie");
	if (strcmp(state, "closed") == 0)
		snprintf(end, sizeof(end), ",\"closed_by\":\"%s\",\"lived_s\":%f",
			 made->closed_by ? made->closed_by : "reaped", made->age_s);
	else
		snprintf(place, sizeof(place), ",\"cgroup\":\"/\",\"unit\":%s,\"container\":%s",
			 made->unit ? made->unit : "null",
			 made->container ? made->container : "null");
	len = strlen(line);
	snprintf(
		line + len, sizeof(line) - len,
		",\"state\":\"%s\",\"id\":\"%u-77\",\"age_s\":%f,"
		"\"child\":{\"pid\":%u,\"start_ns\":77,\"comm\":\"worker\"},"
		"\"parent\":{\"pid\":%u,\"start_ns\":%u,\"comm\":\"%s\"%s},\"cause\":\"%s\"%s%s%s}",
		state, made->pid, made->age_s, made->pid,
		made->parent_pid ? made->parent_pid : 4100,
		made->parent_pid ? made->parent_pid : 4100, made->parent ? made->parent : "server",
		place, made->cause ? made->cause : "never-waits", end,
		made->facts ? ",\"facts\":" : "", made->facts ? made->facts : "");
	take(line);
}

#define ZOMBIE(...) take_zombie(&(struct made_line){ __VA_ARGS__ })

/* A line of another type; rest: its members, from a comma on. */
static inline void take_other(double at_s, const char *host, const char *type, const char *rest)
{
	char line[4096];
	size_t len;

	make_head(line, sizeof(line), at_s, host, NULL, type);
	len = strlen(line);
	snprintf(line + len, sizeof(line) - len, "%s}", rest);
	take(line);
}

#define REPORT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
