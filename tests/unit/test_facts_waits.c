// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * facts: which waits would take a child, and how those since its death are counted.
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

#define DIED (10 * MAKER_S)
#define NOW (12 * MAKER_S)

static int set_up(void **state)
{
	(void)state;
	parent = maker_parent(100, MAKER_S);
	child = maker_dead(200, &parent, DIED);
	earlier = (struct facts_earlier){};
	return 0;
}

static void join(void)
{
	facts_join(&facts, &child, &parent, &earlier, NOW);
}

/* The child dies now: its parent's counts of this moment are kept. */
static void die(void)
{
	child.life.death.parent_at = parent.record.conduct.now;
}

/* --- which waits match --- */

/*
 * The kernel's words (kernel/exit.c, eligible_child and wait_task_zombie), written down once more:
 * rows are the options beside WEXITED, columns the child's exit signal, SIGCHLD or another.
 */
static const struct {
	uint32_t options;
	bool plain, clone;
} suits[] = {
	{ 0, true, false },
	{ __WCLONE, false, true },
	{ (uint32_t)__WALL, true, true },
	{ (uint32_t)__WALL | __WCLONE, true, true },
	/* these take no dead child: they only look, or only at children of one thread */
	{ WNOWAIT, false, false },
	{ WNOWAIT | (uint32_t)__WALL, false, false },
	{ __WNOTHREAD, false, false },
	{ __WNOTHREAD | (uint32_t)__WALL, false, false },
};

/* These change what else is reported, and nothing about a dead child. */
static const uint32_t beside[] = { 0, WNOHANG, WUNTRACED, WCONTINUED, WNOHANG | WUNTRACED };

