// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * record: a finding of whatever kind as a system's log takes it: which kind, how grave, and one line
 * for a person. Sends nothing.
 */
#ifndef DEADWAIT_RECORD_H
#define DEADWAIT_RECORD_H

#include "finding.h"

/* Names and message ids stand for these: append only. */
enum record_kind {
	RECORD_ZOMBIE_OPEN = 0,
	RECORD_ZOMBIE_UPDATE = 1,
	RECORD_ZOMBIE_CLOSED = 2,
	RECORD_SIGCHLD = 3,
	RECORD_ORPHAN = 4,
	RECORD_STATUS = 5,
	RECORD_LOST = 6,
	RECORD_SUMMARY = 7,
	RECORD_STORM = 8,
	RECORD_KINDS,
};

/* Of the pointers only the one of its kind is set. Owns nothing. */
struct record {
	enum record_kind kind;
	uint64_t time_ns;	       /* CLOCK_BOOTTIME */
	const struct finding *finding; /* zombie-*, status */
	const struct finding_sigchld *sigchld;
	const struct finding_orphan *orphan;
	const struct finding_storm *storm;
	const struct finding_lost *lost;
	const struct finding_summary *summary;
	const char *json; /* the line of the log */
};

/* Set all but json. */
struct record record_of_finding(const struct finding *finding);
struct record record_of_sigchld(const struct finding_sigchld *sigchld);
struct record record_of_orphan(const struct finding_orphan *orphan);
struct record record_of_storm(const struct finding_storm *storm);
struct record record_of_lost(const struct finding_lost *lost);
struct record record_of_summary(const struct finding_summary *summary);

/* "zombie-open" */
const char *record_name(enum record_kind kind);

/* How grave it is, as in syslog(3): LOG_WARNING, LOG_NOTICE or LOG_INFO. */
int record_priority(const struct record *record);

/*
 * One line without its newline, safe to show: "zombie 4242 (worker) dead 1.0s, exit 0; parent 4100
 * (server): sigchld-merged, certain; fix: …". Returns out; RECORD_TEXT_MAX suffices.
 */
#define RECORD_TEXT_MAX 1024
const char *record_text(char *out, size_t size, const struct record *record);

#endif
