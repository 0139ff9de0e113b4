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
#define SIGNAL_BIT(sig) (1UL << ((sig)-1))

#define SIG_DFL 0
#define SIG_IGN 1
#define SA_NOCLDWAIT 0x2
#define SA_SIGINFO 0x4
#define SA_NODEFER 0x40000000

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

#define RLIMIT_NPROC 6

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

/*
 * How many tasks the user of a process has, as RLIMIT_NPROC counts them: in
 * user_struct until 5.13, in ucounts since (21d1c5e386bc), there in an array
 * of its own since 5.19 (de399236e240). -1: not known.
 */
static __always_inline __s64 kernel_user_tasks(struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	struct ucounts___514 *old;
	struct user_struct *user;
	__s64 count = -1;

	if (bpf_core_field_exists(struct ucounts, rlimit)) {
		count = BPF_CORE_READ(cred, ucounts, rlimit[0]);
	} else if (bpf_core_enum_value_exists(enum ucount_type___514, UCOUNT_RLIMIT_NPROC___514)) {
		old = (struct ucounts___514 *)BPF_CORE_READ(cred, ucounts);
		bpf_probe_read_kernel(
			&count, sizeof(count),
			(char *)old + bpf_core_field_offset(struct ucounts___514, ucount) +
				sizeof(long) * bpf_core_enum_value(enum ucount_type___514,
								   UCOUNT_RLIMIT_NPROC___514));
	} else {
		user = BPF_CORE_READ(cred, user);
		if (bpf_core_field_exists(user->processes))
			count = BPF_CORE_READ(user, processes.counter);
	}
	return count;
}

/* Whether a thread of the process is in a wait. A list is empty when its head points to itself. */
static __always_inline bool kernel_waits(struct signal_struct *signal)
{
	return (__u64)signal->wait_chldexit.head.next != (__u64)&signal->wait_chldexit.head;
}

/* CLONE_AUTOREAP came with 7.1. */
static __always_inline bool kernel_signal_autoreap(struct signal_struct *signal)
{
	struct signal_struct___autoreap *new = (void *)signal;

	if (!bpf_core_field_exists(new->autoreap))
		return false;
	return BPF_CORE_READ_BITFIELD_PROBED(new, autoreap);
}

/*
 * Counts a loop on that goes by `cursor`, as the last act of its body. 5.10
 * refuses a loop that is closed by falling into its head from anything but a
 * jump ("back-edge", check_cfg()), and so the compiler may lay one out. Both are
 * in registers after this; what follows is the test, a jump.
 */
#define kernel_loop_on(count, cursor)                                                              \
	do {                                                                                       \
		(count)++;                                                                         \
		asm volatile("" : "+r"(count), "+r"(cursor));                                      \
	} while (0)

/*
 * Whether an argument of a tracepoint that may be NULL is not. Where the kernel
 * does not mark it nullable (sched_process_wait's pid before 7.x) the verifier
 * takes that for granted and drops the test: read it by probe reads all the
 * same, never follow it. Where it is marked (seen on 7.3) the verifier refuses
 * even to add an offset to it before the test, hence the barrier: the compiler
 * would move the addition up.
 */
#define kernel_may_read(argument)                                                                  \
	({                                                                                         \
		bool there = (argument) != NULL;                                                   \
                                                                                                   \
		if (there)                                                                         \
			barrier_var(argument);                                                     \
		there;                                                                             \
	})

/*
 * Whether the running task and its user registers come as pointers that may be
 * followed directly, which costs a tenth of a probe read:
 * bpf_get_current_task_btf came with 5.11, bpf_task_pt_regs with 5.15.
 */
static __always_inline bool kernel_direct(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___known, BPF_FUNC_task_pt_regs___known);
}

/* A field behind kernel_current() or kernel_user_regs(). */
#define KERNEL_READ(pointer, field)                                                                \
	(kernel_direct() ? (pointer)->field : BPF_CORE_READ(pointer, field))

