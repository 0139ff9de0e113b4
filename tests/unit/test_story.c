// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * story: what belongs to one, as it is begun, added to, joined with another, and told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "finding_maker.h"
#include "output.h"
#include "story.h"

static struct made made;
static struct page page;
static struct story story;
static int captured = -1;
static char shown[16384];

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	maker_finding(&made);
	made.finding.adopted_from = NULL;
	made.finding.tracer_tgid = 0;
	made.finding.also = 0;
	made.inquiry.live_children = 0;
	memset(&page, 0, sizeof(page));
	captured = memfd_create("captured", MFD_CLOEXEC);
	output_set_fd(captured);
	story_begin(&story, &page, &made.finding, false);
	return captured < 0;
}

static int tear_down(void **state)
{
	(void)state;
	story_free(&story);
	close(captured);
	return 0;
}

static void tell(void)
{
	ssize_t len;

	story_tell(&story, &page);
	len = pread(captured, shown, sizeof(shown) - 1, 0);
	assert_true(len >= 0 && len < (ssize_t)sizeof(shown) - 1);
	shown[len] = '\0';
	assert_int_equal(page.len, 0);
}

/* The story of another child alone, joined to the one at hand. */
static void join(uint32_t tgid)
{
	struct story other;

	made.child.tgid = tgid;
	story_begin(&other, &page, &made.finding, false);
	story_join(&story, &page, &other);
	story_free(&other);
}

static void test_of_one(void **state)
{
	(void)state;
	assert_int_equal(page.len, 0); /* it is kept aside until it is told */
	tell();
	assert_string_equal(shown + 8,
			    " ZOMBIE  4242 (worker) dead 1.0s, exit 3  parent 4100 (server)\n"
			    "                 cause sigchld-merged, certain\n"
			    "         5 children died\n"
			    "         it waited 2 times\n"
			    "         fix: on each SIGCHLD call waitpid(-1, …, WNOHANG) until it "
			    "returns 0 or -1\n");
}

/* Added or joined, it reads the same. */
static void test_added_and_joined(void **state)
{
	(void)state;
	made.child.tgid = 4243;
	story_add(&story, &page, &made.finding);
	join(4244);
	assert_int_equal(story.count, 3);
	tell();
	assert_string_equal(shown + 8,
			    " ZOMBIE  3 children of 4100 (server)  cause sigchld-merged, certain\n"
			    "                 4242 (worker) dead 1.0s, exit 3\n"
			    "                 4243 (worker) dead 1.0s, exit 3\n"
			    "                 4244 (worker) dead 1.0s, exit 3\n"
			    "         5 children died\n"
			    "         it waited 2 times\n"
			    "         fix: on each SIGCHLD call waitpid(-1, …, WNOHANG) until it "
			    "returns 0 or -1\n");
}

static void test_only_so_many_are_named(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < STORY_CHILDREN_MAX + 5; i++)
		join(5000 + i);
	assert_int_equal(story.count, STORY_CHILDREN_MAX + 6);
	tell();
	assert_non_null(strstr(shown, " 5018 (worker)"));
	assert_null(strstr(shown, " 5019 (worker)"));
	assert_non_null(strstr(shown, " and 6 more of this parent; -o json has all\n"));
}

/* As many as are named: nothing is left to count. */
static void test_just_all_are_named(void **state)
{
	(void)state;
	for (uint32_t i = 1; i < STORY_CHILDREN_MAX; i++)
		join(5000 + i);
	tell();
	assert_non_null(strstr(shown, " 5019 (worker)"));
	assert_null(strstr(shown, "more of this parent"));
}

static void test_what_fits(void **state)
{
	struct finding other = made.finding;
	struct dw_who parent = made.parent;

	(void)state;
	assert_true(story_fits(&story, &other));
	other.cause = CAUSE_HELD;
	assert_false(story_fits(&story, &other));
	other = made.finding;
	other.confidence = CONFIDENCE_LIKELY;
	assert_false(story_fits(&story, &other));
	other = made.finding;
	other.state = FINDING_UPDATE;
	assert_false(story_fits(&story, &other));
	other = made.finding;
	other.parent = &parent;
	parent.start_ns++;
	assert_false(story_fits(&story, &other));
	parent = made.parent;
	parent.tgid++;
	assert_false(story_fits(&story, &other));
}

/* For want of memory one part is not there: the rest is told of, or nothing; no crash. */
static void test_without_memory(void **state)
{
	struct story empty = {};

	(void)state;
	story_join(&story, &page, &empty);
	assert_int_equal(story.count, 1);
	free(story.reasons);
	story.reasons = NULL;
	tell();
	assert_string_equal(shown, "");
	story_free(&empty);
}

static void test_update(void **state)
{
	(void)state;
	story_free(&story);
	made.finding.state = FINDING_UPDATE;
	story_begin(&story, &page, &made.finding, true);
	tell();
	assert_non_null(strstr(shown, " UPDATE  4242 (worker)"));
	assert_non_null(strstr(shown, "facts:"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_of_one),
		TEST(test_added_and_joined),
		TEST(test_only_so_many_are_named),
		TEST(test_just_all_are_named),
		TEST(test_what_fits),
		TEST(test_without_memory),
		TEST(test_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
