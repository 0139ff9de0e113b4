// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_journal: what arrives at the journal's socket, field by field, whatever the names are.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_bench.h"
#include "server_bench.h"
#include "sink_journal.h"

static struct sink *sink;

static int set_up_journal(void **state)
{
	int err = server_set_up(state);

	set_up(state);
	sink = sink_journal_new(socket_path);
	return err || !sink ? -1 : 0;
}

static int tear_down_journal(void **state)
{
	sink->ops->free(sink);
	tear_down(state);
	return server_tear_down(state);
}

/* The value of a field of the datagram that was got, NULL: it has no such field. */
static const char *field(const char *name)
{
	static char value[32768];
	const char *at = got;

	while (*at) {
		const char *end = strchr(at, '\n'), *equals = strchr(at, '=');

		assert_non_null(end);
		/* No value of ours has a newline, so all of them go without a length. */
		assert_true(equals && equals < end);
		for (const char *c = at; c < equals; c++)
			assert_true((*c >= 'A' && *c <= 'Z') || *c == '_');
		if ((size_t)(equals - at) == strlen(name) && !memcmp(at, name, strlen(name))) {
			snprintf(value, sizeof(value), "%.*s", (int)(end - equals - 1), equals + 1);
			return value;
		}
		at = end + 1;
	}
	return NULL;
}

static void assert_field(const char *name, const char *value)
{
	const char *is = field(name);

	if (!is || !value || strcmp(is, value))
		if (is || value)
			fail_msg("%s is %s, not %s", name, is ? is : "missing",
				 value ? value : "missing");
}

/* What all have in common; MESSAGE and the line are checked where they are made. */
static void assert_gets(const char *type, const char *id, const char *priority)
{
	const char *json;

	assert_true(server_get() > 0);
	assert_field("MESSAGE_ID", id);
	assert_field("PRIORITY", priority);
	assert_field("SYSLOG_FACILITY", "3");
	assert_field("SYSLOG_IDENTIFIER", "deadwait");
	assert_field("DEADWAIT_TYPE", type);
	assert_non_null(field("MESSAGE"));
	json = field("DEADWAIT_JSON");
	assert_non_null(json);
	parse(strdup(json));
	assert_string_equal(json_string_value(get("type")), type);
}

static void test_zombie(void **state)
{
	(void)state;
	sink->ops->finding(sink, &made.finding);
	assert_gets("zombie", "a6a5c1a3d7e74d71be09e4c8005b04f6", "4");
	assert_field("DEADWAIT_STATE", "open");
	assert_field("DEADWAIT_ID", "4242-81234567890");
	assert_field("DEADWAIT_CHILD_PID", "4242");
	assert_field("DEADWAIT_CHILD_COMM", "worker");
	assert_field("DEADWAIT_PARENT_PID", "4100");
	assert_field("DEADWAIT_PARENT_COMM", "server");
	assert_field("DEADWAIT_PARENT_UNIT", "x.service");
	assert_field("OBJECT_PID", "4100");
	assert_field("DEADWAIT_CAUSE", "sigchld-merged");
	assert_field("DEADWAIT_CONFIDENCE", "certain");
	assert_field("DEADWAIT_EVIDENCE", "5 children died");
	assert_field("DEADWAIT_ADVICE", cause_text(CAUSE_SIGCHLD_MERGED)->advice);
	assert_non_null(strstr(got, "\nDEADWAIT_EVIDENCE=it waited 2 times\n"));
	assert_non_null(strstr(got, "MESSAGE=zombie 4242 (worker) dead 1.0s, exit 3; parent"));
}

/* Its parent may be gone, and the pid somebody else's: the journal must not ask about it. */
static void test_closed(void **state)
{
	(void)state;
	maker_close(&made, FINDING_REAPED);
	sink->ops->finding(sink, &made.finding);
	assert_gets("zombie", "c9f4e8460a5c4c6fab5759475120e439", "6");
	assert_field("DEADWAIT_STATE", "closed");
	assert_field("DEADWAIT_PARENT_PID", "4100");
	assert_field("DEADWAIT_CAUSE", "sigchld-merged");
	assert_field("OBJECT_PID", NULL);
	assert_field("DEADWAIT_ADVICE", NULL);
}

static void test_update_and_status(void **state)
{
	(void)state;
	made.finding.state = FINDING_UPDATE;
	made.inquiry.unit = NULL;
	sink->ops->finding(sink, &made.finding);
	assert_gets("zombie", "4ea0b96478294caa93bbf481d05d8968", "4");
	assert_field("DEADWAIT_STATE", "update");
	assert_field("DEADWAIT_PARENT_UNIT", NULL);
	made.finding.type = FINDING_STATUS;
	made.finding.inquiry = NULL;
	sink->ops->finding(sink, &made.finding);
	assert_gets("status", "61c220a72f3f4727a1ad2bf624039612", "4");
	assert_field("DEADWAIT_STATE", "lost");
	assert_field("DEADWAIT_CHILD_PID", NULL);
	assert_field("OBJECT_PID", "4100");
}

