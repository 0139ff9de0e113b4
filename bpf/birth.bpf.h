/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork and exec: where a process comes from, and which of its parents' habits
 * it cannot have any more.
 */
#ifndef DEADWAIT_BPF_BIRTH_H
#define DEADWAIT_BPF_BIRTH_H

#include "history.bpf.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(dw_fork, struct task_struct *forker, struct task_struct *child)
{
	__u32 tgid = child->tgid;
	struct dw_record *record, *parent_record;
	struct task_struct *parent;

	if (child->pid != child->tgid)
		return 0; /* a thread */
	CPU_COUNT(forks);
	record = history_new(tgid, child->start_boottime);
	if (!record)
		return 0;
	parent = child->real_parent;
	record->life.flags = DW_LIFE_BIRTH_SEEN;
	record->life.birth_parent_tgid = parent->tgid;
	record->life.forker_tgid = forker->tgid;
	record->life.forker_tid = forker->pid;
	parent_record = history_find(parent->tgid, parent->group_leader->start_boottime);
	if (parent_record)
		record->life.birth_parent_waits = history_conduct(parent_record)->now.waits;
	return 0;
}

/* A new program knows nothing of the handlers and waits of the one before it. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(dw_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct dw_conduct *conduct;
	struct dw_record *record;

	CPU_COUNT(execs);
	record = history_get(task->tgid, task->start_boottime);
	if (!record)
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
