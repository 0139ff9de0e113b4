// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options: every option is stored, every mistake costs one line that names the word, and the help
 * tells all that can be typed.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "duration.h"
#include "options.h"
#include "options_table.h"

#define WORDS_MAX 16
#define TRY "; see 'deadwait --help'\n"

/* What a parse printed, and what it returned. */
struct outcome {
	int result;
	struct options options;
	char out[8192];
	char err[1024];
};

static void read_back(int fd, int real, char *text, size_t size)
{
	ssize_t len = pread(fd, text, size - 1, 0);

	assert_true(len >= 0);
	text[len] = '\0';
	assert_int_equal(dup2(real, fd), fd);
}

/* Runs options_parse() on a line split at blanks ("%" stands for an empty word). */
static void parse(const char *line, struct outcome *outcome)
{
	static char buf[65536];
	char *argv[WORDS_MAX + 1] = { NULL };
	char *rest = buf;
	int argc = 1;
	int real_out, real_err, out, err;

	argv[0] = (char[]){ "deadwait" };
	snprintf(buf, sizeof(buf), "%s", line);
	while (line[0] && rest && argc < WORDS_MAX) {
		argv[argc] = strsep(&rest, " ");
		if (strcmp(argv[argc], "%") == 0)
			argv[argc][0] = '\0';
		argc++;
	}

	fflush(stdout);
	real_out = dup(STDOUT_FILENO);
	real_err = dup(STDERR_FILENO);
	out = memfd_create("out", MFD_CLOEXEC);
	err = memfd_create("err", MFD_CLOEXEC);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	memset(&outcome->options, 0x55, sizeof(outcome->options));
	outcome->result = options_parse(argc, argv, &outcome->options);
	fflush(stdout);
	read_back(STDOUT_FILENO, real_out, outcome->out, sizeof(outcome->out));
	read_back(STDERR_FILENO, real_err, outcome->err, sizeof(outcome->err));
	close(real_out);
	close(real_err);
	close(out);
	close(err);
}

static struct options accept(const char *line)
{
	static struct outcome outcome;

	parse(line, &outcome);
	assert_string_equal(outcome.err, "");
	assert_string_equal(outcome.out, "");
	assert_int_equal(outcome.result, 0);
	return outcome.options;
}

static void assert_untouched(const struct options *options)
{
	const unsigned char *bytes = (const unsigned char *)options;

	for (size_t i = 0; i < sizeof(*options); i++)
		assert_int_equal(bytes[i], 0x55);
}

static void refuse(const char *line, const char *message)
{
	static struct outcome outcome;
	char expected[1024];

	parse(line, &outcome);
	snprintf(expected, sizeof(expected), "deadwait: %s", message);
	assert_string_equal(outcome.err, expected);
	assert_string_equal(outcome.out, "");
	assert_int_equal(outcome.result, -EINVAL);
	assert_untouched(&outcome.options);
}

static void test_defaults(void **state)
{
	struct options o = accept("");

	(void)state;
	assert_int_equal(o.command, COMMAND_WATCH);
	assert_int_equal(o.pids_count + o.names_count, 0);
	assert_false(o.has_uid || o.timestamp || o.quiet || o.verbose);
	assert_null(o.cgroup);
	assert_null(o.log);
	assert_int_equal(o.log_level, LOG_LEVEL_FINDINGS);
	assert_false(o.journal);
	assert_null(o.syslog);
	assert_null(o.metrics);
	assert_null(o.textfile);
	assert_null(o.cause);
	assert_int_equal(o.only, ONLY_ALL);
	assert_int_equal(o.age_ns, DURATION_NS_PER_S);
	assert_int_equal(o.output, OUTPUT_TEXT);
	assert_int_equal(o.duration_ns, 0);
	assert_int_equal(o.error_exitcode, -1);
	assert_int_equal(o.history, 0);
	options_free(&o);
}

