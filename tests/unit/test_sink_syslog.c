// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_syslog: RFC 5424 with the JSON line as message, short enough for a server's usual limit.
 */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_bench.h"
#include "server_bench.h"
#include "sink_syslog.h"

static struct sink *sink;

static int set_up_syslog(void **state)
{
	int err = server_set_up(state);

	set_up(state);
	sink = sink_syslog_new(socket_path);
	return err || !sink ? -1 : 0;
}

static int tear_down_syslog(void **state)
{
	sink->ops->free(sink);
	tear_down(state);
	return server_tear_down(state);
}

/* Digits stand for 9 in the pattern. */
static void assert_like(const char *text, const char *pattern)
{
	assert_int_equal(strlen(text), strlen(pattern));
	for (size_t i = 0; pattern[i]; i++)
		if (pattern[i] == '9' ? !isdigit((unsigned char)text[i]) : text[i] != pattern[i])
			fail_msg("%s is not like %s", text, pattern);
}

/* HEADER is <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID, then the structured data, none. */
static void assert_gets(const char *priority, const char *kind)
{
	char *part[8], *rest = got, pid[16], host[256] = "";

	assert_true(server_get() > 0);
	for (int i = 0; i < 7; i++) {
		part[i] = strsep(&rest, " ");
		assert_non_null(rest);
	}
	assert_string_equal(part[0], priority);
	assert_like(part[1], "9999-99-99T99:99:99.999999Z");
	gethostname(host, sizeof(host) - 1);
	assert_string_equal(part[2], host);
	assert_string_equal(part[3], "deadwait");
	snprintf(pid, sizeof(pid), "%d", getpid());
	assert_string_equal(part[4], pid);
	assert_string_equal(part[5], kind);
	assert_string_equal(part[6], "-");
	parse(strdup(rest));
}

static void test_findings(void **state)
{
	(void)state;
	sink->ops->finding(sink, &made.finding);
	assert_gets("<28>1", "zombie-open");
	check_begin("\"zombie\"");
	CHECK({ "cause", "\"sigchld-merged\"" }, { "facts", "#" });
	maker_close(&made, FINDING_REAPED);
	sink->ops->finding(sink, &made.finding);
	assert_gets("<30>1", "zombie-closed");
	sink->ops->lost(sink, &(struct finding_lost){ .reason = "r", .count = 1, .remedy = "m" });
	assert_gets("<28>1", "lost");
	sink->ops->summary(sink, &(struct finding_summary){ .time_ns = 1 });
	assert_gets("<30>1", "summary");
	assert_int_equal(sink->ops->lines_lost(sink), 0);
}

/* Hostile names make it no longer than a server takes, and it still parses. */
static void test_long(void **state)
{
	static char cmdline[4097];

	(void)state;
	memset(cmdline, 0xff, sizeof(cmdline) - 1);
	made.inquiry.cmdline = cmdline;
	sink->ops->finding(sink, &made.finding);
	assert_in_range(server_get(), 500, 8096);
	parse(strdup(strchr(got, '{')));
	CHECK({ "left_out", "[\"facts\",\"parent.cmdline\"]" }, { "child.comm", "\"worker\"" });
	assert_int_equal(sink->ops->lines_lost(sink), 0);
}

/* Nobody listens until later. */
static void test_server_comes_later(void **state)
{
	(void)state;
	server_close();
	unlink(socket_path);
	sink->ops->finding(sink, &made.finding);
	sink->ops->tick(sink);
	assert_said(
		"deadwait: cannot reach syslog at '%s': No such file or directory; going on, what "
		"cannot wait is lost and counted\n");
	server_open();
	sink->ops->tick(sink);
	assert_gets("<28>1", "zombie-open");
	assert_said("deadwait: syslog at '%s' works again; lines lost: 0\n");
}

#define TEST_SYSLOG(name) cmocka_unit_test_setup_teardown(name, set_up_syslog, tear_down_syslog)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_SYSLOG(test_findings),
		TEST_SYSLOG(test_long),
		TEST_SYSLOG(test_server_comes_later),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
