// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_trace: the line of each kind of event, the columns, the colours of a terminal; no byte that
 * a hostile name could do harm with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "event_maker.h"
#include "output.h"
#include "sink_trace.h"

#ifndef __WNOTHREAD /* in <linux/wait.h>, which does not go together with <sys/wait.h> */
#define __WNOTHREAD 0x20000000
#endif

/* "19:05:11.123456", and with date and zone */
#define TIME_LEN 15
#define STAMP_LEN 32

static struct events events;
static struct sink_trace_config config;
static struct sink *sink;
static int real_stdout = -1, captured = -1;
static char shown[1 << 16];

static void divert(int fd)
{
	fflush(stdout);
	real_stdout = dup(STDOUT_FILENO);
	assert_true(real_stdout >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	sink = sink_trace_new(&config);
	assert_non_null(sink);
}

static void restore(void)
{
	if (real_stdout < 0)
		return;
	dup2(real_stdout, STDOUT_FILENO);
	close(real_stdout);
	real_stdout = -1;
	sink->ops->free(sink);
	sink = NULL;
}

static void begin(void)
{
	captured = memfd_create("captured", MFD_CLOEXEC);
	assert_true(captured >= 0);
	divert(captured);
}

/* Puts all that was written into `shown`. */
static void end(void)
{
	ssize_t len;

	sink->ops->tick(sink);
	restore();
	assert_int_equal(output_failed(), 0);
	len = pread(captured, shown, sizeof(shown) - 1, 0);
	assert_true(len >= 0 && len < (ssize_t)sizeof(shown) - 1);
	shown[len] = '\0';
	close(captured);
}

static void emit(size_t event)
{
	sink->ops->event(sink, &events.all[event]);
}

/* One line by a sink of its own. */
static void show(size_t event)
{
	begin();
	emit(event);
	end();
}

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	config = (struct sink_trace_config){};
	maker_events(&events);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	restore();
	return 0;
}

/* The one line that the event makes, less its time. */
static void makes(size_t event, const char *want)
{
	size_t len;

	show(event);
	len = strlen(shown);
	assert_true(len > TIME_LEN && shown[len - 1] == '\n');
	shown[len - 1] = '\0';
	assert_string_equal(shown + TIME_LEN, want);
}

static void test_fork(void **state)
{
	(void)state;
	makes(0, " 4100    server               fork     child 4242");
	events.fork.child_ns_pid = 17;
	events.fork.parent_tgid = 4099;
	events.fork.exit_signal = SIGUSR1;
	makes(0, " 4100    server               fork     "
		 "child 4242, in its namespace 17, parent 4099, exit signal SIGUSR1");
	events.fork.exit_signal = 0;
	show(0);
	assert_non_null(strstr(shown, ", exit signal none\n"));
}

static void test_exec(void **state)
{
	(void)state;
	makes(1, " 4100    server               exec     /usr/bin/server");
	events.exec.cut = 1;
	events.exec.at.tid = 4103;
	makes(1, " 4100    server               exec     /usr/bin/server…, thread 4103");
}

static void test_exit(void **state)
{
	(void)state;
	makes(2, " 4100    server               exit     exit 3 after 20.0s, parent 1");
	events.exit.status = SIGSEGV | 0x80;
	events.exit.at.start_ns = EVENT_TIME_NS - 1234567;
	makes(2, " 4100    server               exit     "
		 "killed by SIGSEGV (core dumped) after 1.234ms, parent 1");
	events.exit.status = 0;
	events.exit.threads_left = 2;
	makes(2,
	      " 4100    server               exit     main thread, status exit 0, threads left 2");
}

static void test_stop_and_continue(void **state)
{
	(void)state;
	makes(3, " 4100    server               stop     by SIGTSTP, parent 1");
	makes(4, " 4100    server               continue by SIGCONT, parent 1");
}

static void test_sigchld(void **state)
{
	(void)state;
	makes(5, " 4100    server               sigchld  queued, CLD_EXITED from 4242");
	events.sigchld.result = DW_SIGCHLD_MERGED;
	events.sigchld.code = 5;
	makes(5, " 4100    server               sigchld  merged, CLD_STOPPED from 4242");
	events.sigchld.result = DW_SIGCHLD_IGNORED;
	events.sigchld.code = 0;
	events.sigchld.from_tgid = 0;
	makes(5,
	      " 4100    server               sigchld  ignored, SI_USER from 4242 of its namespace");
	events.sigchld.from_ns_pid = 0;
	makes(5, " 4100    server               sigchld  ignored, SI_USER");
	events.sigchld.result = DW_SIGCHLD_NONE;
	events.sigchld.from_tgid = 4242;
	makes(5, " 4100    server               sigchld  "
		 "none for the death of 4242: it ignores SIGCHLD");
}

