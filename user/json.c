// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "facts_json.h"
#include "status.h"
#include "text.h"

#define SCHEMA_VERSION 1
#define NS_PER_S 1e9

/* A name or path that another process chose; NULL: null. */
static json_t *foreign(const char *bytes, size_t len)
{
	char *text;
	json_t *string;

	if (!bytes)
		return json_null();
	text = malloc(TEXT_MAX(len));
	if (!text)
		return json_null();
	text_utf8(text, TEXT_MAX(len), bytes, len);
	string = json_string(text);
	free(text);
	return string;
}

static json_t *foreign_text(const char *text)
{
	return foreign(text, text ? strlen(text) : 0);
}

static json_t *comm_of(const struct dw_who *who)
{
	size_t len = strnlen(who->comm, sizeof(who->comm));

	return len ? foreign(who->comm, len) : json_null();
}

static json_t *moment(uint64_t boot_ns)
{
	char text[CLOCK_TEXT_MAX];

	return boot_ns ? json_string(clock_format_utc(text, sizeof(text), boot_ns)) : json_null();
}

/* Seconds to the millisecond. */
static json_t *seconds(uint64_t ns)
{
	return json_real((double)(ns / 1000000) / 1000.0);
}

static json_t *signal_or_null(int sig)
{
	char name[STATUS_TEXT_MAX];

	return sig ? json_string(status_signal_name(sig, name, sizeof(name))) : json_null();
}

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new_nocheck(object, key, value);
}

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
	set(line, "v", json_integer(SCHEMA_VERSION));
	set(line, "time", moment(time_ns));
	set(line, "host", foreign_text(host));
	set(line, "boot_id", json_string(boot_id));
	set(line, "type", json_string(type));
	return line;
}

static char *end(json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(line);
	return text;
}

static void set_identity(json_t *object, const struct dw_who *who)
{
	set(object, "pid", json_integer(who->tgid));
	set(object, "start_ns", json_integer((json_int_t)who->start_ns));
	set(object, "ns_pid", who->ns_pid ? json_integer(who->ns_pid) : json_null());
	set(object, "comm", comm_of(who));
}

static json_t *killer_of(const struct finding *finding)
{
	json_t *killer;

	if (!finding->killer_known)
		return json_null();
	killer = json_object();
	set(killer, "pid", finding->killer_tgid ? json_integer(finding->killer_tgid) : json_null());
	set(killer, "signal", signal_or_null(finding->kill_signal));
	return killer;
}

static json_t *child_of(const struct finding *finding)
{
	json_t *child = json_object();
	int sig = finding->status & 0x7f;
	bool ended = finding->dead_kind == DW_DEAD_ZOMBIE && finding->status_known;

	set_identity(child, finding->child);
	set(child, "uid", json_integer(finding->child->uid));
	set(child, "exit_code",
	    ended && !sig ? json_integer((finding->status >> 8) & 0xff) : json_null());
	set(child, "signal", ended ? signal_or_null(sig) : json_null());
	set(child, "core", json_boolean(ended && (finding->status & 0x80)));
	set(child, "exit_signal", signal_or_null(finding->exit_signal));
	set(child, "born", moment(finding->child->start_ns));
	set(child, "died", moment(finding->died_ns));
	set(child, "killer", killer_of(finding));
	return child;
}

static json_t *sigchld_of(const struct dw_pass_parent *live)
{
	static const char *const names[] = { NULL, "default", "ignore", "handler" };
	const struct dw_counts *now = &live->record.conduct.now;
	const struct dw_counts *then = &live->record.conduct.at_exec;
	uint32_t queued = now->queued - then->queued, merged = now->merged - then->merged;
	uint32_t ignored = now->ignored - then->ignored;
	json_t *object = json_object();
	int disposition = live->handler == 0 ? DISPOSITION_DEFAULT :
			  live->handler == 1 ? DISPOSITION_IGNORE :
					       DISPOSITION_HANDLER;

	set(object, "disposition", json_string(names[disposition]));
	set(object, "nocldwait", json_boolean(live->flags & DW_PARENT_NOCLDWAIT));
	set(object, "blocked",
	    json_boolean(live->threads.live && live->threads.blocking == live->threads.live));
	set(object, "pending", json_boolean((live->flags & DW_PARENT_PENDING_SHARED) ||
					    live->threads.pending));
	if (!live->has_record) {
		set(object, "sent", json_null());
		set(object, "merged", json_null());
		set(object, "ignored", json_null());
		set(object, "delivered", json_null());
		return object;
	}
	set(object, "sent", json_integer(queued + merged + ignored));
	set(object, "merged", json_integer(merged));
	set(object, "ignored", json_integer(ignored));
	set(object, "delivered", json_integer(now->delivered - then->delivered));
	return object;
}

static json_t *wait_of(const struct finding *finding)
{
	const struct dw_pass_parent *live = finding->parent_live;
	const struct dw_wait *wait = finding->last_wait;
	json_t *object = json_object();
	char text[STATUS_TEXT_MAX];
	struct wait_form form;

	if (!live->has_record) {
		set(object, "calls", json_null());
	} else {
		set(object, "calls", json_integer(live->record.conduct.now.waits -
						  live->record.conduct.at_exec.waits));
	}
	if (!wait) {
		set(object, "last", json_null());
		set(object, "last_age_s", json_null());
		return object;
	}
	form = (struct wait_form){ .call = wait->call,
				   .target = wait->target,
				   .id = (int32_t)wait->id,
				   .fd = wait->fd,
				   .options = wait->options };
	set(object, "last", json_string(status_wait_format(text, sizeof(text), &form)));
	set(object, "last_age_s", finding->last_wait_ns ?
					  seconds(finding->time_ns > finding->last_wait_ns ?
							  finding->time_ns - finding->last_wait_ns :
							  0) :
					  json_null());
	return object;
}

