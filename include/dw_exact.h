/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exact tier's record: what only fentry and fexit show of a process. It
 * lies beside the history record of the same process, in a map of its own with
 * the same index, so that the base tier pays nothing for it. Holds no
 * pointers, decides nothing.
 */
#ifndef DEADWAIT_DW_EXACT_H
#define DEADWAIT_DW_EXACT_H

#include "dw_history.h"

/* Reaped children that a parent's record remembers. A power of two. */
#define DW_TAKEN_MAX 4

/* A process that reaped, or a thread of one. */
struct dw_reaper {
	__u32 tgid; /* 0: nobody, the kernel did */
	__u32 tid;
	char comm[16]; /* DW_COMM_LEN; of its main thread */
};

/* A child that was reaped, and in which thread. */
struct dw_taken {
	__u32 child_tgid;
	__u32 child_ns_pid; /* as its parent numbers it */
	__u32 tgid;	    /* the reaper's; its tracer's, if that is another */
	__u32 tid;
};

struct dw_exact {
	__u64 start_ns;	 /* of the process it belongs to, as in dw_life; else it is stale */
	__u64 died_ns;	 /* CLOCK_BOOTTIME; 0: lives, or it was not seen */
	__u64 reaped_ns; /* CLOCK_BOOTTIME; 0: was not seen */
	struct dw_reaper by;
	/* as a parent: */
	__u32 interrupts; /* waits that a signal cut short */
	__u32 stolen;	  /* waits for a child that another thread had reaped */
	struct dw_wait
		interrupted;   /* the last that was cut short; call 0: none, or not known which */
	__u32 times[DW_TIMES]; /* children that it reaped, by how long they were dead */
	__u32 taken_count;     /* children that were reaped from it, by whomever */
	__u32 pad;
	struct dw_taken taken[DW_TAKEN_MAX]; /* the last of them, by taken_count */
};

_Static_assert(sizeof(struct dw_reaper) == 24, "layout of dw_reaper");
_Static_assert(sizeof(struct dw_taken) == 16, "layout of dw_taken");
_Static_assert(sizeof(struct dw_exact) == 200, "layout of dw_exact");

#endif
