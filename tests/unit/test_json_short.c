// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json_short: a line that is too long gets short by the members that are missed the least, parses,
 * and names what is not in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_bench.h"
#include "json_short.h"

static void test_order(void **state)
{
	static const char *const left_out[] = {
		"[\"facts\"]",
		"[\"facts\",\"parent.cmdline\"]",
		"[\"facts\",\"parent.cmdline\",\"parent.cgroup\"]",
		"[\"facts\",\"parent.cmdline\",\"parent.cgroup\",\"parent.live_siblings\"]",
	};
	char *whole = json_of_finding(&made.finding), *cut;
	size_t max = strlen(whole) - 1;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		cut = json_short(whole, max);
		assert_non_null(cut);
		assert_true(strlen(cut) <= max);
		max = strlen(cut) - 1;
		parse(cut);
		check_begin("\"zombie\"");
		CHECK({ "left_out", left_out[i] }, { "age_s", "1.004" }, { "child.pid", "4242" },
		      { "parent.pid", "4100" }, { "cause", "\"sigchld-merged\"" },
		      { "evidence", "[\"5 children died\",\"it waited 2 times\"]" });
		assert_null(json_object_get(line, "facts"));
	}
	assert_null(json_short(whole, max));
	free(whole);
}

/* The longest names there can be are not in the way of what counts. */
static void test_hostile(void **state)
{
	static char cmdline[4097], cgroup[4097];
	char *whole;

	(void)state;
	memset(cmdline, 1, sizeof(cmdline) - 1);
	memset(cgroup, 0xff, sizeof(cgroup) - 1);
	made.inquiry.cmdline = cmdline;
	made.inquiry.cgroup = cgroup;
	whole = json_of_finding(&made.finding);
	assert_true(strlen(whole) > 40000);
	parse(json_short(whole, 7000));
	CHECK({ "left_out", "[\"facts\",\"parent.cmdline\",\"parent.cgroup\"]" });
	free(whole);
}

static void test_not_ours(void **state)
{
	(void)state;
	assert_null(json_short("{\"v\":", 100));
	assert_null(json_short("", 100));
	assert_null(json_short("[1,2]", 100));
	assert_null(json_short("{\"type\":\"summary\"}", 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_order), TEST(test_hostile),
					    TEST(test_not_ours) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
