// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics_text: the exact text in both formats, hostile names in it, and which
 * of the two a client asks for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "finding_maker.h"
#include "metrics_text.h"

static struct metrics *metrics;
static struct made made;
static char *text;

static int set_up(void **state)
{
	(void)state;
	metrics = metrics_new("6.1.0-\"x\"");
	maker_finding(&made);
	return !metrics;
}

static int tear_down(void **state)
{
	(void)state;
	metrics_free(metrics);
	free(text);
	text = NULL;
	return 0;
}

static void render(enum metrics_format format)
{
	size_t len;

	free(text);
	text = metrics_text_render(metrics_page(metrics), format, 102 * MAKER_S, &len);
	assert_non_null(text);
	assert_int_equal(strlen(text), len);
}

/* Whether these whole lines are there, one behind the other. */
static bool has(const char *lines)
{
	const char *at = strstr(text, lines);

	return at && (at == text || at[-1] == '\n');
}

static void assert_has(const char *lines)
{
	if (!has(lines))
		fail_msg("not there:\n%s\nin:\n%s", lines, text);
}

static void assert_lacks(const char *word)
{
	if (strstr(text, word))
		fail_msg("'%s' is there:\n%s", word, text);
}

static struct sample full_sample(void)
{
	return (struct sample){
		.time_ns = 102 * MAKER_S,
		.exact = true,
		.forks = 11,
		.exits = 12,
		.merged = 13,
		.lost_log = 14,
		.reaps = { .known = true,
			   .bucket = { 1, 0, 2, 0, 0, 0, 0, 0, 0, 4 },
			   .sum_ns = 1500000001 },
		.cgroup_left_known = true,
		.cgroup_left = 15,
		.pid_max_left_known = true,
		.pid_max_left = 16,
		.programs_count = 1,
		.programs = { { "dw_exit", 2000000003 } },
	};
}

static void take_all(void)
{
	const struct sample sample = full_sample();

	metrics_take_finding(metrics, &made.finding);
	metrics_take_sample(metrics, &sample);
}

static void test_prometheus(void **state)
{
	(void)state;
	take_all();
	render(METRICS_PROMETHEUS);
	assert_has("# TYPE deadwait_build_info gauge\ndeadwait_build_info{version=\"");
	assert_non_null(strstr(text, "\",kernel=\"6.1.0-\\\"x\\\"\",tier=\"exact\"} 1\n"));
	assert_has(
		"# TYPE deadwait_zombies gauge\n"
		"deadwait_zombies{cause=\"sigchld-merged\",parent=\"server\",unit=\"x.service\"} 1\n");
	assert_has("# TYPE deadwait_zombie_oldest_age_seconds gauge\n"
		   "deadwait_zombie_oldest_age_seconds{cause=\"sigchld-merged\",parent=\"server\","
		   "unit=\"x.service\"} 3.004000000\n");
	assert_has("# TYPE deadwait_zombies_found_total counter\n");
	assert_has("deadwait_zombies_found_total{cause=\"sigchld-merged\"} 1\n");
	assert_has("deadwait_zombies_found_total{cause=\"never-waits\"} 0\n");
	assert_has("deadwait_zombies_reaped_total{cause=\"sigchld-merged\"} 0\n");
	assert_has("# TYPE deadwait_time_to_reap_seconds histogram\n"
		   "deadwait_time_to_reap_seconds_bucket{le=\"1e-05\"} 1\n"
		   "deadwait_time_to_reap_seconds_bucket{le=\"0.0001\"} 1\n"
		   "deadwait_time_to_reap_seconds_bucket{le=\"0.001\"} 3\n");
	assert_has("deadwait_time_to_reap_seconds_bucket{le=\"1000.0\"} 3\n"
		   "deadwait_time_to_reap_seconds_bucket{le=\"+Inf\"} 7\n"
		   "deadwait_time_to_reap_seconds_sum 1.500000001\n"
		   "deadwait_time_to_reap_seconds_count 7\n");
	assert_has("# TYPE deadwait_sigchld_merged_total counter\n"
		   "deadwait_sigchld_merged_total 13\n");
	assert_has("deadwait_sigchld_lost_total 0\n");
	assert_has("deadwait_orphans_total{kind=\"daemonized\"} 0\n");
	assert_has("deadwait_tasks_left{limit=\"cgroup\"} 15\n"
		   "deadwait_tasks_left{limit=\"pid_max\"} 16\n");
	assert_has("deadwait_lost_total{reason=\"history-full\"} 0\n");
	assert_has("deadwait_lost_total{reason=\"log-lines\"} 14\n");
	assert_has("# TYPE deadwait_bpf_run_seconds_total counter\n"
		   "deadwait_bpf_run_seconds_total{program=\"dw_exit\"} 2.000000003\n");
	assert_has("deadwait_forks_total 11\n");
	assert_has("deadwait_exits_total 12\n");
	assert_lacks("EOF");
	assert_lacks("UNIT");
}

