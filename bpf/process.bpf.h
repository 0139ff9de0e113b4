/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a process is: its ids in the host's and in its own pid namespace, its
 * user and its name. For the pass and the events; the hooks that run in every
 * process's life need none of it.
 */
#ifndef DEADWAIT_BPF_PROCESS_H
#define DEADWAIT_BPF_PROCESS_H

#include "kernel.bpf.h"
#include "dw_pass.h"

#define CONTAINER_OF(node, type, member)                                                           \
	((type *)((char *)(node)-bpf_core_field_offset(type, member)))

/* The number of a pid in the namespace at a depth, and that namespace. */
static __always_inline void process_read_upid_at(struct pid *pid, __u32 level, struct upid *upid)
{
	/* MAX_PID_NS_LEVEL */
	if (level > 32)
		level = 0;
	bpf_probe_read_kernel(upid, sizeof(*upid),
			      (char *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid));
}

static __always_inline __u32 process_pid_nr(struct pid *pid)
{
	return pid ? BPF_CORE_READ(pid, numbers[0].nr) : 0;
}

/* The innermost number of a pid, the namespace that it belongs to, and its depth. */
static __always_inline void process_read_upid(struct pid *pid, struct upid *upid, __u32 *level)
{
	*level = BPF_CORE_READ(pid, level);
	process_read_upid_at(pid, *level, upid);
}

/* The number of a process in the pid namespace at a depth that it is visible in. */
static __always_inline __u32 process_pid_at(struct task_struct *task, __u32 level)
{
	struct upid upid = {};

	process_read_upid_at(BPF_CORE_READ(task, thread_pid), level, &upid);
	return upid.nr;
}

/* The status of a dead process, as wait would give it: of the group, not of the last thread. */
static __always_inline __u32 process_status(struct task_struct *leader)
{
	struct signal_struct *signal = BPF_CORE_READ(leader, signal);

	return BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT ?
		       BPF_CORE_READ(signal, group_exit_code) :
		       BPF_CORE_READ(leader, exit_code);
}

/* Fills in who, and returns the pid namespace that it lives in. */
static __always_inline struct pid_namespace *process_read_who(struct task_struct *leader,
							      struct dw_who *who)
{
	struct upid upid = {};

	who->start_ns = BPF_CORE_READ(leader, start_boottime);
	who->tgid = BPF_CORE_READ(leader, tgid);
	who->uid = BPF_CORE_READ(leader, real_cred, uid.val);
	BPF_CORE_READ_INTO(&who->comm, leader, comm);
	process_read_upid(BPF_CORE_READ(leader, thread_pid), &upid, &who->ns_level);
	who->ns_pid = upid.nr;
	return upid.ns;
}

#endif
