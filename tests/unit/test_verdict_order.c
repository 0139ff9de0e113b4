// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict: which cause is named where several hold, in the order of the rules, and which are listed
 * as `also`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verdict_cases.h"

/* Both hold; the remedy of the first ends the leak. */
struct pair {
	enum cause first, second;
	struct change changes[CHANGES_MAX];
};

#define STOPPED F(threads_stopped, 1), F(ran, false)
#define HANDLER F(disposition, DISPOSITION_HANDLER), F(own_sigchld, DW_SIGCHLD_QUEUED)
#define RAN HANDLER, F(delivered_since, 1), F(delivered_life, 1), F(delivered_tid, 100)
#define BLOCKED HANDLER, F(threads_blocking, 1), F(pending, true), F(blocked_ns, SECONDS(60))
#define FOR_OTHERS F(flights_other, 1), F(other_alive, KNOWN_YES)
#define KILLED F(killed_by_parent, true), F(kill_signal, SIGKILL)
#define POLLED F(waits_life, 1), F(waits_any_life, 1), F(polled_before, true)
#define REAPED F(waits_life, 5), F(waits_any_life, 5), F(reaped, 3), F(reap_age_ns, SECONDS(60))
/* Long ago: other explanations come first. */
#define REAPED_ONCE F(waits_life, 5), F(waits_any_life, 5), F(reaped, 3)
#define IN_HANDLER HANDLER, F(handler_frame, KNOWN_YES), F(delivered_no_wait, true)
#define PIPE F(pipe_writer, PIPE_WRITER_FAMILY), F(pipe_holder, 300)
#define STUCK F(threads_locked, 1), F(ran, false), F(asleep_ns, SECONDS(60))
#define INIT F(parent_ns_init, true), F(adopted, KNOWN_YES)
#define SUBREAPER F(parent_subreaper, true), F(adopted, KNOWN_YES)
#define PEEKED F(peeked_since, 1), F(waits_since, 1), F(others_since, 1), F(waits_life, 1)
#define THREADS                                                                                    \
	F(waits_life, 1), F(waits_any_life, 1), F(waited_tid, 101), F(waited_tid_lives, true)

