/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history record: what the hooks noted of one process, its birth, its
 * death and its conduct as a parent. Shared by the BPF side, which writes it,
 * and the program, which reads it through a pass. Holds no pointers, decides
 * nothing.
 *
 * Moments are counted in jiffies (a tick is 1 to 10 ms; they stand still while
 * the machine is suspended): reading a finer clock costs more than all the
 * rest of a hook. 0 always means "never" or "not known".
 */
#ifndef DEADWAIT_DW_HISTORY_H
#define DEADWAIT_DW_HISTORY_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Goes up whenever a layout in include/ changes. */
#define DW_LAYOUT_VERSION 5

/* Times to reap that are told apart: below 10 us and each power of ten up to 1000 s, and longer. */
#define DW_TIMES 10

/* A set of the history has at most this many ways (records that share a slot). */
#define DW_WAYS_MAX 4

/* What became of a SIGCHLD; the kernel's result + 1 (enum in kernel/signal.c). */
enum dw_sigchld_result {
	DW_SIGCHLD_NONE = 0, /* no signal was seen */
	DW_SIGCHLD_QUEUED = 1,
	DW_SIGCHLD_IGNORED = 2,
	DW_SIGCHLD_MERGED = 3, /* one was pending already */
};

/* dw_life.flags */
enum dw_life_flag {
	DW_LIFE_BIRTH_SEEN = 1 << 0, /* the fork hook saw it; else the record began later */
	DW_LIFE_EXEC_SEEN = 1 << 1,
	DW_LIFE_EXEC_BLOCKED = 1 << 2, /* SIGCHLD was blocked at its last exec */
	DW_LIFE_FAMILY = 1 << 3,       /* marked, or started by one that is */
};

/* dw_death.flags: the parent as it was when this child died */
enum dw_death_flag {
	DW_DEATH_PARENT_BLOCKED = 1 << 0,   /* its main thread blocked SIGCHLD */
	DW_DEATH_PARENT_PENDING = 1 << 1,   /* a SIGCHLD was pending already */
	DW_DEATH_PARENT_WAITING = 1 << 2,   /* a wait was in flight */
	DW_DEATH_PARENT_NOCLDWAIT = 1 << 3, /* SA_NOCLDWAIT */
	DW_DEATH_AUTOREAPED = 1 << 4,	    /* the kernel reaps it: the parent ignores SIGCHLD */
};

/* How a wait was called; the numbers are part of the recorded facts. */
enum dw_wait_call {
	DW_CALL_NONE = 0,
	DW_CALL_WAIT4 = 1,
	DW_CALL_WAITID = 2,
	DW_CALL_OTHER = 3, /* registers not understood; options are not known */
};

enum dw_wait_target {
	DW_TARGET_ANY = 0,
	DW_TARGET_PID = 1,
	DW_TARGET_GROUP = 2,
	DW_TARGET_PIDFD = 3,
};

/* One wait as it was entered. */
struct dw_wait {
	__u64 entered_jiffies;
	__u32 sequence; /* dw_counts.waits after it was counted */
	__u32 tid;	/* the thread that entered it */
	__u32 id;	/* pid or group in the initial pid namespace; 0: any, or no such pid */
	__u32 options;	/* WNOHANG and so on; wait4's implied WEXITED is added */
	__s32 fd;	/* P_PIDFD: the descriptor, else -1 */
	__u8 call;	/* enum dw_wait_call */
	__u8 target;	/* enum dw_wait_target */
	__u8 own_group; /* it was called for the caller's own group, as 0 */
	__u8 pad;
};

/* Counters that never go back; "since X" is the difference to a copy taken at X. */
struct dw_counts {
	__u32 deaths; /* children that died */
	__u32 queued; /* SIGCHLDs of dead children, by result */
	__u32 merged;
	__u32 ignored;
	__u32 stops;	  /* SIGCHLDs for stop, continue and trap, any result */
	__u32 queued_all; /* every SIGCHLD that became pending, whoever sent it */
	__u32 delivered;  /* SIGCHLDs that reached a handler */
	__u32 waits;	  /* waits entered, any form */
	__u32 waits_any;  /* of them: for any child, and able to reap a plain one */
	__u32 discarded;  /* SIGCHLDs that were taken and did nothing: no handler was set */
};

/* Autoreaped children that a parent's record remembers. A power of two. */
#define DW_GONE_MAX 4