static void test_commands(void **state)
{
	struct options o;

	(void)state;
	o = accept("watch");
	assert_int_equal(o.command, COMMAND_WATCH);
	o = accept("scan");
	assert_int_equal(o.command, COMMAND_SCAN);
	o = accept("-o json scan -q");
	assert_int_equal(o.command, COMMAND_SCAN);
	assert_int_equal(o.output, OUTPUT_JSON);
	assert_true(o.quiet);
	o = accept("-q -- scan");
	assert_int_equal(o.command, COMMAND_SCAN);
	o = accept("explain");
	assert_int_equal(o.command, COMMAND_EXPLAIN);
	assert_null(o.cause);
	o = accept("explain never-waits");
	assert_string_equal(o.cause, "never-waits");
	o = accept("explain -- --odd");
	assert_string_equal(o.cause, "--odd");
	o = accept("trace --family 7,8 --family 9 --buffer 100K");
	assert_int_equal(o.command, COMMAND_TRACE);
	assert_int_equal(o.family_count, 3);
	assert_int_equal(o.family[2], 9);
	assert_int_equal(o.buffer_bytes, 128 << 10);
	options_free(&o);
}

static const char *write_config(const char *text)
{
	static const char path[] = "options.conf";
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

static void test_config(void **state)
{
	char directory[] = "/tmp/deadwait-test-XXXXXX";
	const char *path;
	struct options o;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(chdir(directory), 0);
	path = write_config("# a comment\n\n age = 5s # too\nname\tab#c*\n"
			    "pid=7,8\nquiet\r\noutput json");
	o = accept("watch --config options.conf -a 2s");
	assert_int_equal(o.age_ns, 2 * DURATION_NS_PER_S); /* the command line's */
	assert_int_equal(o.names_count, 1);
	assert_string_equal(o.names[0], "ab#c*");
	assert_int_equal(o.pids_count, 2);
	assert_true(o.quiet);
	assert_int_equal(o.output, OUTPUT_JSON);
	options_free(&o);
	write_config("age = 1s\nage = 5x\n");
	refuse("--config options.conf",
	       "options.conf:2: bad option 'age': not a duration such as 250ms, "
	       "5s, 2m\n");
	write_config("\nfollow\n");
	refuse("--config options.conf",
	       "options.conf:2: bad option 'follow': not an option of watch\n");
	write_config("config = options.conf\n");
	refuse("--config options.conf", "options.conf:1: bad option 'config': no such option\n");
	write_config("quiet = yes\n");
	refuse("--config options.conf",
	       "options.conf:1: bad option 'quiet': it takes no argument\n");
	write_config("age\n");
	refuse("--config options.conf",
	       "options.conf:1: bad option 'age': its argument is missing\n");
	unlink(path);
	rmdir(directory);
	refuse("--config options.conf", "bad value 'options.conf' for '--config': No such file or "
					"directory" TRY);
}

/* Nothing behind the command's name is deadwait's. */
static void test_run(void **state)
{
	static const char *const lines[] = { "run -q sh -c --follow", "run -q -- sh -c --follow" };
	struct options o;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		o = accept(lines[i]);
		assert_int_equal(o.command, COMMAND_RUN);
		assert_true(o.quiet);
		assert_false(o.follow);
		assert_int_equal(o.operands_count, 3);
		assert_string_equal(o.operands[0], "sh");
		assert_string_equal(o.operands[2], "--follow");
		assert_null(o.operands[3]);
		options_free(&o);
	}
	o = accept("run --follow -- --odd");
	assert_true(o.follow);
	assert_string_equal(o.operands[0], "--odd");
	options_free(&o);
}

