// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report: lines are joined into zombies, zombies into groups, each once, in whatever order they come.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report_bench.h"

static const struct report_sum *all(void)
{
	return &report.sums.all;
}

/* The sum of a named row: of hosts or causes. */
static const struct report_sum *named(struct tally *tally, const char *name)
{
	for (struct tally_row *row = tally->rows; row; row = row->hh.next)
		if (strcmp(tally_key(tally, row), name) == 0)
			return tally_sum(row);
	fail_msg("no row '%s'", name);
	return NULL;
}

static void expect_zombies(uint64_t zombies, uint64_t reaped, uint64_t left, uint64_t ended)
{
	report_finish(&report);
	assert_int_equal(all()->zombies, zombies);
	assert_int_equal(all()->reaped, reaped);
	assert_int_equal(all()->left, left);
	assert_int_equal(all()->ended, ended);
	assert_int_equal(all()->unknown, zombies - reaped - left - ended);
}

/* The only group that there is, and its names. */
static const struct report_sum *only_group(struct report_key *key)
{
	assert_int_equal(tally_count(&report.sums.groups), 1);
	*key = report_sums_key(&report.sums, report.sums.groups.rows);
	return tally_sum(report.sums.groups.rows);
}

static void test_one_zombie_of_three_lines(void **state)
{
	const struct report_sum *group;
	struct report_key key;

	(void)state;
	ZOMBIE(.at_s = 1, .pid = 10, .age_s = 1, .cause = "unknown", .unit = "\"x.service\"");
	ZOMBIE(.at_s = 61, .pid = 10, .age_s = 61, .state = "update", .unit = "\"x.service\"");
	ZOMBIE(.at_s = 100, .pid = 10, .age_s = 100.5, .state = "closed");
	expect_zombies(1, 1, 0, 0);
	assert_int_equal(all()->longest_ns, 100 * S + S / 2);
	assert_int_equal(all()->lived_ns, 100 * S + S / 2);
	assert_int_equal(all()->first_ns, (EPOCH_S + 1) * S);
	assert_int_equal(all()->last_ns, (EPOCH_S + 100) * S);
	assert_int_equal(tally_count(&report.sums.causes), 1);
	assert_int_equal(named(&report.sums.causes, "never-waits")->zombies, 1);
	group = only_group(&key);
	assert_string_equal(key.host, "h1");
	assert_string_equal(key.unit, "x.service");
	assert_string_equal(key.parent, "server");
	assert_string_equal(key.cause, "");
	assert_int_equal(group->parent_tgid, 4100);
	assert_false(group->many_parents);
	assert_int_equal(report.sums.longest_count, 1);
	assert_string_equal(report.sums.longest[0].comm, "worker");
	assert_string_equal(report.sums.longest[0].unit, "x.service");
	assert_int_equal(report.sums.longest[0].end, REPORT_REAPED);
	assert_int_equal(report.lines, 3);
	assert_int_equal(report.types[LOG_RECORD_ZOMBIE], 3);
}

/* log before log.1, as a shell sorts them; and a log that is read twice. */
static void test_any_order(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		ZOMBIE(.at_s = 100, .pid = 10, .age_s = 100, .state = "closed", .cause = "held");
		ZOMBIE(.at_s = 61, .pid = 10, .age_s = 61, .state = "update", .cause = "traced");
		ZOMBIE(.at_s = 1, .pid = 10, .age_s = 1, .unit = "\"x.service\"");
	}
	expect_zombies(1, 1, 0, 0);
	assert_int_equal(named(&report.sums.causes, "held")->zombies, 1);
	assert_int_equal(all()->longest_ns, 100 * S);
	assert_int_equal(all()->first_ns, (EPOCH_S + 1) * S);
}

/* Who left it is to blame, not who adopted it, unless the adopter has a cause of its own. */
static void check_blamed(const char *parent, uint32_t tgid)
{
	const struct report_sum *group;
	struct report_key key;

	expect_zombies(1, 1, 0, 0);
	group = only_group(&key);
	assert_string_equal(key.parent, parent);
	assert_int_equal(group->parent_tgid, tgid);
}

static void test_adopted(void **state)
{
	(void)state;
	ZOMBIE(.at_s = 1, .pid = 10, .age_s = 1);
	ZOMBIE(.at_s = 2, .pid = 10, .age_s = 2, .state = "update", .parent = "init",
	       .parent_pid = 1);
	ZOMBIE(.at_s = 3, .pid = 10, .age_s = 3, .state = "closed", .parent = "init",
	       .parent_pid = 1);
	check_blamed("server", 4100);
}

