// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict: of a zombie that its parent left behind at its own end. What the parent has not done it
 * never will, so no patience is needed; and what is only said of one that lives is not said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "advice.h"
#include "facts_json.h"
#include "verdict_cases.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As an exiting parent is read: no live thread, nothing asked of /proc, its child just dead. */
#define ENDED                                                                                      \
	F(parent_ended, true), F(threads, 0), F(age_ns, MILLISECONDS(100)), F(signalfd, KNOWN_NOT)

#define HANDLER F(disposition, DISPOSITION_HANDLER), F(own_sigchld, DW_SIGCHLD_QUEUED)
#define RAN HANDLER, F(delivered_since, 1), F(delivered_life, 1), F(delivered_tid, 100)
#define WAITED_BEFORE F(waits_life, 3), F(waits_any_life, 3)
#define CERTAIN CONFIDENCE_CERTAIN
#define LIKELY CONFIDENCE_LIKELY

/* Each misses when its parent did the one thing that would have reaped the child. */
static const struct verdict_case ended_cases[] = {
	{ "never waited", CAUSE_NEVER_WAITS, CERTAIN, LIKELY, .changes = { ENDED },
	  .misses = { { F(matches_since, 1), CAUSE_SLOW_REAPER },
		      { F(waits_since, 1), CAUSE_UNKNOWN } } },
	{ "waited, but not since", CAUSE_NEVER_WAITS, CERTAIN, LIKELY,
	  .changes = { ENDED, WAITED_BEFORE }, .misses = { { F(waits_since, 1), CAUSE_UNKNOWN } } },
	{ "a handler that has not run", CAUSE_NEVER_WAITS, CERTAIN, .no_gap = true,
	  .changes = { ENDED, HANDLER, F(pending, true) },
	  .misses = { { F(delivered_since, 1), CAUSE_HANDLER_RAN_NO_WAIT } } },
	{ "killed by its parent", CAUSE_KILLS_NEVER_WAITS, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(killed_by_parent, true), F(kill_signal, SIGTERM) },
	  .misses = { { F(others_since, 1), CAUSE_WAITS_FOR_OTHERS } } },
	{ "handler set after the death", CAUSE_LATE_HANDLER, CERTAIN, LIKELY,
	  .changes = { ENDED, F(disposition, DISPOSITION_HANDLER) },
	  .misses = { { F(delivered_since, 1), CAUSE_HANDLER_RAN_NO_WAIT } } },
	{ "one wait per signal, two merged", CAUSE_SIGCHLD_MERGED, CERTAIN, LIKELY,
	  .changes = { ENDED, RAN, F(deaths_life, 3), F(merged_life, 2), F(merged_since, 2),
		       F(waits_life, 1), F(waits_any_life, 1), F(waits_since, 1),
		       F(matches_since, 1) },
	  .misses = { { F(merged_life, 0), CAUSE_SLOW_REAPER } } },
	{ "one wait per signal, merged before", CAUSE_SIGCHLD_MERGED, LIKELY, CONFIDENCE_POSSIBLE,
	  .changes = { ENDED, RAN, F(deaths_life, 3), F(merged_life, 2), F(waits_life, 1),
		       F(waits_any_life, 1), F(waits_since, 1), F(matches_since, 1) },
	  .misses = { { F(merged_life, 0), CAUSE_SLOW_REAPER } } },
	{ "the handler ran", CAUSE_HANDLER_RAN_NO_WAIT, CERTAIN, LIKELY, .changes = { ENDED, RAN },
	  .misses = { { F(waits_since, 1), CAUSE_UNKNOWN } } },
	{ "the signal was fetched", CAUSE_HANDLER_RAN_NO_WAIT, CERTAIN, LIKELY,
	  .changes = { ENDED, F(own_sigchld, DW_SIGCHLD_QUEUED), F(fetched_since, 1) },
	  .misses = { { F(fetched_since, 0), CAUSE_NEVER_WAITS } } },
	{ "another handler than at its last wait", CAUSE_HANDLER_REPLACED, CERTAIN, LIKELY,
	  .changes = { ENDED, RAN, WAITED_BEFORE, F(handler_replaced, true) },
	  .misses = { { F(handler_replaced, false), CAUSE_HANDLER_RAN_NO_WAIT } } },
	{ "waited for others since", CAUSE_WAITS_FOR_OTHERS, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(waits_since, 1), F(others_since, 1), F(waits_life, 1) },
	  .misses = { { F(others_since, 0), CAUSE_WAITS_FOR_OTHERS },
		      { F(matches_since, 1), CAUSE_SLOW_REAPER } } },
	{ "was in a wait for another", CAUSE_WAITS_FOR_OTHERS, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(was_waiting_for_others, true) },
	  .misses = { { F(was_waiting_for_others, false), CAUSE_NEVER_WAITS } } },
	{ "never waited but for others", CAUSE_WAITS_FOR_OTHERS, LIKELY, LIKELY,
	  .changes = { ENDED, F(waits_life, 2) },
	  .misses = { { F(waits_any_life, 1), CAUSE_NEVER_WAITS } } },
	{ "polled before the death", CAUSE_ASKED_TOO_EARLY, CERTAIN, CERTAIN,
	  .changes = { ENDED, WAITED_BEFORE, F(polled_before, true) },
	  .misses = { { F(polled_before, false), CAUSE_NEVER_WAITS } } },
	{ "looked at with WNOWAIT", CAUSE_HELD, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(peeked_since, true), F(waits_since, 1), F(others_since, 1),
		       F(waits_life, 1) },
	  .misses = { { F(peeked_since, false), CAUSE_WAITS_FOR_OTHERS } } },
	{ "another exit signal", CAUSE_EXIT_SIGNAL, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(exit_signal, SIGUSR1) },
	  .misses = { { F(exit_signal, SIGCHLD), CAUSE_NEVER_WAITS } } },
	{ "exec'd over the program that forked it", CAUSE_EXEC_INHERITED, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(parent_execed, true) },
	  .misses = { { F(parent_execed, false), CAUSE_NEVER_WAITS } } },
	{ "forked by another, with CLONE_PARENT", CAUSE_CLONE_PARENT, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(cloned_for_parent, true) },
	  .misses = { { F(cloned_for_parent, false), CAUSE_NEVER_WAITS } } },
	{ "adopted by a subreaper", CAUSE_SUBREAPER_IGNORES_ADOPTED, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(parent_subreaper, true), F(adopted, KNOWN_YES) },
	  .misses = { { F(parent_subreaper, false), CAUSE_NEVER_WAITS } } },
	{ "traced by another", CAUSE_TRACED, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(traced, true) },
	  .misses = { { F(traced, false), CAUSE_NEVER_WAITS } } },
	{ "one wait for several", CAUSE_SLOW_REAPER, CERTAIN, CERTAIN,
	  .changes = { ENDED, F(waits_life, 1), F(waits_any_life, 1), F(waits_since, 1),
		       F(matches_since, 1), F(zombies, 2) },
	  .misses = { { F(matches_since, 0), CAUSE_UNKNOWN } } },
};

