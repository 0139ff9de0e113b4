/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace: an event for everything that happens, where it is wanted. Each
 * function is called by the hook that sees the thing; without dw_trace the
 * verifier removes them all.
 */
#ifndef DEADWAIT_BPF_TRACE_H
#define DEADWAIT_BPF_TRACE_H

#include "events.bpf.h"
#include "exact.bpf.h"
#include "family.bpf.h"
#include "process.bpf.h"
#include "dw_trace.h"

/* Set before loading: whether to trace, and whose events are wanted. */
const volatile bool dw_trace;
const volatile bool dw_by_pid;	/* those of the pids in dw_pids */
const volatile bool dw_by_user; /* those of dw_user */
const volatile __u32 dw_user;	/* uid in the initial user namespace */
const volatile __u64 dw_cgroup; /* id of a cgroup of version 2; 0: any */
const volatile struct dw_names dw_names;

#define TRACE_CGROUPS 32

static __always_inline bool trace_wants_pid(struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	__u32 *use = bpf_map_lookup_elem(&dw_pids, &tgid);

	return use && (*use & DW_PID_WANTED);
}

static __always_inline bool trace_wants_name(struct task_struct *task)
{
	char comm[DW_COMM_LEN] = {};
	__u64 states = dw_names.begin;

	BPF_CORE_READ_INTO(&comm, task, group_leader, comm);
	for (int i = 0; i < DW_COMM_LEN; i++) {
		if (!comm[i])
			break;
		states = ((states & dw_names.step[(__u8)comm[i]]) << 1) | (states & dw_names.stay);
	}
	return states & dw_names.end;
}

static __always_inline bool trace_wants_cgroup(struct task_struct *task)
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

	for (int i = 0; i < TRACE_CGROUPS; i++) {
		struct cgroup_subsys_state *parent;

		if (BPF_CORE_READ(cgroup, kn, id) == dw_cgroup)
			return true;
		parent = BPF_CORE_READ(cgroup, self.parent);
		if (!parent)
			return false;
		cgroup = CONTAINER_OF(parent, struct cgroup, self);
	}
	return false;
}

/*
 * Whether an event is wanted that happened to one process and also concerns
 * another: each filter is met by either of them. `record` is the first one's.
 */
static __always_inline bool trace_wants(struct task_struct *task, struct task_struct *other,
					const struct dw_record *record)
{
	if (!dw_trace || !family_has(record))
		return false;
	if (dw_by_pid && !trace_wants_pid(task) && !trace_wants_pid(other))
		return false;
	if (dw_by_user && BPF_CORE_READ(task, real_cred, uid.val) != dw_user &&
	    BPF_CORE_READ(other, real_cred, uid.val) != dw_user)
		return false;
	if (dw_names.begin && !trace_wants_name(task) && !trace_wants_name(other))
		return false;
	return !dw_cgroup || trace_wants_cgroup(task) || trace_wants_cgroup(other);
}

/*
 * Who it happened to: all but the event's head. The task is an argument of the
 * tracepoint, or current: a pointer that may be followed.
 */
static __always_inline void trace_at(struct dw_trace_head *at, struct task_struct *task)
{
	struct task_struct *leader = KERNEL_READ(task, group_leader);

	at->start_ns = KERNEL_READ(leader, start_boottime);
	at->tgid = KERNEL_READ(task, tgid);
	at->tid = KERNEL_READ(task, pid);
	kernel_read_comm(leader, at->comm);
}

static __always_inline void trace_fork(struct task_struct *forker, struct task_struct *child,
				       const struct dw_record *record)
{
	struct dw_trace_fork *event;
	struct upid upid = {};
	__u32 level;

	if (!trace_wants(forker, child, record))
		return;
	event = EVENT_BEGIN(struct dw_trace_fork, DW_TRACE_FORK);
	if (!event)
		return;
	trace_at(&event->at, forker);
	event->child_tgid = child->tgid;
	event->child_ns_pid = child->tgid;
	if (child->thread_pid->level) {
		process_read_upid(child->thread_pid, &upid, &level);
		event->child_ns_pid = upid.nr;
	}
	event->parent_tgid = child->real_parent->tgid;
	event->exit_signal = child->exit_signal;
	event_end(event);
}

static __always_inline void trace_exec(struct task_struct *task, __u32 old_tid,
				       struct linux_binprm *bprm, const struct dw_record *record)
{
	struct dw_trace_exec *event;
	const char *filename;
	long got;

	if (!trace_wants(task, task, record))
		return;
	event = EVENT_BEGIN(struct dw_trace_exec, DW_TRACE_EXEC);
	if (!event)
		return;
	trace_at(&event->at, task);
	event->at.tid = old_tid;
	filename = BPF_CORE_READ(bprm, filename);
	got = bpf_probe_read_kernel_str(event->filename, sizeof(event->filename), filename);
	event->filename_bytes = got > 0 ? got - 1 : 0;
	event->cut = got == DW_FILENAME_MAX;
	event_end(event);
}

