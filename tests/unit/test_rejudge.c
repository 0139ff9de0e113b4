// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rejudge: facts that went through a log are judged as they were before it; sticky as while
 * watching; and any facts at all can be judged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "facts_json.h"
#include "rejudge.h"
#include "verdict_cases.h"
#include "verdict_cases_parent.h"
#include "verdict_cases_state.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* To text and back, as in a log. */
static struct facts through_log(const struct facts *facts)
{
	json_t *object = facts_to_json(facts), *read;
	char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	struct facts back;

	read = json_loads(text, 0, NULL);
	assert_int_equal(facts_from_json(read, &back), 0);
	json_decref(read);
	json_decref(object);
	free(text);
	return back;
}

static void check_round_trip(const struct verdict_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct facts facts = facts_of(&cases[i]), back = through_log(&facts);
		struct verdict before, after;
		bool settled;

		memset(&before, 0, sizeof(before));
		memset(&after, 0, sizeof(after));
		verdict_judge(&facts, &before);
		verdict_judge(&back, &after);
		assert_memory_equal(&before, &after, sizeof(before));
		if (rejudge(&back, CAUSE_COUNT, false, &settled) != cases[i].cause || !settled)
			fail_msg("%s", cases[i].name);
	}
}

static void test_every_case(void **state)
{
	(void)state;
	check_round_trip(parent_cases, COUNT(parent_cases));
	check_round_trip(state_cases, COUNT(state_cases));
}

static void test_sticky(void **state)
{
	struct facts stopped = plain_facts, waited = plain_facts;
	bool settled;

	(void)state;
	assert_int_equal(rejudge(&plain_facts, CAUSE_COUNT, false, &settled), CAUSE_NEVER_WAITS);
	/* That it is stopped now does not contradict that it never waited. */
	stopped.threads_stopped = stopped.threads;
	stopped.ran = false;
	assert_int_equal(rejudge(&stopped, CAUSE_COUNT, false, &settled), CAUSE_PARENT_STOPPED);
	assert_int_equal(rejudge(&stopped, CAUSE_NEVER_WAITS, false, &settled), CAUSE_NEVER_WAITS);
	assert_true(settled);
	/* A new parent is judged anew, once it has settled. */
	assert_int_equal(rejudge(&stopped, CAUSE_NEVER_WAITS, true, &settled),
			 CAUSE_PARENT_STOPPED);
	assert_true(settled);
	stopped.under_ns = MILLISECONDS(1999);
	assert_int_equal(rejudge(&stopped, CAUSE_NEVER_WAITS, true, &settled), CAUSE_NEVER_WAITS);
	assert_false(settled);
	stopped.under_ns = SECONDS(2);
	assert_int_equal(rejudge(&stopped, CAUSE_NEVER_WAITS, true, &settled),
			 CAUSE_PARENT_STOPPED);
	assert_true(settled);
	/* A wait that would take it does contradict. */
	waited.waits_since = waited.matches_since = 1;
	assert_int_not_equal(rejudge(&waited, CAUSE_NEVER_WAITS, false, &settled),
			     CAUSE_NEVER_WAITS);
}

static uint64_t next_random(void)
{
	static uint64_t seed = 88172645463325252;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* A value of the type that a member has, at random, often one that turns a rule. */
static json_t *random_value(const json_t *member)
{
	static const char *const names[] = { "futex", "\x1b[2J\n", "%s%n",
					     "a-name-longer-than-any-comm" };
	uint64_t number = next_random();

	if (json_is_boolean(member))
		return json_boolean(number & 1024);
	if (json_is_string(member))
		return json_string(names[number / 1024 % COUNT(names)]);
	return json_integer(number & 1024 ? (json_int_t)(number >> 60) :
					    (json_int_t)(number >> (1 + number % 63)));
}

/* A log may hold any facts: none of them breaks a rule. */
static void test_any_facts(void **state)
{
	struct facts facts;
	json_t *all, *some, *member;
	const char *name;
	unsigned int judged = 0;

	(void)state;
	memset(&facts, 1, sizeof(facts));
	all = facts_to_json(&facts);
	for (int i = 0; i < 5000; i++) {
		struct verdict verdict;

		some = json_object();
		json_object_foreach(all, name, member)
			if (next_random() & 4096)
				json_object_set_new(some, name, random_value(member));
		if (!facts_from_json(some, &facts)) {
			verdict_judge(&facts, &verdict);
			assert_true(verdict.cause < CAUSE_COUNT);
			assert_true(verdict.confidence <= CONFIDENCE_CERTAIN);
			assert_true(verdict.lines <= VERDICT_LINES);
			verdict_contradicts(verdict.cause, &facts);
			judged++;
		}
		json_decref(some);
		/* Numbers that do not fit are refused: make some that do. */
		if (i % 2)
			continue;
		some = json_object();
		json_object_foreach(all, name, member)
			if (next_random() & 4096)
				json_object_set_new(some, name,
						    json_is_integer(member) ?
							    json_integer(next_random() >> 20 & 3) :
							    random_value(member));
		assert_int_equal(facts_from_json(some, &facts), 0);
		verdict_judge(&facts, &verdict);
		assert_true(verdict.cause < CAUSE_COUNT);
		judged++;
		json_decref(some);
	}
	json_decref(all);
	assert_true(judged > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_case),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_any_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
