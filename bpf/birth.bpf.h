/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork and exec: where a process comes from, and which of its parents' habits
 * it cannot have any more.
 */
#ifndef DEADWAIT_BPF_BIRTH_H
#define DEADWAIT_BPF_BIRTH_H

#include "trace.bpf.h"

/* One that forks at a younger age than this goes on with the burst that it was born in. */
#define BURST_NS 10000000000ULL

SEC("tp_btf/sched_process_fork")
int BPF_PROG(dw_fork, struct task_struct *forker, struct task_struct *child)
{
	__u32 tgid = child->tgid;
	struct dw_record *record, *parent_record, *forker_record;
	struct task_struct *parent = child->real_parent;

	if (child->pid != child->tgid)
		return 0; /* a thread */
	parent_record = history_find(parent->tgid, parent->group_leader->start_boottime);
	forker_record = parent_record;
	if (parent->tgid != forker->tgid) /* CLONE_PARENT */
		forker_record = history_find(forker->tgid, forker->group_leader->start_boottime);
	if (family_has(forker_record))
		CPU_COUNT(forks);
	trace_fork(forker, child, forker_record);
	record = history_new(tgid, child->start_boottime);
	if (!record)
		return 0;
	record->life.flags = DW_LIFE_BIRTH_SEEN;
	/* The parent's record may have been given up for this one: it says nothing then. */
	if (forker_record && forker_record != record)
		record->life.flags |= forker_record->life.flags & DW_LIFE_FAMILY;
	record->life.birth_parent_tgid = parent->tgid;
	record->life.forker_tgid = forker->tgid;
	record->life.forker_tid = forker->pid;
	record->life.root_tgid = forker->tgid;
	if (forker_record && forker_record != record && forker_record->life.root_tgid &&
	    child->start_boottime - forker->group_leader->start_boottime < BURST_NS)
		record->life.root_tgid = forker_record->life.root_tgid;
	if (!dw_trace && parent_record && parent_record != record)
		record->life.birth_parent_waits = history_conduct(parent_record)->now.waits;
	return 0;
}

/* A new program knows nothing of the handlers and waits of the one before it. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(dw_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct dw_conduct *conduct;
	struct dw_record *record;

	record = history_get(task->tgid, task->start_boottime);
	if (family_has(record))
		CPU_COUNT(execs);
	trace_exec(task, old_pid, bprm, record);
	if (!record || dw_trace)
		return 0;
	conduct = history_conduct(record);
	/* `now` goes on: a child that dies at this moment reads and adds to it. */
	conduct->at_exec = conduct->now;
	__builtin_memset(&conduct->any, 0, sizeof(*conduct) - offsetof(struct dw_conduct, any));
	/* An exec by another thread ended the leader and took its place. */
	record->life.death.leader_exited_jiffies = 0;
	record->life.exec_jiffies = bpf_jiffies64();
	record->life.flags &= ~DW_LIFE_EXEC_BLOCKED;
	record->life.flags |= DW_LIFE_EXEC_SEEN;
	if (task->blocked.sig[0] & SIGNAL_BIT(SIGCHLD))
		record->life.flags |= DW_LIFE_EXEC_BLOCKED;
	return 0;
}

#endif
