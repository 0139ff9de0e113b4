// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options: the command line, turned into plain data. Says what is wrong with it and prints help;
 * opens nothing and starts nothing.
 */
#ifndef DEADWAIT_OPTIONS_H
#define DEADWAIT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"
#include "walltime.h"

enum command {
	COMMAND_WATCH,
	COMMAND_SCAN,
	COMMAND_TRACE,
	COMMAND_RUN,
	COMMAND_EXPLAIN,
	COMMAND_DOCTOR,
	COMMAND_REPORT,
};

enum output {
	OUTPUT_TEXT,
	OUTPUT_JSON,
	OUTPUT_CSV, /* report only */
};

/* What the groups of a report are made by. */
enum report_by {
	REPORT_BY_WHO, /* host, unit or container, parent */
	REPORT_BY_CAUSE,
	REPORT_BY_PARENT,
	REPORT_BY_HOST,
	REPORT_BY_UNIT, /* or container */
};

enum log_level {
	LOG_LEVEL_FINDINGS,
	LOG_LEVEL_ALL,
};

/* Kinds of finding, a mask (--only). */
#define ONLY_ZOMBIE (1U << 0)
#define ONLY_SIGCHLD (1U << 1)
#define ONLY_ORPHAN (1U << 2)
#define ONLY_STATUS (1U << 3)
#define ONLY_ALL (ONLY_ZOMBIE | ONLY_SIGCHLD | ONLY_ORPHAN | ONLY_STATUS)

/* Kinds of orphan, a mask (--orphans); the bits of enum orphan_kind. */
#define ORPHANS_ZOMBIE (1U << 0)
#define ORPHANS_ABANDONED (1U << 1)
#define ORPHANS_DAEMONIZED (1U << 2)
#define ORPHANS_BACKGROUND (1U << 3)
#define ORPHANS_ALL (ORPHANS_ZOMBIE | ORPHANS_ABANDONED | ORPHANS_DAEMONIZED | ORPHANS_BACKGROUND)

/* Most entries of each list; more is refused. */
#define OPTIONS_LIST_MAX 1024

/* Strings point into argv or config; only that and the arrays are allocated. */
struct options {
	enum command command;
	pid_t *pids; /* -p, all that were given; no entry: any pid */
	size_t pids_count;
	pid_t *family; /* --family, likewise: these and all that they start */
	size_t family_count;
	const char **names; /* -n, fnmatch(3) patterns for a comm; one match suffices */
	size_t names_count;
	bool has_uid; /* -u was given */
	uid_t uid;
	const char *cgroup;	   /* -c, begins with '/', as in /proc/PID/cgroup; NULL: any */
	unsigned int only;	   /* ONLY_* mask, never 0 */
	unsigned int orphan_kinds; /* ORPHANS_* mask, never 0 */
	uint64_t age_ns;	   /* -a */
	enum output output;	   /* -o */
	struct config config;	   /* --config: its text, which the options may point into */
	const char *log;	   /* -l; NULL: none */
	enum log_level log_level;  /* --log-level */
	bool journal;		   /* --journal */
	const char *syslog;	   /* the socket for --syslog or of --syslog-socket; NULL: none */
	const char *metrics;	   /* --metrics, as endpoint_parse() takes it; NULL: none */
	const char *textfile;	   /* --textfile; NULL: none */
	uint64_t duration_ns;	   /* -d; 0: until it is stopped */
	int error_exitcode;	   /* 0 to 255; -1: not given */
	uint32_t history;	   /* --history, records, a power of two; 0: chosen from pid_max */
	uint32_t buffer_bytes;	   /* --buffer, a power of two; 0: the command's default */
	bool follow;		   /* --follow */
	bool timestamp;		   /* -T */
	bool quiet;		   /* -q */
	bool verbose;		   /* -v */
	const char *cause;	   /* explain's argument, not checked; NULL: none */
	char **operands;       /* what follows the command, where that takes more than one word; */
	size_t operands_count; /* operands[operands_count] is NULL */
	struct walltime_bound since; /* --since */
	struct walltime_bound until; /* --until */
	enum report_by by;	     /* --by */
	bool rejudge;		     /* --rejudge */
};

/*
 * Reads argv. Returns 0 to go on, 1 if help or the version was printed (exit 0), -EINVAL if the
 * command line is wrong and one line on stderr has said how (exit 2), -ENOMEM likewise (exit 4).
 * Fills *out only with 0; then the caller frees it with options_free(). argv must stay valid as
 * long as *out. Repeated: -p, -n and --only add up, of any other option the last one counts.
 */
int options_parse(int argc, char **argv, struct options *out);

/* Frees what options_parse() allocated and clears *options. */
void options_free(struct options *options);

#endif
