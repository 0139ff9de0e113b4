// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "duration.h"
#include "status.h"
#include "words.h"

/* A line that is being put together; what does not fit is left out. */
struct line {
	char *text;
	size_t size, len;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line->text + line->len, line->size - line->len, format, args);
	va_end(args);
	if (len > 0)
		line->len += (size_t)len;
	if (line->len >= line->size)
		line->len = line->size - 1;
}

static void add_name(struct line *line, const struct dw_who *who)
{
	char name[WORDS_NAME_MAX];

	add(line, "%s", words_name(name, sizeof(name), who));
}

struct record record_of_finding(const struct finding *finding)
{
	static const enum record_kind kinds[] = { RECORD_ZOMBIE_OPEN, RECORD_ZOMBIE_UPDATE,
						  RECORD_ZOMBIE_CLOSED };

	return (struct record){
		.kind = finding->type == FINDING_STATUS ? RECORD_STATUS : kinds[finding->state],
		.time_ns = finding->time_ns,
		.finding = finding,
	};
}

struct record record_of_sigchld(const struct finding_sigchld *sigchld)
{
	return (struct record){ .kind = RECORD_SIGCHLD,
				.time_ns = sigchld->time_ns,
				.sigchld = sigchld };
}

struct record record_of_orphan(const struct finding_orphan *orphan)
{
	return (struct record){ .kind = RECORD_ORPHAN,
				.time_ns = orphan->time_ns,
				.orphan = orphan };
}

struct record record_of_storm(const struct finding_storm *storm)
{
	return (struct record){ .kind = RECORD_STORM, .time_ns = storm->time_ns, .storm = storm };
}

struct record record_of_lost(const struct finding_lost *lost)
{
	return (struct record){ .kind = RECORD_LOST, .time_ns = lost->time_ns, .lost = lost };
}

struct record record_of_summary(const struct finding_summary *summary)
{
	return (struct record){ .kind = RECORD_SUMMARY,
				.time_ns = summary->time_ns,
				.summary = summary };
}

const char *record_name(enum record_kind kind)
{
	static const char *const names[RECORD_KINDS] = {
		[RECORD_ZOMBIE_OPEN] = "zombie-open",
		[RECORD_ZOMBIE_UPDATE] = "zombie-update",
		[RECORD_ZOMBIE_CLOSED] = "zombie-closed",
		[RECORD_SIGCHLD] = "sigchld",
		[RECORD_ORPHAN] = "orphan",
		[RECORD_STATUS] = "status",
		[RECORD_LOST] = "lost",
		[RECORD_SUMMARY] = "summary",
		[RECORD_STORM] = "storm",
	};

	return names[kind];
}

int record_priority(const struct record *record)
{
	switch (record->kind) {
	case RECORD_ZOMBIE_OPEN:
	case RECORD_ZOMBIE_UPDATE:
	case RECORD_SIGCHLD:
	case RECORD_STATUS:
	case RECORD_LOST:
	case RECORD_STORM:
		return LOG_WARNING;
	case RECORD_ORPHAN:
		/* The others are what daemons and shells do every day. */
		return record->orphan->kind == ORPHAN_ABANDONED ? LOG_NOTICE : LOG_INFO;
	default:
		return LOG_INFO;
	}
}

static void add_verdict(struct line *line, const struct finding *finding)
{
	add(line, "; parent ");
	add_name(line, finding->parent);
	add(line, ": %s, %s; fix: %s", cause_text(finding->cause)->name,
	    verdict_confidence_name(finding->confidence), cause_text(finding->cause)->advice);
}

static void add_zombie(struct line *line, const struct finding *finding)
{
	char age[DURATION_TEXT_MAX], status[STATUS_TEXT_MAX];
	const char *at_least = finding->age_known ? "" : "at least ";

	duration_format(age, sizeof(age), finding->age_ns);
	add(line, "zombie ");
	add_name(line, finding->child);
	switch (finding->dead_kind) {
	case DW_DEAD_DYING:
		add(line, " exiting for %s%s", at_least, age);
		break;
	case DW_DEAD_LEADER:
		add(line, " main thread dead %s%s", at_least, age);
		break;
	default:
		add(line, " dead %s%s, %s", at_least, age,
		    finding->status_known ?
			    status_format(status, sizeof(status), (int)finding->status) :
			    "status not known");
	}
	add_verdict(line, finding);
}

