// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict: how certain it is, at which age, what contradicts an earlier one, and that its evidence
 * fits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "facts_json.h"
#include "verdict_cases.h"

static enum confidence confidence_of(const struct facts *facts, enum cause expected)
{
	struct verdict verdict;

	verdict_judge(facts, &verdict);
	assert_int_equal(verdict.cause, expected);
	return verdict.confidence;
}

/* --- patience --- */

static const struct {
	uint64_t age_ns;
	enum confidence confidence;
} ages[] = {
	{ 0, CONFIDENCE_POSSIBLE },
	{ SECONDS(10) - 1, CONFIDENCE_POSSIBLE },
	{ SECONDS(10), CONFIDENCE_LIKELY },
	{ SECONDS(60) - 1, CONFIDENCE_LIKELY },
	{ SECONDS(60), CONFIDENCE_CERTAIN },
	{ SECONDS(100000), CONFIDENCE_CERTAIN },
};

static void check_patience(struct facts facts, enum cause cause)
{
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		facts.age_ns = ages[i].age_ns;
		assert_int_equal(confidence_of(&facts, cause), ages[i].confidence);
	}
}

static void test_patient_causes(void **state)
{
	struct facts facts = plain_facts;

	(void)state;
	check_patience(facts, CAUSE_NEVER_WAITS);
	facts.killed_by_parent = true;
	check_patience(facts, CAUSE_KILLS_NEVER_WAITS);
	facts = plain_facts;
	facts.threads_blocking = 1;
	facts.blocked_ns = SECONDS(60);
	facts.pending = true;
	check_patience(facts, CAUSE_SIGCHLD_BLOCKED);
	facts = plain_facts;
	facts.polled_before = true;
	check_patience(facts, CAUSE_ASKED_TOO_EARLY);
	facts = plain_facts;
	facts.others_since = 1;
	check_patience(facts, CAUSE_WAITS_FOR_OTHERS);
	facts = plain_facts;
	facts.parent_ns_init = true;
	facts.adopted = KNOWN_YES;
	check_patience(facts, CAUSE_INIT_IGNORES_ADOPTED);
}

/* A signal was taken, or missed: a slow parent may still wait after that. */
static void test_patient_about_signals(void **state)
{
	struct facts facts = plain_facts;

	(void)state;
	facts.delivered_since = 1;
	facts.delivered_life = 1;
	facts.delivered_tid = 100;
	check_patience(facts, CAUSE_HANDLER_RAN_NO_WAIT);
	facts.waited_tid = 101;
	facts.waited_tid_lives = true;
	check_patience(facts, CAUSE_WRONG_THREAD);
	facts.handler_replaced = true;
	check_patience(facts, CAUSE_HANDLER_REPLACED);
	facts = plain_facts;
	facts.disposition = DISPOSITION_HANDLER;
	check_patience(facts, CAUSE_LATE_HANDLER);
	facts = plain_facts;
	facts.exit_signal = SIGUSR1;
	check_patience(facts, CAUSE_EXIT_SIGNAL);
	facts = plain_facts;
	facts.dead_kind = DW_DEAD_DYING;
	check_patience(facts, CAUSE_EXIT_STUCK);
}

/* Patient, and never more than likely. */
static void test_patient_and_likely(void **state)
{
	struct facts facts = plain_facts;

	(void)state;
	facts.waits_life = 4;
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		facts.age_ns = ages[i].age_ns;
		assert_int_equal(confidence_of(&facts, CAUSE_WAITS_FOR_OTHERS),
				 ages[i].confidence == CONFIDENCE_POSSIBLE ? CONFIDENCE_POSSIBLE :
									     CONFIDENCE_LIKELY);
	}
}