static void test_deliver(void **state)
{
	(void)state;
	makes(6, " 4100    server               deliver  handler 0x55d0c0de");
	events.deliver.at.tid = 4105;
	makes(6, " 4100    server               deliver  handler 0x55d0c0de, thread 4105");
}

static void test_wait(void **state)
{
	(void)state;
	makes(7, " 4100    server               wait     waitpid(-1, WNOHANG)");
	events.wait.at.tid = 4105;
	events.wait.wait = (struct dw_wait){ .call = DW_CALL_WAITID,
					     .target = DW_TARGET_PIDFD,
					     .fd = 5,
					     .id = 4242,
					     .options = WEXITED };
	makes(7, " 4100    server               wait     "
		 "waitid(P_PIDFD, 5→4242, WEXITED), thread 4105");
}

static void test_reap(void **state)
{
	(void)state;
	makes(8, " 4100    server               reap     was dead for at most 0.0s");
	events.all[8].dead_ns = 65000000000ULL;
	makes(8, " 4100    server               reap     was dead for at most 1m05s");
	events.all[8].dead_known = false;
	makes(8, " 4100    server               reap     some jiffies after its death");
	((struct dw_trace_reap *)(void *)events.all[8].event)->dead_jiffies = DW_TRACE_NO_JIFFIES;
	makes(8, " 4100    server               reap     died before the trace began");
	events.reap.autoreaped = 1;
	makes(8, " 4100    server               reap     by the kernel");
	events.reap.late = 0;
	makes(8, " 4100    server               reap     by the kernel, died before the trace began");
	events.all[8].dead_known = true;
	events.all[8].dead_ns = 20001000;
	events.reap.by = (struct dw_reaper){ .tgid = 4000, .tid = 4000, .comm = "sh" };
	makes(8, " 4100    server               reap     by 4000 (sh), dead for 20.001ms");
	events.reap.by.tid = 4001;
	events.all[8].dead_ns = 65000000000ULL;
	makes(8, " 4100    server               reap     by 4000 (sh), thread 4001, dead for 1m05s");
}

static void test_reparent(void **state)
{
	(void)state;
	makes(9, " 4242    worker               reparent from 4100 to 1 (init)");
	events.orphan.dead = 1;
	events.all[9].role = DW_ROLE_SUBREAPER;
	events.all[9].adopter_tgid = 4000;
	events.all[9].confirmed = false;
	makes(9, " 4242    worker               reparent "
		 "from 4100 to 4000 (subreaper), dead already, not seen there");
	events.orphan.dead = 0;
	events.all[9].confirmed = true;
	events.all[9].role = DW_ROLE_THREAD;
	makes(9, " 4242    worker               reparent from 4100 to another thread of it");
}

/* --- the family --- */

/* The column at which the name begins in the line `number`, counted behind the time. */
static size_t name_column(size_t number)
{
	const char *line = shown;
	const char *name;

	while (number--) {
		line = strchr(line, '\n');
		assert_non_null(line);
		line++;
	}
	name = strstr(line, "server");
	assert_non_null(name);
	return (size_t)(name - line) - TIME_LEN;
}

static void fork_from(uint32_t tgid, uint32_t child)
{
	events.fork.at.tgid = events.fork.at.tid = tgid;
	events.fork.child_tgid = events.fork.child_ns_pid = child;
	emit(0);
}

/* A process stands two columns to the right of the one that forked it, down to a depth of eight. */
static void test_indent(void **state)
{
	(void)state;
	begin();
	for (uint32_t tgid = 100; tgid < 112; tgid++)
		fork_from(tgid, tgid + 1);
	end();
	for (size_t line = 0; line < 12; line++)
		assert_int_equal(name_column(line), 9 + 2 * (line < 8 ? line : 8));
}

/* A pid that was reaped begins anew. */
static void test_indent_after_reap(void **state)
{
	(void)state;
	begin();
	fork_from(100, 101);
	events.reap.at.tgid = 101;
	emit(8); /* of 101 itself: as deep as it was */
	emit(8);
	end();
	assert_int_equal(name_column(0), 9);
	assert_int_equal(name_column(1), 11);
	assert_int_equal(name_column(2), 9);
}

/* --- width --- */

