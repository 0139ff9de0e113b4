// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace_json: each kind of event is one line that parses, with the fields of the schema and their
 * types; what is not known is null; hostile names break nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "event_maker.h"
#include "text.h"
#include "trace_json.h"

#ifndef __WNOTHREAD /* in <linux/wait.h>, which does not go together with <sys/wait.h> */
#define __WNOTHREAD 0x20000000
#endif

static struct events events;
static struct trace_json json;
static json_t *line;

static void forget(void)
{
	json_decref(line);
	line = NULL;
	lines_clear(&json.lines);
}

static int set_up(void **state)
{
	(void)state;
	maker_events(&events);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	forget();
	lines_free(&json.lines);
	return 0;
}

/* Adds one and reads it back into `line`. */
static void show(const struct finding_event *event)
{
	json_error_t error;

	forget();
	trace_json_add(&json, event);
	assert_true(json.lines.len > 0);
	assert_int_equal(json.lines.text[json.lines.len - 1], '\n');
	for (size_t i = 0; i + 1 < json.lines.len; i++)
		assert_in_range((unsigned char)json.lines.text[i], ' ', 0x7f);
	line = json_loadb(json.lines.text, json.lines.len, JSON_REJECT_DUPLICATES, &error);
	if (!line)
		fail_msg("%s: %.*s", error.text, (int)json.lines.len, json.lines.text);
	assert_true(json_is_object(line));
}

static const json_t *get(const char *name)
{
	const json_t *value = json_object_get(line, name);

	if (!value)
		fail_msg("no '%s' in %.*s", name, (int)json.lines.len, json.lines.text);
	return value;
}

static void is_number(const char *name, json_int_t want)
{
	const json_t *value = get(name);

	assert_true(json_is_integer(value));
	assert_int_equal(json_integer_value(value), want);
}

static void is_text(const char *name, const char *want)
{
	const json_t *value = get(name);

	assert_true(json_is_string(value));
	assert_string_equal(json_string_value(value), want);
}

static void is_bool(const char *name, bool want)
{
	const json_t *value = get(name);

	assert_true(json_is_boolean(value));
	assert_int_equal(json_is_true(value), want);
}

static void is_real(const char *name, double want)
{
	const json_t *value = get(name);

	assert_true(json_is_real(value));
	assert_true(json_real_value(value) > want - 1e-7 && json_real_value(value) < want + 1e-7);
}

static void is_null(const char *name)
{
	assert_true(json_is_null(get(name)));
}

/* The names of the options, in order, as one text. */
static void options_are(const char *want)
{
	const json_t *options = get("options"), *option;
	char text[256] = "";
	size_t i;

	assert_true(json_is_array(options));
	json_array_foreach(options, i, option) {
		assert_true(json_is_string(option));
		if (i)
			strcat(text, "|");
		strcat(text, json_string_value(option));
	}
	assert_string_equal(text, want);
}

/* What opens every line. */
static void opens(const char *name)
{
	const char *time;

	is_number("v", 1);
	is_text("type", "event");
	is_text("event", name);
	time = json_string_value(get("time"));
	assert_non_null(time);
	assert_int_equal(strlen(time), sizeof("2026-11-21T19:05:11.123456789Z") - 1);
	assert_int_equal(time[29], 'Z');
}

static void happened_to_server(const char *name)
{
	opens(name);
	is_number("pid", 4100);
	is_number("tid", 4100);
	is_text("comm", "server");
	is_number("start_ns", EVENT_TIME_NS - 20000000000ULL);
}

static void test_fork(void **state)
{
	(void)state;
	events.fork.at.tid = 4103;
	events.fork.child_ns_pid = 17;
	events.fork.parent_tgid = 4099;
	show(&events.all[0]);
	opens("fork");
	is_number("pid", 4100);
	is_number("tid", 4103);
	is_number("forker_tid", 4103);
	is_number("child", 4242);
	is_number("child_ns_pid", 17);
	is_number("parent", 4099);
	is_text("exit_signal", "SIGCHLD");
	events.fork.exit_signal = SIGUSR1;
	show(&events.all[0]);
	is_text("exit_signal", "SIGUSR1");
	events.fork.exit_signal = 0;
	show(&events.all[0]);
	is_null("exit_signal");
}

