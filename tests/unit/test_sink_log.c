// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_json with a log: the log itself tells of lines that it lost, where they are missing.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "json_bench.h"
#include "sink_json.h"

static char folder[] = "/tmp/deadwait-test-XXXXXX";
static struct sink *sink;
static int real_stderr;

static int make_folder(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return chdir("/") < 0 || rmdir(folder) < 0 ? -1 : 0;
}

static int set_up_log(void **state)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct log *log;

	real_stderr = dup(STDERR_FILENO);
	if (real_stderr < 0 || null < 0 || dup2(null, STDERR_FILENO) < 0 || close(null) < 0)
		return -1;
	set_up(state);
	if (log_open("log", &log))
		return -1;
	sink = sink_log_new(log);
	return sink ? 0 : -1;
}

static int tear_down_log(void **state)
{
	sink->ops->free(sink);
	tear_down(state);
	if (dup2(real_stderr, STDERR_FILENO) < 0 || close(real_stderr) < 0)
		return -1;
	return unlink("log");
}

/* 0: nothing more can be written to any file. */
static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void put_findings(unsigned int count)
{
	while (count--)
		sink->ops->finding(sink, &made.finding);
}

/* The log's lines by type: 'z', 'l' with its count behind it, 's'. */
static const char *types(void)
{
	static char text[256];
	FILE *file = fopen("log", "r");
	char *got = NULL;
	size_t size = 0, len = 0;

	assert_non_null(file);
	text[0] = '\0';
	while (getline(&got, &size, file) > 0) {
		const char *type;

		got[strcspn(got, "\n")] = '\0';
		parse(strdup(got));
		type = json_string_value(get("type"));
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%c", type[0]);
		if (type[0] == 'l') {
			assert_string_equal(json_string_value(get("reason")), "log");
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%d",
						(int)json_integer_value(get("count")));
		}
	}
	free(got);
	fclose(file);
	return text;
}

static void test_told_before_the_next_line(void **state)
{
	(void)state;
	put_findings(2);
	assert_string_equal(types(), "zz");
	limit_file_size(0);
	put_findings(3);
	assert_int_equal(sink->ops->lines_lost(sink), 3);
	limit_file_size(RLIM_INFINITY);
	put_findings(2);
	assert_string_equal(types(), "zzl3zz");
	/* a second time, with its own count */
	limit_file_size(0);
	put_findings(1);
	limit_file_size(RLIM_INFINITY);
	sink->ops->summary(sink, &(struct finding_summary){});
	assert_string_equal(types(), "zzl3zzl1s");
	assert_int_equal(sink->ops->lines_lost(sink), 4);
}

/* A quiet host: told as soon as it can be written. */
static void test_told_without_a_next_line(void **state)
{
	(void)state;
	sink->ops->tick(sink);
	limit_file_size(0);
	put_findings(2);
	sink->ops->tick(sink);
	sink->ops->tick(sink);
	assert_string_equal(types(), "");
	limit_file_size(RLIM_INFINITY);
	sink->ops->tick(sink);
	sink->ops->tick(sink);
	assert_string_equal(types(), "l2");
	put_findings(1);
	assert_string_equal(types(), "l2z");
	assert_int_equal(sink->ops->lines_lost(sink), 2);
}

/* Of all sinks only the one that asked for them gets minor findings. */
static void test_minor(void **state)
{
	struct sinks sinks = { .sink = { sink }, .count = 1 };

	(void)state;
	made.finding.minor = true;
	sinks_finding(&sinks, &made.finding);
	assert_string_equal(types(), "");
	sink->minor = true;
	sinks_finding(&sinks, &made.finding);
	made.finding.minor = false;
	sinks_finding(&sinks, &made.finding);
	assert_string_equal(types(), "zz");
}

/* Standard output loses nothing, and a tick writes nothing. */
static void test_standard_output(void **state)
{
	struct sink *json = sink_json_new(true);

	(void)state;
	assert_non_null(json);
	json->ops->tick(json);
	assert_int_equal(json->ops->lines_lost(json), 0);
	json->ops->free(json);
}

#define TEST_LOG(name) cmocka_unit_test_setup_teardown(name, set_up_log, tear_down_log)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_LOG(test_told_before_the_next_line),
		TEST_LOG(test_told_without_a_next_line),
		TEST_LOG(test_minor),
		TEST_LOG(test_standard_output),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
