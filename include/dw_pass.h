/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a pass over the kernel's task list writes: a stream of records, each
 * opened by a dw_pass_head. The stream is: one `begin`, then for each dead
 * process a `dead`, each parent of one as a `parent` at least once, in any
 * order, and one `end`; without the `end` the pass is not complete and proves
 * nothing about who is gone.
 */
#ifndef DEADWAIT_DW_PASS_H
#define DEADWAIT_DW_PASS_H

#include "dw_exact.h"

#define DW_COMM_LEN 16	   /* TASK_COMM_LEN */
#define DW_THREADS_MAX 512 /* threads of a parent that a pass looks at */
#define DW_WAITS_MAX 8	   /* waits in flight that a pass reports per parent */

enum dw_pass_kind {
	DW_PASS_BEGIN = 1,
	DW_PASS_DEAD = 2,
	DW_PASS_PARENT = 3,
	DW_PASS_END = 4,
};

struct dw_pass_head {
	__u16 version; /* DW_LAYOUT_VERSION */
	__u16 kind;    /* enum dw_pass_kind */
	__u32 bytes;   /* of the whole record */
};

struct dw_pass_begin {
	struct dw_pass_head head;
	__u32 pass; /* number of the pass */
	__u32 pad;
	__u64 boot_ns; /* CLOCK_BOOTTIME, read together with: */
	__u64 jiffies;
};

struct dw_pass_end {
	struct dw_pass_head head;
	__u64 tasks;  /* threads that the pass walked over */
	__u64 family; /* processes of the family, dead or not, if one is marked */
};

/* A process, by what never changes of it. */
struct dw_who {
	__u64 start_ns; /* CLOCK_BOOTTIME, of the thread group's leader */
	__u32 tgid;	/* in the initial pid namespace */
	__u32 ns_pid;	/* in its own pid namespace */
	__u32 ns_level; /* depth of that namespace; 0: the initial one */
	__u32 uid;	/* real, in the initial user namespace */
	char comm[DW_COMM_LEN];
};

enum dw_dead_kind {
	DW_DEAD_ZOMBIE = 1, /* exit_state EXIT_ZOMBIE, waits for its parent */
	DW_DEAD_DYING = 2,  /* every thread exits, none has finished */
	DW_DEAD_LEADER = 3, /* the main thread is dead, other threads live */
};

/* dw_pass_dead.flags */
enum dw_dead_flag {
	DW_DEAD_AUTOREAP = 1 << 0,  /* signal->autoreap (7.1) */
	DW_DEAD_NS_INIT = 1 << 1,   /* init of its pid namespace */
	DW_DEAD_NO_STATUS = 1 << 2, /* the status may not be known (from /proc) */
};

struct dw_pass_dead {
	struct dw_pass_head head;
	struct dw_who who;
	__u32 kind;   /* enum dw_dead_kind */
	__u32 flags;  /* enum dw_dead_flag */
	__u32 status; /* as wait would give it: code << 8 | signal | 0x80 core */
	__s32 exit_signal;
	__u32 group; /* process group, initial pid namespace; 0: not known */
	__u32 session;
	__u32 threads;	   /* signal->nr_threads: the dead and the living */
	__u32 tracer_tgid; /* who ptraces it; 0: nobody */
	__u64 parent_start_ns;
	__u32 parent_tgid;    /* real parent */
	__u32 parent_tid;     /* the thread of it that the child hangs on */
	__u64 parent_exec_id; /* self_exec_id of the parent when it forked the child */
	__u64 ran_ago_ns;     /* scheduler's time since it last ran, +- a tick; 0: not known */
	__u32 has_life;	      /* the history had its record */
	__u32 pad;
	struct dw_life life;
};

/* A wait in flight, from signal->wait_chldexit. */
struct dw_flight {
	__u32 options; /* wo_flags */
	__u32 id;      /* pid or group in the initial namespace; 0: any */
	__u8 target;   /* enum dw_wait_target; a pidfd shows as pid */
	__u8 pad[7];
};

/* dw_pass_parent.flags */
enum dw_parent_flag {
	DW_PARENT_NS_INIT = 1 << 0,	   /* child_reaper of its pid namespace */
	DW_PARENT_SUBREAPER = 1 << 1,	   /* is_child_subreaper */
	DW_PARENT_PENDING_SHARED = 1 << 2, /* SIGCHLD pending for the process */
	DW_PARENT_NOCLDWAIT = 1 << 3,
	DW_PARENT_SIGINFO = 1 << 4, /* SA_SIGINFO */
	DW_PARENT_EXITING = 1 << 5,
	DW_PARENT_NO_FLIGHTS = 1 << 6, /* its waits may not be known (from /proc) */
	DW_PARENT_NODEFER = 1 << 7,    /* SA_NODEFER */
};

/* How many of a parent's threads are in a state; all that are neither dead nor exiting. */
struct dw_threads {
	__u32 total;	       /* signal->nr_threads */
	__u32 live;	       /* seen, neither dead nor exiting; the rest counts these */
	__u32 stopped;	       /* T or t */
	__u32 traced;	       /* of them t */
	__u32 frozen;	       /* by the cgroup freezer, v1 or v2 */
	__u32 uninterruptible; /* D, not frozen */
	__u32 running;	       /* R */
	__u32 blocking;	       /* SIGCHLD in blocked */
	__u32 sigwaiting;      /* SIGCHLD in real_blocked, not in blocked: in sigwait */
	__u32 pending;	       /* SIGCHLD pending for this thread */
	__u32 cut;	       /* 1: more threads than DW_THREADS_MAX */
	__u32 pad;
	__u64 switches; /* sum of nvcsw and nivcsw */
};

struct dw_pass_parent {
	struct dw_pass_head head;
	struct dw_who who;
	__u32 ppid;  /* its own real parent */
	__u32 flags; /* enum dw_parent_flag */
	struct dw_threads threads;
	__u64 handler;	      /* sa_handler of SIGCHLD: 0 SIG_DFL, 1 SIG_IGN, else an address */
	__u64 restorer;	      /* sa_restorer */
	__u64 exec_id;	      /* self_exec_id */
	__s64 user_tasks;     /* tasks of its user, as RLIMIT_NPROC counts; -1: not known */
	__u64 user_tasks_max; /* RLIMIT_NPROC, soft; ~0: none */
	__u32 flights;	      /* waits in flight; more than DW_WAITS_MAX are only counted */
	__u32 has_record;
	struct dw_flight flight[DW_WAITS_MAX];
	struct dw_record record;
	__u32 has_exact; /* the exact tier is on and has its record: */
	__u32 pad;
	struct dw_exact exact;
};

_Static_assert(sizeof(struct dw_pass_head) == 8, "layout of dw_pass_head");
_Static_assert(sizeof(struct dw_who) == 40, "layout of dw_who");
_Static_assert(sizeof(struct dw_pass_dead) == 320, "layout of dw_pass_dead");
_Static_assert(sizeof(struct dw_flight) == 16, "layout of dw_flight");
_Static_assert(sizeof(struct dw_threads) == 56, "layout of dw_threads");
_Static_assert(sizeof(struct dw_pass_parent) == 976, "layout of dw_pass_parent");

#endif