/* An adopter has had the child only since the adoption. */
static void test_patience_counts_from_the_adoption(void **state)
{
	struct facts facts = plain_facts;

	(void)state;
	facts.parent_ns_init = true;
	facts.adopted = KNOWN_YES;
	facts.age_ns = SECONDS(1000);
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		facts.under_ns = ages[i].age_ns;
		/* 0: no adoption was seen */
		assert_int_equal(confidence_of(&facts, CAUSE_INIT_IGNORES_ADOPTED),
				 ages[i].age_ns ? ages[i].confidence : CONFIDENCE_CERTAIN);
	}
	/* longer than its age: that counts */
	facts.under_ns = SECONDS(100);
	check_patience(facts, CAUSE_INIT_IGNORES_ADOPTED);
}

static void test_other_causes_need_no_patience(void **state)
{
	struct facts facts = plain_facts;

	(void)state;
	facts.age_ns = 0;
	facts.traced = true;
	assert_int_equal(confidence_of(&facts, CAUSE_TRACED), CONFIDENCE_CERTAIN);
	facts.traced = false;
	facts.pipe_writer = PIPE_WRITER_SELF;
	assert_int_equal(confidence_of(&facts, CAUSE_WAITS_FOR_PIPE), CONFIDENCE_CERTAIN);
	facts.pipe_writer = PIPE_WRITER_SIMILAR;
	assert_int_equal(confidence_of(&facts, CAUSE_WAITS_FOR_PIPE), CONFIDENCE_LIKELY);
}

static void test_age_not_known(void **state)
{
	struct facts facts = plain_facts;

	(void)state;
	facts.age_known = false;
	facts.age_ns = 0;
	assert_int_equal(confidence_of(&facts, CAUSE_NEVER_WAITS), CONFIDENCE_POSSIBLE);
}

/* Three zombies of one that never waited in its life: a step surer, but it may still begin to. */
static void test_three_zombies(void **state)
{
	static const struct change spoils[] = {
		F(zombies, 2), F(whole_life, false), F(waits_life, 1), F(delivered_life, 1),
		F(fetched_life, 1),
	};
	struct facts facts = plain_facts;

	(void)state;
	facts.age_ns = 0;
	facts.zombies = 3;
	facts.deaths_life = 3;
	assert_int_equal(confidence_of(&facts, CAUSE_NEVER_WAITS), CONFIDENCE_LIKELY);
	facts.age_ns = SECONDS(10) - 1;
	assert_int_equal(confidence_of(&facts, CAUSE_NEVER_WAITS), CONFIDENCE_LIKELY);
	facts.age_ns = SECONDS(10);
	assert_int_equal(confidence_of(&facts, CAUSE_NEVER_WAITS), CONFIDENCE_CERTAIN);
	facts.age_ns = 0;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		struct facts spoilt = facts;

		spoilt.waits_any_life = 1; /* or its waits were for others */
		apply(&spoilt, &spoils[i]);
		assert_int_equal(confidence_of(&spoilt, CAUSE_NEVER_WAITS), CONFIDENCE_POSSIBLE);
	}
}

/* Likely at once: that needs no age. */
static void test_three_zombies_of_unknown_age(void **state)
{
	struct facts facts = plain_facts;

	(void)state;
	facts.age_known = false;
	facts.age_ns = 0;
	facts.zombies = 3;
	facts.deaths_life = 3;
	assert_int_equal(confidence_of(&facts, CAUSE_NEVER_WAITS), CONFIDENCE_LIKELY);
}

/* Nobody may say that no wait comes who could not see the waits in flight. */
static void test_flights_not_known(void **state)
{
	struct facts facts = plain_facts;

	(void)state;
	facts.flights_known = false;
	assert_int_equal(confidence_of(&facts, CAUSE_NEVER_WAITS), CONFIDENCE_POSSIBLE);
	facts.traced = true; /* which does not matter here */
	assert_int_equal(confidence_of(&facts, CAUSE_TRACED), CONFIDENCE_CERTAIN);
}