static const struct {
	uint8_t target;
	uint32_t id;
	bool suits;
} targets[] = {
	{ DW_TARGET_ANY, 0, true },	  { DW_TARGET_PID, 200, true },
	{ DW_TARGET_PID, 201, false },	  { DW_TARGET_PID, 77, false },
	{ DW_TARGET_PID, 0, false },	  { DW_TARGET_PIDFD, 200, true },
	{ DW_TARGET_PIDFD, 5, false },	  { DW_TARGET_PIDFD, 0, false },
	{ DW_TARGET_GROUP, 77, true },	  { DW_TARGET_GROUP, 200, false },
	{ DW_TARGET_GROUP, 78, false },	  { DW_TARGET_GROUP, 0, false },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check_match(size_t target, size_t row, uint32_t more, int exit_signal)
{
	bool plain = exit_signal == SIGCHLD;
	bool expected = targets[target].suits && (plain ? suits[row].plain : suits[row].clone);
	uint32_t options = suits[row].options | more;
	uint8_t kind = targets[target].target;
	uint32_t id = targets[target].id;

	child.exit_signal = exit_signal;
	if (facts_wait_matches(kind, id, options | WEXITED, &child) != expected)
		fail_msg("target %u id %u options 0x%x exit signal %d: not %d", kind, id, options,
			 exit_signal, expected);
	/* a waitid that does not ask for the dead takes none */
	assert_false(facts_wait_matches(kind, id, options, &child));
}

static void test_matches_as_the_kernel(void **state)
{
	static const int exit_signals[] = { SIGCHLD, 0, SIGUSR1, 64 };

	(void)state;
	for (size_t t = 0; t < COUNT(targets); t++)
		for (size_t s = 0; s < COUNT(suits); s++)
			for (size_t b = 0; b < COUNT(beside); b++)
				for (size_t e = 0; e < COUNT(exit_signals); e++)
					check_match(t, s, beside[b], exit_signals[e]);
}

/* To its tracer that is its parent as well, a child shows whatever its exit signal. */
static void test_own_tracee(void **state)
{
	static const int exit_signals[] = { SIGCHLD, 0, SIGUSR1 };

	(void)state;
	for (size_t e = 0; e < COUNT(exit_signals); e++) {
		child.exit_signal = exit_signals[e];
		child.tracer_tgid = 100;
		assert_true(facts_wait_matches(DW_TARGET_ANY, 0, WEXITED, &child));
		assert_true(facts_wait_matches(DW_TARGET_ANY, 0, WEXITED | __WCLONE, &child));
		assert_false(facts_wait_matches(DW_TARGET_ANY, 0, WEXITED | WNOWAIT, &child));
		assert_false(facts_wait_matches(DW_TARGET_ANY, 0, WSTOPPED, &child));
		assert_false(facts_wait_matches(DW_TARGET_PID, 201, WEXITED, &child));
		child.tracer_tgid = 55; /* another's: the exit signal decides */
		assert_int_equal(facts_wait_matches(DW_TARGET_ANY, 0, WEXITED, &child),
				 exit_signals[e] == SIGCHLD);
		assert_int_equal(facts_wait_matches(DW_TARGET_ANY, 0, WEXITED | __WCLONE, &child),
				 exit_signals[e] != SIGCHLD);
	}
}

/* A child whose group is not known is in no group that can be asked for. */
static void test_group_not_known(void **state)
{
	(void)state;
	child.group = 0;
	assert_false(facts_wait_matches(DW_TARGET_GROUP, 0, WEXITED, &child));
	assert_true(facts_wait_matches(DW_TARGET_ANY, 0, WEXITED, &child));
}

/* --- since the death --- */

static void test_waits_since(void **state)
{
	(void)state;
	maker_wait(&parent, DW_TARGET_ANY, 0, 0);
	maker_wait(&parent, DW_TARGET_PID, 300, 0);
	die();
	join();
	assert_true(facts.since_death);
	assert_int_equal(facts.waits_life, 2);
	assert_int_equal(facts.waits_any_life, 1);
	assert_int_equal(facts.waits_since, 0);
	assert_int_equal(facts.matches_since, 0);
	assert_int_equal(facts.others_since, 0);

	maker_wait(&parent, DW_TARGET_ANY, 0, WNOHANG);
	maker_wait(&parent, DW_TARGET_ANY, 0, WNOHANG);
	maker_wait(&parent, DW_TARGET_PID, 300, 0);
	join();
	assert_int_equal(facts.waits_life, 5);
	assert_int_equal(facts.waits_since, 3);
	assert_int_equal(facts.matches_since, 2);
	assert_int_equal(facts.others_since, 1);
}

/* The counters are 32 bits and go round. */
static void test_counters_go_round(void **state)
{
	(void)state;
	parent.record.conduct.now.waits = UINT32_MAX - 1;
	parent.record.conduct.now.waits_any = UINT32_MAX;
	parent.record.conduct.now.delivered = UINT32_MAX;
	parent.record.conduct.now.queued_all = UINT32_MAX;
	parent.record.conduct.at_exec = parent.record.conduct.now;
	die();
	for (int i = 0; i < 4; i++)
		maker_wait(&parent, DW_TARGET_ANY, 0, 0);
	maker_wait(&parent, DW_TARGET_GROUP, 77, 0);
	parent.record.conduct.now.delivered += 2;
	parent.record.conduct.now.queued_all += 2;
	join();
	assert_int_equal(facts.waits_life, 5);
	assert_int_equal(facts.waits_since, 5);
	assert_int_equal(facts.matches_since, 5);
	assert_int_equal(facts.delivered_since, 2);
	assert_int_equal(facts.fetched_since, 0);
}

/* Waits for its pid are counted in the child's record: any number of them is remembered. */
static void test_asked_for_the_pid(void **state)
{
	(void)state;
	child.life.asked = *maker_wait(&parent, DW_TARGET_PID, 200, WNOHANG);
	child.life.asked_before = 3;
	die();
	join();
	assert_int_equal(facts.asked_before, 3);
	assert_int_equal(facts.asked_since, 0);
	assert_int_equal(facts.matches_since, 0);

	child.life.asked = *maker_wait(&parent, DW_TARGET_PID, 200, WNOHANG);
	child.life.asked_since = 1;
	maker_wait(&parent, DW_TARGET_PID, 300, WNOHANG);
	join();
	assert_int_equal(facts.asked_since, 1);
	assert_int_equal(facts.waits_since, 2);
	assert_int_equal(facts.matches_since, 1);
	assert_int_equal(facts.others_since, 1);

	/* asked for, but in a way that cannot take it */
	child.life.asked.options |= __WCLONE;
	join();
	assert_int_equal(facts.asked_before, 0);
	assert_int_equal(facts.asked_since, 0);
	assert_int_equal(facts.others_since, 2);
}

/* Asked for in one wait and counted in two places: never more matches than waits. */
static void test_matches_are_waits(void **state)
{
	(void)state;
	child.life.asked = *maker_wait(&parent, DW_TARGET_PID, 200, 0);
	child.life.asked_since = 3;
	join();
	assert_int_equal(facts.asked_since, 3);
	assert_int_equal(facts.waits_since, 1);
	assert_int_equal(facts.matches_since, 1);
	assert_int_equal(facts.others_since, 0);
}

/* __WNOTHREAD: only for the thread that forked it. */
static void test_wait_of_the_own_thread(void **state)
{
	struct dw_wait *wait = maker_wait(&parent, DW_TARGET_ANY, 0, __WNOTHREAD);

	(void)state;
	child.parent_tid = 103;
	wait->tid = 103;
	join();
	assert_int_equal(facts.matches_since, 1);
	assert_int_equal(facts.others_since, 0);
	wait->tid = 104;
	join();
	assert_int_equal(facts.matches_since, 0);
	assert_int_equal(facts.others_since, 1);
	wait->tid = 103;
	wait->options |= WNOWAIT; /* it only looks, whosever it is */
	join();
	assert_int_equal(facts.matches_since, 0);

	wait = maker_wait(&parent, DW_TARGET_PID, 200, __WNOTHREAD | WNOHANG);
	wait->tid = 103;
	child.life.asked = *wait;
	child.life.asked_before = 1;
	die();
	join();
	assert_int_equal(facts.asked_before, 1);
	child.life.asked.tid = 104;
	join();
	assert_int_equal(facts.asked_before, 0);
}

static void test_group_waits(void **state)
{
	(void)state;
	maker_wait(&parent, DW_TARGET_GROUP, 77, 0);
	die();
	join();
	assert_int_equal(facts.matches_since, 0);
	maker_wait(&parent, DW_TARGET_GROUP, 77, 0);
	join();
	assert_int_equal(facts.matches_since, 1);
	assert_int_equal(facts.others_since, 0);
	maker_wait(&parent, DW_TARGET_GROUP, 79, 0);
	join();
	assert_int_equal(facts.waits_since, 2);
	assert_int_equal(facts.matches_since, 0);
	assert_int_equal(facts.others_since, 2);
}

/* A child with another exit signal is taken by __WCLONE, not by a plain wait for any. */
static void test_waits_for_a_clone_child(void **state)
{
	(void)state;
	child.exit_signal = SIGUSR1;
	maker_wait(&parent, DW_TARGET_ANY, 0, 0);
	join();
	assert_int_equal(facts.matches_since, 0);
	assert_int_equal(facts.others_since, 1);
	maker_wait(&parent, DW_TARGET_ANY, 0, __WCLONE);
	join();
	assert_int_equal(facts.matches_since, 1);
	assert_int_equal(facts.others_since, 1);
}

static void test_peeks(void **state)
{
	(void)state;
	maker_wait(&parent, DW_TARGET_ANY, 0, WNOWAIT);
	die();
	join();
	assert_int_equal(facts.peeked_since, 0);
	maker_wait(&parent, DW_TARGET_ANY, 0, WNOWAIT);
	join();
	assert_int_equal(facts.peeked_since, 1);
	assert_int_equal(facts.matches_since, 0);
	parent.record.conduct.peek.options |= __WCLONE; /* looks at other children */
	join();
	assert_int_equal(facts.peeked_since, 0);
}

static void test_peeks_at_the_pid(void **state)
{
	(void)state;
	child.life.asked_peek = *maker_wait(&parent, DW_TARGET_PID, 200, WNOWAIT);
	die();
	join();
	assert_int_equal(facts.peeked_since, 0);
	child.life.asked_peek = *maker_wait(&parent, DW_TARGET_PID, 200, WNOWAIT);
	join();
	assert_int_equal(facts.peeked_since, 1);
	assert_int_equal(facts.asked_since, 0);
}

/* --- before the death --- */

static void test_polled_before(void **state)
{
	struct dw_wait *wait;

	(void)state;
	child.life.birth_parent_waits = parent.record.conduct.now.waits;
	wait = maker_wait(&parent, DW_TARGET_ANY, 0, WNOHANG);
	die();
	join();
	assert_true(facts.polled_before);
	wait->options = WEXITED; /* it would have blocked: no poll */
	join();
	assert_false(facts.polled_before);
	wait->options = WEXITED | WNOHANG;
	child.life.birth_parent_waits = parent.record.conduct.now.waits; /* before its birth */
	join();
	assert_false(facts.polled_before);
	child.life.birth_parent_waits = 0;
	earlier.parent_at = parent.record.conduct.now;
	child.life.death.died_jiffies = 0; /* when it died is not known, nor then what was before */
	join();
	assert_false(facts.polled_before);
	child.life.death.died_jiffies = maker_jiffies(DIED);
	maker_wait(&parent, DW_TARGET_ANY, 0, WNOHANG); /* asked again */
	join();
	assert_false(facts.polled_before);
}

static void test_polled_before_for_the_pid(void **state)
{
	(void)state;
	child.life.asked = *maker_wait(&parent, DW_TARGET_PID, 200, WNOHANG);
	child.life.asked_before = 1;
	die();
	join();
	assert_true(facts.polled_before);
	child.life.asked.options = WEXITED;
	join();
	assert_false(facts.polled_before);
}

static void test_was_waiting_for_others(void **state)
{
	(void)state;
	maker_wait(&parent, DW_TARGET_PID, 300, 0);
	die();
	child.life.death.flags = DW_DEATH_PARENT_WAITING;
	join();
	assert_true(facts.was_waiting_for_others);
	child.life.death.flags = 0; /* that wait had ended */
	join();
	assert_false(facts.was_waiting_for_others);
	child.life.death.flags = DW_DEATH_PARENT_WAITING;
	maker_wait(&parent, DW_TARGET_ANY, 0, 0); /* the one in flight was for any */
	die();
	join();
	assert_false(facts.was_waiting_for_others);
}

/* --- now --- */

static void test_flights(void **state)
{
	(void)state;
	join();
	assert_true(facts.flights_known);
	assert_int_equal(facts.flights_match + facts.flights_other, 0);
	parent.flights = 4;
	parent.flight[0] = (struct dw_flight){ .options = WEXITED, .target = DW_TARGET_ANY };
	parent.flight[1] = (struct dw_flight){ .options = WEXITED, .id = 300, .target = DW_TARGET_PID };
	parent.flight[2] = (struct dw_flight){ .options = WEXITED, .id = 77, .target = DW_TARGET_GROUP };
	parent.flight[3] = (struct dw_flight){ .options = WSTOPPED, .target = DW_TARGET_ANY };
	join();
	assert_int_equal(facts.flights_match, 2);
	assert_int_equal(facts.flights_other, 2);
	assert_int_equal(facts.other_alive, KNOWN_NOT); /* that takes /proc */
	parent.flags |= DW_PARENT_NO_FLIGHTS;
	join();
	assert_false(facts.flights_known);

	/* more than are told: only those are looked at */
	parent.flights = 1000;
	for (int i = 0; i < DW_WAITS_MAX; i++)
		parent.flight[i] = parent.flight[1];
	join();
	assert_int_equal(facts.flights_other, DW_WAITS_MAX);
}

/* Whose thread is in it is not known, unless there is but one. */
static void test_flight_of_the_own_thread(void **state)
{
	const struct dw_flight flight = { .options = WEXITED | __WNOTHREAD, .target = DW_TARGET_ANY };

	(void)state;
	parent.flights = 1;
	parent.flight[0] = flight;
	join();
	assert_int_equal(facts.flights_match, 1);
	assert_int_equal(facts.flights_other, 0);
	parent.threads.total = 2;
	join();
	assert_int_equal(facts.flights_match, 0);
	assert_int_equal(facts.flights_other, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_matches_as_the_kernel),
		TEST(test_own_tracee),
		TEST(test_group_not_known),
		TEST(test_waits_since),
		TEST(test_counters_go_round),
		TEST(test_asked_for_the_pid),
		TEST(test_matches_are_waits),
		TEST(test_wait_of_the_own_thread),
		TEST(test_group_waits),
		TEST(test_waits_for_a_clone_child),
		TEST(test_peeks),
		TEST(test_peeks_at_the_pid),
		TEST(test_polled_before),
		TEST(test_polled_before_for_the_pid),
		TEST(test_was_waiting_for_others),
		TEST(test_flights),
		TEST(test_flight_of_the_own_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
