/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals: what became of each SIGCHLD when it was raised, in which thread a
 * handler ran for it, and who sent a process its last terminating signal.
 */
#ifndef DEADWAIT_BPF_SIGCHLD_H
#define DEADWAIT_BPF_SIGCHLD_H

#include "trace.bpf.h"

/* include/uapi/asm-generic/siginfo.h */
#define SI_USER 0
#define SI_KERNEL 0x80
#define SI_QUEUE (-1)
#define SI_TKILL (-6)
#define CLD_EXITED 1
#define CLD_DUMPED 3
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

/* The signals by which one process ends another: HUP, INT, QUIT, ABRT, KILL, TERM. */
#define TERMINATING                                                                                \
	(SIGNAL_BIT(1) | SIGNAL_BIT(2) | SIGNAL_BIT(3) | SIGNAL_BIT(6) | SIGNAL_BIT(9) |           \
	 SIGNAL_BIT(15))

/* SEND_SIG_NOINFO (0) and SEND_SIG_PRIV are small integers in place of a pointer. */
#define SIG_INFO_KERNEL 1
#define SIG_INFO_SPECIAL 2

/* The code of a siginfo: > 0 the kernel's, <= 0 from a process. */
static __always_inline int sigchld_code(struct kernel_siginfo *info)
{
	/* Compared with 1: a test for NULL may be dropped, as in kernel_may_read(). */
	if ((unsigned long)info <= SIG_INFO_SPECIAL)
		return (unsigned long)info == SIG_INFO_KERNEL ? SI_KERNEL : SI_USER;
	/* Not directly, though that costs 30 ns less: 7.3 refuses it behind the comparison above. */
	return BPF_CORE_READ(info, si_code);
}

/* Who sent it; its end, if it comes of that, has a cause with a name. */
static __always_inline void sigchld_note_killer(int sig, struct kernel_siginfo *info,
						struct task_struct *task, int result)
{
	struct dw_record *record;

	/* One that is ignored ends nobody. */
	if (result == 1)
		return;
	record = history_find(task->tgid, task->group_leader->start_boottime);
	if (!record || record->life.death.died_jiffies)
		return;
	record->life.death.kill_signal = sig;
	record->life.death.killer_tgid =
		sigchld_code(info) <= 0 ? bpf_get_current_pid_tgid() >> 32 : 0;
}

/*
 * A dead child's SIGCHLD, with its result. The child raises its own, and only
 * now is it there to be waited for: what its parent did until here was too
 * early. A dying father also signals the adopter for each zombie that it hands
 * over, before its own: the last one stands.
 */
static __always_inline void sigchld_note_death(struct dw_conduct *conduct,
					       struct task_struct *parent, int result)
{
	struct dw_record *child = history_find(bpf_get_current_pid_tgid() >> 32, 0);

	if (child && child->life.death.died_jiffies &&
	    child->life.death.parent_tgid == (__u32)parent->tgid && result >= 0 && result <= 2) {
		child->life.death.sigchld = result + 1;
		child->life.death.parent_at = conduct->now;
		if (kernel_waits(parent->signal))
			child->life.death.flags |= DW_DEATH_PARENT_WAITING;
		child->life.asked_before += child->life.asked_since;
		child->life.asked_since = 0;
	}
	if (result == 0)
		COUNT(conduct->now.queued);
	else if (result == 1)
		COUNT(conduct->now.ignored);
	else if (result == 2)
		COUNT(conduct->now.merged);
}

/* A dead child's SIGCHLD, for the counters of all. */
static __always_inline void sigchld_count(int result)
{
	if (result == 0)
		CPU_COUNT(queued);
	else if (result == 1)
		CPU_COUNT(ignored);
	else if (result == 2)
		CPU_COUNT(merged);
}

/* The process that a receiver in a deeper namespace numbers so, if it is current; else 0. */
static __always_inline __u32 sigchld_sender(__u32 ns_pid, __u32 level)
{
	struct task_struct *task = BPF_CORE_READ(kernel_current(), group_leader);

	/* One from outside has no number there: the kernel writes 0. */
	if (BPF_CORE_READ(task, thread_pid, level) >= level &&
	    process_pid_at(task, level) != ns_pid)
		return 0;
	return bpf_get_current_pid_tgid() >> 32;
}

/*
 * Tells of a SIGCHLD. Its siginfo names the child as the receiver numbers it,
 * which is not always current: a dying father signals the adopter for each
 * zombie that it hands over.
 */
static __always_inline void sigchld_tell(struct task_struct *receiver, struct kernel_siginfo *info,
					 int code, int result, const struct dw_record *record)
{
	__u32 level = receiver->thread_pid->level, from = 0, from_ns = 0;

	/* Others, as of timers, have something else in the pid's place. */
	if ((unsigned long)info > SIG_INFO_SPECIAL &&
	    ((code >= CLD_EXITED && code <= CLD_CONTINUED) || code == SI_USER || code == SI_QUEUE ||
	     code == SI_TKILL)) {
		from_ns = BPF_CORE_READ(info, _sifields._sigchld._pid);
		from = level ? sigchld_sender(from_ns, level) : from_ns;
		if (code == CLD_STOPPED || code == CLD_CONTINUED)
			trace_stop(receiver,
				   code == CLD_STOPPED ? DW_TRACE_STOP : DW_TRACE_CONTINUE,
				   BPF_CORE_READ(info, _sifields._sigchld._status), record);
	}
	trace_sigchld(receiver, from, from_ns, code, result + 1, record);
}

SEC("tp_btf/signal_generate")
int BPF_PROG(dw_signal, int sig, struct kernel_siginfo *info, struct task_struct *task, int group,
	     int result)
{
	struct dw_conduct *conduct;
	struct dw_record *record;
	__u32 tgid;
	int code;

	if (sig != SIGCHLD) {
		if ((unsigned int)sig <= 15 && (TERMINATING & SIGNAL_BIT(sig & 63)))
			sigchld_note_killer(sig, info, task, result);
		return 0;
	}
	tgid = task->tgid;
	record = dw_trace && !dw_family ? NULL :
					  history_get(tgid, task->group_leader->start_boottime);
	code = sigchld_code(info);
	if (code >= CLD_EXITED && code <= CLD_DUMPED && family_has(record))
		sigchld_count(result);
	if (dw_trace) {
		sigchld_tell(task, info, code, result, record);
		return 0;
	}
	if (!record)
		return 0;
	conduct = history_conduct(record);
	if (code >= CLD_EXITED && code <= CLD_DUMPED) {
		sigchld_note_death(conduct, task, result);
	} else if (code > CLD_DUMPED && code <= CLD_CONTINUED) {
		COUNT(conduct->now.stops);
	}
	if (!result)
		COUNT(conduct->now.queued_all);
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
	record = dw_trace && !dw_family ? NULL :
					  history_get(bpf_get_current_pid_tgid() >> 32,
						      kernel_start(kernel_current()));
	if (dw_trace) {
		if (handler != SIG_DFL && handler != SIG_IGN)
			trace_deliver(handler, record);
		return 0;
	}
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
