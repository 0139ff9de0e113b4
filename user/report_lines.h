// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_lines: takes the lines of logs into a report, each by its type, if it is of the time that
 * is asked for. Reads no file and prints nothing: what is wrong with a line is told to the caller.
 */
#ifndef DEADWAIT_REPORT_LINES_H
#define DEADWAIT_REPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log_record.h"
#include "report_parents.h"
#include "report_sums.h"
#include "report_zombies.h"

struct report_config {
	enum report_by by;
	bool rejudge;
	uint64_t since_ns; /* lines from then on, since 1970; 0: all */
	uint64_t until_ns; /* and before that; UINT64_MAX: all */
};

struct report {
	struct report_config config;
	struct report_sums sums;
	struct report_zombies zombies;
	struct report_parents parents;
	uint64_t files, files_failed; /* for the caller to count */
	uint64_t bytes;		      /* likewise */
	uint64_t lines;		      /* all but blank ones; each is one of the following: */
	uint64_t damaged;
	uint64_t outside; /* of another time */
	uint64_t types[LOG_RECORD_TYPES];
	uint64_t first_ns, last_ns; /* of the lines that count; 0: there was none */
	uint64_t watched_ns;	    /* the runs of deadwait that ended properly, together */
};

/* Begins an empty report. Returns 0 or -ENOMEM; report_free() is right after both. */
int report_begin(struct report *report, const struct report_config *config);

/*
 * Takes a line. Returns 0, -EINVAL with the reason in why if it is damaged (then it is counted), or
 * -ENOMEM.
 */
int report_take_line(struct report *report, const char *text, size_t len,
		     char why[LOG_RECORD_WHY_MAX]);

/* Counts a line that was not handed over, because it is damaged. */
void report_take_damaged(struct report *report);

/* No more lines come: completes the sums and puts them in order. Once, before any rendering. */
void report_finish(struct report *report);

void report_free(struct report *report);

#endif
