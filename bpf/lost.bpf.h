/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Autoreaping: where a parent ignores SIGCHLD (or sets SA_NOCLDWAIT) there is
 * no zombie, and a wait finds nothing. Tells of waits that fail for it,
 * which no pass could find later.
 */
#ifndef DEADWAIT_BPF_LOST_H
#define DEADWAIT_BPF_LOST_H

#include "events.bpf.h"
#include "family.bpf.h"
#include "process.bpf.h"

/* So many times in a row one child, one wait. */
#define LOST_RUN 3

/*
 * Begins an event about a status that `parent` will not find, the count-th of its kind; the caller
 * adds what only this kind has, and ends it. NULL: not to be told, or counted as lost.
 */
static __always_inline struct dw_event_lost *lost_begin(struct task_struct *parent,
							const struct dw_record *record,
							const struct dw_wait *wait, __u32 how,
							__u32 child_ns_pid, __u32 count)
{
	struct dw_event_lost *event;

	/* One that goes on like that is told of at 1, 2, 4, 8 … */
	if (count & (count - 1) || !family_has(record))
		return NULL;
	event = EVENT_BEGIN(struct dw_event_lost, DW_EVENT_STATUS_LOST);
	if (!event)
		return NULL;
	__builtin_memset((char *)event + sizeof(event->head), 0,
			 sizeof(*event) - sizeof(event->head));
	process_read_who(BPF_CORE_READ(parent, group_leader), &event->parent);
	event->wait = *wait;
	event->how = how;
	event->child_ns_pid = child_ns_pid;
	event->lost = count;
	return event;
}

static __always_inline void lost_tell(struct task_struct *parent, struct dw_record *record,
				      const struct dw_wait *wait, __u32 how, __u32 child_ns_pid)
{
	struct dw_conduct *conduct = &record->conduct;
	struct dw_event_lost *event;

	COUNT(conduct->lost);
	event = lost_begin(parent, record, wait, how, child_ns_pid, conduct->lost);
	if (!event)
		return;
	event->autoreaped = conduct->autoreaped;
	if (BPF_CORE_READ(parent, sighand, action[SIGCHLD - 1].sa.sa_flags) & SA_NOCLDWAIT)
		event->flags = DW_PARENT_NOCLDWAIT;
	event_end(event);
}

/* A child of this parent is reaped by the kernel: remember its pid, and who waits for it. */
static __always_inline void lost_note_death(struct task_struct *child, struct dw_life *life,
					    struct task_struct *parent, struct dw_record *record)
{
	struct dw_conduct *conduct = &record->conduct;
	__u32 ns_pid = process_pid_at(child, BPF_CORE_READ(parent, thread_pid, level));

	conduct->gone[conduct->autoreaped & (DW_GONE_MAX - 1)] = ns_pid;
	COUNT(conduct->autoreaped);
	/* The last wait that the parent entered, and one was in flight: that one. */
	if ((life->death.flags & DW_DEATH_PARENT_WAITING) && life->asked.call &&
	    life->asked.sequence == conduct->now.waits && !(life->asked.options & WNOHANG))
		lost_tell(parent, record, &life->asked, DW_LOST_IN_FLIGHT, ns_pid);
}

static __always_inline bool lost_is_gone(const struct dw_conduct *conduct, __u32 ns_pid)
{
	for (int i = 0; i < DW_GONE_MAX; i++)
		if (conduct->gone[i] == ns_pid)
			return true;
	return false;
}

/*
 * A wait for any with no child left. Where SIGCHLD is ignored that is also
 * the way to wait for all to end; so only one wait for each child, again and
 * again, is taken for a hunt for its status.
 */
static __always_inline void lost_note_no_child(struct task_struct *task, struct dw_record *record,
					       const struct dw_wait *wait)
{
	struct dw_conduct *conduct = &record->conduct;
	bool one = conduct->autoreaped - conduct->no_child_at == 1;

	conduct->no_child_run = one ? conduct->no_child_run + 1 : 0;
	conduct->no_child_at = conduct->autoreaped;
	if (conduct->no_child_run >= LOST_RUN)
		lost_tell(task, record, wait, DW_LOST_NO_CHILD, 0);
}

/* A wait was entered; pid is its argument, for waits that name one. */
static __always_inline void lost_note_wait(struct dw_record *record, const struct dw_wait *wait,
					   __u32 ns_pid)
{
	struct dw_conduct *conduct = &record->conduct;
	struct task_struct *task = kernel_current();

	if (!conduct->autoreaped)
		return;
	if (wait->target == DW_TARGET_PID) {
		/* No such process (the id would be known), and it was a child of this one. */
		if (!wait->id && lost_is_gone(conduct, ns_pid))
			lost_tell(task, record, wait, DW_LOST_GONE, ns_pid);
		return;
	}
	if (wait->target == DW_TARGET_ANY && conduct->autoreaped >= conduct->now.deaths &&
	    BPF_CORE_READ(task, signal, nr_threads) == 1 &&
	    (__u64)BPF_CORE_READ(task, children.next) ==
		    (__u64)task + bpf_core_field_offset(struct task_struct, children))
		lost_note_no_child(task, record, wait);
}

#endif
