// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options_table: one row for each command and option.
 */
#include "options_table.h"

#include "options_set.h"

const struct command_row command_rows[] = {
	{ COMMAND_WATCH, "watch", OPERANDS_NONE, NULL,
	  "report zombies, lost SIGCHLDs and orphans as they\nhappen (the default)" },
	{ COMMAND_SCAN, "scan", OPERANDS_NONE, NULL,
	  "list the zombies that exist now, with causes" },
	{ COMMAND_RUN, "run", OPERANDS_COMMAND, "[--] COMMAND [ARG]...",
	  "run a command, follow all that it starts, and\nreport at its end" },
	{ COMMAND_TRACE, "trace", OPERANDS_COMMAND, "[COMMAND [ARG]...]",
	  "show each fork, exec, exit, SIGCHLD, wait, reap\nand reparent, of the host or of a command" },
	{ COMMAND_REPORT, "report", OPERANDS_FILES, "FILE...",
	  "say who leaks, why and how fast, from logs (plain\nor gzip'd; -: standard input)" },
	{ COMMAND_EXPLAIN, "explain", OPERANDS_ONE, "[CAUSE]",
	  "say what a cause means and how to fix it" },
	{ COMMAND_DOCTOR, "doctor", OPERANDS_NONE, NULL,
	  "say what this kernel and these privileges allow" },
	{ 0, NULL, 0, NULL, NULL },
};

#define W COMMAND_BIT(COMMAND_WATCH)
#define S COMMAND_BIT(COMMAND_SCAN)
#define T COMMAND_BIT(COMMAND_TRACE)
#define R COMMAND_BIT(COMMAND_RUN)
#define D COMMAND_BIT(COMMAND_DOCTOR)
#define P COMMAND_BIT(COMMAND_REPORT)

const struct option_row option_rows[] = {
	{ 'p', "pid", "PID[,PID...]", "only if the parent or the child has such a pid", W | S | T,
	  options_set_pids },
	{ 0, "family", "PID[,PID...]", "only these processes and all that they start", W | T,
	  options_set_family },
	{ 'n', "name", "GLOB", "only if the name of parent or child matches", W | S | T,
	  options_set_name },
	{ 'u', "user", "USER", "only parents of this user (name or number)", W | S | T,
	  options_set_user },
	{ 'c', "cgroup", "PATH", "only parents in this cgroup or below", W | S | T,
	  options_set_cgroup },
	{ 0, "only", "KIND[,KIND]", "only these: zombie, sigchld, orphan, status", W | S | R,
	  options_set_only },
	{ 0, "orphans", "KIND[,KIND]",
	  "only orphans of these kinds: zombie, abandoned,\ndaemonized, background", W | R,
	  options_set_orphans },
	{ 'a', "age", "DURATION",
	  "report a dead child once it is this old\n(default 1s; 0: dead in two passes running)",
	  W | S | R, options_set_age },
	{ 'o', "output", "FORMAT",
	  "text (the default) or json, one object a line;\nreport: csv, too", W | S | T | R | D | P,
	  options_set_output },
	{ 'l', "log", "FILE",
	  "append each finding (trace: each event) to FILE\ntoo, as JSON lines; reopened on SIGHUP",
	  W | S | T | R, options_set_log },
	{ 0, "config", "FILE",
	  "read more options from FILE, one a line, by their\nlong names; the command line has "
	  "precedence",
	  W, options_set_config },
	{ 0, "log-level", "LEVEL",
	  "what goes to the log: findings (the default), or\nall: each change of confidence, too",
	  W | R, options_set_log_level },
	{ 0, "journal", NULL, "send each finding to systemd's journal, too", W | S | R,
	  options_set_journal },
	{ 0, "syslog", NULL,
	  "send each finding to /dev/log, too: RFC 5424 with\nthe JSON as message", W | S | R,
	  options_set_syslog },
	{ 0, "syslog-socket", "PATH", "the same, to another socket", W | S | R,
	  options_set_syslog_socket },
	{ 0, "metrics", "ADDR:PORT",
	  "serve metrics to Prometheus there (only a PORT:\non loopback), or at unix:/PATH", W,
	  options_set_metrics },
	{ 0, "textfile", "FILE", "write metrics to FILE, every 15 s, for\nnode_exporter", W,
	  options_set_textfile },
	{ 'd', "duration", "DURATION", "stop after that long", W | S | T, options_set_limit },
	{ 0, "follow", NULL, "wait for all that the command has started, too", R,
	  options_set_follow },
	{ 0, "error-exitcode", "N",
	  "exit with N if there was a zombie (0 to 255); run:\nor a lost SIGCHLD or status", S | R,
	  options_set_exitcode },
	{ 0, "history", "N",
	  "processes to remember, 1024 to 1048576 (0, the\ndefault: chosen from pid_max)",
	  W | T | R | D, options_set_history },
	{ 0, "buffer", "SIZE", "room for events on their way, 64K to 1G\n(default 8M)", T | R,
	  options_set_buffer },
	{ 0, "by", "WHAT",
	  "group by cause, parent, host or unit (default: by\nhost, unit or container and parent)",
	  P, options_set_by },
	{ 0, "since", "TIME",
	  "only lines from then on: 2026-11-21T19:05Z,\n2026-11-21 (local time), or 2h: so long ago",
	  P, options_set_since },
	{ 0, "until", "TIME", "only lines before that", P, options_set_until },
	{ 0, "rejudge", NULL, "judge again, by the facts in the logs and this\nversion's rules", P,
	  options_set_rejudge },
	{ 'T', "timestamp", NULL, "begin text lines with date, time and zone\ninstead of hh:mm:ss",
	  W | S | T | R, options_set_timestamp },
	{ 'q', "quiet", NULL, "no start line, no summary", W | S | T | R, options_set_quiet },
	{ 'v', "verbose", NULL, "show the facts behind each finding and what libbpf\nsays",
	  W | S | T | R | D, options_set_verbose },
	{ 'h', "help", NULL, "print this help (or that of the command) and exit", COMMANDS_ALL,
	  NULL },
	{ 'V', "version", NULL, "print the version and exit", COMMANDS_ALL, NULL },
	{ 0, NULL, NULL, NULL, 0, NULL },
};

_Static_assert(sizeof(option_rows) / sizeof(option_rows[0]) == OPTION_ROWS + 1, "count of rows");
