// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_report_bench: findings handed to a report, and what it wrote, for its tests. Included once
 * by each test program, after <cmocka.h>.
 */
#ifndef DEADWAIT_SINK_REPORT_BENCH_H
#define DEADWAIT_SINK_REPORT_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "duration.h"
#include "finding_maker.h"
#include "output.h"
#include "sink_report.h"

static struct made made;
static struct finding_summary summary;
static struct sink_report_config config;
static struct sink *sink;
static int captured = -1;
static char shown[1 << 20];

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	maker_finding(&made);
	made.finding.adopted_from = NULL;
	made.finding.tracer_tgid = 0;
	made.inquiry.live_children = 0;
	summary = (struct finding_summary){ .between_ns = 250 * DURATION_NS_PER_MS };
	config = (struct sink_report_config){};
	captured = memfd_create("captured", MFD_CLOEXEC);
	output_set_fd(captured);
	sink = sink_report_new(&config);
	return captured < 0 || !sink;
}

static int tear_down(void **state)
{
	(void)state;
	sink->ops->free(sink);
	close(captured);
	return 0;
}

static void read_shown(void)
{
	ssize_t len = pread(captured, shown, sizeof(shown) - 1, 0);

	assert_int_equal(output_failed(), 0);
	assert_true(len >= 0 && len < (ssize_t)sizeof(shown) - 1);
	shown[len] = '\0';
}

/* Puts the whole report into `shown`. */
static inline void report(void)
{
	sink->ops->summary(sink, &summary);
	read_shown();
}

static inline void emit(enum finding_state state)
{
	made.finding.state = state;
	sink->ops->finding(sink, &made.finding);
}

/* The same child goes: nothing of the present is known any more. */
static inline void emit_end(enum finding_end end, uint64_t age_ns)
{
	struct made closed = made;

	maker_close(&closed, end);
	closed.finding.child = &made.child;
	closed.finding.parent = &made.parent;
	closed.finding.age_ns = age_ns;
	sink->ops->finding(sink, &closed.finding);
}

static inline void set_child(uint32_t tgid)
{
	made.child.tgid = tgid;
	made.child.start_ns = tgid;
}

static inline void assert_shows(const char *words)
{
	if (!strstr(shown, words))
		fail_msg("no '%s' in:\n%.4000s", words, shown);
}

/* The report begins so, after the time of day. */
static inline void assert_begins(const char *words)
{
	if (strlen(shown) < 8 || strncmp(shown + 8, words, strlen(words)))
		fail_msg("does not begin with '%s':\n%.4000s", words, shown);
}

static inline size_t count_of(const char *words)
{
	size_t count = 0;

	for (const char *at = shown; (at = strstr(at, words)); at++)
		count++;
	return count;
}

/* No line has 100 columns or more, the last one ends, and there is no control byte. */
static inline void assert_narrow(void)
{
	size_t column = 0;

	assert_true(shown[0]);
	for (const char *at = shown; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		assert_true(byte == '\n' || (byte >= ' ' && byte != 0x7f));
		if (byte == '\n') {
			column = 0;
		} else if ((byte & 0xc0) != 0x80 && ++column >= 100) {
			while (at > shown && at[-1] != '\n')
				at--;
			fail_msg("a line has 100 columns or more: %.400s", at);
		}
	}
	assert_int_equal(column, 0);
}

static inline struct finding_orphan orphan(void)
{
	return (struct finding_orphan){
		.time_ns = 100 * MAKER_S,
		.child = &made.child,
		.father = &made.parent,
		.father_status = 0,
		.kind = ORPHAN_DAEMONIZED,
		.adopter_tgid = 1,
		.role = 0,
		.confirmed = true,
		.adopter_comm = "init",
	};
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