static const struct pair pairs[] = {
	{ CAUSE_TRACED, CAUSE_PARENT_STOPPED, { F(traced, true), STOPPED } },
	{ CAUSE_TRACED, CAUSE_INIT_IGNORES_ADOPTED, { F(traced, true), INIT } },
	{ CAUSE_TRACED, CAUSE_NEVER_WAITS, { F(traced, true) } },

	{ CAUSE_PARENT_STOPPED, CAUSE_HELD, { STOPPED, PEEKED } },
	{ CAUSE_PARENT_STOPPED, CAUSE_SLOW_REAPER, { STOPPED, REAPED } },
	{ CAUSE_PARENT_STOPPED, CAUSE_SIGCHLD_BLOCKED, { STOPPED, BLOCKED } },
	{ CAUSE_PARENT_STOPPED, CAUSE_INIT_IGNORES_ADOPTED, { STOPPED, INIT } },
	{ CAUSE_PARENT_STOPPED, CAUSE_KILLS_NEVER_WAITS, { STOPPED, KILLED } },
	{ CAUSE_PARENT_STOPPED, CAUSE_NEVER_WAITS, { STOPPED } },

	{ CAUSE_PARENT_STOPPED, CAUSE_HANDLER_STUCK, { STOPPED, IN_HANDLER } },
	{ CAUSE_PARENT_STOPPED, CAUSE_WAITS_FOR_PIPE, { STOPPED, PIPE } },
	{ CAUSE_PARENT_STOPPED, CAUSE_PARENT_STUCK, { STOPPED, STUCK } },

	{ CAUSE_HANDLER_STUCK, CAUSE_SIGCHLD_BLOCKED, { BLOCKED, IN_HANDLER } },
	{ CAUSE_HANDLER_STUCK, CAUSE_PARENT_STUCK, { IN_HANDLER, STUCK } },
	{ CAUSE_HANDLER_STUCK, CAUSE_HANDLER_RAN_NO_WAIT, { RAN, F(handler_frame, KNOWN_YES) } },
	{ CAUSE_WAITS_FOR_PIPE, CAUSE_SIGCHLD_BLOCKED, { BLOCKED, PIPE } },
	{ CAUSE_WAITS_FOR_PIPE, CAUSE_ASKED_TOO_EARLY, { POLLED, PIPE } },
	{ CAUSE_WAITS_FOR_PIPE, CAUSE_NEVER_WAITS, { PIPE } },
	{ CAUSE_PARENT_STUCK, CAUSE_SIGCHLD_BLOCKED, { BLOCKED, STUCK } },
	{ CAUSE_PARENT_STUCK, CAUSE_KILLS_NEVER_WAITS, { KILLED, STUCK } },
	{ CAUSE_PARENT_STUCK, CAUSE_NEVER_WAITS, { STUCK } },
	{ CAUSE_PARENT_STUCK, CAUSE_WAITS_FOR_OTHERS, { STUCK, F(reaped, 1), F(waits_life, 4) } },

	{ CAUSE_HELD, CAUSE_EXIT_SIGNAL, { PEEKED, F(exit_signal, SIGUSR1) } },
	{ CAUSE_HELD, CAUSE_WAITS_FOR_OTHERS, { PEEKED } },
	{ CAUSE_EXIT_SIGNAL, CAUSE_WAITS_FOR_OTHERS, { F(exit_signal, SIGUSR1), FOR_OTHERS } },
	{ CAUSE_EXIT_SIGNAL, CAUSE_KILLS_NEVER_WAITS, { F(exit_signal, SIGUSR1), KILLED } },

	{ CAUSE_SIGCHLD_MERGED,
	  CAUSE_SLOW_REAPER,
	  { RAN, F(merged_life, 1), F(waits_since, 1), F(matches_since, 1), F(waits_life, 1),
	    F(waits_any_life, 1) } },
	{ CAUSE_SIGCHLD_MERGED,
	  CAUSE_WAITS_FOR_OTHERS,
	  { RAN, F(own_sigchld, DW_SIGCHLD_MERGED), F(merged_life, 1), F(waits_since, 1),
	    F(others_since, 1), F(waits_life, 1) } },

	{ CAUSE_SLOW_REAPER, CAUSE_SIGCHLD_BLOCKED, { REAPED, BLOCKED } },
	{ CAUSE_SLOW_REAPER, CAUSE_LATE_HANDLER, { REAPED, F(disposition, DISPOSITION_HANDLER) } },
	{ CAUSE_SLOW_REAPER, CAUSE_HANDLER_RAN_NO_WAIT, { REAPED, RAN } },
	{ CAUSE_SLOW_REAPER, CAUSE_KILLS_NEVER_WAITS, { REAPED, KILLED } },
	{ CAUSE_SLOW_REAPER, CAUSE_ASKED_TOO_EARLY, { REAPED, F(polled_before, true) } },
	{ CAUSE_SLOW_REAPER, CAUSE_NEVER_WAITS, { REAPED } },

	{ CAUSE_SIGCHLD_BLOCKED, CAUSE_EXEC_INHERITED, { BLOCKED, F(parent_execed, true) } },
	{ CAUSE_SIGCHLD_BLOCKED, CAUSE_INIT_IGNORES_ADOPTED, { BLOCKED, INIT } },
	{ CAUSE_SIGCHLD_BLOCKED, CAUSE_KILLS_NEVER_WAITS, { BLOCKED, KILLED } },
	{ CAUSE_SIGCHLD_BLOCKED, CAUSE_ASKED_TOO_EARLY, { BLOCKED, POLLED } },
	{ CAUSE_SIGCHLD_BLOCKED, CAUSE_NEVER_WAITS, { BLOCKED } },
	{ CAUSE_SIGCHLD_BLOCKED_INHERITED,
	  CAUSE_EXEC_INHERITED,
	  { BLOCKED, F(blocked_at_exec, true), F(parent_execed, true) } },
	{ CAUSE_SIGCHLD_BLOCKED_INHERITED,
	  CAUSE_NEVER_WAITS,
	  { BLOCKED, F(blocked_at_exec, true) } },

	{ CAUSE_EXEC_INHERITED,
	  CAUSE_CLONE_PARENT,
	  { F(parent_execed, true), F(cloned_for_parent, true) } },
	{ CAUSE_EXEC_INHERITED, CAUSE_WAITS_FOR_OTHERS, { F(parent_execed, true), FOR_OTHERS } },
	{ CAUSE_EXEC_INHERITED,
	  CAUSE_WAITS_FOR_OTHERS,
	  { F(parent_execed, true), F(waits_since, 1), F(others_since, 1) } },
	{ CAUSE_EXEC_INHERITED, CAUSE_HANDLER_RAN_NO_WAIT, { F(parent_execed, true), RAN } },
	{ CAUSE_EXEC_INHERITED, CAUSE_NEVER_WAITS, { F(parent_execed, true) } },

	{ CAUSE_INIT_IGNORES_ADOPTED, CAUSE_WAITS_FOR_OTHERS, { INIT, FOR_OTHERS } },
	{ CAUSE_INIT_IGNORES_ADOPTED, CAUSE_HANDLER_RAN_NO_WAIT, { INIT, RAN } },
	{ CAUSE_INIT_IGNORES_ADOPTED, CAUSE_NEVER_WAITS, { INIT } },
	{ CAUSE_SUBREAPER_IGNORES_ADOPTED, CAUSE_WAITS_FOR_OTHERS, { SUBREAPER, FOR_OTHERS } },
	{ CAUSE_SUBREAPER_IGNORES_ADOPTED, CAUSE_HANDLER_RAN_NO_WAIT, { SUBREAPER, RAN } },
	{ CAUSE_SUBREAPER_IGNORES_ADOPTED, CAUSE_NEVER_WAITS, { SUBREAPER } },
	{ CAUSE_CLONE_PARENT, CAUSE_WAITS_FOR_OTHERS, { F(cloned_for_parent, true), FOR_OTHERS } },
	{ CAUSE_CLONE_PARENT, CAUSE_HANDLER_RAN_NO_WAIT, { F(cloned_for_parent, true), RAN } },
	{ CAUSE_CLONE_PARENT, CAUSE_NEVER_WAITS, { F(cloned_for_parent, true) } },

	{ CAUSE_LATE_HANDLER,
	  CAUSE_WAITS_FOR_OTHERS,
	  { F(disposition, DISPOSITION_HANDLER), FOR_OTHERS } },
	{ CAUSE_LATE_HANDLER,
	  CAUSE_KILLS_NEVER_WAITS,
	  { F(disposition, DISPOSITION_HANDLER), KILLED } },
	{ CAUSE_LATE_HANDLER, CAUSE_NEVER_WAITS, { F(disposition, DISPOSITION_HANDLER) } },

	{ CAUSE_WAITS_FOR_OTHERS,
	  CAUSE_HANDLER_REPLACED,
	  { FOR_OTHERS, RAN, F(handler_replaced, true) } },
	{ CAUSE_WAITS_FOR_OTHERS, CAUSE_WRONG_THREAD, { FOR_OTHERS, RAN, THREADS } },
	{ CAUSE_WAITS_FOR_OTHERS, CAUSE_HANDLER_RAN_NO_WAIT, { FOR_OTHERS, RAN } },
	{ CAUSE_WAITS_FOR_OTHERS, CAUSE_KILLS_NEVER_WAITS, { FOR_OTHERS, KILLED } },
	{ CAUSE_WAITS_FOR_OTHERS, CAUSE_ASKED_TOO_EARLY, { FOR_OTHERS, POLLED } },

	{ CAUSE_HANDLER_REPLACED, CAUSE_WRONG_THREAD, { RAN, THREADS, F(handler_replaced, true) } },
	{ CAUSE_HANDLER_REPLACED, CAUSE_HANDLER_RAN_NO_WAIT, { RAN, F(handler_replaced, true) } },
	{ CAUSE_WRONG_THREAD, CAUSE_HANDLER_RAN_NO_WAIT, { RAN, THREADS } },
	{ CAUSE_HANDLER_RAN_NO_WAIT, CAUSE_KILLS_NEVER_WAITS, { RAN, KILLED } },
	{ CAUSE_HANDLER_RAN_NO_WAIT, CAUSE_ASKED_TOO_EARLY, { RAN, POLLED } },

	{ CAUSE_SIGCHLD_BLOCKED, CAUSE_SLOW_REAPER, { BLOCKED, REAPED_ONCE } },
	{ CAUSE_LATE_HANDLER,
	  CAUSE_SLOW_REAPER,
	  { REAPED_ONCE, F(disposition, DISPOSITION_HANDLER) } },
	{ CAUSE_HANDLER_RAN_NO_WAIT, CAUSE_SLOW_REAPER, { RAN, REAPED_ONCE } },
	{ CAUSE_SLOW_REAPER, CAUSE_KILLS_NEVER_WAITS, { REAPED_ONCE, KILLED } },
	{ CAUSE_SLOW_REAPER, CAUSE_NEVER_WAITS, { REAPED_ONCE } },

	{ CAUSE_KILLS_NEVER_WAITS, CAUSE_WAITS_FOR_OTHERS, { KILLED, F(waits_life, 2) } },
	{ CAUSE_KILLS_NEVER_WAITS, CAUSE_ASKED_TOO_EARLY, { KILLED, POLLED } },
	{ CAUSE_KILLS_NEVER_WAITS, CAUSE_NEVER_WAITS, { KILLED } },
	{ CAUSE_WAITS_FOR_OTHERS, CAUSE_NEVER_WAITS, { F(waits_life, 2) } },
	{ CAUSE_ASKED_TOO_EARLY, CAUSE_NEVER_WAITS, { POLLED } },
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static bool holds(enum cause cause, const struct facts *facts)
{
	size_t count;
	const struct rule *rules = rules_table(&count);

	for (size_t i = 0; i < count; i++)
		if (rules[i].cause == cause && rules[i].holds(facts))
			return true;
	return false;
}

/* What slow-reaper and never-waits say is implied by, or untrue beside, any other cause. */
static bool is_never_beside(enum cause cause)
{
	return cause == CAUSE_NEVER_WAITS || cause == CAUSE_SLOW_REAPER;
}

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAIRS; i++) {
		const char *first = cause_text(pairs[i].first)->name;
		const char *second = cause_text(pairs[i].second)->name;
		struct facts facts = plain_facts;
		struct verdict verdict;

		apply_all(&facts, pairs[i].changes);
		if (!holds(pairs[i].second, &facts))
			fail_msg("%s over %s: the second does not hold", first, second);
		verdict_judge(&facts, &verdict);
		if (verdict.cause != pairs[i].first)
			fail_msg("%s over %s: %s", first, second, cause_text(verdict.cause)->name);
		if (!(verdict.also & CAUSE_BIT(pairs[i].second)) !=
		    is_never_beside(pairs[i].second))
			fail_msg("%s over %s: also is 0x%llx", first, second,
				 (unsigned long long)verdict.also);
		assert_false(verdict.also & CAUSE_BIT(verdict.cause));
		assert_false(verdict.also & CAUSE_BIT(CAUSE_NEVER_WAITS));
		assert_false(verdict.also & CAUSE_BIT(CAUSE_UNKNOWN));
	}
}

