/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pass over the kernel's task list: the authority on who is dead and not
 * reaped. Writes a snapshot of each such process and of its parent.
 */
#ifndef DEADWAIT_BPF_PASS_H
#define DEADWAIT_BPF_PASS_H

#include "family.bpf.h"
#include "snapshot.bpf.h"

/* Parents written in this pass already, by tgid; a collision writes one again, no more. */
#define PASS_SEEN 4096
struct pass_seen {
	__u32 pass;
	__u32 tgid;
};
static struct pass_seen pass_seen[PASS_SEEN];

/* Processes of the family that this pass has met, and the last of them. */
static __u64 pass_family;
static __s32 pass_counted;

static __always_inline void pass_write_parent(struct seq_file *seq, struct task_struct *task,
					      struct snapshot *snapshot)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	__u32 tgid = BPF_CORE_READ(parent, tgid);
	struct pass_seen *seen = &pass_seen[tgid & (PASS_SEEN - 1)];

	if (seen->pass == dw_pass_number && seen->tgid == tgid)
		return;
	snapshot_read_parent(parent, SNAPSHOT_PASS, &snapshot->parent);
	if (bpf_seq_write(seq, &snapshot->parent, sizeof(snapshot->parent)))
		return;
	seen->pass = dw_pass_number;
	seen->tgid = tgid;
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
	struct snapshot *snapshot;
	int exit_state;
	__u32 kind;

	if (!task) {
		struct dw_pass_end end = {
			.head = { DW_LAYOUT_VERSION, DW_PASS_END, sizeof(end) },
			.tasks = ctx->meta->seq_num,
			.family = pass_family,
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
		pass_family = 0;
		pass_counted = 0;
	}
	if (task->pid != task->tgid)
		return 0;
	exit_state = task->exit_state;
	if (dw_family) {
		if (!family_has(history_find(task->tgid, task->start_boottime)))
			return 0;
		/* Not who is just being reaped, nor twice whom the kernel calls again for. */
		if ((!exit_state || exit_state == EXIT_ZOMBIE) && pass_counted != task->tgid) {
			pass_counted = task->tgid;
			pass_family++;
		}
	}
	if (!exit_state && !(task->flags & PF_EXITING))
		return 0;
	kind = snapshot_dead_kind(task, exit_state);
	snapshot = snapshot_of(SNAPSHOT_PASS);
	if (!kind || !snapshot)
		return 0;
	snapshot_read_dead(task, kind, &snapshot->dead);
	if (!bpf_seq_write(seq, &snapshot->dead, sizeof(snapshot->dead)))
		pass_write_parent(seq, task, snapshot);
	return 0;
}

#endif
