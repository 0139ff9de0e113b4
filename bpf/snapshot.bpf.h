/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots: a dead process, and a parent's live state, each joined with its
 * history, as the pass writes them and as a dying father's last event tells
 * them. Loops are flat and bounded: nested ones do not verify on 5.10 and 6.1.
 */
#ifndef DEADWAIT_BPF_SNAPSHOT_H
#define DEADWAIT_BPF_SNAPSHOT_H

#include "exact.bpf.h"
#include "process.bpf.h"

/*
 * Too large for the stack. The pass may be interrupted by a hook on the same
 * CPU, so each has its own; they run in one place at a time otherwise.
 */
enum snapshot_user {
	SNAPSHOT_PASS = 0,
	SNAPSHOT_HOOK = 1,
	SNAPSHOT_USERS,
};

struct snapshot {
	struct dw_pass_dead dead;
	struct dw_pass_parent parent;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SNAPSHOT_USERS);
	__type(key, __u32);
	__type(value, struct snapshot);
} dw_snapshots SEC(".maps");

static __always_inline struct snapshot *snapshot_of(__u32 user)
{
	return bpf_map_lookup_elem(&dw_snapshots, &user);
}

/* How long ago, by the scheduler, a task last ran; 0: not known. It stops with a suspend. */
static __always_inline __u64 snapshot_ran_ago(struct task_struct *task)
{
	__u64 ran = kernel_task_ran(task);
	__u64 now = kernel_task_ran(kernel_current());

	return ran && now > ran ? now - ran : 0;
}

/*
 * Adds one thread to the counts of the parent. A global function of numbers:
 * the verifier checks it once and not for each turn of the loop around it,
 * which takes 1 ms in place of 250 (6.18).
 */
__noinline int snapshot_add_thread(__u64 address, __u32 user)
{
	struct task_struct *thread = (struct task_struct *)address;
	struct snapshot *snapshot = snapshot_of(user);
	struct dw_threads *threads;
	unsigned long blocked;
	__u32 state;

	if (!snapshot)
		return 0;
	threads = &snapshot->parent.threads;
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

/* Threads to a turn of the loop over all. */
#define SNAPSHOT_RUN 32

/*
 * Adds a run of threads, from this node of their list on. Returns the node
 * after it; 0: that was all. A function of numbers, as above: 16 turns of 32
 * take the verifier a fifteenth of what 512 do.
 */
__noinline __u64 snapshot_add_threads(__u64 first, __u64 head, __u32 user)
{
	struct list_head *node = (struct list_head *)first;

	for (int i = 0; i < SNAPSHOT_RUN; i++) {
		if (!node || (__u64)node == head)
			return 0;
		snapshot_add_thread((__u64)CONTAINER_OF(node, struct task_struct, thread_node),
				    user);
		node = BPF_CORE_READ(node, next);
	}
	return (__u64)node;
}

static __always_inline void snapshot_read_threads(struct signal_struct *signal, __u32 user,
						  struct dw_threads *threads)
{
	struct list_head *head =
		(struct list_head *)((char *)signal +
				     bpf_core_field_offset(struct signal_struct, thread_head));
	__u64 node = (__u64)BPF_CORE_READ(head, next);

	__builtin_memset(threads, 0, sizeof(*threads));
	threads->total = BPF_CORE_READ(signal, nr_threads);
	for (int i = 0; i < DW_THREADS_MAX / SNAPSHOT_RUN; i++) {
		node = snapshot_add_threads(node, (__u64)head, user);
		if (!node)
			return;
	}
	threads->cut = node != (__u64)head;
}

/* Each thread in a wait has a wait_opts on its parent's queue (do_wait, kernel/exit.c). */
static __always_inline void snapshot_read_flights(struct signal_struct *signal,
						  struct dw_pass_parent *out)
{
	struct list_head *head =
		(struct list_head *)((char *)signal + bpf_core_field_offset(struct signal_struct,
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

/* `out` is the parent of that user's snapshot. */
static __always_inline void snapshot_read_parent(struct task_struct *leader, __u32 user,
						 struct dw_pass_parent *out)
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
	snapshot_read_threads(signal, user, &out->threads);
	snapshot_read_flights(signal, out);
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
	exact_read(out->who.tgid, out->who.start_ns, out);
}

/* The kind of death, or 0: it lives, or is gone. */
static __always_inline __u32 snapshot_dead_kind(struct task_struct *task, int exit_state)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	if (!signal || (exit_state && exit_state != EXIT_ZOMBIE))
		return 0;
	if (exit_state == EXIT_ZOMBIE && BPF_CORE_READ(signal, nr_threads) <= 1)
		return DW_DEAD_ZOMBIE;
	/* live alone misleads: it is 0 as well while the last thread hangs in its exit. */
	return BPF_CORE_READ(signal, live.counter) > 0 ? DW_DEAD_LEADER : DW_DEAD_DYING;
}

static __always_inline void snapshot_read_dead(struct task_struct *task, __u32 kind,
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
	out->status = process_status(task);
	out->exit_signal = BPF_CORE_READ(task, exit_signal);
	out->group = process_pid_nr(BPF_CORE_READ(signal, pids[PIDTYPE_PGID]));
	out->session = process_pid_nr(BPF_CORE_READ(signal, pids[PIDTYPE_SID]));
	out->threads = BPF_CORE_READ(signal, nr_threads);
	out->tracer_tgid = BPF_CORE_READ(task, ptrace) ? BPF_CORE_READ(task, parent, tgid) : 0;
	out->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	out->parent_tgid = BPF_CORE_READ(parent, tgid);
	out->parent_tid = BPF_CORE_READ(parent, pid);
	out->parent_exec_id = BPF_CORE_READ(task, parent_exec_id);
	out->ran_ago_ns = snapshot_ran_ago(task);
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

#endif
