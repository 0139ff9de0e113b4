// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * facts: what is joined of a dead child, its parent as it is now and earlier passes. What the
 * parent did has two files of its own, test_facts_history.c and test_facts_waits.c.
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
	earlier = (struct facts_earlier){ .died_boot_ns = DIED };
	return 0;
}

static void join(void)
{
	facts_join(&facts, &child, &parent, &earlier, NOW);
}

/* --- the child --- */

static void test_child(void **state)
{
	(void)state;
	child.status = 0x8b;
	child.life.death.sigchld = DW_SIGCHLD_MERGED;
	child.life.death.flags = DW_DEATH_PARENT_BLOCKED | DW_DEATH_PARENT_PENDING;
	child.flags = DW_DEAD_NS_INIT;
	join();
	assert_int_equal(facts.dead_kind, DW_DEAD_ZOMBIE);
	assert_int_equal(facts.status, 0x8b);
	assert_int_equal(facts.exit_signal, SIGCHLD);
	assert_int_equal(facts.own_sigchld, DW_SIGCHLD_MERGED);
	assert_true(facts.was_blocked);
	assert_true(facts.was_pending);
	assert_true(facts.ns_init);
	assert_true(facts.death_seen);
	assert_true(facts.since_death);
	child.life.death.flags = 0;
	child.flags = 0;
	join();
	assert_false(facts.was_blocked);
	assert_false(facts.was_pending);
	assert_false(facts.ns_init);
}

static void test_age(void **state)
{
	(void)state;
	join();
	assert_true(facts.age_known);
	assert_int_equal(facts.age_ns, NOW - DIED);
	earlier.died_boot_ns = NOW + 3000; /* another CPU's clock may be ahead */
	join();
	assert_true(facts.age_known);
	assert_int_equal(facts.age_ns, 0);
	earlier.died_boot_ns = 0;
	join();
	assert_false(facts.age_known);
	assert_int_equal(facts.age_ns, 0);
	child.ran_ago_ns = 5 * MAKER_S; /* the scheduler knows when it last ran */
	join();
	assert_true(facts.age_known);
	assert_int_equal(facts.age_ns, 5 * MAKER_S);
}

static void test_traced(void **state)
{
	(void)state;
	join();
	assert_false(facts.traced);
	child.tracer_tgid = 100; /* by its parent: that one's wait sees it */
	join();
	assert_false(facts.traced);
	child.tracer_tgid = 55;
	join();
	assert_true(facts.traced);
}

static void test_killer(void **state)
{
	(void)state;
	join();
	assert_int_equal(facts.kill_signal, 0);
	assert_false(facts.killed_by_parent);
	child.life.death.killer_tgid = 100; /* nothing was sent: no killer either */
	join();
	assert_false(facts.killed_by_parent);
	child.life.death.kill_signal = SIGKILL;
	child.status = SIGKILL;
	join();
	assert_int_equal(facts.kill_signal, SIGKILL);
	assert_true(facts.killed_by_parent);
	child.life.death.killer_tgid = 101;
	join();
	assert_true(facts.kill_signal == SIGKILL && !facts.killed_by_parent);
	child.life.death.killer_tgid = 0; /* the kernel */
	join();
	assert_false(facts.killed_by_parent);
}

/* A signal that was sent and did not end it explains nothing. */
static void test_killer_that_did_not_kill(void **state)
{
	static const struct {
		uint8_t sent;
		uint32_t status;
		bool killed;
	} cases[] = {
		{ SIGTERM, SIGTERM, true },
		{ SIGABRT, SIGABRT | 0x80, true }, /* with a core */
		{ SIGTERM, 0, true }, /* it caught it and exited by itself */
		{ SIGTERM, 3 << 8, true },
		{ SIGTERM, SIGTERM << 8, true },
		{ SIGTERM, SIGKILL, false },
		{ SIGTERM, SIGSEGV | 0x80, false },
		{ SIGUSR1, 0, false },
		{ SIGINT, 3 << 8, false },
		{ SIGUSR1, SIGUSR1 << 8, false },
		{ SIGUSR1, SIGSEGV, false },
		{ 0, SIGKILL, false },
	};

	(void)state;
	child.life.death.killer_tgid = 100;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		child.life.death.kill_signal = cases[i].sent;
		child.status = cases[i].status;
		join();
		if (facts.killed_by_parent != cases[i].killed ||
		    facts.kill_signal != (cases[i].killed ? cases[i].sent : 0))
			fail_msg("signal %u, status 0x%x: not %d", cases[i].sent, cases[i].status,
				 cases[i].killed);
	}
}

/* A leader has not died: what was noted of its death is not its own. */
static void test_leader(void **state)
{
	(void)state;
	child.kind = DW_DEAD_LEADER;
	join();
	assert_false(facts.death_seen);
	assert_false(facts.since_death);
}

/* --- who it was born to --- */

static void test_adopted(void **state)
{
	(void)state;
	join();
	assert_int_equal(facts.adopted, KNOWN_NO);
	child.life.birth_parent_tgid = 50;
	join();
	assert_int_equal(facts.adopted, KNOWN_YES);
}

