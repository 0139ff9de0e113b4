/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pass over the kernel's task list: the authority on who is dead and not
 * reaped. Writes each such process and its parent's live state, each joined
 * with its history. Loops are flat and bounded: nested ones do not verify on
 * 5.10 and 6.1.
 */
#ifndef DEADWAIT_BPF_PASS_H
#define DEADWAIT_BPF_PASS_H

#include "history.bpf.h"
#include "process.bpf.h"

/* Parents written in this pass already, by tgid; a collision writes one again, no more. */
#define PASS_SEEN 4096
struct pass_seen {
	__u32 pass;
	__u32 tgid;
};
static struct pass_seen pass_seen[PASS_SEEN];

/* Too large for the stack. A pass is read by one reader, and runs on one CPU at a time. */
static struct dw_pass_dead pass_dead;
static struct dw_pass_parent pass_parent;

/* How long ago, by the scheduler, a task last ran; 0: not known. It stops with a suspend. */
static __always_inline __u64 pass_ran_ago(struct task_struct *task)
{
	__u64 ran = kernel_task_ran(task);
	__u64 now = kernel_task_ran(kernel_current());

	return ran && now > ran ? now - ran : 0;
}

/*
 * Adds one thread to the counts in pass_parent. A global function of a number:
 * the verifier checks it once and not for each turn of the loop around it,
 * which takes 1 ms in place of 250 (6.18).
 */
__noinline int pass_add_thread(__u64 address)
{
	struct task_struct *thread = (struct task_struct *)address;
	struct dw_threads *threads = &pass_parent.threads;
	unsigned long blocked;
	__u32 state;

	threads->switches += BPF_CORE_READ(thread, nvcsw) + BPF_CORE_READ(thread, nivcsw);
	if (BPF_CORE_READ(thread, exit_state) || (BPF_CORE_READ(thread, flags) & PF_EXITING))
		return 0;
	threads->live++;
	state = kernel_task_state(thread);
	if (state & (TASK_STOPPED | TASK_TRACED))
		threads->stopped++;
	if (state & TASK_TRACED)
		threads->traced++;
	if (kernel_task_frozen(thread, state))
		threads->frozen++;
	else if ((state & TASK_UNINTERRUPTIBLE) && !(state & TASK_NOLOAD))
		threads->uninterruptible++;
	if (!state)
		threads->running++;
	blocked = BPF_CORE_READ(thread, blocked.sig[0]);
	if (blocked & SIGNAL_BIT(SIGCHLD))
		threads->blocking++;
	else if (BPF_CORE_READ(thread, real_blocked.sig[0]) & SIGNAL_BIT(SIGCHLD))
		threads->sigwaiting++;
	if (BPF_CORE_READ(thread, pending.signal.sig[0]) & SIGNAL_BIT(SIGCHLD))
		threads->pending++;
	return 0;
}

static __always_inline void pass_read_threads(struct signal_struct *signal,
					      struct dw_threads *threads)
{
	struct list_head *head = (struct list_head *)((char *)signal +
						      bpf_core_field_offset(struct signal_struct,
									    thread_head));
	struct list_head *node = BPF_CORE_READ(head, next);

	__builtin_memset(threads, 0, sizeof(*threads));
	threads->total = BPF_CORE_READ(signal, nr_threads);
	for (int i = 0; i < DW_THREADS_MAX; i++) {
		if (!node || node == head)
			return;
		pass_add_thread((__u64)CONTAINER_OF(node, struct task_struct, thread_node));
		node = BPF_CORE_READ(node, next);
	}
	threads->cut = 1;
}

/* Each thread in a wait has a wait_opts on its parent's queue (do_wait, kernel/exit.c). */
static __always_inline void pass_read_flights(struct signal_struct *signal,
					      struct dw_pass_parent *out)
{
	struct list_head *head = (struct list_head *)((char *)signal +
						      bpf_core_field_offset(struct signal_struct,
									    wait_chldexit.head));
	struct list_head *node = BPF_CORE_READ(head, next);

