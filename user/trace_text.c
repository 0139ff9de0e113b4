// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace_text.h"

#include <signal.h>
#include <string.h>

#include "duration.h"
#include "status.h"
#include "trace_words.h"

static void add_span(struct lines *lines, uint64_t ns)
{
	char span[DURATION_TEXT_MAX];

	/* Below a second a trace wants to know more than duration_format tells. */
	if (ns >= DURATION_NS_PER_S) {
		lines_text(lines, duration_format(span, sizeof(span), ns));
		return;
	}
	lines_number(lines, ns / DURATION_NS_PER_MS);
	lines_text(lines, ".");
	lines_digits(lines, ns % DURATION_NS_PER_MS / 1000, 3);
	lines_text(lines, "ms");
}

static void add_fork(struct lines *lines, const struct dw_trace_fork *fork)
{
	char name[STATUS_TEXT_MAX];

	lines_text(lines, "child ");
	lines_number(lines, fork->child_tgid);
	if (fork->child_ns_pid != fork->child_tgid) {
		lines_text(lines, ", in its namespace ");
		lines_number(lines, fork->child_ns_pid);
	}
	if (fork->parent_tgid != fork->at.tgid) {
		lines_text(lines, ", parent ");
		lines_number(lines, fork->parent_tgid);
	}
	if (fork->exit_signal != SIGCHLD) {
		lines_text(lines, ", exit signal ");
		lines_text(lines, fork->exit_signal ? status_signal_name(fork->exit_signal, name,
									 sizeof(name)) :
						      "none");
	}
}

static void add_thread(struct lines *lines, const struct dw_trace_head *at)
{
	if (at->tid == at->tgid)
		return;
	lines_text(lines, ", thread ");
	lines_number(lines, at->tid);
}

static void add_exec(struct lines *lines, const struct dw_trace_exec *exec)
{
	lines_escaped(lines, exec->filename, strnlen(exec->filename, sizeof(exec->filename)));
	if (exec->cut)
		lines_text(lines, "…");
	add_thread(lines, &exec->at);
}

static void add_exit(struct lines *lines, const struct dw_trace_exit *exit)
{
	const struct dw_trace_head *at = &exit->at;
	char status[STATUS_TEXT_MAX];

	if (exit->threads_left) {
		lines_text(lines, "main thread, status ");
		lines_text(lines, status_format(status, sizeof(status), (int)exit->status));
		lines_text(lines, ", threads left ");
		lines_number(lines, exit->threads_left);
		return;
	}
	lines_text(lines, status_format(status, sizeof(status), (int)exit->status));
	lines_text(lines, " after ");
	add_span(lines, at->head.time_ns > at->start_ns ? at->head.time_ns - at->start_ns : 0);
	lines_text(lines, ", parent ");
	lines_number(lines, exit->parent_tgid);
}

static void add_stop(struct lines *lines, const struct dw_trace_stop *stop)
{
	char name[STATUS_TEXT_MAX];

	lines_text(lines, "by ");
	lines_text(lines, status_signal_name((int)stop->signal, name, sizeof(name)));
	lines_text(lines, ", parent ");
	lines_number(lines, stop->parent_tgid);
}

static void add_sigchld(struct lines *lines, const struct dw_trace_sigchld *sigchld)
{
	const char *code = trace_code_name(sigchld);

	lines_text(lines, trace_result_name(sigchld->result));
	if (sigchld->result == DW_SIGCHLD_NONE)
		lines_text(lines, " for the death");
	if (code) {
		lines_text(lines, ", ");
		lines_text(lines, code);
	}
	if (!sigchld->from_tgid && !sigchld->from_ns_pid)
		return;
	lines_text(lines, sigchld->result == DW_SIGCHLD_NONE ? " of " : " from ");
	lines_number(lines, sigchld->from_tgid ? sigchld->from_tgid : sigchld->from_ns_pid);
	if (!sigchld->from_tgid)
		lines_text(lines, " of its namespace");
	if (sigchld->result == DW_SIGCHLD_NONE)
		lines_text(lines, ": it ignores SIGCHLD");
}

