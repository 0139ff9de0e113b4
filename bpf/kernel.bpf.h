/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between kernels and architectures: one accessor per
 * difference, each decided when the program is loaded, so that the verifier
 * removes the ways not taken. Knows nothing of records.
 */
#ifndef DEADWAIT_BPF_KERNEL_H
#define DEADWAIT_BPF_KERNEL_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define SIGCHLD 17
#define SIGNAL_BIT(sig) (1UL << ((sig) - 1))

#define SIG_DFL 0
#define SIG_IGN 1
#define SA_NOCLDWAIT 0x2
#define SA_SIGINFO 0x4

/* include/linux/sched.h */
#define PF_EXITING 0x4
#define PF_FROZEN 0x10000 /* until 6.0 */
#define EXIT_ZOMBIE 0x20
#define TASK_UNINTERRUPTIBLE 0x2
#define TASK_STOPPED 0x4
#define TASK_TRACED 0x8
#define TASK_NOLOAD 0x400
#define TASK_FROZEN 0x8000 /* since 6.1 */
#define JOBCTL_TRAP_FREEZE (1UL << 23)

/* include/linux/sched/signal.h; the coredump bit was dropped in 5.17 */
#define SIGNAL_GROUP_EXIT 0x4

/* include/uapi/linux/wait.h */
#define WNOHANG 0x1
#define WEXITED 0x4
#define WNOWAIT 0x01000000
#define __WNOTHREAD 0x20000000
#define __WALL 0x40000000
#define __WCLONE 0x80000000

#define P_ALL 0
#define P_PID 1
#define P_PGID 2
#define P_PIDFD 3

/* task->state became __state with 5.14 (2f064a59a11f). */
static __always_inline __u32 kernel_task_state(struct task_struct *task)
{
	struct task_struct___state *old = (void *)task;

	if (bpf_core_field_exists(task->__state))
		return BPF_CORE_READ(task, __state);
	return BPF_CORE_READ(old, state);
}

/*
 * Frozen by a cgroup: v1 by state or, until 6.0, by flag; v2 by jobctl.
 * task->frozen is of no use: it is set for vfork parents and stopped tasks too.
 */
static __always_inline bool kernel_task_frozen(struct task_struct *task, __u32 state)
{
	if (BPF_CORE_READ(task, jobctl) & JOBCTL_TRAP_FREEZE)
		return true;
	if (bpf_core_field_exists(task->__state) && (state & TASK_FROZEN))
		return true;
	return BPF_CORE_READ(task, flags) & PF_FROZEN;
}

/*
 * The scheduler's clock when a task was last on a CPU: when it got there, and
 * how long it has run since; for the running task, now less at most a tick.
 * One clock for all CPUs, unlike se.exec_start, which lacks each CPU's time in
 * interrupts. 0: the kernel does not keep it (CONFIG_SCHED_INFO).
 */
static __always_inline __u64 kernel_task_ran(struct task_struct *task)
{
	if (!bpf_core_field_exists(task->sched_info.last_arrival))
		return 0;
	return BPF_CORE_READ(task, sched_info.last_arrival) +
	       BPF_CORE_READ(task, se.sum_exec_runtime) -
	       BPF_CORE_READ(task, se.prev_sum_exec_runtime);
}

/* CLONE_AUTOREAP came with 7.1. */
static __always_inline bool kernel_signal_autoreap(struct signal_struct *signal)
{
	struct signal_struct___autoreap *new = (void *)signal;

	if (!bpf_core_field_exists(new->autoreap))
		return false;
	return BPF_CORE_READ_BITFIELD_PROBED(new, autoreap);
}

/* The running task, to be read with BPF_CORE_READ. bpf_get_current_task_btf came with 5.11. */
static __always_inline struct task_struct *kernel_current(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/*
 * The user registers of the running task. bpf_task_pt_regs came with 5.15;
 * before that they lie at the top of the kernel stack, 16 KiB on both
 * architectures.
 */
static __always_inline struct pt_regs *kernel_user_regs(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___known, BPF_FUNC_task_pt_regs___known))
		return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return (struct pt_regs *)((char *)BPF_CORE_READ(kernel_current(), stack) + 16384 -
				  bpf_core_type_size(struct pt_regs));
}

/* The system call in progress, its number in the native table; nr -1: none of ours. */
struct kernel_syscall {
	long nr;
	unsigned long arg[4];
};

#if defined(__TARGET_ARCH_x86)
#define NR_WAIT4 61
#define NR_WAITID 247
#define TS_COMPAT 0x2

static __always_inline void kernel_syscall_read(struct kernel_syscall *call)
{
	struct pt_regs *regs = kernel_user_regs();

	call->nr = BPF_CORE_READ(regs, orig_ax);
	if (BPF_CORE_READ(kernel_current(), thread_info.status) & TS_COMPAT) {
		/* i386: waitpid 7, wait4 114, waitid 284 */
		call->nr = call->nr == 284 ? NR_WAITID :
			   call->nr == 114 || call->nr == 7 ? NR_WAIT4 : -1;
		call->arg[0] = (__u32)BPF_CORE_READ(regs, bx);
		call->arg[1] = (__u32)BPF_CORE_READ(regs, cx);
		call->arg[2] = (__u32)BPF_CORE_READ(regs, dx);
		call->arg[3] = (__u32)BPF_CORE_READ(regs, si);
		return;
	}
	call->arg[0] = BPF_CORE_READ(regs, di);
	call->arg[1] = BPF_CORE_READ(regs, si);
	call->arg[2] = BPF_CORE_READ(regs, dx);
	call->arg[3] = BPF_CORE_READ(regs, r10);
}
#elif defined(__TARGET_ARCH_arm64)
#define NR_WAIT4 260
#define NR_WAITID 95

static __always_inline void kernel_syscall_read(struct kernel_syscall *call)
{
	struct pt_regs *regs = kernel_user_regs();

	call->nr = BPF_CORE_READ(regs, syscallno);
	call->arg[0] = BPF_CORE_READ(regs, orig_x0);
	call->arg[1] = BPF_CORE_READ(regs, regs[1]);
	call->arg[2] = BPF_CORE_READ(regs, regs[2]);
	call->arg[3] = BPF_CORE_READ(regs, regs[3]);
}
#else
#error "no register access for this architecture"
#endif

#endif
