// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advice.h"
#include "clock.h"
#include "facts_json.h"
#include "json_parts.h"

#define SCHEMA_VERSION 1
#define NS_PER_S 1e9

/* v, time, host, boot_id and type: what every line begins with. */
static json_t *begin(uint64_t time_ns, const char *type)
{
	static char host[256], boot_id[64];
	json_t *line = json_object();
	FILE *file;

	if (!boot_id[0]) {
		gethostname(host, sizeof(host) - 1);
		file = fopen("/proc/sys/kernel/random/boot_id", "re");
		if (!file || fscanf(file, "%63s", boot_id) != 1)
			snprintf(boot_id, sizeof(boot_id), "unknown");
		if (file)
			fclose(file);
	}
	part_set(line, "v", json_integer(SCHEMA_VERSION));
	part_set(line, "time", part_moment(time_ns));
	part_set(line, "host", part_text(host));
	part_set(line, "boot_id", json_string(boot_id));
	part_set(line, "type", json_string(type));
	return line;
}

static char *end(json_t *line)
{
	char *text = part_dump(line);

	json_decref(line);
	return text;
}

static json_t *killer_of(const struct finding *finding)
{
	json_t *killer;

	if (!finding->killer_known)
		return json_null();
	killer = json_object();
	part_set(killer, "pid",
		 finding->killer_tgid ? json_integer(finding->killer_tgid) : json_null());
	part_set(killer, "signal", part_signal(finding->kill_signal));
	return killer;
}

static json_t *child_of(const struct finding *finding)
{
	json_t *child = json_object();
	int sig = finding->status & 0x7f;
	bool ended = finding->dead_kind == DW_DEAD_ZOMBIE && finding->status_known;

	part_set_identity(child, finding->child);
	part_set(child, "uid", json_integer(finding->child->uid));
	part_set(child, "exit_code",
		 ended && !sig ? json_integer((finding->status >> 8) & 0xff) : json_null());
	part_set(child, "signal", ended ? part_signal(sig) : json_null());
	part_set(child, "core", ended ? json_boolean(finding->status & 0x80) : json_null());
	part_set(child, "exit_signal", part_signal(finding->exit_signal));
	part_set(child, "born", part_moment(finding->child->start_ns));
	part_set(child, "died", part_moment(finding->died_ns));
	part_set(child, "killer", killer_of(finding));
	return child;
}

static json_t *adopted_from(const struct finding *finding)
{
	json_t *former;

	if (!finding->adopted_from)
		return json_null();
	former = json_object();
	part_set_identity(former, finding->adopted_from);
	return former;
}

static json_t *tracer_of(const struct finding *finding)
{
	json_t *tracer;

	if (!finding->tracer_tgid)
		return json_null();
	tracer = json_object();
	part_set(tracer, "pid", json_integer(finding->tracer_tgid));
	part_set(tracer, "comm", part_text(finding->tracer_comm[0] ? finding->tracer_comm : NULL));
	return tracer;
}

static json_t *by_of(const struct dw_reaper *by)
{
	json_t *object;

	if (!by)
		return json_null();
	object = json_object();
	part_set(object, "pid", json_integer(by->tgid));
	part_set(object, "tid", json_integer(by->tid));
	part_set(object, "comm", part_bytes(by->comm, strnlen(by->comm, sizeof(by->comm))));
	return object;
}

static json_t *also_of(uint64_t also)
{
	json_t *names = json_array();

	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		if (also & CAUSE_BIT(cause))
			json_array_append_new(names, json_string(cause_text(cause)->name));
	return names;
}

static json_t *evidence_of(const struct verdict *verdict)
{
	json_t *lines = json_array();

	for (unsigned int i = 0; i < verdict->lines; i++)
		json_array_append_new(lines, json_string(verdict->evidence[i]));
	return lines;
}

static json_t *notes_of(const struct finding *finding)
{
	const char *notes[ADVICE_NOTES_MAX];
	unsigned int count = advice_notes(finding->cause, finding->facts, notes);
	json_t *array = json_array();

	for (unsigned int i = 0; i < count; i++)
		json_array_append_new(array, json_string(notes[i]));
	return array;
}

static void set_cause(json_t *line, const struct finding *finding)
{
	part_set(line, "cause", json_string(cause_text(finding->cause)->name));
	part_set(line, "also", also_of(finding->also));
	part_set(line, "confidence", json_string(verdict_confidence_name(finding->confidence)));
}

