// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_journal.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "journal_ids.h"
#include "sink_record.h"
#include "text.h"

/* One field. A value with a newline in it would be another field: such a one goes with its length. */
static void put(FILE *out, const char *name, const char *value)
{
	uint64_t len = htole64(strlen(value));

	if (!strchr(value, '\n')) {
		fprintf(out, "%s=%s\n", name, value);
		return;
	}
	fprintf(out, "%s\n", name);
	fwrite(&len, sizeof(len), 1, out);
	fprintf(out, "%s\n", value);
}

static void put_number(FILE *out, const char *name, uint64_t number)
{
	fprintf(out, "%s=%" PRIu64 "\n", name, number);
}

/* What another process chose. NULL or empty: not known, no field. */
static void put_bytes(FILE *out, const char *name, const char *bytes, size_t len)
{
	char *text = len ? malloc(TEXT_MAX(len)) : NULL;

	if (!text)
		return;
	text_escape(text, TEXT_MAX(len), bytes, len);
	put(out, name, text);
	free(text);
}

/* DEADWAIT_<role>_PID and _COMM. */
static void put_who(FILE *out, const char *role, const struct dw_who *who)
{
	char name[64];

	snprintf(name, sizeof(name), "DEADWAIT_%s_PID", role);
	put_number(out, name, who->tgid);
	snprintf(name, sizeof(name), "DEADWAIT_%s_COMM", role);
	put_bytes(out, name, who->comm, strnlen(who->comm, sizeof(who->comm)));
}

/* The journal adds what it knows of OBJECT_PID: so only for a process that lives. */
static void put_living_parent(FILE *out, const struct dw_who *parent, const struct inquiry *inquiry)
{
	put_number(out, "OBJECT_PID", parent->tgid);
	if (inquiry && inquiry->unit)
		put_bytes(out, "DEADWAIT_PARENT_UNIT", inquiry->unit, strlen(inquiry->unit));
}

static void put_finding(FILE *out, const struct finding *finding)
{
	char id[FINDING_ID_MAX];

	if (finding->type == FINDING_STATUS) {
		put(out, "DEADWAIT_STATE", "lost");
	} else {
		put(out, "DEADWAIT_STATE", finding_state_name(finding->state));
		put(out, "DEADWAIT_ID", finding_id(id, sizeof(id), finding->child));
		put_who(out, "CHILD", finding->child);
	}
	put_who(out, "PARENT", finding->parent);
	put(out, "DEADWAIT_CAUSE", cause_text(finding->cause)->name);
	put(out, "DEADWAIT_CONFIDENCE", verdict_confidence_name(finding->confidence));
	if (finding->state == FINDING_CLOSED)
		return;
	put_living_parent(out, finding->parent, finding->inquiry);
	for (unsigned int i = 0; finding->verdict && i < finding->verdict->lines; i++)
		put(out, "DEADWAIT_EVIDENCE", finding->verdict->evidence[i]);
	put(out, "DEADWAIT_ADVICE", cause_text(finding->cause)->advice);
}

static void put_sigchld(FILE *out, const struct finding_sigchld *sigchld)
{
	put(out, "DEADWAIT_STATE", "lost");
	put_who(out, "PARENT", sigchld->parent);
	put(out, "DEADWAIT_CAUSE", cause_text(sigchld->cause)->name);
	put_number(out, "DEADWAIT_COUNT", losses_lost(sigchld->losses));
	put_living_parent(out, sigchld->parent, sigchld->inquiry);
	put(out, "DEADWAIT_ADVICE", cause_text(sigchld->cause)->advice);
}

static void put_orphan(FILE *out, const struct finding_orphan *orphan)
{
	put(out, "DEADWAIT_KIND", finding_orphan_name(orphan->kind));
	put_who(out, "CHILD", orphan->child);
	put_who(out, "FATHER", orphan->father);
	put_number(out, "DEADWAIT_ADOPTER_PID", orphan->adopter_tgid);
	put_bytes(out, "DEADWAIT_ADOPTER_COMM", orphan->adopter_comm,
		  strnlen(orphan->adopter_comm, sizeof(orphan->adopter_comm)));
}

static void put_storm(FILE *out, const struct finding_storm *storm)
{
	put_number(out, "DEADWAIT_ROOT_PID", storm->root_tgid);
	put_bytes(out, "DEADWAIT_ROOT_COMM", storm->root_comm,
		  strnlen(storm->root_comm, sizeof(storm->root_comm)));
	put_number(out, "DEADWAIT_COUNT", storm->processes);
}

static void put_lost(FILE *out, const struct finding_lost *lost)
{
	put(out, "DEADWAIT_REASON", lost->reason);
	put_number(out, "DEADWAIT_COUNT", lost->count);
}

static void put_all(FILE *out, const struct record *record)
{
	static const struct {
		const char *id, *type;
	} kinds[RECORD_KINDS] = {
		[RECORD_ZOMBIE_OPEN] = { JOURNAL_ID_ZOMBIE_OPEN, "zombie" },
		[RECORD_ZOMBIE_UPDATE] = { JOURNAL_ID_ZOMBIE_UPDATE, "zombie" },
		[RECORD_ZOMBIE_CLOSED] = { JOURNAL_ID_ZOMBIE_CLOSED, "zombie" },
		[RECORD_SIGCHLD] = { JOURNAL_ID_SIGCHLD, "sigchld" },
		[RECORD_ORPHAN] = { JOURNAL_ID_ORPHAN, "orphan" },
		[RECORD_STATUS] = { JOURNAL_ID_STATUS, "status" },
		[RECORD_LOST] = { JOURNAL_ID_LOST, "lost" },
		[RECORD_SUMMARY] = { JOURNAL_ID_SUMMARY, "summary" },
		[RECORD_STORM] = { JOURNAL_ID_STORM, "storm" },
	};
	char message[RECORD_TEXT_MAX];

	put(out, "MESSAGE", record_text(message, sizeof(message), record));
	put(out, "MESSAGE_ID", kinds[record->kind].id);
	put_number(out, "PRIORITY", (uint64_t)record_priority(record));
	put_number(out, "SYSLOG_FACILITY", LOG_FAC(LOG_DAEMON));
	put(out, "SYSLOG_IDENTIFIER", "deadwait");
	put(out, "DEADWAIT_TYPE", kinds[record->kind].type);
	if (record->finding)
		put_finding(out, record->finding);
	if (record->sigchld)
		put_sigchld(out, record->sigchld);
	if (record->orphan)
		put_orphan(out, record->orphan);
	if (record->storm)
		put_storm(out, record->storm);
	if (record->lost)
		put_lost(out, record->lost);
	put(out, "DEADWAIT_JSON", record->json);
}

static char *encode(const struct record *record, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	bool whole;

	if (!out)
		return NULL;
	put_all(out, record);
	whole = !ferror(out);
	if (fclose(out) || !whole) {
		free(text);
		return NULL;
	}
	return text;
}

struct sink *sink_journal_new(const char *path)
{
	const struct sink_record_config config = {
		.name = "the journal",
		.path = path,
		.reason = "journal",
		.encode = encode,
	};

	return sink_record_new(&config);
}