static void test_every_option(void **state)
{
	struct options o = accept("-p 4242,1 --pid=4194304 -n wor* --name sh -u 12345 -c "
				  "/system.slice --only zombie,orphan -a 250ms");

	(void)state;
	assert_int_equal(o.pids_count, 3);
	assert_int_equal(o.pids[0], 4242);
	assert_int_equal(o.pids[1], 1);
	assert_int_equal(o.pids[2], 4194304);
	assert_int_equal(o.names_count, 2);
	assert_string_equal(o.names[0], "wor*");
	assert_string_equal(o.names[1], "sh");
	assert_true(o.has_uid);
	assert_int_equal(o.uid, 12345);
	assert_string_equal(o.cgroup, "/system.slice");
	assert_int_equal(o.only, ONLY_ZOMBIE | ONLY_ORPHAN);
	assert_int_equal(o.age_ns, 250 * DURATION_NS_PER_MS);
	options_free(&o);
	assert_null(o.pids);
	assert_null(o.names);

	o = accept("scan -o json -l /tmp/x -d 5s --error-exitcode 255 -Tqv");
	assert_int_equal(o.output, OUTPUT_JSON);
	assert_string_equal(o.log, "/tmp/x");
	assert_int_equal(o.duration_ns, 5 * DURATION_NS_PER_S);
	assert_int_equal(o.error_exitcode, 255);
	assert_true(o.timestamp && o.quiet && o.verbose);
	options_free(&o);

	o = accept("--journal --log-level all --syslog");
	assert_true(o.journal);
	assert_int_equal(o.log_level, LOG_LEVEL_ALL);
	assert_string_equal(o.syslog, "/dev/log");
	o = accept("--log-level all --log-level findings --syslog-socket /x --syslog");
	assert_int_equal(o.log_level, LOG_LEVEL_FINDINGS);
	assert_string_equal(o.syslog, "/x");

	o = accept("scan --error-exitcode 0 -u root --only sigchld --only sigchld -a 0");
	assert_int_equal(o.error_exitcode, 0);
	assert_true(o.has_uid);
	assert_int_equal(o.uid, 0);
	assert_int_equal(o.only, ONLY_SIGCHLD);
	assert_int_equal(o.age_ns, 0);
	options_free(&o);
}

static void test_metrics(void **state)
{
	struct options o = accept("--metrics [::1]:9763 --textfile /tmp/x.prom");

	(void)state;
	assert_string_equal(o.metrics, "[::1]:9763");
	assert_string_equal(o.textfile, "/tmp/x.prom");
	assert_string_equal(accept("--metrics 1 --metrics unix:/x").metrics, "unix:/x");
	refuse("--metrics :9763",
	       "bad value ':9763' for '--metrics': not PORT, ADDR:PORT, [IPV6]:PORT or unix:/PATH "
	       "with a numeric ADDR" TRY);
	refuse("--textfile %", "bad value '' for '--textfile': empty" TRY);
	refuse("scan --metrics 1", "'scan' has no option '--metrics'; see 'deadwait scan --help'\n");
}

static void test_history_sizes(void **state)
{
	(void)state;
	assert_int_equal(accept("--history 0").history, 0);
	assert_int_equal(accept("--history 1024").history, 1024);
	assert_int_equal(accept("--history 1025").history, 2048);
	assert_int_equal(accept("--history 1048575").history, 1048576);
	assert_int_equal(accept("--history 1048576").history, 1048576);
	refuse("--history 1023", "bad value '1023' for '--history': not 0 and not a number from "
				 "1024 to 1048576" TRY);
	refuse("--history 1048577", "bad value '1048577' for '--history': not 0 and not a number "
				    "from 1024 to 1048576" TRY);
}

static void test_sinks(void **state)
{
	char line[256], message[256];

	(void)state;
	refuse("--log-level more", "bad value 'more' for '--log-level': neither findings nor all" TRY);
	refuse("scan --log-level all",
	       "'scan' has no option '--log-level'; see 'deadwait scan --help'\n");
	refuse("--journal=x", "option '--journal' takes no argument" TRY);
	refuse("--syslog-socket log",
	       "bad value 'log' for '--syslog-socket': not a path such as /dev/log" TRY);
	snprintf(line, sizeof(line), "--syslog-socket /%0107d", 0);
	snprintf(message, sizeof(message),
		 "bad value '/%0107d' for '--syslog-socket': too long for a socket" TRY, 0);
	refuse(line, message);
	snprintf(line, sizeof(line), "--syslog-socket /%0106d", 0);
	assert_int_equal(strlen(accept(line).syslog), 107);
}

