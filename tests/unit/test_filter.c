// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter: -p and -n look at child and parent, -u and -c at the parent; all that are given must hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "filter.h"
#include "pass_maker.h"

static struct options options;
static struct dw_who child, parent;

static int set_up(void **state)
{
	(void)state;
	options = (struct options){};
	child = maker_who(200, 2 * MAKER_S, "worker");
	parent = maker_who(100, MAKER_S, "server");
	child.uid = 5;
	return 0;
}

static bool wants(const char *cgroup)
{
	return filter_wants(&options, &child, &parent, cgroup);
}

static void test_no_filter(void **state)
{
	(void)state;
	assert_true(wants(NULL));
	assert_true(wants("/a"));
	assert_false(filter_needs_cgroup(&options));
}

static void test_pids(void **state)
{
	pid_t pids[] = { 7, 0 };

	(void)state;
	options.pids = pids;
	options.pids_count = 2;
	assert_false(wants(NULL));
	pids[1] = 100;
	assert_true(wants(NULL));
	pids[1] = 200;
	assert_true(wants(NULL));
	child.ns_pid = 7; /* pids are meant as the host sees them */
	pids[1] = 8;
	assert_false(wants(NULL));
	options.pids_count = 0;
	assert_true(wants(NULL));
}

static bool wants_name(const char *pattern)
{
	const char *names[] = { "nobody", pattern };

	options.names = names;
	options.names_count = 2;
	return wants(NULL);
}

static void test_names(void **state)
{
	(void)state;
	assert_true(wants_name("worker"));
	assert_true(wants_name("server"));
	assert_true(wants_name("s?r*"));
	assert_true(wants_name("[a-z]orker"));
	assert_true(wants_name("*"));
	assert_false(wants_name("work"));
	assert_false(wants_name("Server"));
	assert_false(wants_name("erver"));
	assert_false(wants_name(""));
}

/* A comm that fills its field has no NUL behind it. */
static void test_full_name(void **state)
{
	(void)state;
	child = maker_who(200, 2 * MAKER_S, "0123456789abcdef");
	child.uid = 0x41414141;
	assert_true(wants_name("0123456789abcdef"));
	assert_false(wants_name("0123456789abcde"));
	assert_false(wants_name("0123456789abcdef?"));
}

static void test_hostile_name(void **state)
{
	(void)state;
	child = maker_who(200, 2 * MAKER_S, "*");
	assert_false(wants_name("other"));
	assert_true(wants_name("\\*"));
	child = maker_who(200, 2 * MAKER_S, "a\nb\xff");
	assert_true(wants_name("a*"));
}

static void test_user(void **state)
{
	(void)state;
	options.has_uid = true;
	options.uid = 1000;
	assert_true(wants(NULL));
	options.uid = 5; /* the child's does not count */
	assert_false(wants(NULL));
	options.uid = 0;
	assert_false(wants(NULL));
	parent.uid = 0;
	assert_true(wants(NULL));
	options.has_uid = false;
	options.uid = 77;
	assert_true(wants(NULL));
}

static void test_cgroup(void **state)
{
	(void)state;
	options.cgroup = "/system.slice/x.service";
	assert_true(filter_needs_cgroup(&options));
	assert_true(wants("/system.slice/x.service"));
	assert_true(wants("/system.slice/x.service/below"));
	assert_false(wants("/system.slice/x.service2"));
	assert_false(wants("/system.slice"));
	assert_false(wants("/"));
	assert_false(wants(NULL));
	options.cgroup = "/";
	assert_true(wants("/a"));
	assert_false(wants(NULL));
}

/* Of each kind one suffices, of all kinds that are given none may fail. */
static void test_together(void **state)
{
	pid_t pids[] = { 200 };
	const char *names[] = { "server" };

	(void)state;
	options.pids = pids;
	options.pids_count = 1;
	options.names = names;
	options.names_count = 1;
	options.has_uid = true;
	options.uid = 1000;
	options.cgroup = "/a";
	assert_true(wants("/a/b"));
	assert_false(wants("/b"));
	pids[0] = 201;
	assert_false(wants("/a/b"));
	pids[0] = 200;
	names[0] = "client";
	assert_false(wants("/a/b"));
	names[0] = "worker";
	assert_true(wants("/a/b"));
	options.uid = 1001;
	assert_false(wants("/a/b"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_filter),	 TEST(test_pids), TEST(test_names),  TEST(test_full_name),
		TEST(test_hostile_name), TEST(test_user), TEST(test_cgroup), TEST(test_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