static struct verdict judge(const struct facts *facts, const char *name, enum cause expected)
{
	struct verdict verdict;

	verdict_judge(facts, &verdict);
	if (verdict.cause != expected)
		fail_msg("%s: %s instead of %s", name, cause_text(verdict.cause)->name,
			 cause_text(expected)->name);
	return verdict;
}

/* Whether the last line of the evidence tells of the parent's end. */
static bool tells_end(const struct verdict *verdict)
{
	return verdict->lines &&
	       strstr(verdict->evidence[verdict->lines - 1], "the parent has ended");
}

static void test_reached_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ended_cases); i++) {
		const struct verdict_case *the_case = &ended_cases[i];
		struct facts facts = facts_of(the_case);
		struct verdict verdict = judge(&facts, the_case->name, the_case->cause);

		if (verdict.confidence != the_case->confidence)
			fail_msg("%s: %s", the_case->name,
				 verdict_confidence_name(verdict.confidence));
		if (!tells_end(&verdict))
			fail_msg("%s: the parent's end is not told", the_case->name);
	}
}

static void test_just_missed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ended_cases); i++) {
		for (size_t m = 0; m < MISSES_MAX && ended_cases[i].misses[m].change.name; m++) {
			const struct miss *miss = &ended_cases[i].misses[m];
			struct facts facts = facts_of(&ended_cases[i]);
			const struct rule *row = row_of(&facts);
			struct verdict verdict;

			apply(&facts, &miss->change);
			verdict = judge(&facts, ended_cases[i].name, miss->instead);
			assert_false(row->holds(&facts));
			assert_true(tells_end(&verdict));
		}
	}
}

