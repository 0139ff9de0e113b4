// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * facts_json: every field of struct facts goes into the log and comes back; what is wrong is
 * refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "facts_json.h"

static void clear_padding(struct facts *facts)
{
#if __has_builtin(__builtin_clear_padding)
	__builtin_clear_padding(facts);
#else
	(void)facts;
	print_message("no __builtin_clear_padding (gcc 11): the padding is not known\n");
	skip();
#endif
}

#define NAME(member) { offsetof(struct facts, member), sizeof(((struct facts *)0)->member) }

/* Fields that are names: bytes that end in a NUL, which is not kept. */
static const struct {
	size_t offset, bytes;
} names[] = {
	NAME(hangs_in), NAME(blocker_comm), NAME(handler_in), NAME(vfork_comm),
	NAME(pipe_holder_comm),
};

#define NAMES (sizeof(names) / sizeof(names[0]))

/* 1 in every byte of every field, 0 in the padding between them and at the end of names. */
static void fill_fields(struct facts *facts)
{
	memset(facts, 1, sizeof(*facts));
	clear_padding(facts);
	for (size_t i = 0; i < NAMES; i++)
		((char *)facts)[names[i].offset + names[i].bytes - 1] = '\0';
}

/* Whether a byte is in a name, and not its first: it does not count alone. */
static bool is_inside_name(size_t offset)
{
	for (size_t i = 0; i < NAMES; i++)
		if (offset > names[i].offset && offset < names[i].offset + names[i].bytes)
			return true;
	return false;
}

static void assert_round_trip(const struct facts *facts)
{
	struct facts back;
	json_t *object = facts_to_json(facts);

	assert_non_null(object);
	memset(&back, 0x55, sizeof(back));
	assert_int_equal(facts_from_json(object, &back), 0);
	json_decref(object);
	clear_padding(&back);
	assert_memory_equal(&back, facts, sizeof(back));
}

/* A field that the table does not have would come back as zeros. */
static void test_no_field_is_missing(void **state)
{
	struct facts facts;

	(void)state;
	fill_fields(&facts);
	assert_round_trip(&facts);
}

/* Every byte by itself is one member, and comes back as that byte: no two share one. */
static void test_each_byte_is_one_member(void **state)
{
	struct facts all, one;

	(void)state;
	fill_fields(&all);
	for (size_t i = 0; i < sizeof(all); i++) {
		json_t *object;
		size_t members;

		if (!((const char *)&all)[i] || is_inside_name(i))
			continue;
		memset(&one, 0, sizeof(one));
		((char *)&one)[i] = 1;
		object = facts_to_json(&one);
		members = json_object_size(object);
		json_decref(object);
		assert_int_equal(members, 1);
		assert_round_trip(&one);
	}
}

static void test_nothing(void **state)
{
	struct facts facts = {}, back;
	json_t *object = facts_to_json(&facts);

	(void)state;
	assert_int_equal(json_object_size(object), 0);
	memset(&back, 0x55, sizeof(back));
	assert_int_equal(facts_from_json(object, &back), 0);
	clear_padding(&back);
	assert_memory_equal(&back, &facts, sizeof(facts));
	json_decref(object);
}

/* Names are chosen by other processes: no byte of theirs breaks a line or a struct. */
static void test_hostile_names(void **state)
{
	struct facts facts, back;
	json_t *object;

	(void)state;
	memset(&facts, 0, sizeof(facts));
	for (size_t i = 0; i < NAMES; i++) /* and without a NUL at the end */
		memset((char *)&facts + names[i].offset, 0xff, names[i].bytes);
	object = facts_to_json(&facts);
	assert_int_equal(json_object_size(object), NAMES);
	assert_int_equal(facts_from_json(object, &back), 0);
	json_decref(object);
	for (size_t i = 0; i < NAMES; i++) {
		const char *name = (const char *)&back + names[i].offset;

		assert_int_equal(strncmp(name, "\\xff\\xff\\xff", 12), 0);
		assert_int_equal(strlen(name), names[i].bytes - 1); /* cut to fit */
	}
	memset(&facts, 0, sizeof(facts));
	memcpy(facts.vfork_comm, "a\nb\"c\\d", 8);
	assert_round_trip(&facts);
}