static void add_closed(struct line *line, const struct finding *finding)
{
	static const char *const ends[] = {
		[FINDING_NOT_ENDED] = "ended",
		[FINDING_REAPED] = "reaped",
		[FINDING_ADOPTED_AND_REAPED] = "reaped by its adopter",
		[FINDING_EXIT] = "still there as deadwait ends,",
		[FINDING_LIVES_ON] = "lives on,",
	};
	char age[DURATION_TEXT_MAX];

	add(line, "zombie ");
	add_name(line, finding->child);
	add(line, " %s after %s%s; parent ", ends[finding->closed_by],
	    finding->age_known ? "" : "at least ",
	    duration_format(age, sizeof(age), finding->age_ns));
	add_name(line, finding->parent);
	add(line, ": %s", cause_text(finding->cause)->name);
}

static void add_status(struct line *line, const struct finding *finding)
{
	if (finding->child->ns_pid)
		add(line, "status of child %" PRIu32 " lost", finding->child->ns_pid);
	else
		add(line, "status of a child lost");
	add_verdict(line, finding);
}

static void add_sigchld(struct line *line, const struct finding_sigchld *sigchld)
{
	add_name(line, sigchld->parent);
	add(line, " lost %" PRIu32 " of %" PRIu32 " SIGCHLDs, children unreaped: %" PRIu32 "; %s",
	    losses_lost(sigchld->losses), sigchld->losses->sent, sigchld->unreaped,
	    cause_text(sigchld->cause)->name);
}

static void add_orphan(struct line *line, const struct finding_orphan *orphan)
{
	char status[STATUS_TEXT_MAX], comm[TEXT_MAX(DW_COMM_LEN)];

	text_escape(comm, sizeof(comm), orphan->adopter_comm,
		    strnlen(orphan->adopter_comm, DW_COMM_LEN));
	add(line, "orphan ");
	add_name(line, orphan->child);
	add(line, " %s; father ", finding_orphan_name(orphan->kind));
	add_name(line, orphan->father);
	add(line, " %s; %s %" PRIu32 " (%s)",
	    status_format(status, sizeof(status), (int)orphan->father_status),
	    orphan->confirmed ? "adopted by" : "its adopter must have been", orphan->adopter_tgid,
	    comm[0] ? comm : "?");
}

static void add_storm(struct line *line, const struct finding_storm *storm)
{
	char comm[TEXT_MAX(DW_COMM_LEN)];

	text_escape(comm, sizeof(comm), storm->root_comm, strnlen(storm->root_comm, DW_COMM_LEN));
	add(line,
	    "storm of %" PRIu32 " (%s): about %" PRIu64 " processes, %" PRIu64 " forks a second",
	    storm->root_tgid, comm[0] ? comm : "?", storm->processes, storm->forks);
	if (storm->limit_known)
		add(line, "; its cgroup has %" PRIu64 " of %" PRIu64 " tasks", storm->pids_current,
		    storm->pids_max);
}

static void add_summary(struct line *line, const struct finding_summary *summary)
{
	uint64_t orphans = 0;

	for (enum orphan_kind kind = 0; kind < ORPHAN_KINDS; kind++)
		orphans += summary->orphans[kind];
	add(line,
	    "summary: zombies found: %" PRIu64 ", reaped: %" PRIu64 ", still there: %" PRIu64
	    "; parents with lost SIGCHLDs: %" PRIu64,
	    summary->found, summary->reaped, summary->open, summary->sigchlds);
	if (summary->has_counters)
		add(line, "; orphans: %" PRIu64, orphans);
	if (summary->lost_history || summary->lost_events || summary->lost_log)
		add(line, "; lost: history records %" PRIu64 ", events %" PRIu64 ", lines %" PRIu64,
		    summary->lost_history, summary->lost_events, summary->lost_log);
}

const char *record_text(char *out, size_t size, const struct record *record)
{
	struct line line = { .text = out, .size = size };

	out[0] = '\0';
	switch (record->kind) {
	case RECORD_ZOMBIE_OPEN:
	case RECORD_ZOMBIE_UPDATE:
		add_zombie(&line, record->finding);
		break;
	case RECORD_ZOMBIE_CLOSED:
		add_closed(&line, record->finding);
		break;
	case RECORD_STATUS:
		add_status(&line, record->finding);
		break;
	case RECORD_SIGCHLD:
		add_sigchld(&line, record->sigchld);
		break;
	case RECORD_ORPHAN:
		add_orphan(&line, record->orphan);
		break;
	case RECORD_STORM:
		add_storm(&line, record->storm);
		break;
	case RECORD_LOST:
		add(&line, "deadwait lost %" PRIu64 " (%s): %s", record->lost->count,
		    record->lost->reason, record->lost->remedy);
		break;
	case RECORD_SUMMARY:
		add_summary(&line, record->summary);
		break;
	case RECORD_KINDS:
		break;
	}
	return out;
}
