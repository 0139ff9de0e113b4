// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log_record: one line of a log as plain data, what `report` needs of it. The reverse of json.c. A
 * log is hostile input: what has a wrong type, form or range is refused, with the reason. Adds
 * nothing up and judges nothing.
 */
#ifndef DEADWAIT_LOG_RECORD_H
#define DEADWAIT_LOG_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "facts.h"

enum log_record_type {
	LOG_RECORD_ZOMBIE,
	LOG_RECORD_SIGCHLD,
	LOG_RECORD_STATUS,
	LOG_RECORD_ORPHAN,
	LOG_RECORD_LOST,
	LOG_RECORD_SUMMARY,
	LOG_RECORD_STORM,
	LOG_RECORD_OTHER, /* events of trace, and types of later versions */
	LOG_RECORD_TYPES,
};

/* What a line says of a zombie. */
enum log_zombie_state {
	LOG_ZOMBIE_OPEN,     /* it is there: "open", "update" */
	LOG_ZOMBIE_LEFT,     /* it was still there when deadwait ended */
	LOG_ZOMBIE_REAPED,   /* by whomever */
	LOG_ZOMBIE_LIVES_ON, /* it was a dead main thread, and no zombie; or an end not known here */
};

enum log_orphan_kind {
	LOG_ORPHAN_ZOMBIE,
	LOG_ORPHAN_ABANDONED,
	LOG_ORPHAN_DAEMONIZED,
	LOG_ORPHAN_BACKGROUND,
	LOG_ORPHAN_OTHER, /* of a later version */
	LOG_ORPHAN_KINDS,
};

/* A process; "" and 0 where it is not known. The text is escaped as for JSON. */
struct log_process {
	uint32_t tgid;
	uint64_t start_ns;
	const char *comm;
};

/* Strings belong to the record; none is NULL, "" is not known. */
struct log_record {
	json_t *line; /* what they point into */
	enum log_record_type type;
	uint64_t time_ns; /* since 1970 */
	const char *host, *boot_id;
	/* all but orphan, lost and summary */
	struct log_process parent;
	bool has_place; /* unit and container are told, or told to be none */
	const char *unit, *container;
	const char *cause;
	bool has_facts; /* they were asked for, and are there */
	struct facts facts;
	/* zombie */
	enum log_zombie_state state;
	struct log_process child; /* tgid and start_ns are its identity; orphan too */
	uint64_t age_ns;	  /* 0: not known */
	/* sigchld: SIGCHLDs of this parent so far, and of them lost */
	uint64_t sent, lost;
	/* status: lost statuses of this parent so far */
	uint64_t statuses;
	/* orphan */
	enum log_orphan_kind kind;
	struct log_process father;
	const char *father_signal;
	/* lost: what deadwait itself lost */
	const char *reason, *remedy;
	uint64_t count;
	/* summary */
	uint64_t watched_ns, lost_log_lines;
};

/* Room for the reason of a refusal. */
#define LOG_RECORD_WHY_MAX 160

/*
 * Reads a line of len bytes. Returns 0 and sets *out, for log_record_free(); or -EINVAL with the
 * reason in why, and *out untouched. Facts are read only if asked for: where they are damaged, the
 * line is refused then.
 */
int log_record_parse(const char *text, size_t len, bool facts, struct log_record *out,
		     char why[LOG_RECORD_WHY_MAX]);

void log_record_free(struct log_record *record);

#endif