static void test_adopted_in_any_order(void **state)
{
	(void)state;
	ZOMBIE(.at_s = 3, .pid = 10, .age_s = 3, .state = "closed", .parent = "init",
	       .parent_pid = 1);
	ZOMBIE(.at_s = 1, .pid = 10, .age_s = 1);
	ZOMBIE(.at_s = 2, .pid = 10, .age_s = 2, .state = "update", .parent = "init",
	       .parent_pid = 1);
	check_blamed("server", 4100);
}

static void test_adopter_is_to_blame(void **state)
{
	(void)state;
	ZOMBIE(.at_s = 1, .pid = 10, .age_s = 1);
	ZOMBIE(.at_s = 2, .pid = 10, .age_s = 2, .state = "update", .parent = "init",
	       .parent_pid = 1);
	ZOMBIE(.at_s = 9, .pid = 10, .age_s = 9, .state = "update", .parent = "init",
	       .parent_pid = 1, .cause = "init-ignores-adopted");
	ZOMBIE(.at_s = 99, .pid = 10, .age_s = 99, .state = "closed", .parent = "init",
	       .parent_pid = 1, .cause = "init-ignores-adopted");
	check_blamed("init", 1);
}

static void test_still_there(void **state)
{
	(void)state;
	ZOMBIE(.at_s = 1, .pid = 10, .age_s = 1);
	ZOMBIE(.at_s = 2, .pid = 11, .age_s = 1);
	ZOMBIE(.at_s = 3, .pid = 12, .age_s = 1);
	ZOMBIE(.at_s = 50, .pid = 12, .age_s = 48, .state = "closed", .closed_by = "exit");
	ZOMBIE(.at_s = 60, .pid = 13, .age_s = 1);
	ZOMBIE(.at_s = 61, .pid = 13, .age_s = 2, .state = "closed", .closed_by = "lives-on");
	ZOMBIE(.at_s = 101, .pid = 11, .age_s = 100, .state = "closed",
	       .closed_by = "adopted-and-reaped");
	expect_zombies(4, 1, 2, 1);
	/* as long as its host's log goes on without its end */
	assert_int_equal(all()->longest_ns, 101 * S);
	assert_int_equal(report.sums.longest[0].tgid, 10);
	assert_int_equal(report.sums.longest[0].end, REPORT_LEFT);
	/* but not beyond the end of deadwait */
	assert_int_equal(report.sums.longest[2].tgid, 12);
	assert_int_equal(report.sums.longest[2].age_ns, 48 * S);
}

/* deadwait ended and was started again: one zombie. */
static void test_found_again(void **state)
{
	(void)state;
	ZOMBIE(.at_s = 1, .pid = 10, .age_s = 1);
	ZOMBIE(.at_s = 50, .pid = 10, .age_s = 50, .state = "closed", .closed_by = "exit");
	ZOMBIE(.at_s = 60, .pid = 10, .age_s = 60);
	ZOMBIE(.at_s = 70, .pid = 10, .age_s = 70, .state = "closed");
	expect_zombies(1, 1, 0, 0);
	assert_int_equal(all()->longest_ns, 70 * S);
}

static void test_identity(void **state)
{
	(void)state;
	ZOMBIE(.at_s = 1, .pid = 10);
	ZOMBIE(.at_s = 1, .pid = 10, .host = "h2");
	ZOMBIE(.at_s = 1, .pid = 10, .boot = "b2", .host = "h3");
	ZOMBIE(.at_s = 1, .pid = 10, .boot = "b3", .host = "h3");
	ZOMBIE(.at_s = 1, .pid = 11);
	ZOMBIE(.at_s = 2, .pid = 11, .state = "update");
	expect_zombies(5, 0, 5, 0);
	assert_int_equal(tally_count(&report.sums.hosts), 3);
	assert_int_equal(named(&report.sums.hosts, "h3")->zombies, 2);
}

/* No zombie outlives its kernel. */
static void test_reboot(void **state)
{
	(void)state;
	ZOMBIE(.at_s = 1, .pid = 10, .age_s = 1);
	take_other(50, NULL, "summary", "");
	ZOMBIE(.at_s = 90, .pid = 10, .age_s = 1, .boot = "b2");
	ZOMBIE(.at_s = 99, .pid = 10, .age_s = 1, .host = "h2");
	expect_zombies(3, 0, 2, 1);
	assert_int_equal(all()->longest_ns, 50 * S); /* until its boot's last line */
}