static void test_exec(void **state)
{
	(void)state;
	show(&events.all[1]);
	happened_to_server("exec");
	is_text("filename", "/usr/bin/server");
	is_bool("filename_cut", false);
	events.exec.at.tid = 4107;
	memset(events.exec.filename, 'x', sizeof(events.exec.filename));
	events.exec.cut = 1;
	show(&events.all[1]);
	is_number("tid", 4107);
	is_bool("filename_cut", true);
	assert_int_equal(json_string_length(get("filename")), DW_FILENAME_MAX);
}

static void test_exit(void **state)
{
	(void)state;
	show(&events.all[2]);
	happened_to_server("exit");
	is_number("ppid", 1);
	is_number("exit_code", 3);
	is_null("signal");
	is_bool("core", false);
	is_real("lived_s", 20);
	is_number("threads_left", 0);
	events.exit.status = SIGSEGV | 0x80;
	events.exit.threads_left = 2;
	events.exit.parent_tgid = 0;
	events.exit.at.start_ns = EVENT_TIME_NS - 1234567;
	show(&events.all[2]);
	is_null("exit_code");
	is_text("signal", "SIGSEGV");
	is_bool("core", true);
	is_number("threads_left", 2);
	is_null("ppid");
	is_real("lived_s", 0.001234);
	/* A status of all ones above the bits of a status, a life that begins after its end. */
	events.exit.status = 0xffff0000 | 255 << 8;
	events.exit.at.start_ns = EVENT_TIME_NS + 1;
	show(&events.all[2]);
	is_number("exit_code", 255);
	is_real("lived_s", 0);
}

static void test_stop_and_continue(void **state)
{
	(void)state;
	show(&events.all[3]);
	happened_to_server("stop");
	is_number("ppid", 1);
	is_text("signal", "SIGTSTP");
	show(&events.all[4]);
	happened_to_server("continue");
	is_number("ppid", 1);
	is_text("signal", "SIGCONT");
}

static void test_sigchld(void **state)
{
	static const struct {
		int code;
		const char *name;
	} codes[] = { { 0, "SI_USER" },	      { 1, "CLD_EXITED" },   { 2, "CLD_KILLED" },
		      { 3, "CLD_DUMPED" },    { 4, "CLD_TRAPPED" },  { 5, "CLD_STOPPED" },
		      { 6, "CLD_CONTINUED" }, { 0x80, "SI_KERNEL" }, { -1, "SI_QUEUE" },
		      { -2, "SI_TIMER" },     { -6, "SI_TKILL" } };
	static const char *const results[] = { NULL, "queued", "ignored", "merged" };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		events.sigchld.code = codes[i].code;
		show(&events.all[5]);
		happened_to_server("sigchld");
		is_number("from", 4242);
		is_number("from_ns_pid", 4242);
		is_text("code", codes[i].name);
	}
	for (uint8_t result = DW_SIGCHLD_QUEUED; result <= DW_SIGCHLD_MERGED; result++) {
		events.sigchld.result = result;
		show(&events.all[5]);
		is_text("result", results[result]);
	}
}

/* No signal at all, a code of tomorrow, a sender that is not known. */
static void test_sigchld_not_known(void **state)
{
	static const int odd[] = { 7, 99, -7, -100, INT32_MAX, INT32_MIN };

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		events.sigchld.code = odd[i];
		show(&events.all[5]);
		is_null("code");
	}
	events.sigchld.code = 0;
	events.sigchld.result = DW_SIGCHLD_NONE;
	events.sigchld.from_tgid = events.sigchld.from_ns_pid = 0;
	show(&events.all[5]);
	is_text("result", "none");
	is_null("code");
	is_null("from");
	is_null("from_ns_pid");
}

static void test_deliver(void **state)
{
	(void)state;
	events.deliver.at.tid = 4105;
	events.deliver.handler = 0xffffffff81000000;
	show(&events.all[6]);
	opens("deliver");
	is_number("tid", 4105);
	is_text("handler", "0xffffffff81000000");
}