static void add_deliver(struct lines *lines, const struct dw_trace_deliver *deliver)
{
	lines_text(lines, "handler ");
	lines_hex(lines, deliver->handler);
	add_thread(lines, &deliver->at);
}

static void add_wait(struct lines *lines, const struct dw_trace_wait *wait)
{
	char call[STATUS_TEXT_MAX];

	lines_text(lines, trace_wait_call(call, sizeof(call), &wait->wait));
	add_thread(lines, &wait->at);
}

static void add_exact_reap(struct lines *lines, const struct dw_trace_reap *reap,
			   const struct finding_event *event)
{
	lines_text(lines, "by ");
	if (reap->by.tgid) {
		lines_number(lines, reap->by.tgid);
		lines_text(lines, " (");
		lines_escaped(lines, reap->by.comm, strnlen(reap->by.comm, sizeof(reap->by.comm)));
		lines_text(lines, ")");
		if (reap->by.tid != reap->by.tgid) {
			lines_text(lines, ", thread ");
			lines_number(lines, reap->by.tid);
		}
	} else {
		lines_text(lines, "the kernel");
	}
	if (event->dead_known) {
		lines_text(lines, ", dead for ");
		add_span(lines, event->dead_ns);
	} else {
		lines_text(lines, ", died before the trace began");
	}
}

static void add_reap(struct lines *lines, const struct dw_trace_reap *reap,
		     const struct finding_event *event)
{
	char span[DURATION_TEXT_MAX];

	if (!reap->late) {
		add_exact_reap(lines, reap, event);
		return;
	}
	if (reap->autoreaped) {
		lines_text(lines, "by the kernel");
	} else if (event->dead_known) {
		/* Counted in jiffies: no more than milliseconds. */
		lines_text(lines, "was dead for at most ");
		lines_text(lines, duration_format(span, sizeof(span), event->dead_ns));
	} else if (reap->dead_jiffies == DW_TRACE_NO_JIFFIES) {
		lines_text(lines, "died before the trace began");
	} else {
		/* The length of a jiffy is not measured yet. */
		lines_text(lines, "some jiffies after its death");
	}
}

static void add_reparent(struct lines *lines, const struct finding_event *event)
{
	const struct dw_event_orphan *orphan = (const void *)event->event;
	const char *role = finding_role_name(event->role);

	lines_text(lines, "from ");
	lines_number(lines, orphan->father.tgid);
	lines_text(lines, event->role == DW_ROLE_THREAD ? " to another thread of it" : " to ");
	if (event->role != DW_ROLE_THREAD) {
		lines_number(lines, event->adopter_tgid);
		if (role) {
			lines_text(lines, " (");
			lines_text(lines, role);
			lines_text(lines, ")");
		}
	}
	if (orphan->dead)
		lines_text(lines, ", dead already");
	if (!event->confirmed)
		lines_text(lines, ", not seen there");
}

void trace_text_add(struct lines *lines, const struct finding_event *event)
{
	const void *raw = event->event;

	switch (event->event->kind) {
	case DW_TRACE_FORK:
		add_fork(lines, raw);
		break;
	case DW_TRACE_EXEC:
		add_exec(lines, raw);
		break;
	case DW_TRACE_EXIT:
		add_exit(lines, raw);
		break;
	case DW_TRACE_STOP:
	case DW_TRACE_CONTINUE:
		add_stop(lines, raw);
		break;
	case DW_TRACE_SIGCHLD:
		add_sigchld(lines, raw);
		break;
	case DW_TRACE_DELIVER:
		add_deliver(lines, raw);
		break;
	case DW_TRACE_WAIT:
		add_wait(lines, raw);
		break;
	case DW_TRACE_REAP:
		add_reap(lines, raw, event);
		break;
	case DW_EVENT_ORPHAN:
		add_reparent(lines, event);
		break;
	}
}