static void test_last_one_counts(void **state)
{
	struct options o = accept("-a 2s -a 3s -l a -l b -o json -o text");

	(void)state;
	assert_int_equal(o.age_ns, 3 * DURATION_NS_PER_S);
	assert_string_equal(o.log, "b");
	assert_int_equal(o.output, OUTPUT_TEXT);
}

static void test_mistakes(void **state)
{
	static const char *const pids[] = {
		"0",  "%",  "1,",   ",1",      "1,,2",	 "-1",
		"+1", "1x", "0x10", "4194305", "1,2,a,", "99999999999999999999999999",
	};
	static const char *const codes[] = { "256", "-1", "%", "1a", "18446744073709551617" };
	char line[64], message[128];

	(void)state;
	refuse("--foo", "unknown option '--foo'" TRY);
	refuse("--foo=bar", "unknown option '--foo=bar'" TRY);
	refuse("-x", "unknown option '-x'" TRY);
	refuse("-qx", "unknown option '-x'" TRY);
	refuse("-\xff", "unknown option '-\\xff'" TRY);
	refuse("--f\x1b[2J", "unknown option '--f\\x1b[2J'" TRY);
	refuse("--verbsoe", "unknown option '--verbsoe' (did you mean '--verbose'?)" TRY);
	refuse("--o", "unknown option '--o'" TRY); /* only or output */
	refuse("scna", "unknown command 'scna' (did you mean 'scan'?)" TRY);
	refuse("zebra", "unknown command 'zebra'" TRY);
	refuse("trase", "unknown command 'trase' (did you mean 'trace'?)" TRY);
	refuse("run", "'run' needs a command; see 'deadwait run --help'\n");
	refuse("run -q --", "'run' needs a command; see 'deadwait run --help'\n");
	refuse("run -p 1 true", "'run' has no option '--pid'; see 'deadwait run --help'\n");
	refuse("trace --buffer 63K",
	       "bad value '63K' for '--buffer': not a size from 64K to 1G" TRY);
	refuse("trace --buffer 2G", "bad value '2G' for '--buffer': not a size from 64K to 1G" TRY);
	refuse("trace --buffer 1T", "bad value '1T' for '--buffer': not a size from 64K to 1G" TRY);
	refuse("trace --buffer K", "bad value 'K' for '--buffer': not a size from 64K to 1G" TRY);
	refuse("4242", "unknown command '4242'" TRY);
	refuse("%", "unknown command ''" TRY);
	refuse("-", "unknown command '-'" TRY);
	refuse("help nothing", "unknown command 'nothing'" TRY);
	refuse("scan now", "unexpected argument 'now'" TRY);
	refuse("watch scan", "unexpected argument 'scan'" TRY);
	refuse("explain a b", "unexpected argument 'b'" TRY);
	refuse("-q -- scan -q", "unexpected argument '-q'" TRY);
	refuse("-a", "option '-a' needs DURATION" TRY);
	refuse("--age", "option '--age' needs DURATION" TRY);
	refuse("--quiet=1", "option '--quiet' takes no argument" TRY);
	refuse("--error-exitcode 1",
	       "'watch' has no option '--error-exitcode'; see 'deadwait watch --help'\n");
	refuse("scan --history 0", "'scan' has no option '--history'; see 'deadwait scan "
				   "--help'\n");
	refuse("explain -q", "'explain' has no option '--quiet'; see 'deadwait explain --help'\n");

	for (size_t i = 0; i < sizeof(pids) / sizeof(pids[0]); i++) {
		const char *shown = pids[i][0] == '%' ? "" : pids[i];

		snprintf(line, sizeof(line), "-p 7 -p %s", pids[i]);
		snprintf(message, sizeof(message),
			 "bad value '%s' for '--pid': not a list of pids such as 4242,4300" TRY,
			 shown);
		refuse(line, message);
	}
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		const char *shown = codes[i][0] == '%' ? "" : codes[i];

		snprintf(line, sizeof(line), "scan --error-exitcode %s", codes[i]);
		snprintf(message, sizeof(message),
			 "bad value '%s' for '--error-exitcode': not a number from 0 to 255" TRY,
			 shown);
		refuse(line, message);
	}
	refuse("-n %", "bad value '' for '--name': empty" TRY);
	refuse("-n sixteen-letters.",
	       "bad value 'sixteen-letters.' for '--name': matches nothing, "
	       "the kernel keeps 15 bytes of a name; shorten it and add '*'" TRY);
	refuse("-u no-such-user", "bad value 'no-such-user' for '--user': no such user" TRY);
	refuse("-u 4294967295", "bad value '4294967295' for '--user': no such user" TRY);
	refuse("-c system.slice", "bad value 'system.slice' for '--cgroup': not a path such as "
				  "/system.slice/x.service" TRY);
	refuse("--only zombies", "bad value 'zombies' for '--only': not a list of zombie, sigchld, "
				 "orphan, status" TRY);
	refuse("--only zombie,", "bad value 'zombie,' for '--only': not a list of zombie, sigchld, "
				 "orphan, status" TRY);
	refuse("-a 5", "bad value '5' for '--age': not a duration such as 250ms, 5s, 2m" TRY);
	refuse("-a 106752d", "bad value '106752d' for '--age': too long" TRY);
	refuse("-d 0", "bad value '0' for '--duration': must be more than 0" TRY);
	refuse("-o yaml", "bad value 'yaml' for '--output': not text, json or (report "
			  "only) csv" TRY);
	refuse("-l %", "bad value '' for '--log': empty" TRY);
}

