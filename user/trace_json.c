// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace_json.h"

#include <string.h>
#include <sys/wait.h>

#include "status.h"
#include "trace_words.h"

static void key(struct lines *lines, const char *name)
{
	lines_text(lines, ",\"");
	lines_text(lines, name);
	lines_text(lines, "\":");
}

/* A word of our own: nothing in it is escaped. NULL: null. */
static void set_word(struct lines *lines, const char *name, const char *word)
{
	key(lines, name);
	if (!word) {
		lines_text(lines, "null");
		return;
	}
	lines_text(lines, "\"");
	lines_text(lines, word);
	lines_text(lines, "\"");
}

static void set_bool(struct lines *lines, const char *name, bool value)
{
	key(lines, name);
	lines_text(lines, value ? "true" : "false");
}

static void set_number(struct lines *lines, const char *name, uint64_t number)
{
	key(lines, name);
	lines_number(lines, number);
}

/* 0: null. */
static void set_pid(struct lines *lines, const char *name, uint32_t pid)
{
	key(lines, name);
	if (pid)
		lines_number(lines, pid);
	else
		lines_text(lines, "null");
}

/* Seconds, to the microsecond. */
static void set_seconds(struct lines *lines, const char *name, uint64_t ns)
{
	key(lines, name);
	lines_number(lines, ns / 1000000000);
	lines_text(lines, ".");
	lines_digits(lines, ns / 1000 % 1000000, 6);
}

static void set_string(struct lines *lines, const char *name, const char *bytes, size_t len)
{
	key(lines, name);
	lines_json_string(lines, bytes, len);
}

/* 0: null. */
static void set_signal(struct lines *lines, const char *name, int sig)
{
	char text[STATUS_TEXT_MAX];

	set_word(lines, name, sig ? status_signal_name(sig, text, sizeof(text)) : NULL);
}

static void set_status(struct lines *lines, uint32_t status)
{
	int sig = (int)(status & 0x7f);

	key(lines, "exit_code");
	if (sig)
		lines_text(lines, "null");
	else
		lines_number(lines, (status >> 8) & 0xff);
	set_signal(lines, "signal", sig);
	set_bool(lines, "core", status & 0x80);
}

static void set_fork(struct lines *lines, const struct dw_trace_fork *fork)
{
	set_number(lines, "child", fork->child_tgid);
	set_number(lines, "child_ns_pid", fork->child_ns_pid);
	set_number(lines, "parent", fork->parent_tgid);
	set_number(lines, "forker_tid", fork->at.tid);
	set_signal(lines, "exit_signal", fork->exit_signal);
}

static void set_exec(struct lines *lines, const struct dw_trace_exec *exec)
{
	set_string(lines, "filename", exec->filename,
		   strnlen(exec->filename, sizeof(exec->filename)));
	set_bool(lines, "filename_cut", exec->cut);
}

static void set_exit(struct lines *lines, const struct dw_trace_exit *exit)
{
	const struct dw_trace_head *at = &exit->at;

	set_pid(lines, "ppid", exit->parent_tgid);
	set_status(lines, exit->status);
	set_seconds(lines, "lived_s",
		    at->head.time_ns > at->start_ns ? at->head.time_ns - at->start_ns : 0);
	set_number(lines, "threads_left", exit->threads_left);
}

static void set_sigchld(struct lines *lines, const struct dw_trace_sigchld *sigchld)
{
	set_pid(lines, "from", sigchld->from_tgid);
	set_pid(lines, "from_ns_pid", sigchld->from_ns_pid);
	set_word(lines, "code", trace_code_name(sigchld));
	set_word(lines, "result", trace_result_name(sigchld->result));
}

static void set_options(struct lines *lines, const struct dw_wait *wait)
{
	bool waitid = wait->call == DW_CALL_WAITID, any = false;
	/* wait4 is given no WEXITED, the kernel adds it. */
	uint32_t options = waitid ? wait->options : wait->options & ~(uint32_t)WEXITED;
	const char *name;

	key(lines, "options");
	lines_text(lines, "[");
	for (uint32_t bit = 1; bit; bit <<= 1) {
		if (!(options & bit))
			continue;
		name = waitid && bit == WSTOPPED ? "WSTOPPED" : status_option_name(bit);
		lines_text(lines, any ? ",\"" : "\"");
		if (name)
			lines_text(lines, name);
		else
			lines_hex(lines, bit);
		lines_text(lines, "\"");
		any = true;
	}
	lines_text(lines, "]");
}

