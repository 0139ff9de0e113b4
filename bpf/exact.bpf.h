/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exact tier's records: one beside each history record, in a map of its
 * own. Finds and makes them, and notes deaths; the programs that fill them, if
 * the kernel lets them attach, are in reap.bpf.h. Without dw_exact_on the
 * verifier removes all of it.
 */
#ifndef DEADWAIT_BPF_EXACT_H
#define DEADWAIT_BPF_EXACT_H

#include "history.bpf.h"
#include "dw_pass.h"

/* Set before loading: whether the programs of reap.bpf.h are attached. */
const volatile bool dw_exact_on;

/* As many as dw_history has, if the tier is on. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dw_exact);
} dw_exact SEC(".maps");

/* Beside the history record of that very process, whether it is its own yet or not; NULL: none. */
static __always_inline struct dw_exact *exact_slot(__u32 tgid, __u64 start_ns)
{
	if (!dw_exact_on)
		return NULL;
	for (__u32 way = 0; way < DW_WAYS_MAX; way++) {
		__u32 index = (tgid & dw_set_mask) * dw_ways + way;
		struct dw_record *record;

		if (way >= dw_ways)
			break;
		record = bpf_map_lookup_elem(&dw_history, &index);
		if (record && record->life.tgid == tgid && record->life.start_ns == start_ns)
			return bpf_map_lookup_elem(&dw_exact, &index);
	}
	return NULL;
}

/* The record of a process, or NULL: nothing was noted of it. */
static __always_inline struct dw_exact *exact_find(__u32 tgid, __u64 start_ns)
{
	struct dw_exact *exact = exact_slot(tgid, start_ns);

	return exact && exact->start_ns == start_ns ? exact : NULL;
}

/* The record of a process, emptied if it is a former bearer's; NULL: the history has none. */
static __always_inline struct dw_exact *exact_get(__u32 tgid, __u64 start_ns)
{
	struct dw_exact *exact = exact_slot(tgid, start_ns);

	if (exact && exact->start_ns != start_ns) {
		__builtin_memset(exact, 0, sizeof(*exact));
		exact->start_ns = start_ns;
	}
	return exact;
}

static __always_inline void exact_note_death(struct task_struct *leader)
{
	struct dw_exact *exact = exact_get(leader->tgid, leader->start_boottime);

	if (exact)
		exact->died_ns = bpf_ktime_get_boot_ns();
}

/* Whether the reaping of a process was seen. */
static __always_inline bool exact_has_reap(struct task_struct *task)
{
	struct dw_exact *exact = exact_find(task->tgid, task->start_boottime);

	return exact && exact->reaped_ns;
}

static __always_inline void exact_read(__u32 tgid, __u64 start_ns, struct dw_pass_parent *out)
{
	struct dw_exact *exact = exact_get(tgid, start_ns);

	out->has_exact = exact != NULL;
	out->pad = 0;
	if (exact)
		out->exact = *exact;
	else
		__builtin_memset(&out->exact, 0, sizeof(out->exact));
}

#endif
