// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_text: what a person sees: the words, nothing that a hostile name could do to a terminal, a
 * flood held back, colour on a terminal only. The width is in test_sink_text_width.c.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <termios.h>

#include <cmocka.h>

#include "sink_text_bench.h"

/* --- the words --- */

static void test_finding(void **state)
{
	(void)state;
	show();
	assert_string_equal(shown + 8,
			    " ZOMBIE  4242 (worker) dead 1.0s, exit 3, adopted from 4000 (former), "
			    "traced by 55 (gdb)\n"
			    "                 parent 4100 (server)  cause sigchld-merged, certain\n"
			    "         5 children died\n"
			    "         it waited 2 times\n"
			    "         also: slow-reaper\n"
			    "         live siblings: 4243 (one), 4244 (two), 4245 (three)\n"
			    "         fix: on each SIGCHLD call waitpid(-1, …, WNOHANG) until it "
			    "returns 0 or -1\n");
	assert_int_equal(shown[2], ':');
	assert_int_equal(shown[5], ':');
}

static void test_plain_finding(void **state)
{
	(void)state;
	made.finding.adopted_from = NULL;
	made.finding.tracer_tgid = 0;
	made.finding.also = 0;
	made.inquiry.live_children = 0;
	made.verdict.lines = 1;
	show();
	assert_string_equal(shown + 8,
			    " ZOMBIE  4242 (worker) dead 1.0s, exit 3  parent 4100 (server)\n"
			    "                 cause sigchld-merged, certain\n"
			    "         5 children died\n"
			    "         fix: on each SIGCHLD call waitpid(-1, …, WNOHANG) until it "
			    "returns 0 or -1\n");
}

/* More siblings than are named are counted. */
static void test_many_siblings(void **state)
{
	(void)state;
	made.inquiry.live_children = INQUIRY_SIBLINGS_MAX + 7;
	show();
	assert_shows("4245 (three)");
	assert_shows(" and 7 more\n");
	made.finding.inquiry = NULL;
	show();
	assert_int_equal(count_of("siblings"), 0);
}

/* No zombie: a status that a wait cannot find. */
static void test_lost_status(void **state)
{
	(void)state;
	made.finding.type = FINDING_STATUS;
	made.finding.cause = CAUSE_AUTO_REAPED;
	made.finding.also = 0;
	show();
	assert_shows(" STATUS  of child 4242 lost  parent 4100 (server)  cause auto-reaped, ");
	assert_int_equal(count_of("ZOMBIE"), 0);
	made.child.ns_pid = 0;
	show();
	assert_shows(" STATUS  of a child lost  parent 4100 (server)");
}

static void test_update(void **state)
{
	(void)state;
	made.finding.state = FINDING_UPDATE;
	show();
	assert_shows(" UPDATE  4242 (worker) ");
}

static void test_kinds_of_death(void **state)
{
	(void)state;
	made.finding.age_known = false;
	show();
	assert_shows(" dead at least 1.0s, exit 3,");
	made.finding.status_known = false;
	show();
	assert_shows(" dead at least 1.0s, status not known,");
	made.finding.dead_kind = DW_DEAD_DYING;
	show();
	assert_shows(" exiting for at least 1.0s,");
	made.finding.age_known = true;
	made.finding.dead_kind = DW_DEAD_LEADER;
	show();
	assert_shows(" main thread dead 1.0s,");
}

static void test_closed(void **state)
{
	(void)state;
	maker_close(&made, FINDING_REAPED);
	show();
	assert_string_equal(shown + 8, " REAPED  4242 (worker) after 1.0s\n");
	made.finding.closed_by = FINDING_EXIT; /* the summary tells */
	show();
	assert_string_equal(shown, "");
}

static void test_verbose_and_stamp(void **state)
{
	(void)state;
	config.verbose = true;
	config.stamp = true;
	show();
	assert_shows("facts:");
	assert_shows("has_parent");
	assert_int_equal(shown[10], 'T'); /* 1970-01-01T00:01:40.000+00:00 */
	assert_int_equal(shown[23], '+');
}

static void test_summary(void **state)
{
	struct finding_summary summary = { .duration_ns = 5 * MAKER_S, .found = 2, .reaped = 1,
					   .open = 1, .has_counters = true, .forks = 7 };

	(void)state;
	summary.by_cause[CAUSE_HELD] = 2;
	begin();
	sink->ops->summary(sink, &summary);
	end();
	assert_shows("2 zombies found, 1 reaped, 1 still there\n");
	assert_shows("held 2\n");
	assert_shows("7 processes started");
	config.quiet = true;
	begin();
	sink->ops->summary(sink, &summary);
	end();
	assert_string_equal(shown, "");
}

/* --- hostile names --- */

static void test_hostile_names(void **state)
{
	(void)state;
	memcpy(made.child.comm, HOSTILE_COMM, sizeof(made.child.comm));
	memcpy(made.parent.comm, ") Z 1 (\n\x1b[2J", 13);
	strcpy(made.finding.tracer_comm, "g\x1b]0;\x07\xff");
	strcpy(made.inquiry.siblings[1].comm, "\x1b[7m\n");
	config.verbose = true;
	show();
	assert_shows("4244 (\\x1b[7m\\x0a)");
	assert_shows("4242 (\\x1b[2J\"\\x0a\\\\\\x01\\x7f\\xff\\xc3(\\xe2\\x80\\xae)");
	assert_shows("4100 () Z 1 (\\x0a\\x1b[2J)");
	assert_shows("55 (g\\x1b]0;\\x07\\xff)");
	for (const char *at = shown; *at; at++)
		assert_true(*at == '\n' || ((unsigned char)*at >= ' ' && *at != 0x7f));
}

