/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exact tier: who reaped a process and when, and which waits came back
 * empty-handed. fentry and fexit do not attach to every kernel, whatever its
 * release: nothing in the base tier may rest on what is noted here.
 */
#ifndef DEADWAIT_BPF_REAP_H
#define DEADWAIT_BPF_REAP_H

#include "wait.bpf.h"

/* Results of a wait, from include/linux/errno.h: cut short by a signal, and no such child. */
#define ERESTARTSYS 512
#define EINTR 4
#define ECHILD 10

/* The index in `times` of a child that was dead for so long. */
static __always_inline __u32 reap_time(__u64 dead_ns)
{
	return dead_ns < 10000ULL	  ? 0 :
	       dead_ns < 100000ULL	  ? 1 :
	       dead_ns < 1000000ULL	  ? 2 :
	       dead_ns < 10000000ULL	  ? 3 :
	       dead_ns < 100000000ULL	  ? 4 :
	       dead_ns < 1000000000ULL	  ? 5 :
	       dead_ns < 10000000000ULL	  ? 6 :
	       dead_ns < 100000000000ULL  ? 7 :
	       dead_ns < 1000000000000ULL ? 8 :
					    9;
}

/*
 * Whether the kernel releases a process on its own account: in the process
 * itself, if its parent ignores SIGCHLD; or in a dying father or tracer, if the
 * adopter does (reparent_leader(), __ptrace_detach()). The init of a namespace
 * reaps what is left in it while it dies: that is its own child.
 */
static __always_inline bool reap_is_kernel(struct task_struct *task)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (tgid == (__u32)task->tgid)
		return true;
	return tgid != (__u32)task->real_parent->tgid &&
	       (KERNEL_READ(kernel_current(), flags) & PF_EXITING);
}

static __always_inline void reap_read_reaper(struct dw_reaper *by)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	by->tgid = pid_tgid >> 32;
	by->tid = (__u32)pid_tgid;
	BPF_CORE_READ_INTO(&by->comm, kernel_current(), group_leader, comm);
}

/* The child that died under this parent was reaped by it, dead_ns after that. */
static __always_inline void reap_note_time(struct dw_exact *parent, __u64 dead_ns, bool family)
{
	struct dw_cpu *cpu = &dw_cpu[bpf_get_smp_processor_id() & (DW_CPUS - 1)];
	__u32 time = reap_time(dead_ns);

	if (time >= DW_TIMES)
		return;
	COUNT(parent->times[time]);
	if (!family)
		return;
	COUNT(cpu->times[time]);
	__sync_fetch_and_add(&cpu->times_ns, dead_ns);
	if (dead_ns > cpu->longest_ns)
		cpu->longest_ns = dead_ns;
}

/* What the parent remembers of a child that is reaped from it. */
static __always_inline void reap_note_parent(struct task_struct *task,
					     const struct dw_record *record,
					     const struct dw_reaper *by, __u64 dead_ns)
{
	struct task_struct *parent = task->real_parent;
	struct dw_exact *exact = exact_get(parent->tgid, parent->group_leader->start_boottime);
	struct dw_taken *taken;

	if (!exact)
		return;
	taken = &exact->taken[exact->taken_count & (DW_TAKEN_MAX - 1)];
	taken->child_tgid = task->tgid;
	taken->child_ns_pid = process_pid_at(task, BPF_CORE_READ(parent, thread_pid, level));
	taken->tgid = by->tgid;
	taken->tid = by->tid;
	COUNT(exact->taken_count);
	if (dead_ns != DW_TRACE_NO_JIFFIES && record->life.death.parent_tgid == by->tgid)
		reap_note_time(exact, dead_ns, family_has(record));
}

/* Called for each thread: the process is its leader. */
SEC("fentry/release_task")
int BPF_PROG(dw_release, struct task_struct *task)
{
	__u64 dead_ns = DW_TRACE_NO_JIFFIES, now_ns;
	struct dw_record *record;
	struct dw_reaper by = {};
	struct dw_exact *exact;

	if (task->pid != task->tgid)
		return 0;
	record = history_find(task->tgid, task->start_boottime);
	now_ns = bpf_ktime_get_boot_ns();
	if (!reap_is_kernel(task))
		reap_read_reaper(&by);
	exact = exact_get(task->tgid, task->start_boottime);
	if (exact) {
		exact->reaped_ns = now_ns;
		exact->by = by;
		if (exact->died_ns && exact->died_ns <= now_ns)
			dead_ns = now_ns - exact->died_ns;
	}
	trace_reap(task, record, kernel_current(), &by, dead_ns);
	if (record && by.tgid)
		reap_note_parent(task, record, &by, dead_ns);
	return 0;
}