/* Its birth was not seen: only an init or a subreaper may have adopted it. */
static void test_adopted_birth_not_seen(void **state)
{
	(void)state;
	child.life.flags = 0;
	child.life.birth_parent_tgid = 0;
	join();
	assert_int_equal(facts.adopted, KNOWN_NO);
	parent.flags = DW_PARENT_SUBREAPER;
	join();
	assert_int_equal(facts.adopted, KNOWN_NOT);
	assert_true(facts.parent_subreaper);
	parent.flags = DW_PARENT_NS_INIT;
	join();
	assert_int_equal(facts.adopted, KNOWN_NOT);
	assert_true(facts.parent_ns_init);
	child.life.death.parent_tgid = 50; /* it died under another */
	join();
	assert_int_equal(facts.adopted, KNOWN_YES);
}

static void test_adopted_no_record(void **state)
{
	(void)state;
	child.has_life = 0;
	child.life.birth_parent_tgid = 50; /* what a reused slot holds is not of this child */
	join();
	assert_int_equal(facts.adopted, KNOWN_NO);
	assert_false(facts.death_seen);
	assert_false(facts.since_death);
	assert_int_equal(facts.own_sigchld, DW_SIGCHLD_NONE);
	parent.flags = DW_PARENT_NS_INIT;
	join();
	assert_int_equal(facts.adopted, KNOWN_NOT);
	parent.who.start_ns = child.who.start_ns + 1; /* younger than its child */
	join();
	assert_true(facts.parent_younger);
	assert_int_equal(facts.adopted, KNOWN_YES);
}

/* An earlier pass saw it under another parent. */
static void test_adopted_before_our_eyes(void **state)
{
	(void)state;
	earlier.adopted = true;
	join();
	assert_int_equal(facts.adopted, KNOWN_YES);
	facts_join(&facts, &child, NULL, &earlier, NOW);
	assert_int_equal(facts.adopted, KNOWN_YES);
}

static void test_parent_gone(void **state)
{
	(void)state;
	facts_join(&facts, &child, NULL, &earlier, NOW);
	assert_false(facts.has_parent);
	assert_false(facts.has_history);
	assert_false(facts.since_death);
	assert_true(facts.death_seen);
	assert_int_equal(facts.age_ns, NOW - DIED);
}

static void test_clone_parent(void **state)
{
	(void)state;
	join();
	assert_false(facts.cloned_for_parent);
	child.life.forker_tid = 105; /* another thread of its parent */
	join();
	assert_false(facts.cloned_for_parent);
	child.life.forker_tgid = 150;
	join();
	assert_true(facts.cloned_for_parent);
	assert_int_equal(facts.adopted, KNOWN_NO);
	child.life.forker_tgid = 50; /* forked by the parent it was born to, and adopted since */
	child.life.birth_parent_tgid = 50;
	join();
	assert_false(facts.cloned_for_parent);
	child.life.flags = 0; /* the birth was not seen: zeros, no forker */
	child.life.forker_tgid = 0;
	join();
	assert_false(facts.cloned_for_parent);
}

/* --- the parent now, and earlier passes --- */

static void test_parent_now(void **state)
{
	(void)state;
	parent.threads = (struct dw_threads){ .total = 12, .live = 11, .stopped = 1, .traced = 2,
					      .frozen = 3, .uninterruptible = 4, .running = 5,
					      .blocking = 6, .sigwaiting = 7 };
	parent.flags = DW_PARENT_NOCLDWAIT;
	join();
	assert_int_equal(facts.threads, 11);
	assert_int_equal(facts.threads_stopped, 1);
	assert_int_equal(facts.threads_traced, 2);
	assert_int_equal(facts.threads_frozen, 3);
	assert_int_equal(facts.threads_uninterruptible, 4);
	assert_int_equal(facts.threads_running, 5);
	assert_int_equal(facts.threads_blocking, 6);
	assert_int_equal(facts.threads_sigwaiting, 7);
	assert_true(facts.nocldwait);
	assert_int_equal(facts.disposition, DISPOSITION_DEFAULT);
	parent.handler = 1;
	join();
	assert_int_equal(facts.disposition, DISPOSITION_IGNORE);
	parent.handler = 2;
	join();
	assert_int_equal(facts.disposition, DISPOSITION_HANDLER);
}

static void test_earlier(void **state)
{
	(void)state;
	earlier.zombies = 3;
	earlier.reaped = 4;
	earlier.reap_age_ns = 5;
	earlier.switches_known = true;
	earlier.ran = true;
	earlier.free_ns = 6;
	earlier.asleep_ns = 7;
	earlier.blocked_ns = 8;
	earlier.under_ns = 9;
	join();
	assert_int_equal(facts.zombies, 3);
	assert_int_equal(facts.reaped, 4);
	assert_int_equal(facts.reap_age_ns, 5);
	assert_true(facts.switches_known);
	assert_true(facts.ran);
	assert_int_equal(facts.free_ns, 6);
	assert_int_equal(facts.asleep_ns, 7);
	assert_int_equal(facts.blocked_ns, 8);
	assert_int_equal(facts.under_ns, 9);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_child),
		TEST(test_age),
		TEST(test_traced),
		TEST(test_killer),
		TEST(test_killer_that_did_not_kill),
		TEST(test_leader),
		TEST(test_adopted),
		TEST(test_adopted_birth_not_seen),
		TEST(test_adopted_no_record),
		TEST(test_adopted_before_our_eyes),
		TEST(test_parent_gone),
		TEST(test_clone_parent),
		TEST(test_parent_now),
		TEST(test_earlier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