	out->flights = 0;
	__builtin_memset(out->flight, 0, sizeof(out->flight));
	for (__u32 i = 0; i < DW_WAITS_MAX; i++) {
		struct wait_opts *opts;
		enum pid_type type;

		if (!node || node == head)
			return;
		opts = CONTAINER_OF(node, struct wait_opts, child_wait.entry);
		type = BPF_CORE_READ(opts, wo_type);
		out->flight[i].options = BPF_CORE_READ(opts, wo_flags);
		out->flight[i].id = process_pid_nr(BPF_CORE_READ(opts, wo_pid));
		out->flight[i].target = type == PIDTYPE_PGID ? DW_TARGET_GROUP :
					type == PIDTYPE_MAX  ? DW_TARGET_ANY :
							       DW_TARGET_PID;
		out->flights = i + 1;
		node = BPF_CORE_READ(node, next);
	}
}

static __always_inline void pass_read_parent(struct task_struct *leader, struct dw_pass_parent *out)
{
	struct signal_struct *signal = BPF_CORE_READ(leader, signal);
	struct sighand_struct *sighand = BPF_CORE_READ(leader, sighand);
	struct pid_namespace *ns;
	struct dw_record *record;
	unsigned long flags;

	out->head.version = DW_LAYOUT_VERSION;
	out->head.kind = DW_PASS_PARENT;
	out->head.bytes = sizeof(*out);
	out->flags = 0;
	ns = process_read_who(leader, &out->who);
	out->ppid = BPF_CORE_READ(leader, real_parent, tgid);
	pass_read_threads(signal, &out->threads);
	pass_read_flights(signal, out);
	out->handler = (__u64)BPF_CORE_READ(sighand, action[SIGCHLD - 1].sa.sa_handler);
	out->restorer = (__u64)BPF_CORE_READ(sighand, action[SIGCHLD - 1].sa.sa_restorer);
	flags = BPF_CORE_READ(sighand, action[SIGCHLD - 1].sa.sa_flags);
	out->exec_id = BPF_CORE_READ(leader, self_exec_id);
	out->user_tasks = kernel_user_tasks(leader);
	out->user_tasks_max = BPF_CORE_READ(signal, rlim[RLIMIT_NPROC].rlim_cur);
	if (flags & SA_NOCLDWAIT)
		out->flags |= DW_PARENT_NOCLDWAIT;
	if (flags & SA_SIGINFO)
		out->flags |= DW_PARENT_SIGINFO;
	if (flags & SA_NODEFER)
		out->flags |= DW_PARENT_NODEFER;
	if (BPF_CORE_READ(signal, shared_pending.signal.sig[0]) & SIGNAL_BIT(SIGCHLD))
		out->flags |= DW_PARENT_PENDING_SHARED;
	if ((__u32)BPF_CORE_READ(ns, child_reaper, tgid) == out->who.tgid)
		out->flags |= DW_PARENT_NS_INIT;
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper))
		out->flags |= DW_PARENT_SUBREAPER;
	if (!out->threads.live)
		out->flags |= DW_PARENT_EXITING;
	record = history_find(out->who.tgid, out->who.start_ns);
	out->has_record = record != NULL;
	if (record) {
		history_conduct(record);
		out->record = *record;
	} else {
		__builtin_memset(&out->record, 0, sizeof(out->record));
	}
}

/* The kind of death, or 0: it lives, or is gone. */
static __always_inline __u32 pass_dead_kind(struct task_struct *task, int exit_state)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	if (!signal || (exit_state && exit_state != EXIT_ZOMBIE))
		return 0;
	if (exit_state == EXIT_ZOMBIE && BPF_CORE_READ(signal, nr_threads) <= 1)
		return DW_DEAD_ZOMBIE;
	/* live alone misleads: it is 0 as well while the last thread hangs in its exit. */
	return BPF_CORE_READ(signal, live.counter) > 0 ? DW_DEAD_LEADER : DW_DEAD_DYING;
}

