// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json: names that other processes chose fake no member, and every line stays ASCII that parses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_bench.h"
#include "text.h"

static void assert_foreign(const char *path, const char *bytes)
{
	char text[512];

	text_utf8(text, sizeof(text), bytes, strlen(bytes));
	assert_string_equal(json_string_value(get(path)), text);
}

static void test_hostile_names(void **state)
{
	char cmdline[] = "a\nb \",\"cause\":\"fake\" \x1b]0;x\x07 \xf0\x28 \xe2\x80\xae \\u0000";
	char cgroup[] = "/a\"b\n/\xff.scope";

	(void)state;
	memcpy(made.child.comm, HOSTILE_COMM, sizeof(made.child.comm));
	memcpy(made.parent.comm, ") Z 1 (\"\n\x80", 11);
	memset(made.former.comm, 0xff, sizeof(made.former.comm)); /* no NUL at the end */
	strcpy(made.finding.tracer_comm, "\x1b\"gdb\xff");
	made.inquiry.cmdline = cmdline;
	made.inquiry.cgroup = cgroup;
	memset(made.inquiry.siblings[0].comm, 0xff, sizeof(made.inquiry.siblings[0].comm) - 1);
	parse(json_of_finding(&made.finding));
	assert_foreign("child.comm", HOSTILE_COMM);
	assert_foreign("parent.comm", ") Z 1 (\"\n\x80");
	assert_foreign("parent.cmdline", cmdline);
	assert_foreign("parent.cgroup", cgroup);
	assert_foreign("tracer.comm", "\x1b\"gdb\xff");
	assert_int_equal(strlen(json_string_value(get("adopted_from.comm"))), 16 * 4);
	CHECK({ "cause", "\"sigchld-merged\"" }, { "child.pid", "4242" });
}

/* Every byte alone and at the end of a name. */
static void test_every_byte(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		char comm[] = { (char)byte, 'x', (char)byte, '\0' };

		memcpy(made.child.comm, comm, sizeof(comm));
		parse(json_of_finding(&made.finding));
		assert_foreign("child.comm", comm);
	}
}

static void test_largest_numbers(void **state)
{
	(void)state;
	made.child.start_ns = INT64_MAX;
	made.child.tgid = UINT32_MAX;
	made.finding.age_ns = UINT64_MAX;
	made.finding.also = UINT64_MAX;
	parse(json_of_finding(&made.finding));
	CHECK({ "child.pid", "4294967295" }, { "child.start_ns", "9223372036854775807" },
	      { "id", "\"4294967295-9223372036854775807\"" });
	assert_int_equal(json_array_size(get("also")), CAUSE_COUNT);
	assert_true(json_is_number(get("age_s")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hostile_names),
		TEST(test_every_byte),
		TEST(test_largest_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