/* A gap lowers by one and never below possible. */
static void test_gap_at_each_age(void **state)
{
	static const enum confidence lowered[] = {
		[CONFIDENCE_POSSIBLE] = CONFIDENCE_POSSIBLE,
		[CONFIDENCE_LIKELY] = CONFIDENCE_POSSIBLE,
		[CONFIDENCE_CERTAIN] = CONFIDENCE_LIKELY,
	};
	struct facts facts = plain_facts;

	(void)state;
	facts.since_death = false;
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		facts.age_ns = ages[i].age_ns;
		assert_int_equal(confidence_of(&facts, CAUSE_NEVER_WAITS),
				 lowered[ages[i].confidence]);
	}
}

static void test_confidence_names(void **state)
{
	(void)state;
	assert_string_equal(verdict_confidence_name(CONFIDENCE_POSSIBLE), "possible");
	assert_string_equal(verdict_confidence_name(CONFIDENCE_LIKELY), "likely");
	assert_string_equal(verdict_confidence_name(CONFIDENCE_CERTAIN), "certain");
}

/* --- what contradicts an earlier verdict --- */

static const struct {
	enum cause cause;
	bool contradicts;
	struct change changes[CHANGES_MAX];
} later_facts[] = {
	{ CAUSE_UNKNOWN, true, {} },
	/* a wait that would have taken it */
	{ CAUSE_HELD, true, { F(matches_since, 1) } },
	{ CAUSE_EXIT_SIGNAL, true, { F(matches_since, 1) } },
	{ CAUSE_EXEC_INHERITED, true, { F(matches_since, 1) } },
	{ CAUSE_CLONE_PARENT, true, { F(matches_since, 1) } },
	{ CAUSE_WAITS_FOR_OTHERS, true, { F(matches_since, 1) } },
	{ CAUSE_KILLS_NEVER_WAITS, true, { F(matches_since, 1) } },
	{ CAUSE_INIT_IGNORES_ADOPTED, true, { F(matches_since, 1) } },
	{ CAUSE_SUBREAPER_IGNORES_ADOPTED, true, { F(matches_since, 1) } },
	/* a wait for others or the end of one is no such thing */
	{ CAUSE_HELD, false, { F(waits_since, 1) } },
	{ CAUSE_EXIT_SIGNAL, false, { F(waits_since, 1) } },
	{ CAUSE_EXEC_INHERITED, false, { F(waits_since, 1) } },
	{ CAUSE_CLONE_PARENT, false, { F(waits_since, 1) } },
	{ CAUSE_WAITS_FOR_OTHERS, false, {} },
	{ CAUSE_KILLS_NEVER_WAITS, false, { F(waits_since, 1) } },
	{ CAUSE_INIT_IGNORES_ADOPTED, false, { F(waits_since, 1) } },
	{ CAUSE_SUBREAPER_IGNORES_ADOPTED, false, { F(waits_since, 1) } },
	/* it was seen to reap others */
	{ CAUSE_INIT_IGNORES_ADOPTED, true, { F(reaped, 1) } },
	{ CAUSE_SUBREAPER_IGNORES_ADOPTED, true, { F(reaped, 1) } },
	{ CAUSE_INIT_IGNORES_ADOPTED, true,
	  { F(reaped, 1), F(waits_life, 4), F(waits_any_life, 1) } },
	/* whom it asked for by their pids: no sign that it reaps what it adopts */
	{ CAUSE_INIT_IGNORES_ADOPTED, false, { F(reaped, 1), F(waits_life, 4) } },
	{ CAUSE_SUBREAPER_IGNORES_ADOPTED, false, { F(reaped, 1), F(waits_life, 4) } },
	/* any sign of life of one that gave none */
	{ CAUSE_NEVER_WAITS, true, { F(waits_since, 1) } },
	{ CAUSE_NEVER_WAITS, true, { F(delivered_since, 1) } },
	{ CAUSE_NEVER_WAITS, true, { F(fetched_since, 1) } },
	{ CAUSE_NEVER_WAITS, true, { F(disposition, DISPOSITION_HANDLER) } }, /* since the death */
	{ CAUSE_NEVER_WAITS, false, { F(disposition, DISPOSITION_IGNORE) } },
	{ CAUSE_SIGCHLD_BLOCKED, true, { F(waits_since, 1) } },
	{ CAUSE_SIGCHLD_BLOCKED, true, { F(delivered_since, 1) } },
	{ CAUSE_SIGCHLD_BLOCKED, true, { F(fetched_since, 1) } },
	{ CAUSE_SIGCHLD_BLOCKED_INHERITED, true, { F(delivered_since, 1) } },
	{ CAUSE_SIGCHLD_BLOCKED_INHERITED, true, { F(threads_blocking, 1), F(waits_since, 1) } },
	/* neither blocked nor pending: it was taken, by whatever way */
	{ CAUSE_SIGCHLD_BLOCKED, true, {} },
	{ CAUSE_SIGCHLD_BLOCKED, true, { F(threads, 2), F(threads_blocking, 1) } },
	{ CAUSE_SIGCHLD_BLOCKED, false, { F(pending, true) } },
	{ CAUSE_SIGCHLD_BLOCKED, false, { F(threads_blocking, 1) } },
	{ CAUSE_SIGCHLD_BLOCKED, false, { F(threads, 0) } },
	{ CAUSE_SIGCHLD_BLOCKED_INHERITED, true, {} },
	{ CAUSE_SIGCHLD_BLOCKED_INHERITED, false, { F(pending, true) } },
	{ CAUSE_SIGCHLD_BLOCKED_INHERITED, false, { F(threads_blocking, 1) } },
	{ CAUSE_LATE_HANDLER, true, { F(delivered_since, 1) } },
	{ CAUSE_LATE_HANDLER, true, { F(waits_since, 1) } },
	{ CAUSE_LATE_HANDLER, false, { F(disposition, DISPOSITION_DEFAULT) } },
	/* a wait after all */
	{ CAUSE_HANDLER_RAN_NO_WAIT, true, { F(waits_since, 1) } },
	{ CAUSE_HANDLER_RAN_NO_WAIT, false, { F(delivered_since, 9) } },
	{ CAUSE_HANDLER_RAN_NO_WAIT, true, { F(delivered_since, 1), F(waits_since, 1) } },
	{ CAUSE_HANDLER_RAN_NO_WAIT, false, { F(fetched_since, 1) } },
	{ CAUSE_HANDLER_REPLACED, true, { F(delivered_since, 1), F(waits_since, 1) } },
	{ CAUSE_HANDLER_REPLACED, false, { F(delivered_since, 1), F(handler_replaced, false) } },
	{ CAUSE_WRONG_THREAD, true, { F(delivered_since, 1), F(waits_since, 1) } },
	{ CAUSE_WRONG_THREAD, false, { F(delivered_since, 1), F(waited_tid_lives, false) } },
	/* what seemed to be taken was not */
	{ CAUSE_HANDLER_RAN_NO_WAIT, true, {} },
	{ CAUSE_HANDLER_REPLACED, true, {} },
	{ CAUSE_WRONG_THREAD, true, {} },
	{ CAUSE_ASKED_TOO_EARLY, true, { F(waits_since, 1) } },
	{ CAUSE_ASKED_TOO_EARLY, false, { F(delivered_since, 1) } },
	/* more waits than signals: it loops */
	{ CAUSE_SIGCHLD_MERGED, true,
	  { F(waits_since, 3), F(delivered_since, 2), F(waits_life, 3), F(delivered_life, 2) } },
	{ CAUSE_SIGCHLD_MERGED, false,
	  { F(waits_since, 2), F(delivered_since, 2), F(waits_life, 2), F(delivered_life, 2) } },
	{ CAUSE_SLOW_REAPER, false, { F(matches_since, 1) } },
	{ CAUSE_AUTO_REAPED, false, {} },
	{ CAUSE_STATUS_STOLEN, false, {} },
	/* the kernel's own second try comes late */
	{ CAUSE_INTERRUPTED_WAIT, true, { F(matches_since, 1) } },
	{ CAUSE_INTERRUPTED_WAIT, false, { F(others_since, 1) } },
	/* it came back */
	{ CAUSE_HANDLER_STUCK, true, { F(handler_frame, KNOWN_NO) } },
	{ CAUSE_HANDLER_STUCK, false, { F(handler_frame, KNOWN_NOT) } },
	{ CAUSE_WAITS_FOR_PIPE, true, { F(matches_since, 1) } },
	{ CAUSE_WAITS_FOR_PIPE, false, { F(pipe_writer, PIPE_WRITER_NONE) } },
	{ CAUSE_PARENT_STUCK, true, { F(ran, true) } },
	{ CAUSE_PARENT_STUCK, true, { F(ran, false), F(waits_since, 1) } },
	{ CAUSE_PARENT_STUCK, false, { F(ran, false), F(threads_locked, 0) } },
	{ CAUSE_PARENT_STUCK, false, { F(switches_known, false) } },
	{ CAUSE_SLOW_REAPER, false, {} },
	/* another kind of death */
	{ CAUSE_LEADER_EXITED, true, {} },
	{ CAUSE_LEADER_EXITED, false, { F(dead_kind, DW_DEAD_LEADER) } },
	{ CAUSE_NAMESPACE_TEARDOWN, true, {} },
	{ CAUSE_NAMESPACE_TEARDOWN, false, { F(dead_kind, DW_DEAD_DYING) } },
	{ CAUSE_EXIT_STUCK, true, {} },
	{ CAUSE_EXIT_STUCK, false, { F(dead_kind, DW_DEAD_DYING) } },
	/* it has been free for ten seconds, and the zombie is still there */
	{ CAUSE_TRACED, true, { F(free_ns, SECONDS(10)) } },
	{ CAUSE_TRACED, false, { F(free_ns, SECONDS(10) - 1) } },
	{ CAUSE_TRACED, false, { F(traced, true) } },
	{ CAUSE_PARENT_STOPPED, true, { F(free_ns, SECONDS(10)) } },
	{ CAUSE_PARENT_STOPPED, false, { F(free_ns, SECONDS(10) - 1) } },
	{ CAUSE_PARENT_STOPPED, false, { F(threads_frozen, 1) } },
};

