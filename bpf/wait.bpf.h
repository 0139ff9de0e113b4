/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wait: which children a process asks for, noted as it enters the call. A
 * wait for one child is noted in that child's record, so that any number of
 * them is remembered; the others in the parent's.
 */
#ifndef DEADWAIT_BPF_WAIT_H
#define DEADWAIT_BPF_WAIT_H

#include "lost.bpf.h"
#include "trace.bpf.h"

/*
 * Fills in call, target, options and fd from the registers of the system call.
 * Returns the pid that it names, as the caller numbers it; 0: none.
 */
static __always_inline __u32 wait_read_form(struct task_struct *task, struct pid *pid,
					    struct dw_wait *wait)
{
	struct kernel_syscall call;

	kernel_syscall_read(task, &call);
	wait->fd = -1;
	if (call.nr == NR_WAIT4) {
		int target = (int)call.arg[0];

		wait->call = DW_CALL_WAIT4;
		wait->target = target == -1 ? DW_TARGET_ANY :
			       target > 0   ? DW_TARGET_PID :
					      DW_TARGET_GROUP;
		wait->options = (__u32)call.arg[2] | WEXITED;
		wait->own_group = !target;
		return target > 0 ? target : 0;
	}
	if (call.nr == NR_WAITID) {
		int type = (int)call.arg[0];

		wait->call = DW_CALL_WAITID;
		wait->target = type == P_ALL  ? DW_TARGET_ANY :
			       type == P_PID  ? DW_TARGET_PID :
			       type == P_PGID ? DW_TARGET_GROUP :
						DW_TARGET_PIDFD;
		wait->options = (__u32)call.arg[3];
		wait->own_group = type == P_PGID && !(int)call.arg[1];
		if (wait->target == DW_TARGET_PIDFD)
			wait->fd = (int)call.arg[1];
		return wait->target == DW_TARGET_PID ? (__u32)call.arg[1] : 0;
	}
	wait->call = DW_CALL_OTHER;
	/* Older verifiers take it for never NULL: what is read there tells. */
	wait->target = kernel_may_read(pid) && BPF_CORE_READ(pid, numbers[0].nr) ? DW_TARGET_PID :
										   DW_TARGET_ANY;
	wait->options = WEXITED;
	return 0;
}

/* Whether these options let a wait reap an ordinary dead child, whichever thread forked it. */
static __always_inline bool wait_can_reap(__u32 options)
{
	return (options & WEXITED) && !(options & (WNOWAIT | __WNOTHREAD)) &&
	       ((options & __WALL) || !(options & __WCLONE));
}

/* Whether the process behind a pid is a child of this one now: births do not tell of adoptions. */
static __always_inline bool wait_is_own(struct pid *pid, __u32 tgid)
{
	struct hlist_node *link;
	struct task_struct *task;

	if (!kernel_may_read(pid))
		return false;
	link = BPF_CORE_READ(pid, tasks[PIDTYPE_PID].first);
	if (!link)
		return false;
	task = (struct task_struct *)((char *)link - bpf_core_field_offset(struct task_struct,
									   pid_links[PIDTYPE_PID]));
	return (__u32)BPF_CORE_READ(task, real_parent, tgid) == tgid;
}

/* Anybody may ask for a process; only its parent's asking counts. */
static __always_inline void wait_note_child(const struct dw_wait *wait, struct pid *pid, __u32 tgid)
{
	struct dw_record *child = history_find(wait->id, 0);

	if (!child)
		return;
	if (child->life.birth_parent_tgid != tgid && !wait_is_own(pid, tgid))
		return;
	if (wait->options & WNOWAIT) {
		child->life.asked_peek = *wait;
		return;
	}
	child->life.asked = *wait;
	if (child->life.death.died_jiffies)
		COUNT(child->life.asked_since);
	else
		COUNT(child->life.asked_before);
}

SEC("tp_btf/sched_process_wait")
int BPF_PROG(dw_wait, struct pid *pid)
{
	struct task_struct *task = kernel_current();
	__u32 tgid = KERNEL_READ(task, tgid);
	struct dw_conduct *conduct;
	struct dw_wait wait = {};
	struct dw_record *record;
	__u32 ns_pid;

	record = dw_trace && !dw_family ? NULL : history_get(tgid, kernel_start(task));
	if (!record && !dw_trace)
		return 0;
	if (family_has(record))
		CPU_COUNT(waits);
	ns_pid = wait_read_form(task, pid, &wait);
	wait.entered_jiffies = bpf_jiffies64();
	wait.tid = KERNEL_READ(task, pid);
	/* NULL for wait-any, and older kernels do not say so: read it, never follow it. */
	if (wait.target != DW_TARGET_ANY && kernel_may_read(pid))
		wait.id = BPF_CORE_READ(pid, numbers[0].nr);
	if (dw_trace) {
		trace_wait(&wait, record);
		return 0;
	}
	conduct = history_conduct(record);
	COUNT(conduct->now.waits);
	wait.sequence = conduct->now.waits;
	lost_note_wait(record, &wait, ns_pid);

	if (wait.target == DW_TARGET_ANY && wait_can_reap(wait.options)) {
		COUNT(conduct->now.waits_any);
		conduct->any = wait;
		conduct->any_handler = kernel_handler(task);
		return 0;
	}
	if (wait.target == DW_TARGET_ANY && (wait.options & WNOWAIT))
		conduct->peek = wait;
	else
		conduct->other = wait;
	if (wait.target == DW_TARGET_GROUP && wait_can_reap(wait.options))
		conduct->group = wait;
	else if (wait.target != DW_TARGET_GROUP && wait.id)
		wait_note_child(&wait, pid, tgid);
	return 0;
}

#endif
