/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's types, as far as deadwait reads them. Kept by hand: only the
 * fields that are used, in any order, since CO-RE finds each by name in the
 * running kernel's BTF. A name with ___suffix is the same struct in another
 * release (libbpf drops the suffix).
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

/* include/uapi/linux/bpf.h */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

enum {
	BPF_RB_AVAIL_DATA = 0,
};

/* include/uapi/linux/bpf.h; the value is looked up in the running kernel */
enum bpf_func_id___known {
	BPF_FUNC_task_pt_regs___known = 175,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned long sig[1];
} sigset_t;

struct pid_namespace {
	struct task_struct *child_reaper;
	unsigned int level;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[4];
	struct upid numbers[1];
};

struct sigpending {
	struct list_head list;
	sigset_t signal;
};

struct sigaction {
	void (*sa_handler)(int);
	unsigned long sa_flags;
	void (*sa_restorer)(void);
};

struct k_sigaction {
	struct sigaction sa;
};

struct sighand_struct {
	struct k_sigaction action[64];
};

struct wait_queue_head {
	struct list_head head;
};
typedef struct wait_queue_head wait_queue_head_t;

struct wait_queue_entry {
	struct list_head entry;
};
typedef struct wait_queue_entry wait_queue_entry_t;

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
	PIDTYPE_PGID,
	PIDTYPE_SID,
	PIDTYPE_MAX,
};

/* kernel/exit.h; in kernel/exit.c before 6.6 */
struct wait_opts {
	enum pid_type wo_type;
	int wo_flags;
	struct pid *wo_pid;
	wait_queue_entry_t child_wait;
};

struct rlimit {
	unsigned long rlim_cur;
};

struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
	wait_queue_head_t wait_chldexit;
	struct sigpending shared_pending;
	int group_exit_code;
	unsigned int flags;
	unsigned int is_child_subreaper : 1;
	unsigned int has_child_subreaper : 1;
	struct pid *pids[PIDTYPE_MAX];
	struct rlimit rlim[16];
};

/* 7.1 */
struct signal_struct___autoreap {
	unsigned int autoreap : 1;
};

/* include/linux/user_namespace.h: the tasks of a user count there since 5.14 (21d1c5e386bc) */
struct ucounts {
	long rlimit[1];
};

struct ucounts___514 {
	long ucount[1];
};

enum ucount_type___514 {
	UCOUNT_RLIMIT_NPROC___514 = 0,
};

struct user_struct {
	atomic_t processes; /* before 5.14 */
};

struct cred {
	kuid_t uid;
	struct user_struct *user;
	struct ucounts *ucounts;
};


struct sched_entity {
	u64 sum_exec_runtime;
	u64 prev_sum_exec_runtime;
};

/* with CONFIG_SCHED_INFO */
struct sched_info {
	u64 last_arrival;
};

struct kernfs_node {
	u64 id;
};

struct cgroup_subsys_state {
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct thread_info {
	unsigned int status;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	void *stack;
	unsigned int flags;
	unsigned int ptrace;
	struct sched_entity se;
	struct sched_info sched_info;
	int exit_state;
	int exit_code;
	int exit_signal;
	unsigned long jobctl;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct list_head children;
	struct list_head sibling;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct hlist_node pid_links[4];
	struct list_head thread_node;
	struct completion *vfork_done;
	unsigned long nvcsw;
	unsigned long nivcsw;
	u64 start_boottime;
	const struct cred *real_cred;
	struct css_set *cgroups;
	char comm[16];
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	sigset_t blocked;
	sigset_t real_blocked;
	struct sigpending pending;
	u64 parent_exec_id;
	u64 self_exec_id;
};

/* before 5.14 */
struct task_struct___state {
	long state;
};

/* include/uapi/asm-generic/siginfo.h */
union __sifields {
	struct {
		int _pid;
		unsigned int _uid;
		int _status;
	} _sigchld;
};

/* include/linux/signal_types.h; before 5.1 called siginfo */
struct kernel_siginfo {
	int si_signo;
	int si_errno;
	int si_code;
	union __sifields _sifields;
};

struct linux_binprm {
	const char *filename;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long bx, cx, dx, si, di, r10, orig_ax;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 orig_x0;
	s32 syscallno;
};
#endif

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif
