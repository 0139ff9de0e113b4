/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace events: everything that happens in the life of processes, one event
 * each, in the order in which the kernel let them happen. They share the ring
 * buffer and the head of dw_event.h. That a child changes its parent is told by
 * DW_EVENT_ORPHAN.
 */
#ifndef DEADWAIT_DW_TRACE_H
#define DEADWAIT_DW_TRACE_H

#include "dw_event.h"

#define DW_FILENAME_MAX 512 /* of an exec, NUL included; what is longer is cut */

enum dw_trace_kind {
	DW_TRACE_FORK = 16,
	DW_TRACE_EXEC = 17,
	DW_TRACE_EXIT = 18,
	DW_TRACE_STOP = 19,
	DW_TRACE_CONTINUE = 20,
	DW_TRACE_SIGCHLD = 21,
	DW_TRACE_DELIVER = 22,
	DW_TRACE_WAIT = 23,
	DW_TRACE_REAP = 24,
};

/* What every trace event opens with: the process it happened to. */
struct dw_trace_head {
	struct dw_event_head head;
	__u64 start_ns; /* CLOCK_BOOTTIME, of the process */
	__u32 tgid;	/* in the initial pid namespace, like every id here but ns_pid */
	__u32 tid;
	char comm[DW_COMM_LEN]; /* of its main thread */
};

/* A process, not a thread, was forked; it happened to the one that called fork. */
struct dw_trace_fork {
	struct dw_trace_head at;
	__u32 child_tgid;
	__u32 child_ns_pid;
	__u32 parent_tgid; /* real parent of the child; differs with CLONE_PARENT */
	__s32 exit_signal;
};

/* tid is that of the thread that called exec; it has the process's pid from now on. */
struct dw_trace_exec {
	struct dw_trace_head at;
	__u32 filename_bytes; /* without the NUL */
	__u32 cut;	      /* 1: the name is longer */
	char filename[DW_FILENAME_MAX];
};

/* The process died, or with threads_left its main thread only. */
struct dw_trace_exit {
	struct dw_trace_head at;
	__u32 parent_tgid;
	__u32 status; /* as wait would give it */
	__u32 threads_left;
	__u32 pad;
};

/* The process was stopped or continued. */
struct dw_trace_stop {
	struct dw_trace_head at;
	__u32 parent_tgid;
	__u32 signal;
};

/* A SIGCHLD was raised for the process, by whomever. */
struct dw_trace_sigchld {
	struct dw_trace_head at;
	__u32 from_tgid;   /* the child that it tells of, or who sent it; 0: not known */
	__u32 from_ns_pid; /* the same as the receiver numbers it; 0: the kernel's, of no child */
	__s32 code;	   /* siginfo.si_code */
	__u8 result;	   /* enum dw_sigchld_result; NONE: autoreaped, no signal at all */
	__u8 pad[3];
};

/* A SIGCHLD reached a handler, in thread tid. */
struct dw_trace_deliver {
	struct dw_trace_head at;
	__u64 handler; /* its address */
};

/* Thread tid entered a wait. */
struct dw_trace_wait {
	struct dw_trace_head at;
	struct dw_wait wait;
};

/*
 * The dead process was reaped: at this moment, in the exact tier; in the base
 * tier some time ago, and by whom and when is not known.
 */
struct dw_trace_reap {
	struct dw_trace_head at;
	__u64 dead_jiffies; /* late: since its death; DW_TRACE_NO_JIFFIES: it was not seen */
	__u64 dead_ns;	    /* not late: since its death; DW_TRACE_NO_JIFFIES: it was not seen */
	__u32 autoreaped;   /* 1: by the kernel, it never was a zombie */
	__u32 late;	    /* 1: in the base tier's way */
	struct dw_reaper by;
};

#define DW_TRACE_NO_JIFFIES (~0ULL)

/*
 * Which names an event must have to be told, as an automaton over the bytes of
 * a comm. A set of states is a mask; each byte takes those in step[byte] one
 * further and leaves those in stay where they are.
 */
struct dw_names {
	__u64 begin; /* states at the start; 0: any name will do */
	__u64 stay;
	__u64 end; /* states that accept */
	__u64 step[256];
};

/* What a pid in the map dw_pids is there for, a mask. */
enum dw_pid_use {
	DW_PID_WANTED = 1 << 0, /* events of this process are wanted */
	DW_PID_ROOT = 1 << 1,	/* it is the root of a family */
};

/* Most pids in the map. */
#define DW_PIDS_MAX 2048

_Static_assert(sizeof(struct dw_trace_head) == 56, "layout of dw_trace_head");
_Static_assert(sizeof(struct dw_trace_fork) == 72, "layout of dw_trace_fork");
_Static_assert(sizeof(struct dw_trace_exec) == 64 + DW_FILENAME_MAX, "layout of dw_trace_exec");
_Static_assert(sizeof(struct dw_trace_exit) == 72, "layout of dw_trace_exit");
_Static_assert(sizeof(struct dw_trace_stop) == 64, "layout of dw_trace_stop");
_Static_assert(sizeof(struct dw_trace_sigchld) == 72, "layout of dw_trace_sigchld");
_Static_assert(sizeof(struct dw_trace_deliver) == 64, "layout of dw_trace_deliver");
_Static_assert(sizeof(struct dw_trace_wait) == 88, "layout of dw_trace_wait");
_Static_assert(sizeof(struct dw_trace_reap) == 104, "layout of dw_trace_reap");

#endif
