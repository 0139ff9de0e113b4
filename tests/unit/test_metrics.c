// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics: findings added up; bounded whatever names come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "finding_maker.h"
#include "metrics.h"

static struct metrics *metrics;
static struct made made;

static int set_up(void **state)
{
	(void)state;
	metrics = metrics_new("6.1.0");
	maker_finding(&made);
	return !metrics;
}

static int tear_down(void **state)
{
	(void)state;
	metrics_free(metrics);
	return 0;
}

/* The finding as it stands, about a child with this pid. */
static void take(uint32_t pid, enum finding_state finding_state)
{
	made.child.tgid = pid;
	made.finding.state = finding_state;
	made.finding.closed_by =
		finding_state == FINDING_CLOSED ? FINDING_REAPED : FINDING_NOT_ENDED;
	metrics_take_finding(metrics, &made.finding);
}

static const struct metrics_set *find(enum cause cause, const char *parent, const char *unit)
{
	const struct metrics_page *page = metrics_page(metrics);

	for (size_t i = 0; i < METRICS_SETS_MAX; i++)
		if (page->sets[i].used && page->sets[i].cause == cause &&
		    !strcmp(page->sets[i].parent, parent) && !strcmp(page->sets[i].unit, unit))
			return &page->sets[i];
	return NULL;
}

static uint64_t zombies(enum cause cause, const char *parent, const char *unit)
{
	const struct metrics_set *set = find(cause, parent, unit);

	return set ? set->zombies : UINT64_MAX;
}

static uint64_t all_zombies(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < METRICS_SETS_MAX; i++)
		sum += metrics_page(metrics)->sets[i].zombies;
	return sum;
}

static void pass_time(uint64_t now_ns)
{
	const struct sample sample = { .time_ns = now_ns };

	made.finding.time_ns = now_ns;
	metrics_take_sample(metrics, &sample);
}

static void test_found_and_reaped(void **state)
{
	const struct metrics_page *page;

	(void)state;
	take(1, FINDING_OPEN);
	take(2, FINDING_OPEN);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "server", "x.service"), 2);
	take(1, FINDING_CLOSED);
	page = metrics_page(metrics);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "server", "x.service"), 1);
	assert_int_equal(page->found[CAUSE_SIGCHLD_MERGED], 2);
	assert_int_equal(page->reaped[CAUSE_SIGCHLD_MERGED], 1);
}

/* A pid alone is no identity. */
static void test_pid_reused(void **state)
{
	(void)state;
	take(1, FINDING_OPEN);
	made.child.start_ns++;
	take(1, FINDING_OPEN);
	assert_int_equal(all_zombies(), 2);
}

static void test_update_moves(void **state)
{
	(void)state;
	take(1, FINDING_OPEN);
	made.finding.cause = CAUSE_SLOW_REAPER;
	take(1, FINDING_UPDATE);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "server", "x.service"), 0);
	assert_int_equal(zombies(CAUSE_SLOW_REAPER, "server", "x.service"), 1);
	assert_int_equal(metrics_page(metrics)->found[CAUSE_SIGCHLD_MERGED], 1);
	assert_int_equal(metrics_page(metrics)->found[CAUSE_SLOW_REAPER], 0);
	take(1, FINDING_CLOSED);
	assert_int_equal(metrics_page(metrics)->reaped[CAUSE_SLOW_REAPER], 1);
	assert_int_equal(all_zombies(), 0);
}

/* A parent that could not be asked again stays in its unit; another parent is in none. */
static void test_update_without_inquiry(void **state)
{
	(void)state;
	take(1, FINDING_OPEN);
	made.finding.inquiry = NULL;
	take(1, FINDING_UPDATE);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "server", "x.service"), 1);
	made.parent = maker_who(1, 1, "init");
	take(1, FINDING_UPDATE);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "init", ""), 1);
	assert_int_equal(all_zombies(), 1);
}

