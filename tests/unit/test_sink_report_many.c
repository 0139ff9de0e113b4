// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_report: one paragraph for each parent and cause, the rest counted; bounded, narrow, and safe
 * to show.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sink_report_bench.h"

/* --- many --- */

static void test_one_paragraph_for_a_parent(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		set_child(10000 + i);
		emit(FINDING_OPEN);
		if (i == 1)
			emit_end(FINDING_REAPED, 3 * DURATION_NS_PER_S);
	}
	report();
	assert_begins(" ZOMBIE  3 children of 4100 (server)  cause sigchld-merged, "
		      "certain\n"
		      "                 10000 (worker) dead 1.0s, exit 3, still there\n"
		      "                 10001 (worker) dead 1.0s, exit 3, reaped after "
		      "3.0s\n"
		      "                 10002 (worker) dead 1.0s, exit 3, still there\n"
		      "         5 children died\n");
	assert_int_equal(count_of("fix:"), 1);
	assert_narrow();
}

/* Another parent, cause or confidence is another paragraph, whatever lay in between. */
static void test_separate_paragraphs(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 2; round++) {
		struct made plain = made;

		set_child(10000 + 10 * round);
		emit(FINDING_OPEN);
		made.finding.cause = CAUSE_NEVER_WAITS;
		set_child(10001 + 10 * round);
		emit(FINDING_OPEN);
		made.finding.confidence = CONFIDENCE_LIKELY;
		set_child(10002 + 10 * round);
		emit(FINDING_OPEN);
		made.parent.start_ns++; /* the pid came back */
		set_child(10003 + 10 * round);
		emit(FINDING_OPEN);
		made = plain;
	}
	report();
	assert_int_equal(count_of(" ZOMBIE  2 children of 4100 (server)"), 4);
	assert_int_equal(count_of("(worker) dead"), 8);
}

static void test_many_of_one_parent(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		set_child(10000 + i);
		emit(FINDING_OPEN);
	}
	report();
	assert_shows(" ZOMBIE  500 children of 4100 (server)");
	assert_int_equal(count_of("(worker) dead"), 20);
	assert_shows("and 480 more of this parent; -o json has all\n");
	assert_narrow();
}

/* What is kept is bounded, and what is not is counted; those that are kept still close. */
static void test_bounded(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 10100; i++) {
		set_child(10000 + i);
		emit(FINDING_OPEN);
		if (i >= 10000) {
			emit(FINDING_UPDATE);
			emit_end(FINDING_REAPED, DURATION_NS_PER_S);
		}
	}
	report();
	assert_shows(" ZOMBIE  10000 children of 4100 (server)");
	assert_shows("         and 100 more findings; -o json has all\n");
}

static void test_bounded_paragraphs(void **state)
{
	const struct finding_lost lost = { .reason = "ring-full",
					   .count = 7,
					   .remedy = "give more room with --buffer" };

	(void)state;
	for (uint32_t i = 0; i < 10005; i++)
		sink->ops->lost(sink, &lost);
	report();
	assert_int_equal(count_of("LOST"), 10000);
	assert_shows("and 5 more findings");
	assert_narrow();
}

/* --- hostile names, and the width --- */

static void test_hostile_names(void **state)
{
	struct finding_orphan of = orphan();

	(void)state;
	memcpy(made.child.comm, HOSTILE_COMM, sizeof(made.child.comm));
	memcpy(made.parent.comm, ") Z 1 (\n\x1b[2J", 13);
	strcpy(made.finding.tracer_comm, "g\x1b]0;\x07\xff");
	made.finding.tracer_tgid = 55;
	made.finding.adopted_from = &made.former;
	memset(made.former.comm, 0xff, sizeof(made.former.comm));
	memset(of.adopter_comm, 0x1b, sizeof(of.adopter_comm));
	for (uint32_t i = 0; i < 25; i++) {
		set_child(4194304 - i);
		emit(FINDING_OPEN);
	}
	set_child(4194304);
	sink->ops->left(sink, &of);
	report();
	assert_shows("4194304 (\\x1b[2J\"\\x0a\\\\\\x01\\x7f\\xff\\xc3(\\xe2\\x80\\xae)");
	assert_shows("4100 () Z 1 (\\x0a\\x1b[2J)");
	assert_narrow();
}

static void test_one_hostile_name(void **state)
{
	(void)state;
	memset(made.child.comm, 0xff, sizeof(made.child.comm));
	memset(made.parent.comm, 0xff, sizeof(made.parent.comm));
	emit(FINDING_OPEN);
	emit_end(FINDING_REAPED, 86400 * DURATION_NS_PER_S);
	report();
	assert_shows("reaped after ");
	assert_narrow();
}

/* Of a clean program: narrow as well, up to ten thousand lives. */
static void test_width_of_the_balance(void **state)
{
	(void)state;
	summary = (struct finding_summary){
		.forks = 9998, .exits = 9999, .merged = 9999, .longest_ns = 3600 * MAKER_S
	};
	report();
	assert_int_equal(count_of("\n"), 1);
	assert_narrow();
}

/* Freed with all that was kept and never told. */
static void test_freed_before_the_end(void **state)
{
	(void)state;
	emit(FINDING_OPEN);
	made.finding.type = FINDING_STATUS;
	made.finding.cause = CAUSE_AUTO_REAPED;
	emit(FINDING_OPEN);
	read_shown();
	assert_string_equal(shown, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_paragraph_for_a_parent), TEST(test_separate_paragraphs),
		TEST(test_many_of_one_parent),	       TEST(test_bounded),
		TEST(test_bounded_paragraphs),	       TEST(test_hostile_names),
		TEST(test_one_hostile_name),	       TEST(test_width_of_the_balance),
		TEST(test_freed_before_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
