// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict: every cause and every row of the rules is reached, just missed, and weighed with a gap
 * in the history. The cases are tables: verdict_cases_*.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verdict_cases.h"
#include "verdict_cases_parent.h"
#include "verdict_cases_state.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const struct verdict_case *cases;
	size_t count;
} tables[] = {
	{ parent_cases, COUNT(parent_cases) },
	{ state_cases, COUNT(state_cases) },
};

static void for_each_case(void (*visit)(const struct verdict_case *the_case, void *arg), void *arg)
{
	for (size_t t = 0; t < COUNT(tables); t++)
		for (size_t c = 0; c < tables[t].count; c++)
			visit(&tables[t].cases[c], arg);
}

static const char *name_of(enum cause cause)
{
	return cause_text(cause)->name;
}

static void check_evidence(const struct verdict_case *the_case, const struct verdict *verdict)
{
	if (!verdict->lines)
		fail_msg("%s: no evidence", the_case->name);
	for (unsigned int i = 0; i < verdict->lines; i++)
		assert_true(verdict->evidence[i][0]);
}

static void check_reached(const struct verdict_case *the_case, void *arg)
{
	struct facts facts = facts_of(the_case);
	struct verdict verdict;

	(void)arg;
	verdict_judge(&facts, &verdict);
	if (verdict.cause != the_case->cause)
		fail_msg("%s: %s instead of %s", the_case->name, name_of(verdict.cause),
			 name_of(the_case->cause));
	if (verdict.confidence != the_case->confidence)
		fail_msg("%s: %s", the_case->name, verdict_confidence_name(verdict.confidence));
	assert_false(verdict.also & CAUSE_BIT(verdict.cause));
	check_evidence(the_case, &verdict);
}

static void test_reached(void **state)
{
	(void)state;
	for_each_case(check_reached, NULL);
}

static void check_missed(const struct verdict_case *the_case, void *arg)
{
	const struct facts reached = facts_of(the_case);
	const struct rule *row = row_of(&reached);

	(void)arg;
	for (size_t i = 0; i < MISSES_MAX && the_case->misses[i].change.name; i++) {
		const struct miss *miss = &the_case->misses[i];
		struct facts facts = reached;
		struct verdict verdict;

		apply(&facts, &miss->change);
		assert_memory_not_equal(&facts, &reached, sizeof(facts));
		verdict_judge(&facts, &verdict);
		if (row->holds(&facts))
			fail_msg("%s, but %s: still holds", the_case->name, miss->change.name);
		if (verdict.cause != miss->instead)
			fail_msg("%s, but %s: %s instead of %s", the_case->name,
				 miss->change.name, name_of(verdict.cause),
				 name_of(miss->instead));
		check_evidence(the_case, &verdict);
	}
}

static void test_just_missed(void **state)
{
	(void)state;
	for_each_case(check_missed, NULL);
}

/* Each kind of gap: the history began after the death, or there is none. */
static void check_gap(const struct verdict_case *the_case, void *arg)
{
	static const struct change gaps[] = { F(since_death, false), F(has_history, false) };

	(void)arg;
	for (size_t i = 0; i < COUNT(gaps) && !the_case->no_gap; i++) {
		struct facts facts = facts_of(the_case);
		struct verdict verdict;

		apply(&facts, &gaps[i]);
		verdict_judge(&facts, &verdict);
		if (verdict.cause != the_case->cause || verdict.confidence != the_case->with_gap)
			fail_msg("%s, but no %s: %s, %s", the_case->name, gaps[i].name,
				 name_of(verdict.cause),
				 verdict_confidence_name(verdict.confidence));
	}
}

static void test_with_a_gap(void **state)
{
	(void)state;
	for_each_case(check_gap, NULL);
}

/* --- every cause and every row has its cases --- */

#define ROWS_MAX 64

struct tally {
	unsigned int cause_reached[CAUSE_COUNT], cause_missed[CAUSE_COUNT];
	unsigned int row_reached[ROWS_MAX], row_missed[ROWS_MAX];
};

static void count_case(const struct verdict_case *the_case, void *arg)
{
	struct facts facts = facts_of(the_case);
	const struct rule *row = row_of(&facts);
	struct tally *tally = arg;
	size_t count;
	size_t index = (size_t)(row - rules_table(&count));

	tally->cause_reached[row->cause]++;
	tally->row_reached[index]++;
	for (size_t i = 0; i < MISSES_MAX && the_case->misses[i].change.name; i++) {
		tally->row_missed[index]++;
		if (the_case->misses[i].instead != row->cause)
			tally->cause_missed[row->cause]++;
	}
}

static void test_every_cause_and_row_has_cases(void **state)
{
	struct tally tally = {};
	size_t count, lacking = 0;
	const struct rule *rules = rules_table(&count);

	(void)state;
	assert_true(count <= ROWS_MAX);
	for_each_case(count_case, &tally);
	for (enum cause cause = CAUSE_UNKNOWN + 1; cause < CAUSE_COUNT; cause++) {
		if (tally.cause_reached[cause] && tally.cause_missed[cause])
			continue;
		lacking++;
		print_error("cause %s: reached %u times, missed %u\n", name_of(cause),
			    tally.cause_reached[cause], tally.cause_missed[cause]);
	}
	for (size_t i = 0; i < count; i++) {
		if (tally.row_reached[i] && tally.row_missed[i])
			continue;
		lacking++;
		print_error("row %zu (%s): reached %u times, missed %u\n", i,
			    name_of(rules[i].cause), tally.row_reached[i], tally.row_missed[i]);
	}
	assert_int_equal(lacking, 0);
}

/* --- unknown --- */

static void test_unknown_shows_what_there_is(void **state)
{
	struct facts facts = plain_facts;
	struct verdict verdict;

	(void)state;
	facts.has_parent = false;
	verdict_judge(&facts, &verdict);
	assert_int_equal(verdict.cause, CAUSE_UNKNOWN);
	assert_int_equal(verdict.confidence, CONFIDENCE_POSSIBLE);
	assert_int_equal(verdict.also, 0);
	assert_int_equal(verdict.lines, 1);

	facts = plain_facts;
	facts.waits_since = 1;
	facts.zombies = 2;
	facts.threads_blocking = 1;
	verdict_judge(&facts, &verdict);
	assert_int_equal(verdict.cause, CAUSE_UNKNOWN);
	assert_int_equal(verdict.lines, 4);
}

/* Nothing at all is known: a verdict all the same, and no crash. */
static void test_empty_facts(void **state)
{
	struct facts facts = {};
	struct verdict verdict;

	(void)state;
	memset(&verdict, 0x55, sizeof(verdict));
	verdict_judge(&facts, &verdict);
	assert_int_equal(verdict.cause, CAUSE_UNKNOWN);
	assert_int_equal(verdict.confidence, CONFIDENCE_POSSIBLE);
	assert_int_equal(verdict.lines, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reached),
		cmocka_unit_test(test_just_missed),
		cmocka_unit_test(test_with_a_gap),
		cmocka_unit_test(test_every_cause_and_row_has_cases),
		cmocka_unit_test(test_unknown_shows_what_there_is),
		cmocka_unit_test(test_empty_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
