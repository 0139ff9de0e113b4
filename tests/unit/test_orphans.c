// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * orphans: held back until the new parent is seen; wrong guesses corrected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "orphans.h"
#include "proc_tree.h"

#define START_NS 5000000000ULL

static struct options options;
static struct orphans *orphans;
static struct finding_orphan seen;
static size_t seen_count;
static int proc;

static void note(void *arg, const struct finding_orphan *orphan)
{
	(void)arg;
	seen = *orphan;
	seen_count++;
}

static void start(void)
{
	orphans_free(orphans);
	orphans = orphans_new(&(struct orphans_config){
		.options = &options, .proc = proc, .emit = note });
	assert_non_null(orphans);
	seen_count = 0;
}

static int set_up(void **state)
{
	(void)state;
	options = (struct options){ .only = ONLY_ALL, .orphan_kinds = ORPHANS_ALL };
	proc = proc_tree_make();
	start();
	return proc < 0;
}

static int tear_down(void **state)
{
	(void)state;
	orphans_free(orphans);
	orphans = NULL;
	return proc_tree_remove(proc);
}

/* The child 300, whose parent in /proc is ppid now. */
static void put_child(uint32_t ppid)
{
	char text[256];
	int len =
		snprintf(text, sizeof(text),
			 "300 (sleep) S %u 77 78 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %llu 0 0 0 0 0 0 "
			 "0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
			 ppid, (unsigned long long)procfs_ns_to_ticks(START_NS));

	proc_tree_put(proc, "300/stat", text, (size_t)len);
}

static struct dw_event_orphan event(void)
{
	return (struct dw_event_orphan){
		.child = { .tgid = 300, .start_ns = START_NS, .comm = "sleep" },
		.father = { .tgid = 200, .start_ns = START_NS - 1, .comm = "sh" },
		.child_session = 50,
		.father_session = 50,
		.adopter_tgid = 10,
		.role = DW_ROLE_SUBREAPER,
	};
}

static void take(const struct dw_event_orphan *taken)
{
	assert_int_equal(orphans_take(orphans, taken), 0);
	orphans_confirm(orphans);
}

static void test_kinds(void **state)
{
	struct dw_event_orphan orphan = event();

	(void)state;
	assert_int_equal(orphans_kind(&orphan), ORPHAN_BACKGROUND);
	orphan.child_session = 300;
	assert_int_equal(orphans_kind(&orphan), ORPHAN_DAEMONIZED);
	orphan.father_status = 9;
	assert_int_equal(orphans_kind(&orphan), ORPHAN_ABANDONED);
	orphan.dead = 1;
	assert_int_equal(orphans_kind(&orphan), ORPHAN_ZOMBIE);
	orphan = event();
	orphan.father_status = 3 << 8; /* an exit code is no signal */
	assert_int_equal(orphans_kind(&orphan), ORPHAN_BACKGROUND);
}

static void test_confirmed(void **state)
{
	const struct dw_event_orphan orphan = event();

	(void)state;
	put_child(10);
	take(&orphan);
	assert_int_equal(seen_count, 1);
	assert_true(seen.confirmed);
	assert_int_equal(seen.adopter_tgid, 10);
	assert_int_equal(seen.role, DW_ROLE_SUBREAPER);
}

/* Never shown before it was handed over. */
static void test_not_handed_over_yet(void **state)
{
	const struct dw_event_orphan orphan = event();

	(void)state;
	put_child(200);
	take(&orphan);
	assert_int_equal(seen_count, 0);
	put_child(10);
	orphans_confirm(orphans);
	assert_int_equal(seen_count, 1);
	orphans_confirm(orphans);
	assert_int_equal(seen_count, 1);
}

static void test_wrong_guess(void **state)
{
	const struct dw_event_orphan orphan = event();
	struct finding_summary summary = {};

	(void)state;
	put_child(1);
	take(&orphan);
	assert_int_equal(seen_count, 1);
	assert_true(seen.confirmed);
	assert_int_equal(seen.adopter_tgid, 1);
	assert_int_equal(seen.role, DW_ROLE_INIT);
	orphans_sum(orphans, &summary);
	assert_int_equal(summary.orphans_wrong, 1);
	assert_int_equal(summary.orphans[ORPHAN_BACKGROUND], 1);
}

static void test_gone_already(void **state)
{
	const struct dw_event_orphan orphan = event();

	(void)state;
	take(&orphan);
	assert_int_equal(seen_count, 1);
	assert_false(seen.confirmed);
	assert_int_equal(seen.adopter_tgid, 10);
}

/* The pid is another process's by now: that one's parent proves nothing. */
static void test_reused_pid(void **state)
{
	struct dw_event_orphan orphan = event();

	(void)state;
	put_child(1);
	orphan.child.start_ns = START_NS * 2;
	take(&orphan);
	assert_int_equal(seen_count, 1);
	assert_false(seen.confirmed);
}

static void test_filters(void **state)
{
	const struct dw_event_orphan orphan = event();
	pid_t pid = 200;

	(void)state;
	put_child(10);
	options.only = ONLY_ZOMBIE;
	take(&orphan);
	assert_int_equal(seen_count, 0);
	options.only = ONLY_ALL;
	options.orphan_kinds = ORPHANS_DAEMONIZED | ORPHANS_ABANDONED | ORPHANS_ZOMBIE;
	take(&orphan);
	assert_int_equal(seen_count, 0);
	options.orphan_kinds = ORPHANS_BACKGROUND;
	options.pids = &pid;
	options.pids_count = 1;
	take(&orphan);
	assert_int_equal(seen_count, 1);
	pid = 9999;
	take(&orphan);
	assert_int_equal(seen_count, 1);
}

static void test_many(void **state)
{
	struct dw_event_orphan orphan = event();

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		orphan.child.tgid = 1000 + i;
		assert_int_equal(orphans_take(orphans, &orphan), 0);
	}
	orphans_confirm(orphans);
	assert_int_equal(seen_count, 20000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kinds),	TEST(test_confirmed),	 TEST(test_not_handed_over_yet),
		TEST(test_wrong_guess), TEST(test_gone_already), TEST(test_reused_pid),
		TEST(test_filters),	TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