static void test_openmetrics(void **state)
{
	(void)state;
	take_all();
	render(METRICS_OPENMETRICS);
	assert_has("# TYPE deadwait_zombies_found counter\n");
	assert_has("deadwait_zombies_found_total{cause=\"sigchld-merged\"} 1\n");
	assert_has(
		"# TYPE deadwait_bpf_run_seconds counter\n# UNIT deadwait_bpf_run_seconds seconds\n"
		"deadwait_bpf_run_seconds_total{program=\"dw_exit\"} 2.000000003\n");
	assert_has("# TYPE deadwait_zombie_oldest_age_seconds gauge\n"
		   "# UNIT deadwait_zombie_oldest_age_seconds seconds\n");
	assert_has("# TYPE deadwait_time_to_reap_seconds histogram\n"
		   "# UNIT deadwait_time_to_reap_seconds seconds\n");
	assert_lacks("_total counter");
	assert_string_equal(text + strlen(text) - strlen("\n# EOF\n"), "\n# EOF\n");
}

/* What is not known is absent, never 0. */
static void test_unknown_is_absent(void **state)
{
	struct sample sample = { .time_ns = 102 * MAKER_S };

	(void)state;
	render(METRICS_PROMETHEUS);
	assert_lacks("merged_total");
	assert_lacks("forks");
	metrics_take_sample(metrics, &sample);
	render(METRICS_PROMETHEUS);
	assert_non_null(strstr(text, "tier=\"base\"} 1\n"));
	assert_has("deadwait_sigchld_merged_total 0\n");
	assert_lacks("time_to_reap");
	assert_lacks("tasks_left");
	assert_lacks("bpf_run");
	sample.pid_max_left_known = true;
	metrics_take_sample(metrics, &sample);
	render(METRICS_PROMETHEUS);
	assert_has("deadwait_tasks_left{limit=\"pid_max\"} 0\n");
	assert_lacks("limit=\"cgroup\"");
}

static void test_ended(void **state)
{
	(void)state;
	take_all();
	metrics_end(metrics);
	render(METRICS_PROMETHEUS);
	assert_lacks("deadwait_zombies{");
	assert_lacks("oldest");
	assert_lacks("tasks_left");
	assert_has("deadwait_zombies_found_total{cause=\"sigchld-merged\"} 1\n");
	assert_has("deadwait_sigchld_merged_total 13\n");
}

static void test_emptied_set(void **state)
{
	(void)state;
	metrics_take_finding(metrics, &made.finding);
	maker_close(&made, FINDING_REAPED);
	metrics_take_finding(metrics, &made.finding);
	render(METRICS_PROMETHEUS);
	assert_has(
		"deadwait_zombies{cause=\"sigchld-merged\",parent=\"server\",unit=\"x.service\"} 0\n");
	assert_lacks("oldest_age_seconds{");
}

