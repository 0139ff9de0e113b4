// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * event_maker: one trace event of each kind, made by hand, for the tests of
 * what shows them. Each begins as an ordinary one, for the test to change.
 */
#ifndef DEADWAIT_EVENT_MAKER_H
#define DEADWAIT_EVENT_MAKER_H

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "finding.h"

/* Bytes that hurt: escape, quote, newline, backslash, DEL, no UTF-8, right to left; 15 of them. */
#define EVENT_HOSTILE "\x1b[2J\"\n\\\x01\x7f\xff\xc3\x28\xe2\x80\xae"
#define EVENT_TIME_NS 100000000000ULL

struct events {
	struct dw_trace_fork fork;
	struct dw_trace_exec exec;
	struct dw_trace_exit exit;
	struct dw_trace_stop stop, cont;
	struct dw_trace_sigchld sigchld;
	struct dw_trace_deliver deliver;
	struct dw_trace_wait wait;
	struct dw_trace_reap reap;
	struct dw_event_orphan orphan;
	/* Each of the above, in their order; to be handed over. */
	struct finding_event all[10];
};

#define EVENTS_MADE (sizeof(((struct events *)NULL)->all) / sizeof(struct finding_event))

static inline struct dw_event_head maker_event_head(uint16_t kind, uint32_t bytes)
{
	return (struct dw_event_head){ DW_LAYOUT_VERSION, kind, bytes, EVENT_TIME_NS, 0, 0 };
}

/* It happened to 4100 (server), born 20 s before. */
static inline struct dw_trace_head maker_trace_head(uint16_t kind, uint32_t bytes)
{
	return (struct dw_trace_head){ .head = maker_event_head(kind, bytes),
				       .start_ns = EVENT_TIME_NS - 20000000000ULL,
				       .tgid = 4100,
				       .tid = 4100,
				       .comm = "server" };
}

static inline void maker_event_of_wait(struct dw_wait *wait)
{
	*wait = (struct dw_wait){ .sequence = 1,
				  .tid = 4100,
				  .options = WNOHANG | WEXITED,
				  .fd = -1,
				  .call = DW_CALL_WAIT4,
				  .target = DW_TARGET_ANY };
}

static inline void maker_events(struct events *events)
{
#define AT(member, kind) (events->member.at = maker_trace_head(kind, sizeof(events->member)))
	*events = (struct events){};
	AT(fork, DW_TRACE_FORK);
	events->fork.child_tgid = events->fork.child_ns_pid = 4242;
	events->fork.parent_tgid = 4100;
	events->fork.exit_signal = SIGCHLD;
	AT(exec, DW_TRACE_EXEC);
	strcpy(events->exec.filename, "/usr/bin/server");
	events->exec.filename_bytes = 15;
	AT(exit, DW_TRACE_EXIT);
	events->exit.parent_tgid = 1;
	events->exit.status = 3 << 8;
	AT(stop, DW_TRACE_STOP);
	events->stop.parent_tgid = 1;
	events->stop.signal = SIGTSTP;
	AT(cont, DW_TRACE_CONTINUE);
	events->cont.parent_tgid = 1;
	events->cont.signal = SIGCONT;
	AT(sigchld, DW_TRACE_SIGCHLD);
	events->sigchld.from_tgid = events->sigchld.from_ns_pid = 4242;
	events->sigchld.code = 1;
	events->sigchld.result = DW_SIGCHLD_QUEUED;
	AT(deliver, DW_TRACE_DELIVER);
	events->deliver.handler = 0x55d0c0de;
	AT(wait, DW_TRACE_WAIT);
	maker_event_of_wait(&events->wait.wait);
	AT(reap, DW_TRACE_REAP);
	events->reap.dead_jiffies = 5;
	events->reap.late = 1;
#undef AT
	events->orphan = (struct dw_event_orphan){
		.head = maker_event_head(DW_EVENT_ORPHAN, sizeof(events->orphan)),
		.child = { .start_ns = 7, .tgid = 4242, .ns_pid = 4242, .comm = "worker" },
		.father = { .start_ns = 6, .tgid = 4100, .ns_pid = 4100, .comm = "server" },
		.adopter_tgid = 1,
		.role = DW_ROLE_INIT,
	};
	events->all[0].event = &events->fork.at.head;
	events->all[1].event = &events->exec.at.head;
	events->all[2].event = &events->exit.at.head;
	events->all[3].event = &events->stop.at.head;
	events->all[4].event = &events->cont.at.head;
	events->all[5].event = &events->sigchld.at.head;
	events->all[6].event = &events->deliver.at.head;
	events->all[7].event = &events->wait.at.head;
	events->all[8] = (struct finding_event){ .event = &events->reap.at.head,
						 .dead_known = true,
						 .dead_ns = 20000000 };
	events->all[9] = (struct finding_event){ .event = &events->orphan.head,
						 .adopter_tgid = 1,
						 .role = DW_ROLE_INIT,
						 .confirmed = true };
}

/* Names that hurt, in each; both ends of a name without a NUL. */
static inline void maker_events_hostile(struct events *events)
{
	struct dw_trace_head *heads[] = { &events->fork.at, &events->exec.at,
					  &events->exit.at, &events->stop.at,
					  &events->cont.at, &events->sigchld.at,
					  &events->wait.at, &events->deliver.at,
					  &events->reap.at };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		memcpy(heads[i]->comm, EVENT_HOSTILE "\xff", sizeof(heads[i]->comm));
	memcpy(events->orphan.child.comm, EVENT_HOSTILE "\xff", sizeof(events->orphan.child.comm));
	memcpy(events->orphan.father.comm, EVENT_HOSTILE "\xff", sizeof(events->orphan.child.comm));
	for (size_t i = 0; i < sizeof(events->exec.filename); i++)
		events->exec.filename[i] = EVENT_HOSTILE[i % 15];
}

#endif
