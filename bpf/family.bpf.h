/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The family: some processes and all that they have started and will start.
 * Membership is a flag of the life record, set here for those that exist and
 * handed on at each fork.
 */
#ifndef DEADWAIT_BPF_FAMILY_H
#define DEADWAIT_BPF_FAMILY_H

#include "history.bpf.h"
#include "dw_trace.h"

/* Set before loading: count and tell only of the family. */
const volatile bool dw_family;

/* Members that a walk has found, and that were not marked before. */
__u32 dw_family_new;

/* Pids that the user named, and what for (enum dw_pid_use). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DW_PIDS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} dw_pids SEC(".maps");

#define FAMILY_ANCESTORS 256

static __always_inline bool family_has(const struct dw_record *record)
{
	return !dw_family || (record && (record->life.flags & DW_LIFE_FAMILY));
}

static __always_inline bool family_is_root(__u32 tgid)
{
	__u32 *use = bpf_map_lookup_elem(&dw_pids, &tgid);

	return use && (*use & DW_PID_ROOT);
}

/*
 * Marks who is a root or has one among its ancestors. One that is forked
 * meanwhile by somebody not marked yet is found by another walk: the program
 * walks until dw_family_new stays 0.
 */
SEC("iter/task")
int dw_mark(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *ancestor;
	struct dw_record *record;

	if (!task || task->pid != task->tgid)
		return 0;
	ancestor = task;
	for (int i = 0; i < FAMILY_ANCESTORS;) {
		__u32 tgid = BPF_CORE_READ(ancestor, tgid);

		if (family_is_root(tgid)) {
			record = history_get(task->tgid, task->start_boottime);
			if (record && !(record->life.flags & DW_LIFE_FAMILY)) {
				record->life.flags |= DW_LIFE_FAMILY;
				COUNT(dw_family_new);
			}
			return 0;
		}
		if (tgid <= 1)
			return 0;
		ancestor = BPF_CORE_READ(ancestor, real_parent, group_leader);
		kernel_loop_on(i, ancestor);
	}
	return 0;
}

#endif
