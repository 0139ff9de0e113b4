/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exit: that a process died, and how its parent stood at that moment. Runs
 * for every thread, in the dying thread, before children are handed over and
 * before SIGCHLD is raised.
 */
#ifndef DEADWAIT_BPF_DEATH_H
#define DEADWAIT_BPF_DEATH_H

#include "exact.bpf.h"
#include "lost.bpf.h"
#include "orphan.bpf.h"

/* As process_status(), of a task whose fields may be read directly. */
static __always_inline __u32 death_status(struct task_struct *leader)
{
	struct signal_struct *signal = leader->signal;

	return signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : leader->exit_code;
}

/* What the parent had to say to SIGCHLD, and whether it waited, as a death flag each. */
static __always_inline __u8 death_parent_flags(struct task_struct *parent)
{
	struct signal_struct *signal = parent->signal;
	unsigned long action_flags = parent->sighand->action[SIGCHLD - 1].sa.sa_flags;
	__u8 flags = 0;

	if (parent->group_leader->blocked.sig[0] & SIGNAL_BIT(SIGCHLD))
		flags |= DW_DEATH_PARENT_BLOCKED;
	if (signal->shared_pending.signal.sig[0] & SIGNAL_BIT(SIGCHLD))
		flags |= DW_DEATH_PARENT_PENDING;
	if (kernel_waits(signal))
		flags |= DW_DEATH_PARENT_WAITING;
	if (action_flags & SA_NOCLDWAIT)
		flags |= DW_DEATH_PARENT_NOCLDWAIT;
	return flags;
}

/*
 * Whether there will be no zombie: do_notify_parent(), kernel/signal.c. *ignored:
 * because the parent ignores SIGCHLD; else it was asked for when the child was
 * made (CLONE_AUTOREAP), and nobody loses anything by it.
 */
static __always_inline bool death_is_autoreaped(struct task_struct *leader,
						struct task_struct *parent, __u8 flags,
						bool *ignored)
{
	*ignored = false;
	if (leader->ptrace)
		return false;
	if (kernel_signal_autoreap(leader->signal))
		return true;
	*ignored = leader->exit_signal == SIGCHLD &&
		   ((flags & DW_DEATH_PARENT_NOCLDWAIT) ||
		    (__u64)BPF_CORE_READ(parent->sighand, action[SIGCHLD - 1].sa.sa_handler) ==
			    SIG_IGN);
	return *ignored;
}

/* A thread ends and others live on. If it is the main one, the process looks like a zombie. */
static __always_inline void death_note_thread(struct task_struct *task)
{
	struct dw_record *record = NULL;

	if (task->pid == task->tgid) {
		record = history_get(task->tgid, task->start_boottime);
		if (record)
			record->life.death.leader_exited_jiffies = bpf_jiffies64();
		trace_exit(task, task->real_parent, task->exit_code, record);
	} else if (dw_orphans) {
		record = history_find(task->tgid, task->group_leader->start_boottime);
	}
	if (dw_orphans)
		orphan_note_exit(task, false, record);
}

/* Where SIGCHLD is ignored none is raised; with SA_NOCLDWAIT it is all the same, and seen there. */
static __always_inline void death_trace_autoreaped(struct task_struct *leader,
						   struct task_struct *parent, __u8 flags)
{
	__u32 level = BPF_CORE_READ(parent, thread_pid, level);

	if (flags & DW_DEATH_PARENT_NOCLDWAIT)
		return;
	trace_sigchld(parent, leader->tgid, process_pid_at(leader, level), 0, DW_SIGCHLD_NONE,
		      history_find(parent->tgid, parent->group_leader->start_boottime));
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(dw_exit, struct task_struct *task)
{
	struct dw_record *record, *parent_record;
	struct task_struct *leader, *parent;
	struct dw_conduct *conduct;
	bool family, autoreaped, ignored;

	if (task->signal->live.counter) {
		death_note_thread(task);
		return 0;
	}
	leader = task->group_leader;
	record = history_get(leader->tgid, leader->start_boottime);
	/* Two threads that end together may both read live == 0. */
	if (!record || record->life.death.died_jiffies)
		return 0;
	record->life.death.died_jiffies = bpf_jiffies64();
	exact_note_death(leader);
	family = family_has(record);
	parent = leader->real_parent;
	if (dw_trace)
		trace_exit(task, parent, death_status(leader), record);
	if (dw_orphans)
		orphan_note_exit(task, true, record);
	if (family)
		CPU_COUNT(exits);
	if (!dw_died)
		dw_died = 1;
	record->life.death.parent_tgid = parent->tgid;
	record->life.death.flags = death_parent_flags(parent);
	autoreaped = death_is_autoreaped(leader, parent, record->life.death.flags, &ignored);
	if (autoreaped) {
		record->life.death.flags |= DW_DEATH_AUTOREAPED;
		if (family)
			CPU_COUNT(autoreaped);
	}
	if (dw_trace) {
		/* When it is freed the task is cold in every cache, the record less so. */
		kernel_read_comm(leader, record->life.death.comm);
		if (ignored)
			death_trace_autoreaped(leader, parent, record->life.death.flags);
		return 0;
	}
	parent_record = history_get(parent->tgid, parent->group_leader->start_boottime);
	if (!parent_record)
		return 0;
	conduct = history_conduct(parent_record);
	record->life.death.parent_at = conduct->now;
	COUNT(conduct->now.deaths);
	if (ignored)
		lost_note_death(leader, &record->life, parent, parent_record);
	return 0;
}

#endif