static void test_name_of_15_bytes(void **state)
{
	struct options o = accept("-n fifteen-letters -n a-very-long-pattern*");

	(void)state;
	assert_int_equal(o.names_count, 2);
	options_free(&o);
}

static void test_limit_of_lists(void **state)
{
	static char line[65536];
	static struct outcome outcome;
	char *end = stpcpy(line, "-p 1");

	(void)state;
	for (int i = 1; i < OPTIONS_LIST_MAX; i++)
		end = stpcpy(end, ",1");
	parse(line, &outcome);
	assert_int_equal(outcome.result, 0);
	assert_int_equal(outcome.options.pids_count, OPTIONS_LIST_MAX);
	options_free(&outcome.options);
	strcpy(end, ",1");
	parse(line, &outcome);
	assert_int_equal(outcome.result, -EINVAL);
	assert_non_null(strstr(outcome.err, "more than 1024 pids"));
	/* the word is long, the message is still one line */
	assert_ptr_equal(strchr(outcome.err, '\n'), outcome.err + strlen(outcome.err) - 1);
}

static void assert_help(const char *line, const char *first_line, unsigned int commands)
{
	static struct outcome outcome;
	char wanted[64];

	parse(line, &outcome);
	assert_int_equal(outcome.result, 1);
	assert_string_equal(outcome.err, "");
	assert_untouched(&outcome.options);
	assert_memory_equal(outcome.out, first_line, strlen(first_line));
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		bool listed;

		snprintf(wanted, sizeof(wanted), "--%s ", option_rows[i].name);
		listed = strstr(outcome.out, wanted) != NULL;
		/* the examples of the whole help show some, too */
		assert_int_equal(listed, (option_rows[i].commands & commands) != 0);
	}
	for (const char *at = outcome.out; *at; at += strcspn(at, "\n") + 1)
		assert_true(strcspn(at, "\n") < 80);
}