/* The end of the parent does not make up for what was not seen. */
static void test_with_a_gap(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ended_cases); i++) {
		struct facts facts = facts_of(&ended_cases[i]);
		struct verdict verdict;

		if (ended_cases[i].no_gap)
			continue;
		facts.since_death = false;
		verdict = judge(&facts, ended_cases[i].name, ended_cases[i].cause);
		if (verdict.confidence != ended_cases[i].with_gap)
			fail_msg("%s, with a gap: %s", ended_cases[i].name,
				 verdict_confidence_name(verdict.confidence));
	}
}

/* While it lives: patience, and no word of an end. */
static void test_living_parent(void **state)
{
	struct verdict verdict;
	struct facts facts = facts_of(&ended_cases[0]);

	(void)state;
	facts.parent_ended = false;
	facts.threads = 1;
	verdict = judge(&facts, "lives", CAUSE_NEVER_WAITS);
	assert_int_equal(verdict.confidence, CONFIDENCE_POSSIBLE);
	assert_false(tells_end(&verdict));
}

/* --- what is said of one that lives only --- */

/* Exiting and not moving looks like stuck; at its end it is neither. */
static void test_not_stuck(void **state)
{
	struct facts facts = facts_of(&ended_cases[0]);

	(void)state;
	facts.age_ns = SECONDS(5);
	facts.asleep_ns = SECONDS(5);
	judge(&facts, "at its end", CAUSE_NEVER_WAITS);
	facts.parent_ended = false;
	judge(&facts, "hangs in its exit", CAUSE_PARENT_STUCK);
}

/* It was seen to reap others, and would have reaped this one too, but it will not now. */
static void test_not_slow_by_habit(void **state)
{
	struct facts facts = facts_of(&ended_cases[1]);

	(void)state;
	facts.reaped = 3;
	facts.reap_age_ns = SECONDS(60);
	judge(&facts, "at its end", CAUSE_NEVER_WAITS);
	facts.parent_ended = false;
	facts.threads = 1;
	judge(&facts, "lives", CAUSE_SLOW_REAPER);
}

static void test_not_stopped(void **state)
{
	struct facts facts = facts_of(&ended_cases[0]);

	(void)state;
	facts.ran = false;
	facts.free_ns = 0;
	judge(&facts, "was stopped, then killed", CAUSE_NEVER_WAITS);
}

static void test_not_blocked(void **state)
{
	struct facts facts = facts_of(&ended_cases[2]);

	(void)state;
	facts.blocked_ns = SECONDS(60);
	facts.blocked_at_exec = true;
	judge(&facts, "no thread is left to block it", CAUSE_NEVER_WAITS);
}

/* In a container: that an init would not help is said of one that lives. */
static void test_notes(void **state)
{
	struct facts facts = facts_of(&ended_cases[0]);
	const char *notes[ADVICE_NOTES_MAX];

	(void)state;
	facts.parent_ns_level = 1;
	assert_int_equal(advice_notes(CAUSE_NEVER_WAITS, &facts, notes), 0);
	facts.parent_ended = false;
	assert_int_equal(advice_notes(CAUSE_NEVER_WAITS, &facts, notes), 1);
}

/* --- the log --- */

static void test_in_the_log(void **state)
{
	struct facts facts = facts_of(&ended_cases[0]), back = {};
	json_t *object = facts_to_json(&facts);

	(void)state;
	assert_true(json_is_true(json_object_get(object, "parent_ended")));
	assert_int_equal(facts_from_json(object, &back), 0);
	assert_true(back.parent_ended);
	json_decref(object);
	facts.parent_ended = false;
	object = facts_to_json(&facts);
	assert_false(json_is_true(json_object_get(object, "parent_ended")));
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reached_at_once), cmocka_unit_test(test_just_missed),
		cmocka_unit_test(test_with_a_gap),	cmocka_unit_test(test_living_parent),
		cmocka_unit_test(test_not_stuck),	cmocka_unit_test(test_not_slow_by_habit),
		cmocka_unit_test(test_not_stopped),	cmocka_unit_test(test_not_blocked),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