/* --- several of one parent are one story; a flood is held back --- */

static void emit_many(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		made.child.tgid = 10000 + i;
		emit();
	}
}

static void test_story(void **state)
{
	(void)state;
	made.finding.adopted_from = NULL;
	made.finding.tracer_tgid = 0;
	begin();
	emit_many(3);
	sink->ops->tick(sink);
	end();
	assert_int_equal(strncmp(shown + 8,
				 " ZOMBIE  3 children of 4100 (server)  cause sigchld-merged, "
				 "certain\n"
				 "                 10000 (worker) dead 1.0s, exit 3\n"
				 "                 10001 (worker) dead 1.0s, exit 3\n"
				 "                 10002 (worker) dead 1.0s, exit 3\n"
				 "         5 children died\n", 236), 0);
	assert_int_equal(count_of("5 children died"), 1);
	assert_int_equal(count_of("fix:"), 1);
}

/* Another parent, cause, confidence or state is another story. */
static void test_separate_stories(void **state)
{
	(void)state;
	begin();
	emit();
	made.finding.cause = CAUSE_NEVER_WAITS;
	emit();
	made.finding.confidence = CONFIDENCE_LIKELY;
	emit();
	made.finding.state = FINDING_UPDATE;
	emit();
	made.parent.start_ns++; /* the pid came back */
	emit();
	sink->ops->tick(sink);
	end();
	assert_int_equal(count_of(" ZOMBIE "), 3);
	assert_int_equal(count_of(" UPDATE "), 2);
	assert_int_equal(count_of("children of"), 0);
}

static void test_flood(void **state)
{
	(void)state;
	begin();
	emit_many(25);
	made.parent.tgid = 4101; /* another parent has its own share */
	emit_many(3);
	made.parent.tgid = 4100;
	emit_many(2);
	sink->ops->tick(sink);
	end();
	assert_shows(" ZOMBIE  27 children of 4100 (server)");
	assert_shows(" ZOMBIE  3 children of 4101 (server)");
	assert_int_equal(count_of("(worker) dead"), 20 + 3);
	assert_int_equal(count_of(" and 7 more of this parent; -o json has all\n"), 1);
	assert_shows("10019 (worker)");
	assert_int_equal(count_of("10020 (worker)"), 0);
	assert_narrow();
}

static void test_no_flood(void **state)
{
	(void)state;
	begin();
	emit_many(20);
	sink->ops->tick(sink);
	emit_many(20); /* a new moment */
	sink->ops->tick(sink);
	sink->ops->tick(sink);
	end();
	assert_int_equal(count_of("(worker) dead"), 40);
	assert_int_equal(count_of(" more "), 0);
}

/* What closes is held back as well. */
static void test_flood_of_closed(void **state)
{
	(void)state;
	maker_close(&made, FINDING_REAPED);
	begin();
	emit_many(15000);
	sink->ops->tick(sink);
	emit_many(1);
	sink->ops->tick(sink);
	end();
	assert_int_equal(count_of(" REAPED "), 21);
	assert_int_equal(count_of(" 14980 more "), 1);
	assert_int_equal(count_of(" more "), 1);
}

/* More parents than stories are kept for: nothing is held back from them, nothing breaks. */
static void test_many_parents(void **state)
{
	(void)state;
	begin();
	for (uint32_t i = 0; i < 200; i++) {
		made.parent.tgid = 20000 + i;
		emit();
	}
	sink->ops->tick(sink);
	end();
	assert_int_equal(count_of(" ZOMBIE "), 200);
	assert_shows("20199 (server)");
}

/* What was not told yet goes with the sink. */
static void test_freed_before_the_tick(void **state)
{
	(void)state;
	begin();
	emit_many(3);
	end();
	assert_string_equal(shown, "");
}

/* --- colour --- */

static void test_no_colour_without_a_terminal(void **state)
{
	(void)state;
	show();
	assert_null(strchr(shown, '\033'));
}

/* Whether colour is used on a terminal of its own. */
static bool colour_on_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), slave;
	struct termios raw;
	ssize_t len;

	if (master < 0 || grantpt(master) || unlockpt(master)) {
		print_message("no pseudo terminal to be had\n");
		skip();
	}
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0 && !tcgetattr(slave, &raw));
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(slave, TCSANOW, &raw), 0);
	divert(slave);
	maker_close(&made, FINDING_REAPED);
	emit();
	restore();
	sink->ops->free(sink);
	sink = NULL;
	len = read(master, shown, sizeof(shown) - 1);
	assert_true(len > 0);
	shown[len] = '\0';
	close(master);
	close(slave);
	assert_shows("REAPED");
	return strchr(shown, '\033') != NULL;
}

static void test_colour(void **state)
{
	(void)state;
	assert_true(colour_on_terminal());
	assert_shows("\033[32mREAPED\033[0m");
	setenv("NO_COLOR", "1", 1);
	assert_false(colour_on_terminal());
	setenv("NO_COLOR", "", 1); /* as good as not set */
	assert_true(colour_on_terminal());
	setenv("TERM", "dumb", 1);
	assert_false(colour_on_terminal());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_finding),
		TEST(test_plain_finding),
		TEST(test_many_siblings),
		TEST(test_lost_status),
		TEST(test_update),
		TEST(test_kinds_of_death),
		TEST(test_closed),
		TEST(test_verbose_and_stamp),
		TEST(test_summary),
		TEST(test_hostile_names),
		TEST(test_story),
		TEST(test_separate_stories),
		TEST(test_flood),
		TEST(test_no_flood),
		TEST(test_flood_of_closed),
		TEST(test_many_parents),
		TEST(test_freed_before_the_tick),
		TEST(test_no_colour_without_a_terminal),
		TEST(test_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
