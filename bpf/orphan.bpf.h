/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orphans: the children that a dying process leaves behind, and who the kernel
 * will choose as their adopter (find_new_reaper(), kernel/exit.c). Told at the
 * father's death; the program confirms the adopter afterwards.
 */
#ifndef DEADWAIT_BPF_ORPHAN_H
#define DEADWAIT_BPF_ORPHAN_H

#include "trace.bpf.h"
#include "snapshot.bpf.h"

/* Loop bounds; what is beyond them is counted as cut. */
#define ORPHAN_THREADS 64
#define ORPHAN_ANCESTORS 32
#define ORPHAN_STEPS 128 /* of one chunk */
#define ORPHAN_CHUNKS 256

/* Set before loading: whether orphans are told of at all. */
const volatile bool dw_orphans;

/*
 * What the walk works on, for its parts are global functions that take no more
 * than numbers. One per CPU: tracepoints run with preemption disabled.
 */
struct orphan_work {
	struct dw_event_orphan event;
	__u64 threads; /* head of the list of threads; 0: only one thread's children */
	__u64 thread;  /* node of the present one */
	__u64 head;    /* of its list of children */
	__u64 node;    /* the next child */
	__u32 left;    /* whether zombies are told of in full: */
	__u32 told;    /* the father's state has been told */
	union {
		struct dw_event_left_parent parent;
		struct dw_event_left_dead dead;
	} snapshot;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct orphan_work);
} dw_orphan_work SEC(".maps");

static __always_inline struct list_head *orphan_thread_head(struct signal_struct *signal)
{
	return (struct list_head *)((char *)signal +
				    bpf_core_field_offset(struct signal_struct, thread_head));
}

/* Whether a thread of the group does not exit yet: it, or another, inherits the children. */
__noinline int orphan_has_alive(__u64 signal)
{
	struct list_head *head = orphan_thread_head((struct signal_struct *)signal);
	struct list_head *node = BPF_CORE_READ(head, next);

	for (int i = 0; i < ORPHAN_THREADS; i++) {
		struct task_struct *thread;

		if (!node || node == head)
			return 0;
		thread = CONTAINER_OF(node, struct task_struct, thread_node);
		if (!(BPF_CORE_READ(thread, flags) & PF_EXITING))
			return 1;
		node = BPF_CORE_READ(node, next);
	}
	CPU_COUNT(orphans_cut);
	return 0;
}

static __always_inline __u32 orphan_level(struct task_struct *task)
{
	return BPF_CORE_READ(task, thread_pid, level);
}

static __always_inline struct pid_namespace *orphan_namespace(struct task_struct *task)
{
	struct upid upid = {};
	__u32 level;

	process_read_upid(BPF_CORE_READ(task, thread_pid), &upid, &level);
	return upid.ns;
}

/* Fills in adopter and role. false: the father is its namespace's init, all in it will die. */
static __always_inline bool orphan_find_adopter(struct task_struct *father,
						struct signal_struct *signal,
						struct dw_event_orphan *event)
{
	struct task_struct *reaper = BPF_CORE_READ(orphan_namespace(father), child_reaper);
	struct task_struct *ancestor;
	__u32 level = orphan_level(father);

	event->adopter_tgid = BPF_CORE_READ(reaper, tgid);
	event->role = level ? DW_ROLE_NAMESPACE_INIT : DW_ROLE_INIT;
	if (event->adopter_tgid == (__u32)BPF_CORE_READ(father, tgid))
		return false;
	if (!BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper))
		return true;
	ancestor = BPF_CORE_READ(father, real_parent);
	for (int i = 0; i < ORPHAN_ANCESTORS; i++) {
		struct signal_struct *its = BPF_CORE_READ(ancestor, signal);

		/* pid 0 is the idle task: above init. */
		if (orphan_level(ancestor) != level || !BPF_CORE_READ(ancestor, pid))
			return true;
		if (BPF_CORE_READ_BITFIELD_PROBED(its, is_child_subreaper) &&
		    orphan_has_alive((__u64)its)) {
			event->adopter_tgid = BPF_CORE_READ(ancestor, tgid);
			event->role = event->adopter_tgid == (__u32)BPF_CORE_READ(reaper, tgid) ?
					      event->role :
					      DW_ROLE_SUBREAPER;
			return true;
		}
		ancestor = BPF_CORE_READ(ancestor, real_parent);
	}
	return true;
}

/*
 * The father of a family leaves a zombie to its adopter, who will reap it in
 * microseconds: all that is known of either is told now.
 */
__noinline int orphan_tell_left(__u64 address)
{
	struct task_struct *child = (struct task_struct *)address;
	struct snapshot *snapshot = snapshot_of(SNAPSHOT_HOOK);
	struct orphan_work *work;
	__u32 zero = 0;

	work = bpf_map_lookup_elem(&dw_orphan_work, &zero);
	if (!work || !snapshot ||
	    snapshot_dead_kind(child, BPF_CORE_READ(child, exit_state)) != DW_DEAD_ZOMBIE)
		return 0;
	CPU_COUNT(left);
	if (!work->told) {
		work->told = 1;
		snapshot_read_parent(BPF_CORE_READ(child, real_parent, group_leader), SNAPSHOT_HOOK,
				     &snapshot->parent);
		event_head(&work->snapshot.parent.head, DW_EVENT_LEFT_PARENT,
			   sizeof(work->snapshot.parent));
		work->snapshot.parent.parent = snapshot->parent;
		event_tell(&work->snapshot.parent, sizeof(work->snapshot.parent));
	}
	snapshot_read_dead(child, DW_DEAD_ZOMBIE, &snapshot->dead);
	event_head(&work->snapshot.dead.head, DW_EVENT_LEFT_DEAD, sizeof(work->snapshot.dead));
	work->snapshot.dead.dead = snapshot->dead;
	event_tell(&work->snapshot.dead, sizeof(work->snapshot.dead));
	return 0;
}

