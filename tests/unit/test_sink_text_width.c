// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_text: no line has 100 columns or more, however large the numbers and long the names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sink_text_bench.h"

/* The longest of everything, with names of ordinary letters. */
static void make_large(void)
{
	memset(made.child.comm, 'W', 15);
	memset(made.parent.comm, 'W', 15);
	memset(made.former.comm, 'W', 15);
	memset(made.finding.tracer_comm, 'W', 15);
	made.child.tgid = made.parent.tgid = made.former.tgid = 4194304; /* the largest pid */
	made.finding.tracer_tgid = 4194304;
	made.finding.age_ns = UINT64_MAX;
	made.finding.age_known = false;
	made.finding.status = 0x80 | 54; /* SIGRTMIN+20 (core dumped) */
	made.finding.cause = CAUSE_SUBREAPER_IGNORES_ADOPTED;
	made.finding.confidence = CONFIDENCE_POSSIBLE;
	made.finding.also = CAUSE_BIT(CAUSE_COUNT) - 1;
	made.verdict.lines = VERDICT_LINES;
	for (unsigned int i = 0; i < VERDICT_LINES; i++)
		for (size_t c = 0; c < VERDICT_LINE_MAX - 1; c++)
			made.verdict.evidence[i][c] = c % 12 == 11 ? ' ' : 'w';
	memset(&made.facts, 1, sizeof(made.facts));
}

static void make_hostile(void)
{
	make_large();
	memset(made.child.comm, 1, sizeof(made.child.comm));
	memset(made.parent.comm, 1, sizeof(made.parent.comm));
	memset(made.former.comm, 1, sizeof(made.former.comm));
	memset(made.finding.tracer_comm, 1, 15);
}

static void check_width_of_findings(void)
{
	config.verbose = true;
	show();
	assert_narrow();
	config.verbose = false;
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		made.finding.cause = cause;
		show();
		assert_narrow();
	}
}

static void test_width(void **state)
{
	(void)state;
	make_large();
	check_width_of_findings();
}

/* The names and numbers of every day, but all that can be said at once. */
static void test_width_ordinary(void **state)
{
	(void)state;
	show();
	assert_narrow();
	made.finding.state = FINDING_UPDATE;
	config.verbose = true;
	show();
	assert_narrow();
}

/* -T takes 21 columns more than the plain time. */
static void test_width_with_stamp(void **state)
{
	(void)state;
	config.stamp = true;
	show();
	assert_narrow();
}

/* Several children in one story. */
static void test_width_of_stories(void **state)
{
	(void)state;
	make_large();
	made.finding.status = 3 << 8;
	made.finding.age_ns = 1000 * MAKER_S;
	begin();
	for (int i = 0; i < 30; i++)
		emit();
	sink->ops->tick(sink);
	end();
	assert_narrow();
}

static void test_width_of_lost_status(void **state)
{
	(void)state;
	make_large();
	made.finding.type = FINDING_STATUS;
	show();
	assert_narrow();
}

static void test_width_closed(void **state)
{
	(void)state;
	make_large();
	maker_close(&made, FINDING_ADOPTED_AND_REAPED);
	show();
	assert_narrow();
}

static void test_width_hostile(void **state)
{
	(void)state;
	make_hostile();
	check_width_of_findings();
}

static void test_width_lost(void **state)
{
	const struct finding_lost lost = { .reason = "history-full", .count = UINT32_MAX,
					   .remedy = "start deadwait with a larger --history" };

	(void)state;
	begin();
	sink->ops->lost(sink, &lost);
	end();
	assert_shows("history-full");
	assert_narrow();
}

static void test_width_summary(void **state)
{
	const uint64_t many = 10000000000; /* a busy host's processes in a year */
	struct finding_summary summary = { .duration_ns = 365ULL * 86400 * MAKER_S, .found = many,
					   .reaped = many, .open = many, .has_counters = true,
					   .forks = many, .exits = many, .queued = many,
					   .merged = many, .ignored = many, .lost_history = many,
					   .lost_log = many };

	(void)state;
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		summary.by_cause[cause] = many;
	begin();
	sink->ops->summary(sink, &summary);
	end();
	assert_narrow();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_width_ordinary),
		TEST(test_width_with_stamp),
		TEST(test_width_of_stories),
		TEST(test_width_of_lost_status),
		TEST(test_width),
		TEST(test_width_closed),
		TEST(test_width_hostile),
		TEST(test_width_lost),
		TEST(test_width_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
