// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * facts: what the parent did, by the counters of its record: in its life and since the death. Which
 * waits match has a file of its own, test_facts_waits.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "facts.h"
#include "pass_maker.h"

static struct dw_pass_parent parent;
static struct dw_pass_dead child;
static struct facts_earlier earlier;
static struct facts facts;
static struct dw_counts *now;

#define DIED (10 * MAKER_S)
#define NOW (12 * MAKER_S)

static int set_up(void **state)
{
	(void)state;
	parent = maker_parent(100, MAKER_S);
	child = maker_dead(200, &parent, DIED);
	earlier = (struct facts_earlier){ .died_boot_ns = DIED };
	now = &parent.record.conduct.now;
	return 0;
}

static void join(void)
{
	facts_join(&facts, &child, &parent, &earlier, NOW);
}

static void die(void)
{
	child.life.death.parent_at = *now;
}

static void test_counts(void **state)
{
	(void)state;
	parent.threads.blocking = 1;
	*now = (struct dw_counts){ .deaths = 10, .queued = 4, .merged = 3, .delivered = 5,
				   .queued_all = 6, .waits = 8, .waits_any = 7 };
	die();
	*now = (struct dw_counts){ .deaths = 15, .queued = 6, .merged = 6, .delivered = 9,
				   .queued_all = 12, .waits = 8, .waits_any = 7 };
	join();
	assert_true(facts.has_history);
	assert_true(facts.whole_life);
	assert_int_equal(facts.deaths_life, 15);
	assert_int_equal(facts.merged_life, 6);
	assert_int_equal(facts.delivered_life, 9);
	assert_int_equal(facts.waits_life, 8);
	assert_int_equal(facts.waits_any_life, 7);
	assert_int_equal(facts.fetched_life, 3);
	assert_int_equal(facts.deaths_since, 5);
	assert_int_equal(facts.queued_since, 2);
	assert_int_equal(facts.merged_since, 3);
	assert_int_equal(facts.delivered_since, 4);
	assert_int_equal(facts.fetched_since, 2);
	assert_int_equal(facts.waits_since, 0);
}

/* What was pending, is not, and reached no handler was fetched. */
static void test_fetched(void **state)
{
	(void)state;
	parent.threads.blocking = 1;
	now->queued_all = 1;
	parent.flags = DW_PARENT_PENDING_SHARED; /* not yet */
	join();
	assert_true(facts.pending);
	assert_int_equal(facts.fetched_since, 0);
	parent.flags = 0;
	join();
	assert_false(facts.pending);
	assert_int_equal(facts.fetched_since, 1);
	now->delivered = 1; /* it went to the handler */
	join();
	assert_int_equal(facts.fetched_since, 0);
	now->delivered = 2; /* one that was pending before; never below 0 */
	join();
	assert_int_equal(facts.fetched_since, 0);
	now->queued_all = 5;
	parent.threads.pending = 1; /* pending for one thread */
	join();
	assert_true(facts.pending);
	assert_int_equal(facts.fetched_since, 2);
}

/* Who neither blocks it nor is in sigwait cannot fetch: it was read between two looks. */
static void test_fetched_by_nobody(void **state)
{
	(void)state;
	now->queued_all = 1;
	join();
	assert_int_equal(facts.fetched_since, 0);
	parent.threads.blocking = 1;
	join();
	assert_int_equal(facts.fetched_since, 1);
	parent.threads.blocking = 0;
	parent.threads.sigwaiting = 1;
	join();
	assert_int_equal(facts.fetched_since, 1);
}