/* Columns of the widest line. */
static size_t widest(void)
{
	size_t column = 0, most = 0;

	for (const char *at = shown; *at; at++) {
		if (*at == '\n')
			column = 0;
		else if (((unsigned char)*at & 0xc0) != 0x80 && ++column > most)
			most = column;
	}
	assert_true(most > 0);
	return most;
}

/* With the largest pids and the longest ordinary names. */
static void make_large(void)
{
	struct dw_trace_head *heads[] = { &events.fork.at,    &events.exec.at, &events.exit.at,
					  &events.stop.at,    &events.cont.at, &events.sigchld.at,
					  &events.deliver.at, &events.wait.at, &events.reap.at };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		heads[i]->tgid = heads[i]->tid = 4194303;
		memset(heads[i]->comm, 'W', 15);
	}
	memset(events.orphan.child.comm, 'W', 15);
	events.fork.parent_tgid = events.exit.parent_tgid = events.stop.parent_tgid = 4194303;
	events.orphan.child.tgid = events.orphan.father.tgid = 4194303;
	events.all[9].adopter_tgid = 4194301;
	events.fork.child_tgid = events.fork.child_ns_pid = 4194300;
	events.sigchld.from_tgid = events.sigchld.from_ns_pid = 4194302;
	events.deliver.handler = 0x7fffffffffff;
	events.all[9].role = DW_ROLE_NAMESPACE_INIT;
}

static void test_width(void **state)
{
	(void)state;
	make_large();
	for (size_t i = 0; i < EVENTS_MADE; i++) {
		show(i);
		assert_in_range(widest(), 40, 99);
	}
	events.exit.status = SIGSEGV | 0x80;
	show(2);
	assert_in_range(widest(), 40, 113); /* the one exception, not to grow */
}

/* The event stands in one column, so that the eye finds it, in either form of time. */
static void test_columns(void **state)
{
	(void)state;
	for (int stamp = 0; stamp < 2; stamp++) {
		config.stamp = stamp;
		for (size_t i = 0; i < EVENTS_MADE; i++) {
			size_t time = stamp ? STAMP_LEN : TIME_LEN;

			show(i);
			assert_int_equal(shown[time], ' ');
			assert_int_equal(shown[time + 29], ' ');
			assert_in_range(shown[time + 30], 'a', 'z');
			assert_int_equal(shown[time + 38], ' ');
			assert_int_not_equal(shown[time + 39], ' ');
		}
		assert_int_equal(shown[10] == 'T', stamp);
	}
}

/* --- what others chose --- */

static void test_hostile(void **state)
{
	(void)state;
	maker_events_hostile(&events);
	begin();
	for (size_t i = 0; i < EVENTS_MADE; i++)
		emit(i);
	end();
	for (const char *at = shown; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		/* Our own "…" and "→" are all that is not ASCII. */
		assert_true(byte == '\n' || (byte >= ' ' && byte != 0x7f));
		assert_true(byte < 0x80 || strchr("\xe2\x80\xa6\x86\x92", byte));
	}
	for (size_t i = 0; i < EVENTS_MADE; i++) {
		char *newline = strchr(shown, '\n');

		assert_non_null(newline);
		assert_non_null(
			strstr(shown, "\\x1b[2J\"\\x0a\\\\\\x01\\x7f\\xff\\xc3(\\xe2\\x80\\xae"));
		memmove(shown, newline + 1, strlen(newline));
	}
	assert_string_equal(shown, "");
}

/* Every number at its largest. */
static void test_all_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVENTS_MADE; i++) {
		unsigned char *bytes = (unsigned char *)(uintptr_t)events.all[i].event;
		struct dw_event_head kept = *events.all[i].event;

		memset(bytes, 0xff, kept.bytes);
		memcpy(bytes, &kept, sizeof(kept));
		show(i);
		assert_ptr_equal(strchr(shown, '\n'), shown + strlen(shown) - 1);
	}
}

static void test_unknown_kinds(void **state)
{
	(void)state;
	begin();
	for (unsigned int kind = 0; kind <= UINT16_MAX; kind++) {
		if (kind == DW_EVENT_ORPHAN || (kind >= DW_TRACE_FORK && kind <= DW_TRACE_REAP))
			continue;
		events.exec.at.head.kind = (uint16_t)kind;
		emit(1);
	}
	end();
	assert_string_equal(shown, "");
}

/* --- lost, summary --- */

