/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events: what the hooks tell at once, through a ring buffer, because no pass
 * could find it later. Each opens with a dw_event_head.
 */
#ifndef DEADWAIT_DW_EVENT_H
#define DEADWAIT_DW_EVENT_H

#include "dw_pass.h"

enum dw_event_kind {
	DW_EVENT_STATUS_LOST = 1,
	DW_EVENT_ORPHAN = 2,
	/* A dying father's state, and then each child of it that is dead and not reaped. */
	DW_EVENT_LEFT_PARENT = 3,
	DW_EVENT_LEFT_DEAD = 4,
	/* From here on: dw_trace.h. */
	DW_EVENT_TRACE = 16,
};

struct dw_event_head {
	__u16 version; /* DW_LAYOUT_VERSION */
	__u16 kind;    /* enum dw_event_kind */
	__u32 bytes;   /* of the whole event */
	__u64 time_ns; /* CLOCK_BOOTTIME */
	__u32 lost;    /* events that found no room before this one, since the start */
	__u32 pad;
};

/* How it is certain that a wait finds no status: its child was reaped already. */
enum dw_lost_how {
	DW_LOST_NOT = 0,
	DW_LOST_GONE = 1,      /* a wait for a pid that was autoreaped */
	DW_LOST_NO_CHILD = 2,  /* a wait for any with no child, all that died were autoreaped */
	DW_LOST_IN_FLIGHT = 3, /* a blocking wait for the child, in flight at its death */
	/* Not by the kernel, and seen in the exact tier only: */
	DW_LOST_STOLEN = 4, /* by another thread of the parent, or by the child's tracer */
};

struct dw_event_lost {
	struct dw_event_head head;
	struct dw_who parent;
	struct dw_wait wait; /* the wait that fails with ECHILD */
	__u32 how;	     /* enum dw_lost_how */
	__u32 child_ns_pid;  /* the child as the parent calls it; 0: not known */
	__u32 autoreaped;    /* children that the kernel reaped for this parent */
	__u32 lost;	     /* such waits of this parent so far, this one included */
	__u32 flags;	     /* enum dw_parent_flag: NOCLDWAIT; else SIG_IGN */
	__u32 reaper_tgid;   /* STOLEN: who had reaped it */
	__u32 reaper_tid;
	__u32 pad;
};

/* What the adopter of an orphan is. */
enum dw_role {
	DW_ROLE_UNKNOWN = 0,
	DW_ROLE_THREAD = 1, /* another thread of the father: no orphan at all */
	DW_ROLE_SUBREAPER = 2,
	DW_ROLE_NAMESPACE_INIT = 3,
	DW_ROLE_INIT = 4,
};

/* A child that its dying father leaves behind, before it is handed over. */
struct dw_event_orphan {
	struct dw_event_head head;
	struct dw_who child;
	struct dw_who father;
	__u32 child_session; /* in the initial pid namespace; 0: not known */
	__u32 father_session;
	__u32 father_status; /* wait status */
	__u32 adopter_tgid;  /* whom the kernel will choose */
	__u32 role;	     /* enum dw_role of that one */
	__u32 dead;	     /* 1: the child is dead already */
};

struct dw_event_left_parent {
	struct dw_event_head head;
	struct dw_pass_parent parent;
};

struct dw_event_left_dead {
	struct dw_event_head head;
	struct dw_pass_dead dead;
};

_Static_assert(sizeof(struct dw_event_orphan) == 128, "layout of dw_event_orphan");
_Static_assert(sizeof(struct dw_event_head) == 24, "layout of dw_event_head");
_Static_assert(sizeof(struct dw_event_lost) == 128, "layout of dw_event_lost");
_Static_assert(sizeof(struct dw_event_left_parent) == 1000, "layout of dw_event_left_parent");
_Static_assert(sizeof(struct dw_event_left_dead) == 344, "layout of dw_event_left_dead");

#endif
