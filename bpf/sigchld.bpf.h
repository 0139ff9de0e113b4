/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals: what became of each SIGCHLD when it was raised, in which thread a
 * handler ran for it, and who sent a process its last terminating signal.
 */
#ifndef DEADWAIT_BPF_SIGCHLD_H
#define DEADWAIT_BPF_SIGCHLD_H

#include "history.bpf.h"

/* include/uapi/asm-generic/siginfo.h */
#define CLD_DUMPED 3
#define CLD_CONTINUED 6

/* The signals by which one process ends another: HUP, INT, QUIT, ABRT, KILL, TERM. */
#define TERMINATING                                                                                \
	(SIGNAL_BIT(1) | SIGNAL_BIT(2) | SIGNAL_BIT(3) | SIGNAL_BIT(6) | SIGNAL_BIT(9) |           \
	 SIGNAL_BIT(15))

/* SEND_SIG_NOINFO and SEND_SIG_PRIV are small integers in place of a pointer. */
#define SIG_INFO_SPECIAL 2

/* The code of a siginfo: > 0 the kernel's, <= 0 from a process. */
static __always_inline int sigchld_code(struct kernel_siginfo *info)
{
	if ((unsigned long)info <= SIG_INFO_SPECIAL)
		return info ? CLD_CONTINUED + 1 : 0;
	return BPF_CORE_READ(info, si_code);
}

/* Who sent it; its end, if it comes of that, has a cause with a name. */
static __always_inline void sigchld_note_killer(int sig, struct kernel_siginfo *info,
						struct task_struct *task)
{
	struct dw_record *record;

	record = history_find(task->tgid, task->group_leader->start_boottime);
	if (!record || record->life.death.died_jiffies)
		return;
	record->life.death.kill_signal = sig;
	record->life.death.killer_tgid =
		sigchld_code(info) <= 0 ? bpf_get_current_pid_tgid() >> 32 : 0;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(dw_signal, int sig, struct kernel_siginfo *info, struct task_struct *task, int group,
	     int result)
{
	struct dw_record *record, *child_record;
	struct dw_conduct *conduct;
	__u32 tgid, current_tgid;
	int code;

	if (sig != SIGCHLD) {
		if ((unsigned int)sig <= 15 && (TERMINATING & SIGNAL_BIT(sig & 63)))
			sigchld_note_killer(sig, info, task);
		return 0;
	}
	tgid = task->tgid;
	record = history_get(tgid, task->group_leader->start_boottime);
	if (!record)
		return 0;
	conduct = history_conduct(record);
	if (!result)
		COUNT(conduct->now.queued_all);
	code = sigchld_code(info);
	if (code <= 0 || code > CLD_CONTINUED)
		return 0;
	if (code > CLD_DUMPED) {
		COUNT(conduct->now.stops);
		return 0;
	}
	if (result == 0) {
		COUNT(conduct->now.queued);
		CPU_COUNT(queued);
	} else if (result == 1) {
		COUNT(conduct->now.ignored);
		CPU_COUNT(ignored);
	} else if (result == 2) {
		COUNT(conduct->now.merged);
		CPU_COUNT(merged);
	}
	/*
	 * The child's own signal is raised by the child itself. A dying father
	 * also signals the adopter for each zombie that it hands over, before
	 * its own: the last one stands.
	 */
	current_tgid = bpf_get_current_pid_tgid() >> 32;
	child_record = history_find(current_tgid, 0);
	if (child_record && child_record->life.death.died_jiffies &&
	    child_record->life.death.parent_tgid == tgid && result >= 0 && result <= 2)
		child_record->life.death.sigchld = result + 1;
	return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(dw_deliver, int sig, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct dw_conduct *conduct;
	struct dw_record *record;
	__u64 handler;

	if (sig != SIGCHLD)
		return 0;
	handler = (__u64)BPF_CORE_READ(action, sa.sa_handler);
	record = history_get(bpf_get_current_pid_tgid() >> 32, kernel_current_start());
	if (!record)
		return 0;
	conduct = history_conduct(record);
	/* Blocked, it was queued in spite of the default; unblocked, it comes to nothing. */
	if (handler == SIG_DFL || handler == SIG_IGN) {
		COUNT(conduct->now.discarded);
		return 0;
	}
	COUNT(conduct->now.delivered);
	conduct->delivered_jiffies = bpf_jiffies64();
	conduct->delivered_handler = handler;
	conduct->delivered_tid = (__u32)bpf_get_current_pid_tgid();
	conduct->delivered_waits = conduct->now.waits;
	return 0;
}

#endif