/* The wait that the running thread is in, as it was entered; NULL: another's has taken its place. */
static __always_inline const struct dw_wait *reap_own_wait(const struct dw_conduct *conduct)
{
	const struct dw_wait *own = NULL;
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	if (conduct->any.call && conduct->any.tid == tid)
		own = &conduct->any;
	if (conduct->other.call && conduct->other.tid == tid &&
	    (!own || (__s32)(conduct->other.sequence - own->sequence) > 0))
		own = &conduct->other;
	if (conduct->peek.call && conduct->peek.tid == tid &&
	    (!own || (__s32)(conduct->peek.sequence - own->sequence) > 0))
		own = &conduct->peek;
	return own;
}

static __always_inline void reap_note_interrupt(struct dw_exact *exact,
						const struct dw_conduct *conduct)
{
	const struct dw_wait *own = reap_own_wait(conduct);

	COUNT(exact->interrupts);
	if (own)
		exact->interrupted = *own;
	else
		exact->interrupted.call = DW_CALL_NONE;
}

static __always_inline void reap_tell_stolen(struct dw_record *record, struct dw_exact *exact,
					     const struct dw_wait *wait,
					     const struct dw_taken *taken)
{
	struct dw_event_lost *event;

	COUNT(exact->stolen);
	event = lost_begin(kernel_current(), record, wait, DW_LOST_STOLEN, taken->child_ns_pid,
			   exact->stolen);
	if (!event)
		return;
	event->reaper_tgid = taken->tgid;
	event->reaper_tid = taken->tid;
	event_end(event);
}

/*
 * A wait found no child. If it named one that another thread, or a tracer, has
 * reaped from this process, that one has its status. The thread's own second
 * wait for a child is a habit, and no loss.
 */
static __always_inline void reap_note_no_child(struct dw_record *record, struct dw_exact *exact,
					       const struct dw_conduct *conduct)
{
	const struct dw_wait *own = reap_own_wait(conduct);
	struct dw_wait wait = {};
	__u32 tid = (__u32)bpf_get_current_pid_tgid(), ns_pid;

	ns_pid = wait_read_form(kernel_current(), NULL, &wait);
	/* The pid behind a descriptor was noted when the wait was entered. */
	if (own && own->target == wait.target) {
		wait.id = own->id;
		wait.sequence = own->sequence;
		wait.entered_jiffies = own->entered_jiffies;
	}
	wait.tid = tid;
	if (!ns_pid && (wait.target != DW_TARGET_PIDFD || !wait.id))
		return;
	for (__u32 i = 0; i < DW_TAKEN_MAX; i++) {
		const struct dw_taken *taken =
			&exact->taken[(exact->taken_count - 1 - i) & (DW_TAKEN_MAX - 1)];

		if (!taken->tid ||
		    (ns_pid ? taken->child_ns_pid != ns_pid : taken->child_tgid != wait.id))
			continue;
		/* The latest bearer of the pid is the one that was meant. */
		if (taken->tid != tid)
			reap_tell_stolen(record, exact, &wait, taken);
		return;
	}
}

/* A wait of the running thread ends with this result. */
static __always_inline int reap_note_result(long result)
{
	struct dw_record *record;
	struct dw_exact *exact;
	__u64 start_ns;
	__u32 tgid;

	/* A trace keeps no conduct. */
	if (dw_trace || (result != -ERESTARTSYS && result != -EINTR && result != -ECHILD))
		return 0;
	tgid = bpf_get_current_pid_tgid() >> 32;
	start_ns = kernel_start(kernel_current());
	record = history_find(tgid, start_ns);
	exact = exact_get(tgid, start_ns);
	if (!record || !exact)
		return 0;
	if (result == -ECHILD)
		reap_note_no_child(record, exact, history_conduct(record));
	else
		reap_note_interrupt(exact, history_conduct(record));
	return 0;
}

#if defined(__TARGET_ARCH_x86)
#define REAP_SYSCALL(name) "fexit/__x64_sys_" name
#else
#define REAP_SYSCALL(name) "fexit/__arm64_sys_" name
#endif

SEC(REAP_SYSCALL("wait4"))
int BPF_PROG(dw_wait4_done, const struct pt_regs *regs, long result)
{
	return reap_note_result(result);
}

SEC(REAP_SYSCALL("waitid"))
int BPF_PROG(dw_waitid_done, const struct pt_regs *regs, long result)
{
	return reap_note_result(result);
}

#endif