/* Its own SIGCHLD tells whether one was pending: the flag is read a moment before. */
static void test_pending_at_the_death(void **state)
{
	static const struct {
		uint8_t own, flags;
		uint32_t queued, fetched;
	} cases[] = {
		{ DW_SIGCHLD_QUEUED, 0, 1, 1 },
		{ DW_SIGCHLD_QUEUED, DW_DEATH_PARENT_PENDING, 1, 1 },
		{ DW_SIGCHLD_MERGED, 0, 0, 1 },
		{ DW_SIGCHLD_MERGED, DW_DEATH_PARENT_PENDING, 0, 1 },
		{ DW_SIGCHLD_NONE, 0, 0, 0 },
		{ DW_SIGCHLD_NONE, DW_DEATH_PARENT_PENDING, 0, 1 },
	};

	(void)state;
	parent.threads.blocking = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		child.life.death.sigchld = cases[i].own;
		child.life.death.flags = cases[i].flags;
		now->queued_all = cases[i].queued;
		join();
		if (facts.fetched_since != cases[i].fetched)
			fail_msg("case %zu: %u fetched", i, facts.fetched_since);
	}
	/* what was pending when it died says nothing of when it was first seen dead */
	child.life.death.died_jiffies = 0;
	join();
	assert_false(facts.since_death);
	assert_int_equal(facts.fetched_since, 0);
}

/* What was pending at the death already may be fetched since; what did nothing was not fetched. */
static void test_fetched_or_not(void **state)
{
	(void)state;
	parent.threads.blocking = 1;
	child.life.death.flags = DW_DEATH_PARENT_PENDING;
	join();
	assert_int_equal(facts.fetched_since, 1);
	now->delivered = 1;
	join();
	assert_int_equal(facts.fetched_since, 0);
	now->delivered = 0;
	assert_int_equal(facts.discarded_since, 0);
	now->discarded = 1; /* taken with no handler set */
	join();
	assert_int_equal(facts.discarded_since, 1);
	assert_int_equal(facts.fetched_since, 0);
	now->queued_all = 2;
	join();
	assert_int_equal(facts.fetched_since, 2);
	assert_int_equal(facts.fetched_life, 1);
}

/* A program does not answer for what the one before it in this process did. */
static void test_exec_in_between(void **state)
{
	(void)state;
	*now = (struct dw_counts){ .deaths = 4, .delivered = 3, .queued_all = 9, .merged = 2,
				   .waits = 15, .waits_any = 12 };
	parent.record.conduct.at_exec = *now;
	parent.record.life.flags = DW_LIFE_EXEC_SEEN;
	now->waits++;
	now->deaths++;
	die();
	parent.exec_id++;
	join();
	assert_true(facts.whole_life);
	assert_true(facts.parent_execed);
	assert_int_equal(facts.waits_life, 1);
	assert_int_equal(facts.waits_any_life, 0);
	assert_int_equal(facts.deaths_life, 1);
	assert_int_equal(facts.delivered_life, 0);
	assert_int_equal(facts.fetched_life, 0);
	assert_int_equal(facts.merged_life, 0);
	assert_false(facts.blocked_at_exec);
	parent.record.life.flags |= DW_LIFE_EXEC_BLOCKED;
	parent.exec_id = child.parent_exec_id;
	join();
	assert_true(facts.blocked_at_exec);
	assert_false(facts.parent_execed);
	parent.record.life.flags = 0; /* began later than the process */
	join();
	assert_false(facts.whole_life);
}

/* Dead before deadwait saw it: "since" begins where a pass first found it. */
static void test_dead_before_the_start(void **state)
{
	(void)state;
	child.has_life = 0;
	child.life = (struct dw_life){};
	earlier.died_boot_ns = 0;
	now->waits = 9;
	now->waits_any = 9;
	earlier.parent_at = *now;
	join();
	assert_true(facts.has_history);
	assert_false(facts.since_death);
	assert_int_equal(facts.waits_since, 0);
	maker_wait(&parent, DW_TARGET_ANY, 0, WNOHANG);
	join();
	assert_int_equal(facts.waits_since, 1);
	assert_int_equal(facts.matches_since, 1);
	assert_false(facts.polled_before);
}

/* Under an adopter the counts of the death are those of another process. */
static void test_since_under_an_adopter(void **state)
{
	(void)state;
	child.life.death.parent_tgid = 50;
	child.life.death.parent_at.waits = 1000;
	now->waits = 9;
	earlier.parent_at.waits = 7;
	join();
	assert_true(facts.death_seen);
	assert_false(facts.since_death);
	assert_int_equal(facts.waits_since, 2);
}