static void group_by(enum report_by by)
{
	report_free(&report);
	begin(&(struct report_config){ .by = by, .until_ns = UINT64_MAX });
	for (unsigned int i = 0; i < 12; i++)
		ZOMBIE(.at_s = i, .pid = i, .host = i % 2 ? "h1" : "h2",
		       .parent = i < 9 ? "server" : "other", .parent_pid = 100 + i,
		       .unit = i < 3 ? "\"x.service\"" : NULL, .container = i < 3 ? "\"c1\"" : NULL,
		       .cause = i < 10 ? "held" : "not-known-here");
	report_finish(&report);
}

static void test_groups(void **state)
{
	static const struct {
		enum report_by by;
		size_t rows;
		uint64_t most;
		struct report_key key; /* of the greatest */
	} expected[] = {
		{ REPORT_BY_CAUSE, 2, 10, { "", "", "", "", "held" } },
		{ REPORT_BY_PARENT, 2, 9, { "", "", "", "server", "" } },
		{ REPORT_BY_HOST, 2, 6, { "h1", "", "", "", "" } },
		{ REPORT_BY_UNIT, 2, 9, { "", "", "", "", "" } },
		{ REPORT_BY_WHO, 6, 3, { "h1", "", "", "server", "" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct report_sum *sum = NULL;
		struct report_key key = {};

		group_by(expected[i].by);
		assert_int_equal(tally_count(&report.sums.groups), expected[i].rows);
		for (struct tally_row *row = report.sums.groups.rows; row; row = row->hh.next) {
			sum = tally_sum(row);
			key = report_sums_key(&report.sums, row);
			if (sum->zombies == expected[i].most &&
			    strcmp(key.host, expected[i].key.host) == 0)
				break;
			sum = NULL;
		}
		assert_non_null(sum);
		assert_string_equal(key.parent, expected[i].key.parent);
		assert_string_equal(key.cause, expected[i].key.cause);
		assert_string_equal(key.unit, expected[i].key.unit);
		assert_true(sum->many_parents);
		assert_int_equal(named(&report.sums.causes, "not-known-here")->zombies, 2);
	}
}

static void test_times(void **state)
{
	const struct tally_row *row;

	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		ZOMBIE(.at_s = i * 100, .pid = i);
	for (unsigned int i = 0; i < 7; i++)
		ZOMBIE(.at_s = 3666 + i, .pid = 1000 + i);
	report_finish(&report);
	row = report.sums.minutes.rows;
	assert_int_equal(report_sums_time(&report.sums, row), EPOCH_S / 60 + 61);
	assert_int_equal(*(uint64_t *)tally_sum(row), 8);
	row = report.sums.hours.rows;
	assert_int_equal(report_sums_time(&report.sums, row), EPOCH_S / 3600);
	assert_int_equal(*(uint64_t *)tally_sum(row), 36);
	row = row->hh.next;
	assert_int_equal(*(uint64_t *)tally_sum(row), 36 + 7);
	assert_int_equal(tally_count(&report.sums.hours), 3);
	assert_int_equal(report.first_ns, EPOCH_S * S);
	assert_int_equal(report.last_ns, (EPOCH_S + 9900) * S);
}

static void test_longest(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		ZOMBIE(.at_s = i, .pid = i, .age_s = i * 37 % 100, .state = "closed");
	report_finish(&report);
	assert_int_equal(report.sums.longest_count, REPORT_LONGEST);
	for (unsigned int i = 0; i < REPORT_LONGEST; i++) {
		assert_int_equal(report.sums.longest[i].age_ns, (99 - i) * S);
		assert_int_equal(report.sums.longest[i].tgid * 37 % 100, 99 - i);
	}
}

static void test_since_until(void **state)
{
	(void)state;
	report_free(&report);
	begin(&(struct report_config){ .since_ns = (EPOCH_S + 10) * S,
				       .until_ns = (EPOCH_S + 20) * S });
	ZOMBIE(.at_s = 9.999, .pid = 1);
	ZOMBIE(.at_s = 10, .pid = 2);
	ZOMBIE(.at_s = 19.999, .pid = 3);
	ZOMBIE(.at_s = 20, .pid = 3, .state = "closed");
	ZOMBIE(.at_s = 20, .pid = 4);
	expect_zombies(2, 0, 2, 0);
	assert_int_equal(report.outside, 3);
	assert_int_equal(report.lines, 5);
}

#define PARENT(pid)                                                                                \
	",\"cause\":\"sigchld-merged\",\"parent\":{\"pid\":" pid                                   \
	",\"start_ns\":5,\"comm\":\"server\"}"

/* A line tells the sum so far: the last one counts, and a new run counts from 0. */
static void test_losses_of_parents(void **state)
{
	(void)state;
	take_other(1, NULL, "sigchld",
		   PARENT("7") ",\"sent\":3,\"merged\":1,\"ignored\":0,\"pending\":1");
	take_other(9, NULL, "sigchld",
		   PARENT("7") ",\"sent\":9,\"merged\":4,\"ignored\":1,\"pending\":0");
	take_other(5, NULL, "sigchld",
		   PARENT("7") ",\"sent\":6,\"merged\":3,\"ignored\":0,\"pending\":0");
	take_other(20, NULL, "sigchld",
		   PARENT("7") ",\"sent\":2,\"merged\":2,\"ignored\":0,\"pending\":0");
	take_other(20, "h2", "sigchld", PARENT("7") ",\"sent\":100,\"merged\":90");
	take_other(21, NULL, "status", PARENT("7") ",\"facts\":{\"lost\":1}");
	take_other(22, NULL, "status", PARENT("7") ",\"facts\":{\"lost\":2}");
	take_other(23, NULL, "status", PARENT("7") ",\"facts\":{\"lost\":4}");
	take_other(23, NULL, "status", PARENT("8"));
	report_finish(&report);
	assert_int_equal(all()->sent, 9 + 2 + 100);
	assert_int_equal(all()->lost, 5 + 2 + 90);
	assert_int_equal(all()->statuses, 4 + 1);
	assert_int_equal(report.parents.with_lost_sigchlds, 2);
	assert_int_equal(report.parents.with_lost_statuses, 2);
	assert_int_equal(named(&report.sums.hosts, "h2")->lost, 90);
	assert_int_equal(all()->zombies, 0);
}

static void test_orphans_and_own_losses(void **state)
{
	const struct report_father *father;

	(void)state;
	for (int i = 0; i < 3; i++)
		take_other(
			i, NULL, "orphan",
			",\"kind\":\"abandoned\",\"father\":{\"comm\":\"sh\",\"signal\":\"SIGKILL\"}");
	take_other(4, NULL, "orphan",
		   ",\"kind\":\"zombie\",\"father\":{\"comm\":\"sh\",\"signal\":null}");
	take_other(4, "h2", "orphan", ",\"kind\":\"adopted-by-aliens\"");
	take_other(5, NULL, "lost", ",\"reason\":\"ring-full\",\"count\":5,\"remedy\":\"less\"");
	take_other(6, NULL, "lost", ",\"reason\":\"ring-full\",\"count\":7,\"remedy\":\"more\"");
	take_other(6, NULL, "summary", ",\"duration_s\":60,\"lost\":{\"log_lines\":3}");
	take_other(7, NULL, "event", ",\"event\":\"fork\"");
	report_finish(&report);
	assert_int_equal(tally_count(&report.sums.fathers), 2);
	father = tally_sum(report.sums.fathers.rows);
	assert_memory_equal(tally_key(&report.sums.fathers, report.sums.fathers.rows), "h1\0sh", 6);
	assert_int_equal(father->kinds[LOG_ORPHAN_ABANDONED], 3);
	assert_int_equal(father->kinds[LOG_ORPHAN_ZOMBIE], 1);
	assert_int_equal(father->killed, 3);
	assert_int_equal(report.sums.orphans.kinds[LOG_ORPHAN_OTHER], 1);
	assert_int_equal(tally_count(&report.sums.losses), 2);
	assert_int_equal(((struct report_lost *)tally_sum(report.sums.losses.rows))->count, 12);
	assert_string_equal(((struct report_lost *)tally_sum(report.sums.losses.rows))->remedy,
			    "less");
	assert_int_equal(report.watched_ns, 60 * S);
	assert_int_equal(report.types[LOG_RECORD_OTHER], 1);
}

static void test_damaged_and_blank(void **state)
{
	char why[LOG_RECORD_WHY_MAX];

	(void)state;
	take("");
	take("  \t\r");
	assert_int_equal(report.lines, 0);
	assert_int_equal(report_take_line(&report, "\0\0", 2, why), -EINVAL);
	assert_int_equal(report_take_line(&report, "{}", 2, why), -EINVAL);
	assert_string_equal(why, "'v' is missing");
	report_take_damaged(&report);
	ZOMBIE(.at_s = 1, .pid = 10);
	expect_zombies(1, 0, 1, 0);
	assert_int_equal(report.lines, 4);
	assert_int_equal(report.damaged, 3);
}

/* Far more than are followed: those that ended go first, and nothing is lost from the sums. */
static void test_too_many_zombies(void **state)
{
	(void)state;
	report.zombies.limit = 100;
	ZOMBIE(.at_s = 0, .pid = 1, .age_s = 1);
	for (unsigned int i = 0; i < 1000; i++) {
		ZOMBIE(.at_s = i, .pid = 1000 + i);
		ZOMBIE(.at_s = i, .pid = 1000 + i, .age_s = 1, .state = "closed");
	}
	assert_int_equal(report.zombies.given_up, 0);
	for (unsigned int i = 0; i < 150; i++)
		ZOMBIE(.at_s = i, .pid = 5000 + i);
	assert_int_equal(report.zombies.given_up, 51);
	expect_zombies(1151, 1000, 100, 0);
}

static void test_too_many_names(void **state)
{
	char host[32], parent[64];
	uint64_t sum;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		snprintf(host, sizeof(host), "host-%u", i % 10000);
		snprintf(parent, sizeof(parent), "parent-%u", i);
		ZOMBIE(.at_s = i, .pid = i, .host = host, .parent = parent, .state = "closed");
		if (i % 10 == 0)
			ZOMBIE(.at_s = i, .pid = 100000 + i, .age_s = 60, .state = "closed");
	}
	expect_zombies(22000, 22000, 0, 0);
	assert_true(tally_count(&report.sums.groups) <= 2 * REPORT_GROUPS_MAX);
	assert_true(report.sums.groups.folded > 0);
	assert_int_equal(((struct report_sum *)tally_sum(report.sums.groups.rows))->zombies, 2000);
	sum = ((struct report_sum *)report.sums.groups.other)->zombies;
	for (struct tally_row *row = report.sums.groups.rows; row; row = row->hh.next)
		sum += ((struct report_sum *)tally_sum(row))->zombies;
	assert_int_equal(sum, 22000);
}

static void test_too_many_causes(void **state)
{
	char cause[128];

	(void)state;
	for (unsigned int i = 0; i < 200; i++) {
		snprintf(cause, sizeof(cause), "cause-%0*u", i % 2 ? 3 : 100, i);
		ZOMBIE(.at_s = i, .pid = i, .cause = cause);
	}
	expect_zombies(200, 0, 200, 0);
	assert_int_equal(report.sums.cause_count, REPORT_CAUSES - 1);
	assert_true(named(&report.sums.causes, "other")->zombies > 100);
}

/* Never waited for a minute: what it is by the rules. */
#define NEVER                                                                                                  \
	"{\"age_ns\":60000000000,\"age_known\":true,\"dead_kind\":1,\"death_seen\":true,\"since_death\":true," \
	"\"exit_signal\":17,\"has_history\":true,\"whole_life\":true,\"has_parent\":true,"                     \
	"\"disposition\":1,\"threads\":1,\"flights_known\":true,\"own_sigchld\":2,\"zombies\":1}"

static void test_rejudge(void **state)
{
	(void)state;
	ZOMBIE(.at_s = 1, .pid = 10, .cause = "unknown", .facts = NEVER);
	report_finish(&report);
	assert_int_equal(named(&report.sums.causes, "unknown")->zombies, 1);
	assert_int_equal(report.zombies.rejudged, 0);

	report_free(&report);
	begin(&(struct report_config){ .rejudge = true, .until_ns = UINT64_MAX });
	ZOMBIE(.at_s = 1, .pid = 10, .cause = "unknown", .facts = NEVER);
	ZOMBIE(.at_s = 9, .pid = 10, .cause = "unknown", .state = "closed");
	ZOMBIE(.at_s = 1, .pid = 11, .cause = "never-waits", .facts = NEVER);
	ZOMBIE(.at_s = 1, .pid = 12, .cause = "held");
	report_finish(&report);
	assert_int_equal(named(&report.sums.causes, "never-waits")->zombies, 2);
	assert_int_equal(named(&report.sums.causes, "held")->zombies, 1);
	assert_int_equal(report.zombies.rejudged, 2);
	assert_int_equal(report.zombies.other_causes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST(test_one_zombie_of_three_lines),
		REPORT_TEST(test_any_order),
		REPORT_TEST(test_adopted),
		REPORT_TEST(test_adopted_in_any_order),
		REPORT_TEST(test_adopter_is_to_blame),
		REPORT_TEST(test_still_there),
		REPORT_TEST(test_found_again),
		REPORT_TEST(test_identity),
		REPORT_TEST(test_reboot),
		REPORT_TEST(test_groups),
		REPORT_TEST(test_times),
		REPORT_TEST(test_longest),
		REPORT_TEST(test_since_until),
		REPORT_TEST(test_losses_of_parents),
		REPORT_TEST(test_orphans_and_own_losses),
		REPORT_TEST(test_damaged_and_blank),
		REPORT_TEST(test_too_many_zombies),
		REPORT_TEST(test_too_many_names),
		REPORT_TEST(test_too_many_causes),
		REPORT_TEST(test_rejudge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