static void test_ends_that_are_no_reaping(void **state)
{
	(void)state;
	take(1, FINDING_OPEN);
	take(2, FINDING_OPEN);
	made.finding.state = FINDING_CLOSED;
	made.finding.closed_by = FINDING_LIVES_ON;
	metrics_take_finding(metrics, &made.finding);
	made.child.tgid = 1;
	made.finding.closed_by = FINDING_EXIT;
	metrics_take_finding(metrics, &made.finding);
	assert_int_equal(metrics_page(metrics)->reaped[CAUSE_SIGCHLD_MERGED], 0);
	assert_int_equal(all_zombies(), 0);
}

static void test_closed_without_open(void **state)
{
	(void)state;
	take(1, FINDING_CLOSED);
	assert_int_equal(all_zombies(), 0);
}

static void test_oldest(void **state)
{
	const struct metrics_set *set;

	(void)state;
	made.finding.age_ns = 5 * MAKER_S;
	take(1, FINDING_OPEN);
	made.finding.age_ns = 9 * MAKER_S;
	take(2, FINDING_OPEN);
	made.finding.age_ns = 7 * MAKER_S;
	take(3, FINDING_OPEN);
	set = find(CAUSE_SIGCHLD_MERGED, "server", "x.service");
	assert_non_null(set);
	assert_int_equal(set->oldest_ns, 91 * MAKER_S);
	take(2, FINDING_CLOSED);
	set = find(CAUSE_SIGCHLD_MERGED, "server", "x.service");
	assert_int_equal(set->oldest_ns, 93 * MAKER_S);
	take(1, FINDING_CLOSED);
	assert_int_equal(find(CAUSE_SIGCHLD_MERGED, "server", "x.service")->oldest_ns,
			 93 * MAKER_S);
	take(3, FINDING_CLOSED);
	made.finding.age_ns = MAKER_S;
	take(4, FINDING_OPEN);
	assert_int_equal(find(CAUSE_SIGCHLD_MERGED, "server", "x.service")->oldest_ns,
			 99 * MAKER_S);
}

static void open_many(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		snprintf(made.parent.comm, sizeof(made.parent.comm), "p%u", first + i);
		take(first + i, FINDING_OPEN);
	}
}

static void test_bounded(void **state)
{
	(void)state;
	open_many(1, METRICS_NAMED_MAX + 50);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "other", "other"), 50);
	made.finding.cause = CAUSE_NEVER_WAITS;
	open_many(1000, 3);
	assert_int_equal(zombies(CAUSE_NEVER_WAITS, "other", "other"), 3);
	assert_int_equal(all_zombies(), METRICS_NAMED_MAX + 53);
	for (uint32_t i = 0; i < 3; i++)
		take(1000 + i, FINDING_CLOSED);
	assert_int_equal(zombies(CAUSE_NEVER_WAITS, "other", "other"), 0);
}

/* Names that come and go make new series only once an hour. */
static void test_churn(void **state)
{
	(void)state;
	open_many(1, METRICS_NAMED_MAX);
	for (uint32_t i = 0; i < METRICS_NAMED_MAX; i++)
		take(1 + i, FINDING_CLOSED);
	pass_time(made.finding.time_ns + METRICS_KEPT_NS - 1);
	open_many(1000, 1);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "p1000", "x.service"), UINT64_MAX);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "other", "other"), 1);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "p1", "x.service"), 0);

	pass_time(made.finding.time_ns + 1);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "p1", "x.service"), UINT64_MAX);
	open_many(2000, METRICS_NAMED_MAX);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "p2000", "x.service"), 1);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "other", "other"), 1);
}

/* A set that has zombies is never given up, however long that is. */
static void test_old_set_stays(void **state)
{
	(void)state;
	take(1, FINDING_OPEN);
	pass_time(made.finding.time_ns + 10 * METRICS_KEPT_NS);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "server", "x.service"), 1);
}

static void test_long_names(void **state)
{
	static char unit[400];

	(void)state;
	memset(unit, 'u', sizeof(unit) - 1);
	made.inquiry.unit = unit;
	memset(made.parent.comm, 'p', sizeof(made.parent.comm));
	take(1, FINDING_OPEN);
	take(2, FINDING_OPEN);
	take(1, FINDING_UPDATE);
	assert_int_equal(metrics_page(metrics)->sets[0].zombies, 2);
	assert_int_equal(strlen(metrics_page(metrics)->sets[0].unit), METRICS_UNIT_MAX - 1);
	assert_int_equal(strlen(metrics_page(metrics)->sets[0].parent), DW_COMM_LEN - 1);
}