/* The running task; its fields are read with KERNEL_READ. */
static __always_inline struct task_struct *kernel_current(void)
{
	if (kernel_direct())
		return bpf_get_current_task_btf();
	return (struct task_struct *)bpf_get_current_task();
}

/*
 * The name of a task that may be followed as kernel_current() may: two loads,
 * which the verifier lets pass over the bytes of an array, take a tenth of a
 * probe read.
 */
static __always_inline void kernel_read_comm(struct task_struct *task, char out[16])
{
	if (kernel_direct()) {
		((__u64 *)out)[0] = *(volatile __u64 *)&task->comm[0];
		((__u64 *)out)[1] = *(volatile __u64 *)&task->comm[8];
	} else {
		bpf_probe_read_kernel(out, 16, &task->comm);
	}
}

/* Start time of the process of kernel_current(), CLOCK_BOOTTIME. */
static __always_inline __u64 kernel_start(struct task_struct *task)
{
	if (kernel_direct())
		return task->group_leader->start_boottime;
	return BPF_CORE_READ(task, group_leader, start_boottime);
}

/* Address of the SIGCHLD handler of kernel_current(), or SIG_DFL or SIG_IGN. */
static __always_inline __u64 kernel_handler(struct task_struct *task)
{
	struct sighand_struct *sighand = KERNEL_READ(task, sighand);

	/* Not directly: the verifier of 6.18 refuses to compare or spill a typed sa_handler. */
	return (__u64)BPF_CORE_READ(sighand, action[SIGCHLD - 1].sa.sa_handler);
}

/*
 * The user registers of kernel_current(). Without bpf_task_pt_regs: they lie
 * at the top of the kernel stack, 16 KiB on both architectures.
 */
static __always_inline struct pt_regs *kernel_user_regs(struct task_struct *task)
{
	if (kernel_direct())
		return (struct pt_regs *)bpf_task_pt_regs(task);
	return (struct pt_regs *)((char *)BPF_CORE_READ(task, stack) + 16384 -
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

static __always_inline void kernel_syscall_read(struct task_struct *task,
						struct kernel_syscall *call)
{
	struct pt_regs *regs = kernel_user_regs(task);

	call->nr = KERNEL_READ(regs, orig_ax);
	if (KERNEL_READ(task, thread_info.status) & TS_COMPAT) {
		/* i386: waitpid 7, wait4 114, waitid 284 */
		call->nr = call->nr == 284		    ? NR_WAITID :
			   call->nr == 114 || call->nr == 7 ? NR_WAIT4 :
							      -1;
		call->arg[0] = (__u32)KERNEL_READ(regs, bx);
		call->arg[1] = (__u32)KERNEL_READ(regs, cx);
		call->arg[2] = (__u32)KERNEL_READ(regs, dx);
		call->arg[3] = (__u32)KERNEL_READ(regs, si);
		return;
	}
	call->arg[0] = KERNEL_READ(regs, di);
	call->arg[1] = KERNEL_READ(regs, si);
	call->arg[2] = KERNEL_READ(regs, dx);
	call->arg[3] = KERNEL_READ(regs, r10);
}
#elif defined(__TARGET_ARCH_arm64)
#define NR_WAIT4 260
#define NR_WAITID 95

static __always_inline void kernel_syscall_read(struct task_struct *task,
						struct kernel_syscall *call)
{
	struct pt_regs *regs = kernel_user_regs(task);

	call->nr = KERNEL_READ(regs, syscallno);
	call->arg[0] = KERNEL_READ(regs, orig_x0);
	call->arg[1] = KERNEL_READ(regs, regs[1]);
	call->arg[2] = KERNEL_READ(regs, regs[2]);
	call->arg[3] = KERNEL_READ(regs, regs[3]);
}
#else
#error "no register access for this architecture"
#endif

#endif
