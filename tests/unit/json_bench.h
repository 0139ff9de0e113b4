// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json_bench: parses the lines that json makes and looks up their members, for its tests. Included
 * once by each test program, after <cmocka.h>.
 */
#ifndef DEADWAIT_JSON_BENCH_H
#define DEADWAIT_JSON_BENCH_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding_maker.h"
#include "json.h"

static struct made made;
static json_t *line;

static int set_up(void **state)
{
	(void)state;
	maker_finding(&made);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	json_decref(line);
	line = NULL;
	return 0;
}

/* Takes over the text: one line of ASCII that parses. */
static void parse(char *text)
{
	static char copy[16384];
	json_error_t error;

	assert_non_null(text);
	snprintf(copy, sizeof(copy), "%s", text);
	free(text);
	assert_true(strlen(copy) < sizeof(copy) - 1);
	for (const char *at = copy; *at; at++)
		assert_in_range(*at, ' ', 0x7f);
	json_decref(line);
	line = json_loads(copy, JSON_REJECT_DUPLICATES, &error);
	if (!line)
		fail_msg("%s: %s", error.text, copy);
}

/* "child.pid" */
static inline const json_t *get(const char *path)
{
	const json_t *value = line;
	char key[64];

	while (*path) {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		value = json_object_get(value, key);
		if (!value)
			fail_msg("no member '%s'", key);
		path += len + (path[len] == '.');
	}
	return value;
}

struct expected {
	const char *path, *json; /* "*": any string, "#": any object */
};

static inline void check(const struct expected *expected)
{
	for (; expected->path; expected++) {
		const json_t *value = get(expected->path);
		char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		char text[512];
		bool right;

		snprintf(text, sizeof(text), "%s", dump);
		free(dump);
		right = !strcmp(expected->json, "*") ? json_is_string(value) :
			     !strcmp(expected->json, "#") ? json_is_object(value) :
							    !strcmp(text, expected->json);

		if (!right)
			fail_msg("%s is %s, not %s", expected->path, text, expected->json);
	}
}

#define CHECK(...) check((const struct expected[]){ __VA_ARGS__, {} })

static inline void check_begin(const char *type)
{
	const char *moment;

	CHECK({ "v", "1" }, { "time", "*" }, { "host", "*" }, { "boot_id", "*" }, { "type", type });
	moment = json_string_value(get("time"));
	assert_int_equal(strlen(moment), strlen("2026-11-21T19:05:11.123456789Z"));
	assert_int_equal(moment[10], 'T');
	assert_int_equal(moment[29], 'Z');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