static void test_contradictions(void **state)
{
	uint64_t stands = 0, falls = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(later_facts) / sizeof(later_facts[0]); i++) {
		struct facts facts = plain_facts;

		apply_all(&facts, later_facts[i].changes);
		if (verdict_contradicts(later_facts[i].cause, &facts) !=
		    later_facts[i].contradicts)
			fail_msg("line %zu, %s: not %d", i, cause_text(later_facts[i].cause)->name,
				 later_facts[i].contradicts);
		*(later_facts[i].contradicts ? &falls : &stands) |=
			CAUSE_BIT(later_facts[i].cause);
	}
	/* of every cause both ways, but unknown never stands and some never fall */
	falls |= CAUSE_BIT(CAUSE_SLOW_REAPER) | CAUSE_BIT(CAUSE_AUTO_REAPED) |
		 CAUSE_BIT(CAUSE_STATUS_STOLEN);
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		if (cause != CAUSE_UNKNOWN && !(stands & CAUSE_BIT(cause)))
			fail_msg("%s is never seen to stand", cause_text(cause)->name);
		if (!(falls & CAUSE_BIT(cause)))
			fail_msg("%s is never contradicted", cause_text(cause)->name);
	}
}

/* --- evidence --- */

/* Every number as large as its field holds, every name as long as can be. */
static void fill_numbers(struct facts *facts, bool flags)
{
	static const json_int_t largest[] = { INT64_MAX, UINT32_MAX, INT32_MAX, UINT8_MAX };
	json_t *object, *member, *one;
	struct facts names;
	const char *name;

	memset(facts, 1, sizeof(*facts)); /* names of processes: 16 bytes that show as \x01 */
	memset(facts->hangs_in, 'w', sizeof(facts->hangs_in)); /* the kernel's own words */
	strcpy(facts->handler_in, "clock_nanosleep");
	names = *facts;
	object = facts_to_json(facts);
	json_object_foreach(object, name, member) {
		size_t i = 0;

		if (json_is_boolean(member))
			json_object_set_new(object, name, json_boolean(flags));
		if (!json_is_integer(member))
			continue;
		do {
			json_integer_set(member, largest[i]);
			one = json_pack("{sO}", name, member);
			assert_non_null(one);
		} while (facts_from_json(one, facts) && (json_decref(one), ++i < 4));
		json_decref(one);
	}
	assert_int_equal(facts_from_json(object, facts), 0);
	json_decref(object);
	memcpy(facts->blocker_comm, names.blocker_comm, sizeof(names.blocker_comm));
	memcpy(facts->vfork_comm, names.vfork_comm, sizeof(names.vfork_comm));
	memcpy(facts->pipe_holder_comm, names.pipe_holder_comm, sizeof(names.pipe_holder_comm));
	assert_int_equal(facts->waits_since, UINT32_MAX);
	assert_int_equal(facts->pending, flags);
}