static void set_wait(struct lines *lines, const struct dw_wait *wait)
{
	char call[STATUS_TEXT_MAX];

	trace_wait_call(call, sizeof(call), wait);
	set_string(lines, "call", call, strlen(call));
	set_word(lines, "target_kind", trace_target_name(wait->target));
	set_pid(lines, "target", wait->id);
	if (wait->call == DW_CALL_OTHER)
		set_word(lines, "options", NULL);
	else
		set_options(lines, wait);
}

static void set_reap(struct lines *lines, const struct dw_trace_reap *reap,
		     const struct finding_event *event)
{
	key(lines, "by");
	if (reap->by.tgid) {
		lines_text(lines, "{\"pid\":");
		lines_number(lines, reap->by.tgid);
		set_number(lines, "tid", reap->by.tid);
		set_string(lines, "comm", reap->by.comm,
			   strnlen(reap->by.comm, sizeof(reap->by.comm)));
		lines_text(lines, "}");
	} else {
		lines_text(lines, "null");
	}
	set_bool(lines, "autoreaped", reap->autoreaped);
	if (event->dead_known) {
		set_seconds(lines, "zombie_s", event->dead_ns);
	} else {
		key(lines, "zombie_s");
		lines_text(lines, "null");
	}
	set_bool(lines, "late", reap->late);
}

static void set_reparent(struct lines *lines, const struct finding_event *event)
{
	const struct dw_event_orphan *orphan = (const void *)event->event;

	set_number(lines, "from", orphan->father.tgid);
	set_pid(lines, "to", event->adopter_tgid);
	set_word(lines, "role", finding_role_name(event->role));
	set_bool(lines, "dead", orphan->dead);
	set_bool(lines, "confirmed", event->confirmed);
}

static void set_who(struct lines *lines, uint32_t tgid, uint32_t tid, uint64_t start_ns,
		    const char comm[DW_COMM_LEN])
{
	set_number(lines, "pid", tgid);
	set_number(lines, "tid", tid);
	set_number(lines, "start_ns", start_ns);
	set_string(lines, "comm", comm, strnlen(comm, DW_COMM_LEN));
}

static void set_details(struct lines *lines, const struct finding_event *event)
{
	const void *raw = event->event;

	switch (event->event->kind) {
	case DW_TRACE_FORK:
		set_fork(lines, raw);
		break;
	case DW_TRACE_EXEC:
		set_exec(lines, raw);
		break;
	case DW_TRACE_EXIT:
		set_exit(lines, raw);
		break;
	case DW_TRACE_STOP:
	case DW_TRACE_CONTINUE:
		set_pid(lines, "ppid", ((const struct dw_trace_stop *)raw)->parent_tgid);
		set_signal(lines, "signal", (int)((const struct dw_trace_stop *)raw)->signal);
		break;
	case DW_TRACE_SIGCHLD:
		set_sigchld(lines, raw);
		break;
	case DW_TRACE_DELIVER:
		key(lines, "handler");
		lines_text(lines, "\"");
		lines_hex(lines, ((const struct dw_trace_deliver *)raw)->handler);
		lines_text(lines, "\"");
		break;
	case DW_TRACE_WAIT:
		set_wait(lines, &((const struct dw_trace_wait *)raw)->wait);
		break;
	case DW_TRACE_REAP:
		set_reap(lines, raw, event);
		break;
	case DW_EVENT_ORPHAN:
		set_reparent(lines, event);
		break;
	}
}

void trace_json_add(struct trace_json *json, const struct finding_event *event)
{
	struct lines *lines = &json->lines;
	const char *name = trace_event_name(event->event->kind);

	if (!name)
		return;
	lines_text(lines, "{\"v\":1,\"time\":\"");
	moment_add_utc(&json->moment, lines, event->event->time_ns);
	lines_text(lines, "\",\"type\":\"event\"");
	set_word(lines, "event", name);
	if (event->event->kind == DW_EVENT_ORPHAN) {
		const struct dw_who *child =
			&((const struct dw_event_orphan *)(const void *)event->event)->child;

		set_who(lines, child->tgid, child->tgid, child->start_ns, child->comm);
	} else {
		const struct dw_trace_head *at = (const void *)event->event;

		set_who(lines, at->tgid, at->tid, at->start_ns, at->comm);
	}
	set_details(lines, event);
	lines_text(lines, "}");
	lines_end(lines);
}