static void test_many_zombies(void **state)
{
	(void)state;
	for (uint32_t pid = 1; pid <= 30000; pid++)
		take(pid, FINDING_OPEN);
	for (uint32_t pid = 1; pid <= 29999; pid++)
		take(pid, FINDING_CLOSED);
	assert_int_equal(zombies(CAUSE_SIGCHLD_MERGED, "server", "x.service"), 1);
}

static void test_status(void **state)
{
	(void)state;
	made.finding.type = FINDING_STATUS;
	made.finding.cause = CAUSE_AUTO_REAPED;
	take(0, FINDING_OPEN);
	assert_int_equal(metrics_page(metrics)->statuses_lost, 1);
	assert_int_equal(metrics_page(metrics)->found[CAUSE_AUTO_REAPED], 0);
	assert_int_equal(all_zombies(), 0);
}

static void take_sigchld(uint32_t merged, uint32_t told)
{
	const struct losses losses = { .sent = merged + 1, .delivered = 1, .merged = merged };

	metrics_take_sigchld(metrics, &(struct finding_sigchld){
					      .parent = &made.parent,
					      .losses = &losses,
					      .told_lost = told,
				      });
}

static void test_sigchld(void **state)
{
	(void)state;
	take_sigchld(2, 0);
	take_sigchld(5, 2);
	assert_int_equal(metrics_page(metrics)->sigchld_lost, 5);
	/* It exec'd meanwhile, and its counts began anew. */
	take_sigchld(1, 5);
	assert_int_equal(metrics_page(metrics)->sigchld_lost, 5);
}

static void take_lost(const char *reason, uint64_t count)
{
	metrics_take_lost(metrics, &(struct finding_lost){ .reason = reason, .count = count });
}

static void test_lost(void **state)
{
	const struct metrics_reason *reasons = metrics_page(metrics)->reasons;
	char name[16];

	(void)state;
	assert_string_equal(reasons[0].name, "history-full");
	assert_string_equal(reasons[1].name, "ring-full");
	assert_int_equal(reasons[0].count + reasons[1].count, 0);
	take_lost("ring-full", 3);
	take_lost("lost statuses not shown", 2);
	take_lost("ring-full", 4);
	assert_int_equal(reasons[1].count, 7);
	assert_string_equal(reasons[2].name, "lost-statuses-not-shown");
	assert_int_equal(reasons[2].count, 2);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		take_lost(name, 1);
	}
	assert_string_equal(reasons[METRICS_REASONS_MAX - 1].name, "other");
	assert_int_equal(reasons[METRICS_REASONS_MAX - 1].count,
			 20 - (METRICS_REASONS_MAX - 1 - 3));
}

static void test_orphans_and_sample(void **state)
{
	const struct sample sample = { .time_ns = 5, .forks = 7, .merged = 9 };

	(void)state;
	metrics_take_orphan(metrics, &(struct finding_orphan){ .kind = ORPHAN_BACKGROUND });
	assert_int_equal(metrics_page(metrics)->orphans[ORPHAN_BACKGROUND], 1);
	assert_false(metrics_page(metrics)->sampled);
	metrics_take_sample(metrics, &sample);
	assert_true(metrics_page(metrics)->sampled);
	assert_int_equal(metrics_page(metrics)->sample.merged, 9);
	assert_false(metrics_page(metrics)->ended);
	metrics_end(metrics);
	assert_true(metrics_page(metrics)->ended);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_found_and_reaped),
		TEST(test_pid_reused),
		TEST(test_update_moves),
		TEST(test_update_without_inquiry),
		TEST(test_ends_that_are_no_reaping),
		TEST(test_closed_without_open),
		TEST(test_oldest),
		TEST(test_bounded),
		TEST(test_churn),
		TEST(test_old_set_stays),
		TEST(test_long_names),
		TEST(test_many_zombies),
		TEST(test_status),
		TEST(test_sigchld),
		TEST(test_lost),
		TEST(test_orphans_and_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