/* Names and types as they stand in logs: never to change. */
static void test_names(void **state)
{
	struct facts facts;
	json_t *object;

	(void)state;
	memset(&facts, 0, sizeof(facts));
	facts.age_ns = 1234567890123;
	facts.since_death = true;
	facts.exit_signal = 10;
	facts.adopted = KNOWN_YES;
	facts.waits_since = 7;
	object = facts_to_json(&facts);
	assert_int_equal(json_object_size(object), 5);
	assert_int_equal(json_integer_value(json_object_get(object, "age_ns")), 1234567890123);
	assert_true(json_is_true(json_object_get(object, "since_death")));
	assert_int_equal(json_integer_value(json_object_get(object, "exit_signal")), 10);
	assert_int_equal(json_integer_value(json_object_get(object, "adopted")), 2);
	assert_int_equal(json_integer_value(json_object_get(object, "waits_since")), 7);
	json_decref(object);
}

static void test_extremes(void **state)
{
	struct facts facts;

	(void)state;
	memset(&facts, 0, sizeof(facts));
	facts.age_ns = INT64_MAX; /* what JSON integers can hold */
	facts.waits_since = UINT32_MAX;
	facts.dead_kind = UINT8_MAX;
	facts.exit_signal = INT32_MIN;
	assert_round_trip(&facts);
	facts.exit_signal = -1;
	assert_round_trip(&facts);
	facts.exit_signal = INT32_MAX;
	assert_round_trip(&facts);
}

static int read_text(const char *text, struct facts *out)
{
	json_t *object = json_loads(text, JSON_DECODE_ANY, NULL);
	int err;

	assert_non_null(object);
	err = facts_from_json(object, out);
	json_decref(object);
	return err;
}

static void test_unknown_members_pass(void **state)
{
	struct facts facts;

	(void)state;
	assert_int_equal(read_text("{\"later\":{\"deep\":[1]},\"waits_since\":3,\"\":null}", &facts),
			 0);
	assert_int_equal(facts.waits_since, 3);
	facts.waits_since = 0;
	clear_padding(&facts);
	assert_memory_equal(&facts, &(struct facts){}, sizeof(facts));
}

static void test_wrong_is_refused(void **state)
{
	static const char *const wrong[] = {
		"[]", "3", "null", "\"facts\"",
		"{\"waits_since\":true}", "{\"waits_since\":\"3\"}", "{\"waits_since\":3.0}",
		"{\"waits_since\":null}", "{\"waits_since\":[3]}", "{\"waits_since\":-1}",
		"{\"waits_since\":4294967296}", "{\"waits_since\":9223372036854775807}",
		"{\"since_death\":1}", "{\"since_death\":0}", "{\"since_death\":\"true\"}",
		"{\"since_death\":null}",
		"{\"adopted\":256}", "{\"adopted\":-1}", "{\"adopted\":true}",
		"{\"exit_signal\":2147483648}", "{\"exit_signal\":-2147483649}",
		"{\"exit_signal\":1.5}",
		"{\"hangs_in\":3}", "{\"vfork_comm\":null}", "{\"handler_in\":[\"a\"]}",
		"{\"age_ns\":-1}", "{\"age_ns\":1e3}",
		/* what was read before the wrong member must not show either */
		"{\"age_ns\":5,\"waits_since\":3,\"signalfd\":256}",
	};
	struct facts facts, before;

	(void)state;
	memset(&before, 0x55, sizeof(before));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memcpy(&facts, &before, sizeof(facts));
		if (read_text(wrong[i], &facts) != -EINVAL)
			fail_msg("%s was taken", wrong[i]);
		assert_memory_equal(&facts, &before, sizeof(facts));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_field_is_missing),
		cmocka_unit_test(test_each_byte_is_one_member),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_unknown_members_pass),
		cmocka_unit_test(test_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