static void test_no_record_of_the_parent(void **state)
{
	(void)state;
	parent.has_record = 0;
	now->waits = 9;
	join();
	assert_true(facts.has_parent);
	assert_false(facts.has_history);
	assert_false(facts.since_death);
	assert_int_equal(facts.waits_life, 0);
}

/* With hooks that lost nothing, no record of the parent means that it did nothing. */
static void test_watched_without_a_record(void **state)
{
	(void)state;
	parent.has_record = 0;
	memset(&parent.record, 0, sizeof(parent.record));
	earlier.watched = true;
	join();
	assert_true(facts.has_history);
	assert_true(facts.since_death);
	assert_false(facts.whole_life);
	assert_int_equal(facts.waits_life + facts.waits_since + facts.delivered_since, 0);
	child.life.death.parent_at.waits = 1; /* it had one when the child died: that is lost */
	join();
	assert_false(facts.has_history);
	assert_false(facts.since_death);
}

/* A record that was evicted and made anew counts from zero: there is no "since". */
static void test_counters_go_back(void **state)
{
	static const struct dw_counts then[] = {
		{ .waits = 5 }, { .delivered = 5 }, { .queued_all = 5 }, { .merged = 5 },
		{ .waits_any = 5 },
	};
	static const struct dw_counts anew = { .deaths = 4, .queued = 4, .merged = 4,
					       .queued_all = 4, .delivered = 4, .waits = 4,
					       .waits_any = 4 };

	(void)state;
	*now = anew;
	for (size_t i = 0; i < sizeof(then) / sizeof(then[0]); i++) {
		for (int seen = 0; seen <= 1; seen++) {
			child.life.death.died_jiffies = seen ? maker_jiffies(DIED) : 0;
			child.life.death.parent_at = seen ? then[i] : (struct dw_counts){};
			earlier.parent_at = seen ? (struct dw_counts){} : then[i];
			join();
			assert_false(facts.has_history);
			assert_false(facts.since_death);
			assert_int_equal(facts.waits_since + facts.matches_since +
						 facts.delivered_since + facts.merged_since, 0);
		}
	}
	child.life.death.died_jiffies = maker_jiffies(DIED);
	child.life.death.parent_at = anew; /* nothing since */
	join();
	assert_true(facts.has_history);
	assert_true(facts.since_death);
}

static void test_delivered_no_wait(void **state)
{
	struct dw_conduct *conduct = &parent.record.conduct;

	(void)state;
	join();
	assert_false(facts.delivered_no_wait); /* nothing was delivered */
	maker_wait(&parent, DW_TARGET_ANY, 0, 0);
	conduct->delivered_tid = 100;
	conduct->delivered_waits = now->waits;
	join();
	assert_true(facts.delivered_no_wait);
	maker_wait(&parent, DW_TARGET_PID, 333, 0); /* of any form */
	join();
	assert_false(facts.delivered_no_wait);
}

static void test_handlers(void **state)
{
	struct dw_conduct *conduct = &parent.record.conduct;

	(void)state;
	maker_wait(&parent, DW_TARGET_ANY, 0, WNOHANG);
	conduct->any.tid = 104;
	conduct->any_handler = 0x4000;
	conduct->delivered_handler = 0x4000;
	conduct->delivered_tid = 103;
	join();
	assert_int_equal(facts.waited_tid, 104);
	assert_int_equal(facts.delivered_tid, 103);
	assert_false(facts.handler_replaced);
	conduct->delivered_handler = 0x5000;
	join();
	assert_true(facts.handler_replaced);
	conduct->any = (struct dw_wait){}; /* it never waited: no handler to compare with */
	join();
	assert_false(facts.handler_replaced);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_counts),
		TEST(test_fetched),
		TEST(test_fetched_by_nobody),
		TEST(test_pending_at_the_death),
		TEST(test_fetched_or_not),
		TEST(test_exec_in_between),
		TEST(test_dead_before_the_start),
		TEST(test_since_under_an_adopter),
		TEST(test_no_record_of_the_parent),
		TEST(test_watched_without_a_record),
		TEST(test_counters_go_back),
		TEST(test_delivered_no_wait),
		TEST(test_handlers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