static void test_the_others(void **state)
{
	const struct losses losses = { .sent = 5, .merged = 3, .delivered = 2 };

	(void)state;
	sink->ops->sigchld(sink, &(struct finding_sigchld){ .time_ns = 1,
							    .parent = &made.parent,
							    .losses = &losses,
							    .cause = CAUSE_SIGCHLD_MERGED,
							    .inquiry = &made.inquiry });
	assert_gets("sigchld", "e937f84825224c3f964ec503ed85b3b4", "4");
	assert_field("DEADWAIT_COUNT", "3");
	assert_field("OBJECT_PID", "4100");
	sink->ops->orphan(sink, &(struct finding_orphan){ .time_ns = 1,
							  .child = &made.child,
							  .father = &made.parent,
							  .kind = ORPHAN_ABANDONED,
							  .adopter_tgid = 1,
							  .adopter_comm = "init" });
	assert_gets("orphan", "a31f572961884b9eb791bcb612ac37dc", "5");
	assert_field("DEADWAIT_KIND", "abandoned");
	assert_field("DEADWAIT_CHILD_PID", "4242");
	assert_field("DEADWAIT_FATHER_PID", "4100");
	assert_field("DEADWAIT_FATHER_COMM", "server");
	assert_field("DEADWAIT_ADOPTER_PID", "1");
	assert_field("DEADWAIT_ADOPTER_COMM", "init");
	sink->ops->storm(sink, &(struct finding_storm){ .time_ns = 1,
							.root_tgid = 77,
							.root_comm = "bomb",
							.processes = 1000 });
	assert_gets("storm", "fd082d0b8ed94a869b47ad1fc6b2f0f8", "4");
	assert_field("DEADWAIT_ROOT_PID", "77");
	assert_field("DEADWAIT_ROOT_COMM", "bomb");
	assert_field("DEADWAIT_COUNT", "1000");
	sink->ops->lost(sink,
			&(struct finding_lost){
				.time_ns = 1, .reason = "ring-full", .count = 9, .remedy = "r" });
	assert_gets("lost", "38aa5398cf684c5e80e4f7ea983b612c", "4");
	assert_field("DEADWAIT_REASON", "ring-full");
	assert_field("DEADWAIT_COUNT", "9");
	sink->ops->summary(sink, &(struct finding_summary){ .time_ns = 1 });
	assert_gets("summary", "85248e7a45034b1f860dc30743257c21", "6");
}

/* A name with a newline and an equals sign makes no field. */
static void test_hostile(void **state)
{
	static const char comm[] = "a\nPRIORITY=0\n";
	static const char with_length[] = "\nDEADWAIT_EVIDENCE\n\3\0\0\0\0\0\0\0001\n2\n";

	(void)state;
	memcpy(made.child.comm, comm, sizeof(comm));
	memcpy(made.parent.comm, HOSTILE_COMM, sizeof(HOSTILE_COMM) - 1);
	made.inquiry.unit = (char *)"x\nMESSAGE=y.service";
	made.inquiry.cmdline = (char *)"a\nMESSAGE_ID=b";
	sprintf(made.verdict.evidence[1], "1\n2");
	made.verdict.lines = 1;
	sink->ops->finding(sink, &made.finding);
	assert_gets("zombie", "a6a5c1a3d7e74d71be09e4c8005b04f6", "4");
	assert_field("DEADWAIT_CHILD_COMM", "a\\x0aPRIORITY=0\\x0a");
	assert_field("DEADWAIT_PARENT_UNIT", "x\\x0aMESSAGE=y.service");
	for (const char *at = got; *at; at++)
		assert_true((unsigned char)*at >= ' ' || *at == '\n');

	/* Were there a newline in a value all the same, its length would go with it. */
	made.verdict.lines = 2;
	sink->ops->finding(sink, &made.finding);
	assert_true(server_get() > 0);
	assert_non_null(memmem(got, sizeof(got), with_length, sizeof(with_length) - 1));
}

/* The journal was away for long: it is told how many lines are missing, and which came after. */
static void test_tells_its_losses(void **state)
{
	unsigned int sent = 0, whole = 0, told = 0;

	(void)state;
	server_close();
	while (sink->ops->lines_lost(sink) < 100) {
		sink->ops->finding(sink, &made.finding);
		sent++;
	}
	server_open();
	sink->ops->tick(sink);
	while (server_get() > 0) {
		if (!strcmp(field("DEADWAIT_TYPE"), "lost")) {
			assert_field("DEADWAIT_REASON", "journal");
			told += (unsigned int)atoi(field("DEADWAIT_COUNT"));
			/* One at the edge of what was kept, one for all the others. */
			assert_true(told == 100 || told < 5);
		} else {
			whole++;
		}
		sink->ops->tick(sink);
	}
	assert_int_equal(told, 100);
	assert_int_equal(whole, sent - 100);
	assert_int_equal(sink->ops->lines_lost(sink), 100);
	sink->ops->tick(sink);
	assert_true(server_get() < 0);
}

#define TEST_JOURNAL(name) cmocka_unit_test_setup_teardown(name, set_up_journal, tear_down_journal)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_JOURNAL(test_zombie),
		TEST_JOURNAL(test_closed),
		TEST_JOURNAL(test_update_and_status),
		TEST_JOURNAL(test_the_others),
		TEST_JOURNAL(test_hostile),
		TEST_JOURNAL(test_tells_its_losses),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