static void test_hostile_names(void **state)
{
	static const char wanted[] =
		"parent=\"\\\\x1b[2J\\\"\\\\x0a\\\\\\\\\\\\x01\\\\x7f\\\\xff\\\\xc3(\\\\xe2\\\\x80\\\\xae\","
		"unit=\"a\\\"b\\\\\\\\c\\\\x0a} 7.service\"} 1\n";

	(void)state;
	made.inquiry.unit = (char *)"a\"b\\c\n} 7.service";
	made.parent = maker_who(4100, 80012345678, HOSTILE_COMM);
	metrics_take_finding(metrics, &made.finding);
	render(METRICS_OPENMETRICS);
	if (!strstr(text, wanted))
		fail_msg("not there: %s in:\n%s", wanted, text);
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c < 0x7f));
}

/* The largest page there can be: all sets, each byte of their names escaped. */
static void test_bounded_size(void **state)
{
	static char unit[METRICS_UNIT_MAX];

	(void)state;
	memset(unit, 0x01, sizeof(unit) - 1);
	made.inquiry.unit = unit;
	memset(made.parent.comm, 0x01, sizeof(made.parent.comm));
	for (uint32_t i = 0; i < 3 * METRICS_NAMED_MAX; i++) {
		made.child.tgid = i + 1;
		made.parent.comm[0] = (char)(i % 250 + 1);
		metrics_take_finding(metrics, &made.finding);
	}
	render(METRICS_PROMETHEUS);
	assert_in_range(strlen(text), 100 * 1024, 400 * 1024);
}

static void assert_wanted(const char *accept, enum metrics_format format)
{
	if (metrics_text_wanted(accept) != format)
		fail_msg("'%s'", accept ? accept : "(null)");
}

static void test_accept(void **state)
{
	(void)state;
	assert_wanted(NULL, METRICS_PROMETHEUS);
	assert_wanted("", METRICS_PROMETHEUS);
	assert_wanted("*/*", METRICS_PROMETHEUS);
	assert_wanted("text/html,application/xhtml+xml,*/*;q=0.8", METRICS_PROMETHEUS);
	assert_wanted("text/plain;version=0.0.4", METRICS_PROMETHEUS);
	/* Prometheus 2.42, 2.50 and 3 */
	assert_wanted("application/openmetrics-text;version=1.0.0,"
		      "application/openmetrics-text;version=0.0.1;q=0.75,"
		      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		      METRICS_OPENMETRICS);
	assert_wanted("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		      "application/openmetrics-text;version=0.0.1;q=0.5,"
		      "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.2",
		      METRICS_OPENMETRICS);
	assert_wanted("text/plain;version=0.0.4;q=1,*/*;q=0.1", METRICS_PROMETHEUS);
	assert_wanted("APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=1.000",
		      METRICS_OPENMETRICS);
	assert_wanted("application/openmetrics-text", METRICS_OPENMETRICS);
	assert_wanted("application/openmetrics-text;version=0.0.1", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;version=2.0.0", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;q=0", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;q=0.4,text/plain;q=0.401", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;q=0.5,text/plain;q=0.5", METRICS_OPENMETRICS);
}

static void test_accept_nonsense(void **state)
{
	(void)state;
	assert_wanted(",,;;==,", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;q=", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;q=-1", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;q=0.x", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;q", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-textual", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;version=\"", METRICS_PROMETHEUS);
	assert_wanted(" \t,\t application/openmetrics-text;q=9", METRICS_PROMETHEUS);
	assert_wanted("application/openmetrics-text;q=1.999999999999", METRICS_OPENMETRICS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_prometheus),
		TEST(test_openmetrics),
		TEST(test_unknown_is_absent),
		TEST(test_ended),
		TEST(test_emptied_set),
		TEST(test_hostile_names),
		TEST(test_bounded_size),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_accept_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