static void set_reasons(json_t *line, const struct finding *finding)
{
	part_set(line, "evidence", evidence_of(finding->verdict));
	part_set(line, "advice", json_string(cause_text(finding->cause)->advice));
	part_set(line, "notes", notes_of(finding));
	part_set(line, "facts", facts_to_json(finding->facts));
}

/* A status that is lost: there is no zombie, and the child is only a pid in its parent's eyes. */
static char *json_of_status(const struct finding *finding)
{
	json_t *line = begin(finding->time_ns, "status"), *child = json_null();

	part_set(line, "state", json_string("lost"));
	if (finding->child->ns_pid) {
		child = json_object();
		part_set(child, "ns_pid", json_integer(finding->child->ns_pid));
	}
	part_set(line, "child", child);
	part_set(line, "parent", part_parent(finding));
	set_cause(line, finding);
	set_reasons(line, finding);
	return end(line);
}

static char *json_of_zombie(const struct finding *finding)
{
	static const char *const ends[] = { NULL, "reaped", "adopted-and-reaped", "exit",
					    "lives-on" };
	json_t *line = begin(finding->time_ns, "zombie");
	char id[FINDING_ID_MAX];

	part_set(line, "state", json_string(finding_state_name(finding->state)));
	part_set(line, "id", json_string(finding_id(id, sizeof(id), finding->child)));
	part_set(line, "age_s", finding->age_known ? part_seconds(finding->age_ns) : json_null());
	part_set(line, "child", child_of(finding));
	part_set(line, "parent", part_parent(finding));
	part_set(line, "adopted_from", adopted_from(finding));
	part_set(line, "tracer", tracer_of(finding));
	set_cause(line, finding);
	if (finding->state == FINDING_CLOSED) {
		part_set(line, "closed_by", json_string(ends[finding->closed_by]));
		part_set(line, "by", by_of(finding->by));
		part_set(line, "lived_s",
			 finding->age_known ? part_seconds(finding->age_ns) : json_null());
	} else {
		set_reasons(line, finding);
	}
	return end(line);
}

char *json_of_finding(const struct finding *finding)
{
	return finding->type == FINDING_STATUS ? json_of_status(finding) : json_of_zombie(finding);
}

char *json_of_sigchld(const struct finding_sigchld *sigchld)
{
	const struct inquiry *inquiry = sigchld->inquiry;
	json_t *line = begin(sigchld->time_ns, "sigchld"), *parent = json_object();

	part_set(line, "state", json_string("lost"));
	part_set_identity(parent, sigchld->parent);
	part_set(parent, "uid", json_integer(sigchld->parent->uid));
	part_set(parent, "cmdline", part_text(inquiry ? inquiry->cmdline : NULL));
	part_set(parent, "cgroup", part_text(inquiry ? inquiry->cgroup : NULL));
	part_set(parent, "unit", part_text(inquiry ? inquiry->unit : NULL));
	part_set(parent, "container", part_text(inquiry ? inquiry->container : NULL));
	part_set(line, "parent", parent);
	part_set(line, "sent", json_integer(sigchld->losses->sent));
	part_set(line, "delivered", json_integer(sigchld->losses->delivered));
	part_set(line, "fetched", json_integer(sigchld->losses->fetched));
	part_set(line, "merged", json_integer(sigchld->losses->merged));
	part_set(line, "ignored", json_integer(sigchld->losses->ignored));
	part_set(line, "pending", json_integer(sigchld->losses->pending));
	part_set(line, "unreaped", json_integer(sigchld->unreaped));
	part_set(line, "cause", json_string(cause_text(sigchld->cause)->name));
	part_set(line, "advice", json_string(cause_text(sigchld->cause)->advice));
	return end(line);
}

char *json_of_orphan(const struct finding_orphan *orphan)
{
	json_t *line = begin(orphan->time_ns, "orphan");
	json_t *child = json_object(), *father = json_object(), *adopter = json_object();
	const char *role = finding_role_name(orphan->role);
	int sig = orphan->father_status & 0x7f;

	part_set(line, "kind", json_string(finding_orphan_name(orphan->kind)));
	part_set_identity(child, orphan->child);
	part_set(child, "uid", json_integer(orphan->child->uid));
	part_set(line, "child", child);
	part_set_identity(father, orphan->father);
	part_set(father, "uid", json_integer(orphan->father->uid));
	part_set(father, "exit_code",
		 sig ? json_null() : json_integer((orphan->father_status >> 8) & 0xff));
	part_set(father, "signal", part_signal(sig));
	part_set(father, "core", json_boolean(orphan->father_status & 0x80));
	part_set(line, "father", father);
	part_set(adopter, "pid", json_integer(orphan->adopter_tgid));
	part_set(adopter, "comm",
		 orphan->adopter_comm[0] ? part_bytes(orphan->adopter_comm,
						      strnlen(orphan->adopter_comm, DW_COMM_LEN)) :
					   json_null());
	part_set(adopter, "role", role ? json_string(role) : json_null());
	part_set(line, "adopter", adopter);
	part_set(line, "confirmed", json_boolean(orphan->confirmed));
	return end(line);
}