/* What a process did as a parent. exec empties all but `now`. */
struct dw_conduct {
	__u64 start_ns; /* of the process it belongs to, as in dw_life; else it is stale */
	struct dw_counts now;
	struct dw_counts at_exec; /* `now` at the last exec */
	struct dw_wait any;	  /* the last wait for any child that can reap a plain one */
	struct dw_wait other;	  /* the last wait for a pid, a group, or that cannot reap */
	struct dw_wait group;	  /* the last wait for a group */
	struct dw_wait peek;	  /* the last wait for any child with WNOWAIT */
	__u64 delivered_jiffies;
	__u64 delivered_handler; /* address of the handler it was delivered to */
	__u64 any_handler;	 /* address of the handler set when `any` was entered */
	__u32 delivered_tid;
	__u32 delivered_waits;	 /* now.waits at the last delivery */
	__u32 autoreaped;	 /* children that the kernel reaped for it */
	__u32 lost;		 /* waits that failed for it */
	__u32 no_child_at;	 /* `autoreaped` at the last wait for any that had no child */
	__u32 no_child_run;	 /* such waits in a row, one for each child */
	__u32 gone[DW_GONE_MAX]; /* the last autoreaped children, pids in its own namespace */
};

/* How a process died and how its parent stood then. */
struct dw_death {
	__u64 died_jiffies; /* the last thread passed the exit hook; 0: lives or not seen */
	__u64 leader_exited_jiffies; /* the main thread ended before the others */
	__u32 parent_tgid;	     /* real parent at the death */
	__u32 killer_tgid;	     /* sender of the last terminating signal; 0: kernel or none */
	__u8 kill_signal;	     /* that signal; 0: none */
	__u8 sigchld;		     /* enum dw_sigchld_result of its own SIGCHLD */
	__u8 flags;		     /* enum dw_death_flag */
	__u8 pad[5];
	union {
		struct dw_counts parent_at; /* the parent's counts, before this death was added */
		char comm[16]; /* DW_COMM_LEN; in a trace, which counts nothing: its own name */
	};
};

/* Birth and death of a process, and who asked for it. */
struct dw_life {
	__u64 start_ns; /* CLOCK_BOOTTIME, task->start_boottime; 0: slot is empty */
	__u32 tgid;
	__u32 flags;		 /* enum dw_life_flag */
	__u64 since_jiffies;	 /* when this record began: birth, or first seen */
	__u64 exec_jiffies;	 /* last exec */
	__u32 birth_parent_tgid; /* real parent at birth */
	__u32 forker_tgid;	 /* process that called fork; differs with CLONE_PARENT */
	__u32 forker_tid;
	__u32 birth_parent_waits; /* the real parent's now.waits at birth */
	__u32 zombie_pass;	  /* the last pass that found it dead and unreaped */
	__u32 root_tgid;	  /* who began the burst of forks that it was born in */
	struct dw_death death;
	struct dw_wait asked;	   /* the last wait for this very pid by its parent */
	struct dw_wait asked_peek; /* likewise with WNOWAIT */
	__u32 asked_since;	   /* waits for this very pid entered after its death */
	__u32 asked_before;	   /* and before it */
};

struct dw_record {
	struct dw_life life;
	struct dw_conduct conduct;
};

/*
 * Counters of one CPU, kept where the program can read them without a system
 * call, in cache lines of their own: of the first DW_CPUS, no two write the same.
 */
struct dw_cpu {
	__u64 forks;
	__u64 exits; /* processes, not threads */
	__u64 execs;
	__u64 queued; /* SIGCHLDs of dead children, by result */
	__u64 merged;
	__u64 ignored;
	__u64 waits;
	__u64 evicted_live;   /* history lost: a living process's record was evicted */
	__u64 evicted_zombie; /* history lost: an unreaped process's record was evicted */
	__u64 no_slot;	      /* history lost: the array has no such index */
	__u64 orphans_cut;    /* orphans not told of: too many threads or children */
	__u64 autoreaped;     /* children that the kernel reaped: SIGCHLD is ignored */
	__u64 left;	      /* zombies that their father left behind at its own end */
	__u64 events;	      /* told through the ring buffer; now and then one is not counted */
	/* In the exact tier, of children that the parent they died under reaped: */
	__u64 longest_ns;      /* the greatest time to reap */
	__u64 times_ns;	       /* the sum of all */
	__u64 times[DW_TIMES]; /* how many, by time to reap */
} __attribute__((aligned(64)));

/* Counters of CPUs beyond this share a slot. A power of two. */
#define DW_CPUS 256

_Static_assert(sizeof(struct dw_wait) == 32, "layout of dw_wait");
_Static_assert(sizeof(struct dw_counts) == 40, "layout of dw_counts");
_Static_assert(sizeof(struct dw_conduct) == 280, "layout of dw_conduct");
_Static_assert(sizeof(struct dw_death) == 72, "layout of dw_death");
_Static_assert(sizeof(struct dw_life) == 200, "layout of dw_life");
_Static_assert(sizeof(struct dw_record) == 480, "layout of dw_record");
_Static_assert(sizeof(struct dw_cpu) == 256, "layout of dw_cpu");

#endif