static void check_lines(const struct verdict *verdict, const char *cause)
{
	assert_in_range(verdict->lines, 1, VERDICT_LINES);
	for (unsigned int i = 0; i < verdict->lines; i++) {
		const char *line = verdict->evidence[i];

		/* snprintf cuts to one byte less than there is room */
		if (strlen(line) >= VERDICT_LINE_MAX - 1)
			fail_msg("%s: cut: '%s'", cause, line);
		for (size_t c = 0; line[c]; c++)
			assert_in_range(line[c], ' ', '~');
	}
}

static void check_rows(const struct facts *facts)
{
	size_t count;
	const struct rule *rules = rules_table(&count);
	struct verdict verdict;

	for (size_t i = 0; i < count; i++) {
		verdict = (struct verdict){};
		rules[i].tell(facts, &verdict);
		check_lines(&verdict, cause_text(rules[i].cause)->name);
	}
	verdict = (struct verdict){};
	rules_tell_unknown(facts, &verdict);
	check_lines(&verdict, "unknown");
}

static void test_evidence_fits(void **state)
{
	struct facts facts;

	(void)state;
	for (int flags = 0; flags <= 1; flags++) {
		fill_numbers(&facts, flags);
		check_rows(&facts);
		for (uint8_t known = KNOWN_NOT; known <= KNOWN_YES; known++) {
			facts.adopted = known;
			facts.signalfd = known;
			facts.disposition = known + 1;
			facts.lost_how = known + DW_LOST_GONE;
			facts.pipe_writer = known + PIPE_WRITER_SELF;
			check_rows(&facts);
		}
		facts.lost_how = DW_LOST_STOLEN;
		facts.taker_traces = flags;
		check_rows(&facts);
		facts.lost_how = DW_LOST_STOLEN + 1; /* of a later version, in a log */
		facts.exit_signal = 64;
		facts.threads = 1;
		check_rows(&facts);
		facts.waits_since = 0;
		facts.fetched_since = 0;
		facts.vfork_child = 0;
		check_rows(&facts);
		facts.threads_locked = 0;
		check_rows(&facts);
		facts.threads_writing = 0;
		check_rows(&facts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patient_causes),
		cmocka_unit_test(test_patient_about_signals),
		cmocka_unit_test(test_patient_and_likely),
		cmocka_unit_test(test_patience_counts_from_the_adoption),
		cmocka_unit_test(test_other_causes_need_no_patience),
		cmocka_unit_test(test_age_not_known),
		cmocka_unit_test(test_three_zombies),
		cmocka_unit_test(test_three_zombies_of_unknown_age),
		cmocka_unit_test(test_flights_not_known),
		cmocka_unit_test(test_gap_at_each_age),
		cmocka_unit_test(test_confidence_names),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_evidence_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