char *json_of_storm(const struct finding_storm *storm)
{
	json_t *line = begin(storm->time_ns, "storm"), *root = json_object();

	part_set(root, "pid", json_integer(storm->root_tgid));
	part_set(root, "comm",
		 storm->root_comm[0] ?
			 part_bytes(storm->root_comm, strnlen(storm->root_comm, DW_COMM_LEN)) :
			 json_null());
	part_set(line, "root", root);
	part_set(line, "processes", json_integer((json_int_t)storm->processes));
	part_set(line, "forks_per_s", json_integer((json_int_t)storm->forks));
	part_set(line, "pids_current",
		 storm->limit_known ? json_integer((json_int_t)storm->pids_current) : json_null());
	part_set(line, "pids_max",
		 storm->limit_known ? json_integer((json_int_t)storm->pids_max) : json_null());
	return end(line);
}

char *json_of_lost(const struct finding_lost *lost)
{
	json_t *line = begin(lost->time_ns, "lost");

	part_set(line, "reason", json_string(lost->reason));
	part_set(line, "count", json_integer((json_int_t)lost->count));
	part_set(line, "remedy", json_string(lost->remedy));
	return end(line);
}

char *json_of_summary(const struct finding_summary *summary)
{
	json_t *line = begin(summary->time_ns, "summary"), *zombies = json_object();
	json_t *causes = json_object(), *sigchld = json_object(), *lost = json_object();
	json_t *orphans = json_object();
	bool counters = summary->has_counters;

	part_set(line, "duration_s", part_seconds(summary->duration_ns));
	part_set(zombies, "found", json_integer((json_int_t)summary->found));
	part_set(zombies, "reaped", json_integer((json_int_t)summary->reaped));
	part_set(zombies, "open", json_integer((json_int_t)summary->open));
	part_set(line, "zombies", summary->traced ? json_null() : json_incref(zombies));
	json_decref(zombies);
	for (enum orphan_kind kind = 0; kind < ORPHAN_KINDS; kind++)
		part_set(orphans, finding_orphan_name(kind),
			 json_integer((json_int_t)summary->orphans[kind]));
	part_set(orphans, "adopter_corrected", json_integer((json_int_t)summary->orphans_wrong));
	part_set(line, "orphans",
		 counters && !summary->traced ? json_incref(orphans) : json_null());
	json_decref(orphans);
	part_set(line, "parents_with_lost_sigchlds", json_integer((json_int_t)summary->sigchlds));
	part_set(line, "statuses_lost", json_integer((json_int_t)summary->statuses));
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		if (summary->by_cause[cause])
			part_set(causes, cause_text(cause)->name,
				 json_integer((json_int_t)summary->by_cause[cause]));
	part_set(line, "causes", causes);
	part_set(line, "counted",
		 counters ? json_string(summary->of_family ? "family" : "host") : json_null());
	part_set(line, "forks", counters ? json_integer((json_int_t)summary->forks) : json_null());
	part_set(line, "execs", counters ? json_integer((json_int_t)summary->execs) : json_null());
	part_set(line, "exits", counters ? json_integer((json_int_t)summary->exits) : json_null());
	part_set(sigchld, "queued",
		 counters ? json_integer((json_int_t)summary->queued) : json_null());
	part_set(sigchld, "merged",
		 counters ? json_integer((json_int_t)summary->merged) : json_null());
	part_set(sigchld, "ignored",
		 counters ? json_integer((json_int_t)summary->ignored) : json_null());
	part_set(line, "sigchld", sigchld);
	part_set(lost, "history", json_integer((json_int_t)summary->lost_history));
	part_set(lost, "events", json_integer((json_int_t)summary->lost_events));
	part_set(lost, "log_lines", json_integer((json_int_t)summary->lost_log));
	part_set(line, "lost", lost);
	part_set(line, "events",
		 summary->traced ? json_integer((json_int_t)summary->events) : json_null());
	part_set(line, "passes", json_integer((json_int_t)summary->passes));
	part_set(line, "pass_cpu_s", json_real((double)summary->pass_cpu_ns / NS_PER_S));
	return end(line);
}