static __always_inline void pass_read_dead(struct task_struct *task, __u32 kind,
					   struct dw_pass_dead *out)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct pid_namespace *ns;
	struct dw_record *record;

	out->head.version = DW_LAYOUT_VERSION;
	out->head.kind = DW_PASS_DEAD;
	out->head.bytes = sizeof(*out);
	out->kind = kind;
	out->flags = 0;
	ns = process_read_who(task, &out->who);
	if (BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT)
		out->status = BPF_CORE_READ(signal, group_exit_code);
	else
		out->status = BPF_CORE_READ(task, exit_code);
	out->exit_signal = BPF_CORE_READ(task, exit_signal);
	out->group = process_pid_nr(BPF_CORE_READ(signal, pids[PIDTYPE_PGID]));
	out->session = process_pid_nr(BPF_CORE_READ(signal, pids[PIDTYPE_SID]));
	out->threads = BPF_CORE_READ(signal, nr_threads);
	out->tracer_tgid = BPF_CORE_READ(task, ptrace) ? BPF_CORE_READ(task, parent, tgid) : 0;
	out->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	out->parent_tgid = BPF_CORE_READ(parent, tgid);
	out->parent_tid = BPF_CORE_READ(parent, pid);
	out->parent_exec_id = BPF_CORE_READ(task, parent_exec_id);
	out->ran_ago_ns = pass_ran_ago(task);
	if (kernel_signal_autoreap(signal))
		out->flags |= DW_DEAD_AUTOREAP;
	if ((__u32)BPF_CORE_READ(ns, child_reaper, tgid) == out->who.tgid)
		out->flags |= DW_DEAD_NS_INIT;
	record = history_find(out->who.tgid, out->who.start_ns);
	out->has_life = record != NULL;
	if (record) {
		record->life.zombie_pass = dw_pass_number;
		out->life = record->life;
	} else {
		__builtin_memset(&out->life, 0, sizeof(out->life));
	}
}

static __always_inline int pass_write_parent(struct seq_file *seq, struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	__u32 tgid = BPF_CORE_READ(parent, tgid);
	struct pass_seen *seen = &pass_seen[tgid & (PASS_SEEN - 1)];

	if (seen->pass == dw_pass_number && seen->tgid == tgid)
		return 0;
	pass_read_parent(parent, &pass_parent);
	if (bpf_seq_write(seq, &pass_parent, sizeof(pass_parent)))
		return 1;
	seen->pass = dw_pass_number;
	seen->tgid = tgid;
	return 0;
}

/*
 * A full buffer makes bpf_seq_write fail: the kernel then drops what this call
 * wrote and calls again for the same task, so nothing may be marked as
 * written before all of it is.
 */
SEC("iter/task")
int dw_pass(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	int exit_state;
	__u32 kind;

	if (!task) {
		struct dw_pass_end end = {
			.head = { DW_LAYOUT_VERSION, DW_PASS_END, sizeof(end) },
			.tasks = ctx->meta->seq_num,
		};

		bpf_seq_write(seq, &end, sizeof(end));
		return 0;
	}
	if (ctx->meta->seq_num == 0) {
		struct dw_pass_begin begin = {
			.head = { DW_LAYOUT_VERSION, DW_PASS_BEGIN, sizeof(begin) },
			.pass = dw_pass_number,
			.boot_ns = bpf_ktime_get_boot_ns(),
			.jiffies = bpf_jiffies64(),
		};

		bpf_seq_write(seq, &begin, sizeof(begin));
	}
	exit_state = task->exit_state;
	if (task->pid != task->tgid || !(exit_state || (task->flags & PF_EXITING)))
		return 0;
	kind = pass_dead_kind(task, exit_state);
	if (!kind)
		return 0;
	pass_read_dead(task, kind, &pass_dead);
	if (bpf_seq_write(seq, &pass_dead, sizeof(pass_dead)))
		return 0;
	pass_write_parent(seq, task);
	return 0;
}

#endif