struct form {
	struct dw_wait wait;
	const char *call, *options, *kind;
	uint32_t target; /* 0: null */
};

static const struct form forms[] = {
	{ { .call = DW_CALL_WAIT4,
	    .target = DW_TARGET_ANY,
	    .options = WNOHANG | WUNTRACED | WEXITED },
	  "waitpid(-1, WNOHANG|WUNTRACED)",
	  "WNOHANG|WUNTRACED",
	  "any",
	  0 },
	{ { .call = DW_CALL_WAIT4, .target = DW_TARGET_PID, .id = 7, .options = WEXITED },
	  "waitpid(7, 0)",
	  "",
	  "pid",
	  7 },
	{ { .call = DW_CALL_WAIT4, .target = DW_TARGET_GROUP, .id = 7, .options = WEXITED },
	  "waitpid(-7, 0)",
	  "",
	  "group",
	  7 },
	{ { .call = DW_CALL_WAIT4, .target = DW_TARGET_GROUP, .options = WEXITED | __WALL },
	  "waitpid(0, __WALL)",
	  "__WALL",
	  "group",
	  0 },
	{ { .call = DW_CALL_WAITID,
	    .target = DW_TARGET_ANY,
	    .options = WEXITED | WSTOPPED | WNOWAIT },
	  "waitid(P_ALL, WSTOPPED|WEXITED|WNOWAIT)",
	  "WSTOPPED|WEXITED|WNOWAIT",
	  "any",
	  0 },
	{ { .call = DW_CALL_WAITID, .target = DW_TARGET_PID, .id = 9, .options = WCONTINUED },
	  "waitid(P_PID, 9, WCONTINUED)",
	  "WCONTINUED",
	  "pid",
	  9 },
	{ { .call = DW_CALL_WAITID, .target = DW_TARGET_GROUP, .id = 9, .options = WEXITED },
	  "waitid(P_PGID, 9, WEXITED)",
	  "WEXITED",
	  "group",
	  9 },
	{ { .call = DW_CALL_WAITID,
	    .target = DW_TARGET_PIDFD,
	    .id = 4242,
	    .fd = 5,
	    .options = WEXITED },
	  "waitid(P_PIDFD, 5→4242, WEXITED)",
	  "WEXITED",
	  "pidfd",
	  4242 },
	{ { .call = DW_CALL_WAITID,
	    .target = DW_TARGET_ANY,
	    .options = WEXITED | __WNOTHREAD | __WCLONE | 0x1000 },
	  "waitid(P_ALL, WEXITED|__WNOTHREAD|__WCLONE|0x1000)",
	  "WEXITED|0x1000|__WNOTHREAD|__WCLONE",
	  "any",
	  0 },
};

static void test_wait(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		events.wait.wait = forms[i].wait;
		show(&events.all[7]);
		happened_to_server("wait");
		is_text("call", forms[i].call);
		options_are(forms[i].options);
		is_text("target_kind", forms[i].kind);
		if (forms[i].target)
			is_number("target", forms[i].target);
		else
			is_null("target");
	}
}

/* Registers that were not understood. */
static void test_wait_not_known(void **state)
{
	(void)state;
	events.wait.wait.call = DW_CALL_OTHER;
	show(&events.all[7]);
	is_null("options");
	events.wait.wait.target = 200;
	show(&events.all[7]);
	is_null("target_kind");
}

static void test_reap(void **state)
{
	(void)state;
	show(&events.all[8]);
	happened_to_server("reap");
	is_null("by");
	is_bool("autoreaped", false);
	is_bool("late", true);
	is_real("zombie_s", 0.02);
	events.reap.autoreaped = 1;
	events.all[8].dead_known = false;
	show(&events.all[8]);
	is_bool("autoreaped", true);
	is_null("zombie_s");
}