static void test_lost(void **state)
{
	struct finding_lost lost = { .time_ns = EVENT_TIME_NS,
				     .reason = "ring-full",
				     .count = 1234,
				     .remedy = "give more room with --buffer, or trace less" };

	(void)state;
	begin();
	emit(0);
	sink->ops->lost(sink, &lost);
	emit(1);
	lost.count = 1;
	sink->ops->lost(sink, &lost);
	end();
	assert_non_null(strstr(shown, "child 4242\n"));
	assert_non_null(strstr(shown, " LOST    1234 events here (ring-full); give more room with "
				      "--buffer, or trace less\n"));
	assert_non_null(strstr(shown, " LOST    1 event here (ring-full); "));
	/* Where it was, not before or behind. */
	assert_true(strstr(shown, "fork") < strstr(shown, "1234"));
	assert_true(strstr(shown, "1234") < strstr(shown, "exec"));
	assert_in_range(widest(), 40, 99);
}

static void test_summary(void **state)
{
	const struct finding_summary summary = { .duration_ns = 5000000000,
						 .events = 17,
						 .lost_events = 3,
						 .forks = 4,
						 .execs = 5,
						 .exits = 6,
						 .queued = 7,
						 .merged = 8,
						 .ignored = 9,
						 .traced = true };

	(void)state;
	begin();
	emit(0);
	sink->ops->summary(sink, &summary);
	end();
	assert_non_null(
		strstr(shown, "child 4242\nsummary: traced for 5.0s: 17 events told, 3 lost\n"));
	assert_non_null(strstr(shown, " 4 forks, 5 execs, 6 exits; SIGCHLDs: 7 queued, 8 merged, "
				      "9 ignored\n"));
	config.quiet = true;
	begin();
	emit(0);
	sink->ops->summary(sink, &summary);
	end();
	assert_null(strstr(shown, "summary"));
	assert_non_null(strstr(shown, "child 4242\n"));
}

/* Nothing is written before the tick: a line each would cost more than all else. */
static void test_written_at_the_tick(void **state)
{
	(void)state;
	begin();
	emit(0);
	emit(1);
	assert_int_equal(lseek(captured, 0, SEEK_END), 0);
	sink->ops->tick(sink);
	assert_true(lseek(captured, 0, SEEK_END) > 80);
	end();
	assert_ptr_not_equal(strchr(shown, '\n'), shown + strlen(shown) - 1);
}

/* --- colour --- */

/* What a terminal of its own is shown of these events. */
static void show_on_terminal(void)
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
	for (size_t i = 0; i < EVENTS_MADE; i++)
		emit(i);
	sink->ops->tick(sink);
	restore();
	len = read(master, shown, sizeof(shown) - 1);
	assert_true(len > 0);
	shown[len] = '\0';
	close(master);
	close(slave);
}

static void test_no_colour_without_a_terminal(void **state)
{
	(void)state;
	events.exit.status = SIGKILL;
	show(2);
	assert_null(strchr(shown, '\033'));
}

static void test_colour(void **state)
{
	(void)state;
	events.exit.status = SIGKILL;
	events.sigchld.result = DW_SIGCHLD_MERGED;
	show_on_terminal();
	assert_non_null(strstr(shown, "\033[31mexit\033[0m     killed by SIGKILL"));
	assert_non_null(strstr(shown, "\033[33msigchld\033[0m  merged"));
	assert_non_null(strstr(shown, "\033[32mreap\033[0m     was"));
	assert_non_null(strstr(shown, "\033[33mreparent\033[0m from"));
	assert_non_null(strstr(shown, " fork     child"));
	setenv("NO_COLOR", "1", 1);
	show_on_terminal();
	assert_null(strchr(shown, '\033'));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	show_on_terminal();
	assert_null(strchr(shown, '\033'));
}

/* Only what is worth a look is coloured. */
static void test_ordinary_is_plain(void **state)
{
	(void)state;
	show_on_terminal();
	assert_null(strstr(shown, "\033[31m"));
	assert_null(strstr(shown, "msigchld"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fork),
		TEST(test_exec),
		TEST(test_exit),
		TEST(test_stop_and_continue),
		TEST(test_sigchld),
		TEST(test_deliver),
		TEST(test_wait),
		TEST(test_reap),
		TEST(test_reparent),
		TEST(test_indent),
		TEST(test_width),
		TEST(test_indent_after_reap),
		TEST(test_columns),
		TEST(test_hostile),
		TEST(test_all_ones),
		TEST(test_unknown_kinds),
		TEST(test_lost),
		TEST(test_summary),
		TEST(test_colour),
		TEST(test_written_at_the_tick),
		TEST(test_ordinary_is_plain),
		TEST(test_no_colour_without_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