/* All that hold are listed, once each, whatever their number of rows. */
static void test_also_lists_all(void **state)
{
	static const struct change changes[] = {
		RAN, FOR_OTHERS, KILLED, POLLED, F(handler_replaced, true), {}
	};
	struct facts facts = plain_facts;
	struct verdict verdict;

	(void)state;
	for (size_t i = 0; changes[i].name; i++)
		apply(&facts, &changes[i]);
	verdict_judge(&facts, &verdict);
	assert_int_equal(verdict.cause, CAUSE_WAITS_FOR_OTHERS);
	assert_int_equal(verdict.also, CAUSE_BIT(CAUSE_HANDLER_REPLACED) |
					       CAUSE_BIT(CAUSE_HANDLER_RAN_NO_WAIT) |
					       CAUSE_BIT(CAUSE_KILLS_NEVER_WAITS) |
					       CAUSE_BIT(CAUSE_ASKED_TOO_EARLY));
}

/* A cause with several rows that hold is named once. */
static void test_no_cause_beside_itself(void **state)
{
	static const struct change changes[] = { FOR_OTHERS, F(waits_life, 4), {} };
	struct facts facts = plain_facts;
	struct verdict verdict;

	(void)state;
	for (size_t i = 0; changes[i].name; i++)
		apply(&facts, &changes[i]);
	verdict_judge(&facts, &verdict);
	assert_int_equal(verdict.cause, CAUSE_WAITS_FOR_OTHERS);
	assert_int_equal(verdict.also, 0);
}

/* What is not a zombie yet has no cause beside: nobody could have collected it. */
static void test_nothing_beside_what_is_not_dead_yet(void **state)
{
	static const uint8_t kinds[] = { DW_DEAD_DYING, DW_DEAD_LEADER };
	static const struct change changes[] = { STOPPED, KILLED, INIT, F(traced, true), {} };

	(void)state;
	for (size_t k = 0; k < sizeof(kinds); k++) {
		struct facts facts = plain_facts;
		struct verdict verdict;

		for (size_t i = 0; changes[i].name; i++)
			apply(&facts, &changes[i]);
		facts.dead_kind = kinds[k];
		verdict_judge(&facts, &verdict);
		assert_int_equal(verdict.also, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_also_lists_all),
		cmocka_unit_test(test_no_cause_beside_itself),
		cmocka_unit_test(test_nothing_beside_what_is_not_dead_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