/* Tells of one child. A global function: the loop around it is then checked cheaply. */
__noinline int orphan_tell(__u64 address)
{
	struct task_struct *child = (struct task_struct *)address;
	struct dw_event_orphan *event;
	struct orphan_work *work;
	struct signal_struct *signal;
	__u32 zero = 0;

	work = bpf_map_lookup_elem(&dw_orphan_work, &zero);
	if (!work)
		return 0;
	event = &work->event;
	process_read_who(child, &event->child);
	signal = BPF_CORE_READ(child, signal);
	event->child_session = process_pid_nr(BPF_CORE_READ(signal, pids[PIDTYPE_SID]));
	event->dead = BPF_CORE_READ(child, exit_state) != 0;
	if (event->dead && work->left)
		orphan_tell_left(address);
	event_head(&event->head, DW_EVENT_ORPHAN, sizeof(*event));
	event_tell(event, sizeof(*event));
	return 0;
}

static __always_inline struct list_head *orphan_children(struct task_struct *task)
{
	return (struct list_head *)((char *)task +
				    bpf_core_field_offset(struct task_struct, children));
}

/* Some steps over (thread, child), in one flat loop. Returns 1 if there is more. */
__noinline int orphan_walk_on(__u64 zero)
{
	struct list_head *node, *head, *thread;
	struct orphan_work *work;
	__u32 key = 0;

	work = bpf_map_lookup_elem(&dw_orphan_work, &key);
	if (!work || zero)
		return 0;
	for (int i = 0; i < ORPHAN_STEPS; i++) {
		node = (struct list_head *)work->node;
		head = (struct list_head *)work->head;
		if (!node)
			return 0;
		if (node != head) {
			orphan_tell((__u64)CONTAINER_OF(node, struct task_struct, sibling));
			work->node = (__u64)BPF_CORE_READ(node, next);
			continue;
		}
		if (!work->threads)
			return 0;
		thread = (struct list_head *)work->thread;
		thread = BPF_CORE_READ(thread, next);
		if (!thread || (__u64)thread == work->threads)
			return 0;
		work->thread = (__u64)thread;
		head = orphan_children(CONTAINER_OF(thread, struct task_struct, thread_node));
		work->head = (__u64)head;
		work->node = (__u64)BPF_CORE_READ(head, next);
	}
	return 1;
}

/*
 * All children of the dying task, or of all threads of its group. Flat and in
 * chunks: nested loops are refused by 5.10 and 6.1, a long one by 6.18.
 */
static __always_inline void orphan_walk(struct task_struct *task, struct signal_struct *signal,
					struct orphan_work *work, bool all)
{
	struct list_head *threads = orphan_thread_head(signal), *head;

	work->threads = all ? (__u64)threads : 0;
	work->thread = all ? (__u64)BPF_CORE_READ(threads, next) : 0;
	if (all)
		task = CONTAINER_OF(work->thread, struct task_struct, thread_node);
	head = orphan_children(task);
	work->head = (__u64)head;
	work->node = (__u64)BPF_CORE_READ(head, next);
	for (int i = 0; i < ORPHAN_CHUNKS; i++)
		if (!orphan_walk_on(0))
			return;
	CPU_COUNT(orphans_cut);
}

/*
 * A thread of the father exits: tells of the children that go to another
 * process, and when tracing of those that go to another thread.
 */
static __always_inline void orphan_note_exit(struct task_struct *task, bool last,
					     const struct dw_record *record)
{
	bool none = (__u64)task->children.next == (__u64)&task->children;
	struct dw_event_orphan *event;
	struct signal_struct *signal;
	struct task_struct *leader;
	struct orphan_work *work;
	__u32 zero = 0;
	bool inherited;

	/* Most have no children: this is all that they pay. */
	if (none && (!last || task->signal->nr_threads == 1))
		return;
	if (dw_trace ? !trace_wants(task, task, record) : !family_has(record))
		return;
	signal = BPF_CORE_READ(task, signal);
	inherited = !last && orphan_has_alive((__u64)signal);
	if (inherited && !dw_trace)
		return;
	work = bpf_map_lookup_elem(&dw_orphan_work, &zero);
	if (!work)
		return;
	event = &work->event;
	leader = BPF_CORE_READ(task, group_leader);
	__builtin_memset(event, 0, sizeof(*event));
	if (inherited) {
		event->adopter_tgid = BPF_CORE_READ(leader, tgid);
		event->role = DW_ROLE_THREAD;
	} else if (!orphan_find_adopter(task, signal, event)) {
		return;
	}
	process_read_who(leader, &event->father);
	event->father_session = process_pid_nr(BPF_CORE_READ(signal, pids[PIDTYPE_SID]));
	event->father_status = process_status(leader);
	work->left = dw_family && !dw_trace;
	work->told = 0;
	orphan_walk(task, signal, work, last);
}

#endif