static void test_help(void **state)
{
	static const char all[] = "Usage: deadwait [COMMAND] [OPTION]...\n";
	static const char scan[] = "Usage: deadwait scan [OPTION]...\n";

	(void)state;
	assert_help("-h", all, COMMANDS_ALL);
	assert_help("--help", all, COMMANDS_ALL);
	assert_help("help", all, COMMANDS_ALL);
	assert_help("-q -p 3 -h", all, COMMANDS_ALL);
	assert_help("scan -h", scan, COMMAND_BIT(COMMAND_SCAN));
	assert_help("-h scan", scan, COMMAND_BIT(COMMAND_SCAN));
	assert_help("help scan", scan, COMMAND_BIT(COMMAND_SCAN));
	assert_help("watch --help", "Usage: deadwait watch [OPTION]...\n",
		    COMMAND_BIT(COMMAND_WATCH));
	assert_help("report -h", "Usage: deadwait report [OPTION]... FILE...\n",
		    COMMAND_BIT(COMMAND_REPORT));
	assert_help("explain -h", "Usage: deadwait explain [OPTION]... [CAUSE]\n",
		    COMMAND_BIT(COMMAND_EXPLAIN));
}

static void test_report(void **state)
{
	struct options o = accept("report a -o csv - --by unit b -- -o");

	(void)state;
	assert_int_equal(o.command, COMMAND_REPORT);
	assert_int_equal(o.output, OUTPUT_CSV);
	assert_int_equal(o.by, REPORT_BY_UNIT);
	assert_int_equal(o.operands_count, 4);
	assert_string_equal(o.operands[0], "a");
	assert_string_equal(o.operands[1], "-");
	assert_string_equal(o.operands[2], "b");
	assert_string_equal(o.operands[3], "-o");
	assert_int_equal(o.since.kind, WALLTIME_NONE);
	assert_false(o.rejudge);
	options_free(&o);

	o = accept("--since 2h --until 2026-11-21T19:05:11Z --rejudge --by cause report x");
	assert_int_equal(o.operands_count, 1);
	assert_string_equal(o.operands[0], "x");
	assert_int_equal(o.since.kind, WALLTIME_AGO);
	assert_int_equal(o.since.ns, 7200 * DURATION_NS_PER_S);
	assert_int_equal(o.until.kind, WALLTIME_AT);
	assert_int_equal(o.until.ns, 1795287911 * DURATION_NS_PER_S);
	assert_true(o.rejudge);
	assert_int_equal(o.by, REPORT_BY_CAUSE);
	options_free(&o);
	o = accept("report --by host x");
	assert_int_equal(o.by, REPORT_BY_HOST);
	options_free(&o);
	o = accept("report --by parent x");
	assert_int_equal(o.by, REPORT_BY_PARENT);
	options_free(&o);
	o = accept("report x");
	assert_int_equal(o.by, REPORT_BY_WHO);
	options_free(&o);

	refuse("report", "'report' needs FILE...; see 'deadwait report --help'\n");
	refuse("-o csv", "'watch' does not write csv; see 'deadwait watch --help'\n");
	refuse("scan -o csv", "'scan' does not write csv; see 'deadwait scan --help'\n");
	refuse("report x -q", "'report' has no option '--quiet'; see 'deadwait report --help'\n");
	refuse("scan --rejudge", "'scan' has no option '--rejudge'; see 'deadwait scan --help'\n");
	refuse("report --by pid x",
	       "bad value 'pid' for '--by': not cause, parent, host or unit" TRY);
	refuse("report x --since yesterday",
	       "bad value 'yesterday' for '--since': neither a time such as 2026-11-21T19:05:11Z "
	       "or 2026-11-21 nor a duration such as 2h" TRY);
}

static void test_version(void **state)
{
	static struct outcome outcome;

	(void)state;
	parse("-V", &outcome);
	assert_int_equal(outcome.result, 1);
	assert_memory_equal(outcome.out, "deadwait ", strlen("deadwait "));
	assert_true(strlen(outcome.out) > strlen("deadwait \n"));
	assert_ptr_equal(strchr(outcome.out, '\n'), outcome.out + strlen(outcome.out) - 1);
	parse("scan --version", &outcome);
	assert_int_equal(outcome.result, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_every_option),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_history_sizes),
		cmocka_unit_test(test_sinks),
		cmocka_unit_test(test_last_one_counts),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_name_of_15_bytes),
		cmocka_unit_test(test_limit_of_lists),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