static void set_inquiry(json_t *parent, const struct inquiry *inquiry)
{
	static const struct inquiry nothing;
	char state[2] = "";

	if (!inquiry)
		inquiry = &nothing;
	state[0] = inquiry->state;
	set(parent, "cmdline", foreign_text(inquiry->cmdline));
	set(parent, "state", state[0] ? json_string(state) : json_null());
	set(parent, "cgroup", foreign_text(inquiry->cgroup));
	set(parent, "unit", foreign_text(inquiry->unit));
	set(parent, "container", foreign_text(inquiry->container));
	set(parent, "live_children", inquiry->live_children_known ?
					     json_integer(inquiry->live_children) :
					     json_null());
}

static json_t *parent_of(const struct finding *finding)
{
	json_t *parent = json_object();

	set_identity(parent, finding->parent);
	set(parent, "uid", json_integer(finding->parent->uid));
	if (finding->state == FINDING_CLOSED)
		return parent;
	set_inquiry(parent, finding->inquiry);
	set(parent, "zombies", json_integer(finding->facts->zombies));
	if (finding->parent_live) {
		set(parent, "sigchld", sigchld_of(finding->parent_live));
		set(parent, "wait", wait_of(finding));
	} else {
		set(parent, "sigchld", json_null());
		set(parent, "wait", json_null());
	}
	return parent;
}

static json_t *adopted_from(const struct finding *finding)
{
	json_t *former;

	if (!finding->adopted_from)
		return json_null();
	former = json_object();
	set_identity(former, finding->adopted_from);
	return former;
}

static json_t *tracer_of(const struct finding *finding)
{
	json_t *tracer;

	if (!finding->tracer_tgid)
		return json_null();
	tracer = json_object();
	set(tracer, "pid", json_integer(finding->tracer_tgid));
	set(tracer, "comm", foreign_text(finding->tracer_comm[0] ? finding->tracer_comm : NULL));
	return tracer;
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

char *json_of_finding(const struct finding *finding)
{
	static const char *const states[] = { "open", "update", "closed" };
	static const char *const ends[] = { NULL, "reaped", "adopted-and-reaped", "exit" };
	json_t *line = begin(finding->time_ns, "zombie");
	char id[FINDING_ID_MAX];

	set(line, "state", json_string(states[finding->state]));
	set(line, "id", json_string(finding_id(id, sizeof(id), finding->child)));
	set(line, "age_s", finding->age_known ? seconds(finding->age_ns) : json_null());
	set(line, "child", child_of(finding));
	set(line, "parent", parent_of(finding));
	set(line, "adopted_from", adopted_from(finding));
	set(line, "tracer", tracer_of(finding));
	set(line, "cause", json_string(cause_text(finding->cause)->name));
	set(line, "also", also_of(finding->also));
	set(line, "confidence", json_string(verdict_confidence_name(finding->confidence)));
	if (finding->state == FINDING_CLOSED) {
		set(line, "closed_by", json_string(ends[finding->closed_by]));
		set(line, "by", json_null());
		set(line, "lived_s", finding->age_known ? seconds(finding->age_ns) : json_null());
		return end(line);
	}
	set(line, "evidence", evidence_of(finding->verdict));
	set(line, "advice", json_string(cause_text(finding->cause)->advice));
	set(line, "facts", facts_to_json(finding->facts));
	return end(line);
}

char *json_of_lost(const struct finding_lost *lost)
{
	json_t *line = begin(lost->time_ns, "lost");

	set(line, "reason", json_string(lost->reason));
	set(line, "count", json_integer((json_int_t)lost->count));
	set(line, "remedy", json_string(lost->remedy));
	return end(line);
}

char *json_of_summary(const struct finding_summary *summary)
{
	json_t *line = begin(summary->time_ns, "summary"), *zombies = json_object();
	json_t *causes = json_object(), *sigchld = json_object(), *lost = json_object();
	bool counters = summary->has_counters;

	set(line, "duration_s", seconds(summary->duration_ns));
	set(zombies, "found", json_integer((json_int_t)summary->found));
	set(zombies, "reaped", json_integer((json_int_t)summary->reaped));
	set(zombies, "open", json_integer((json_int_t)summary->open));
	set(line, "zombies", zombies);
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		if (summary->by_cause[cause])
			set(causes, cause_text(cause)->name,
			    json_integer((json_int_t)summary->by_cause[cause]));
	set(line, "causes", causes);
	set(line, "forks", counters ? json_integer((json_int_t)summary->forks) : json_null());
	set(line, "exits", counters ? json_integer((json_int_t)summary->exits) : json_null());
	set(sigchld, "queued", counters ? json_integer((json_int_t)summary->queued) : json_null());
	set(sigchld, "merged", counters ? json_integer((json_int_t)summary->merged) : json_null());
	set(sigchld, "ignored",
	    counters ? json_integer((json_int_t)summary->ignored) : json_null());
	set(line, "sigchld", sigchld);
	set(lost, "history", json_integer((json_int_t)summary->lost_history));
	set(lost, "log_lines", json_integer((json_int_t)summary->lost_log));
	set(line, "lost", lost);
	set(line, "passes", json_integer((json_int_t)summary->passes));
	set(line, "pass_cpu_s", json_real((double)summary->pass_cpu_ns / NS_PER_S));
	return end(line);
}
