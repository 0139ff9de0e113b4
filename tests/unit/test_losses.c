// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * losses: the numbers add up, and tell what never reached the parent.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "losses.h"

static struct dw_pass_parent parent;
static struct losses losses;

static int set_up(void **state)
{
	(void)state;
	parent = (struct dw_pass_parent){ .has_record = 1 };
	return 0;
}

static void count(void)
{
	assert_int_equal(losses_count(&parent, &losses), 0);
	assert_int_equal(losses.sent, losses.delivered + losses.fetched + losses.merged +
					      losses.ignored + losses.pending);
}

static void test_merged(void **state)
{
	(void)state;
	parent.record.conduct.now =
		(struct dw_counts){ .queued_all = 1, .merged = 2, .delivered = 1 };
	count();
	assert_int_equal(losses.sent, 3);
	assert_int_equal(losses.delivered, 1);
	assert_int_equal(losses_lost(&losses), 2);
}

static void test_stuck_pending(void **state)
{
	(void)state;
	parent.record.conduct.now = (struct dw_counts){ .queued_all = 1, .merged = 4 };
	parent.flags = DW_PARENT_PENDING_SHARED;
	count();
	assert_int_equal(losses.pending, 1);
	assert_int_equal(losses.fetched, 0);
	assert_int_equal(losses_lost(&losses), 5);
}

static void test_fetched(void **state)
{
	(void)state;
	parent.record.conduct.now =
		(struct dw_counts){ .queued_all = 5, .merged = 1, .delivered = 2 };
	count();
	assert_int_equal(losses.fetched, 3);
	parent.threads.pending = 1;
	count();
	assert_int_equal(losses.fetched, 2);
	assert_int_equal(losses.pending, 1);
}

/* A signal from before the start is pending: it was not among those that were seen queued. */
static void test_pending_from_before(void **state)
{
	(void)state;
	parent.record.conduct.now = (struct dw_counts){ .merged = 1 };
	parent.flags = DW_PARENT_PENDING_SHARED;
	count();
	assert_int_equal(losses.pending, 0);
	assert_int_equal(losses.sent, 1);
}

/* Queued while blocked, and dropped at the default once unblocked. */
static void test_ignored_late(void **state)
{
	(void)state;
	parent.record.conduct.now =
		(struct dw_counts){ .queued_all = 1, .discarded = 1, .ignored = 2 };
	count();
	assert_int_equal(losses.ignored, 3);
	assert_int_equal(losses.fetched, 0);
}

/* What the program before an exec lost is not this one's. */
static void test_since_exec(void **state)
{
	(void)state;
	parent.record.conduct.at_exec =
		(struct dw_counts){ .queued_all = 3, .merged = 7, .delivered = 3 };
	parent.record.conduct.now =
		(struct dw_counts){ .queued_all = 4, .merged = 8, .delivered = 4 };
	count();
	assert_int_equal(losses.sent, 2);
	assert_int_equal(losses_lost(&losses), 1);
}

static void test_no_record(void **state)
{
	(void)state;
	losses.sent = 77;
	parent.has_record = 0;
	assert_int_equal(losses_count(&parent, &losses), -ENODATA);
	assert_int_equal(losses.sent, 77);
}

static void test_causes(void **state)
{
	unsigned int caused = 0;

	(void)state;
	assert_true(losses_caused(CAUSE_SIGCHLD_MERGED));
	assert_true(losses_caused(CAUSE_LATE_HANDLER));
	assert_true(losses_caused(CAUSE_SIGCHLD_BLOCKED));
	assert_true(losses_caused(CAUSE_SIGCHLD_BLOCKED_INHERITED));
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		caused += losses_caused(cause);
	assert_int_equal(caused, 4);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_merged),	 TEST(test_stuck_pending),
		TEST(test_fetched),	 TEST(test_pending_from_before),
		TEST(test_ignored_late), TEST(test_since_exec),
		TEST(test_no_record),	 TEST(test_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