static __always_inline void trace_exit(struct task_struct *task, struct task_struct *parent,
				       __u32 status, const struct dw_record *record)
{
	struct dw_trace_exit *event;

	if (!trace_wants(task, parent, record))
		return;
	event = EVENT_BEGIN(struct dw_trace_exit, DW_TRACE_EXIT);
	if (!event)
		return;
	trace_at(&event->at, task);
	event->parent_tgid = parent->tgid;
	event->status = status;
	event->threads_left = task->signal->live.counter;
	event->pad = 0;
	event_end(event);
}

/* current, a child, tells its parent that it was stopped or continued. */
static __always_inline void trace_stop(struct task_struct *parent, __u16 kind, __u32 signal,
				       const struct dw_record *record)
{
	struct task_struct *child = kernel_current();
	struct dw_trace_stop *event;

	if (!trace_wants(child, parent, record))
		return;
	event = EVENT_BEGIN(struct dw_trace_stop, kind);
	if (!event)
		return;
	trace_at(&event->at, child);
	event->parent_tgid = BPF_CORE_READ(parent, tgid);
	event->signal = signal;
	event_end(event);
}

/* from_tgid 0: not known; from_ns_pid as the receiver numbers it. */
static __always_inline void trace_sigchld(struct task_struct *receiver, __u32 from_tgid,
					  __u32 from_ns_pid, int code, __u8 result,
					  const struct dw_record *record)
{
	struct dw_trace_sigchld *event;

	if (!trace_wants(receiver, kernel_current(), record))
		return;
	event = EVENT_BEGIN(struct dw_trace_sigchld, DW_TRACE_SIGCHLD);
	if (!event)
		return;
	trace_at(&event->at, receiver->group_leader);
	event->from_tgid = from_tgid;
	event->from_ns_pid = from_ns_pid;
	event->code = code;
	event->result = result;
	__builtin_memset(event->pad, 0, sizeof(event->pad));
	event_end(event);
}

static __always_inline void trace_deliver(__u64 handler, const struct dw_record *record)
{
	struct task_struct *task = kernel_current();
	struct dw_trace_deliver *event;

	if (!trace_wants(task, task, record))
		return;
	event = EVENT_BEGIN(struct dw_trace_deliver, DW_TRACE_DELIVER);
	if (!event)
		return;
	trace_at(&event->at, task);
	event->handler = handler;
	event_end(event);
}

static __always_inline void trace_wait(const struct dw_wait *wait, const struct dw_record *record)
{
	struct task_struct *task = kernel_current();
	struct dw_trace_wait *event;

	if (!trace_wants(task, task, record))
		return;
	event = EVENT_BEGIN(struct dw_trace_wait, DW_TRACE_WAIT);
	if (!event)
		return;
	trace_at(&event->at, task);
	event->wait = *wait;
	event_end(event);
}

/* by: who reaped it, or NULL, and then it is told late. dead_ns as in dw_trace_reap. */
static __always_inline void trace_reap(struct task_struct *task, const struct dw_record *record,
				       struct task_struct *other, const struct dw_reaper *by,
				       __u64 dead_ns)
{
	struct dw_trace_reap *event;
	__u64 died;

	if (!trace_wants(task, other, record))
		return;
	event = EVENT_BEGIN(struct dw_trace_reap, DW_TRACE_REAP);
	if (!event)
		return;
	died = record ? record->life.death.died_jiffies : 0;
	event->at.start_ns = task->start_boottime;
	event->at.tgid = event->at.tid = task->tgid;
	if (died)
		__builtin_memcpy(&event->at.comm, &record->life.death.comm, sizeof(event->at.comm));
	else
		BPF_CORE_READ_INTO(&event->at.comm, task, comm);
	event->dead_jiffies = died ? bpf_jiffies64() - died : DW_TRACE_NO_JIFFIES;
	event->dead_ns = dead_ns;
	event->autoreaped =
		by ? !by->tgid : record && (record->life.death.flags & DW_DEATH_AUTOREAPED);
	event->late = !by;
	if (by)
		event->by = *by;
	else
		__builtin_memset(&event->by, 0, sizeof(event->by));
	event_end(event);
}

/*
 * The kernel frees what is left of a process: it was reaped before, milliseconds
 * to seconds ago, for this is an RCU callback, with any task current. What the
 * exact tier saw being reaped has been told: not so the leader of a group that
 * the last thread's end autoreaps, in the same call of release_task().
 */
SEC("tp_btf/sched_process_free")
int BPF_PROG(dw_free, struct task_struct *task)
{
	if (task->pid != task->tgid || exact_has_reap(task))
		return 0;
	trace_reap(task, history_find(task->tgid, task->start_boottime), task, NULL,
		   DW_TRACE_NO_JIFFIES);
	return 0;
}

#endif