/* At its moment, in the exact tier. */
static void test_exact_reap(void **state)
{
	const json_t *by;

	(void)state;
	events.reap.late = 0;
	events.reap.by = (struct dw_reaper){ .tgid = 4000, .tid = 4001, .comm = "s\"\x1b\xff" };
	show(&events.all[8]);
	is_bool("late", false);
	is_real("zombie_s", 0.02);
	by = json_object_get(line, "by");
	assert_int_equal(json_integer_value(json_object_get(by, "pid")), 4000);
	assert_int_equal(json_integer_value(json_object_get(by, "tid")), 4001);
	assert_true(json_is_string(json_object_get(by, "comm")));
	events.reap.by = (struct dw_reaper){};
	events.reap.autoreaped = 1;
	show(&events.all[8]);
	is_null("by");
	is_bool("late", false);
}

static void test_reparent(void **state)
{
	static const char *const roles[] = { NULL, "thread", "subreaper", "namespace-init",
					     "init" };

	(void)state;
	for (uint32_t role = DW_ROLE_UNKNOWN; role <= DW_ROLE_INIT; role++) {
		events.all[9].role = role;
		show(&events.all[9]);
		opens("reparent");
		is_number("pid", 4242);
		is_number("tid", 4242);
		is_text("comm", "worker");
		is_number("from", 4100);
		is_number("to", 1);
		is_bool("dead", false);
		is_bool("confirmed", true);
		if (roles[role])
			is_text("role", roles[role]);
		else
			is_null("role");
	}
	events.orphan.dead = 1;
	events.all[9].adopter_tgid = 0;
	events.all[9].confirmed = false;
	show(&events.all[9]);
	is_bool("dead", true);
	is_null("to");
	is_bool("confirmed", false);
}

static void test_hostile(void **state)
{
	char comm[TEXT_MAX(DW_COMM_LEN)], filename[TEXT_MAX(DW_FILENAME_MAX)];

	(void)state;
	maker_events_hostile(&events);
	text_utf8(comm, sizeof(comm), events.fork.at.comm, DW_COMM_LEN);
	text_utf8(filename, sizeof(filename), events.exec.filename, DW_FILENAME_MAX);
	for (size_t i = 0; i < EVENTS_MADE; i++) {
		show(&events.all[i]);
		is_text("comm", comm);
	}
	show(&events.all[1]);
	is_text("filename", filename);
}

/* Every number at its largest, times but below 2^63: still a line that parses. */
static void test_all_ones(void **state)
{
	const int64_t start_ns = INT64_MAX;

	(void)state;
	for (size_t i = 0; i < EVENTS_MADE; i++) {
		unsigned char *bytes = (unsigned char *)(uintptr_t)events.all[i].event;
		struct dw_event_head kept = *events.all[i].event;

		memset(bytes, 0xff, kept.bytes);
		memcpy(bytes, &kept, sizeof(kept));
		/* What follows the head, of each kind. */
		memcpy(bytes + sizeof(kept), &start_ns, sizeof(start_ns));
		show(&events.all[i]);
		is_number("start_ns", start_ns);
	}
}

static void test_unknown_kinds(void **state)
{
	(void)state;
	for (unsigned int kind = 0; kind <= UINT16_MAX; kind++) {
		if (kind == DW_EVENT_ORPHAN || (kind >= DW_TRACE_FORK && kind <= DW_TRACE_REAP))
			continue;
		events.exec.at.head.kind = (uint16_t)kind;
		trace_json_add(&json, &events.all[1]);
		assert_int_equal(json.lines.len, 0);
	}
}

static void test_many_lines(void **state)
{
	size_t newlines = 0;

	(void)state;
	for (size_t i = 0; i < EVENTS_MADE; i++)
		trace_json_add(&json, &events.all[i]);
	for (size_t i = 0; i < json.lines.len; i++)
		newlines += json.lines.text[i] == '\n';
	assert_int_equal(newlines, EVENTS_MADE);
	assert_int_equal(json.lines.lost, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fork),	   TEST(test_exec),
		TEST(test_exit),	   TEST(test_stop_and_continue),
		TEST(test_sigchld),	   TEST(test_sigchld_not_known),
		TEST(test_deliver),	   TEST(test_wait),
		TEST(test_wait_not_known), TEST(test_reap), TEST(test_exact_reap),
		TEST(test_reparent),	   TEST(test_hostile),
		TEST(test_all_ones),	   TEST(test_unknown_kinds),
		TEST(test_many_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
