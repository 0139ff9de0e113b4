// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * facts: all that is known of one dead child, its parent and what passed
 * between them, as one plain struct of numbers: no pointer, no clock, no
 * file behind it. The verdict is a function of this struct alone, and the log
 * carries it, so that a recorded finding can be judged again.
 *
 * "since" is decided by counters, never by clocks. It means since the child's
 * death if since_death, else since deadwait first saw it dead under this
 * parent; all such counts are 0 and mean nothing unless has_history. A parent's
 * "life" is what is known of it: since its exec or birth if whole_life, else
 * since deadwait started.
 */
#ifndef DEADWAIT_FACTS_H
#define DEADWAIT_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "dw_event.h"
#include "pass.h"

/* What is true, false, or cannot be known. */
enum known {
	KNOWN_NOT = 0, /* not known */
	KNOWN_NO = 1,
	KNOWN_YES = 2,
};

/* A parent's disposition for SIGCHLD. */
enum disposition {
	DISPOSITION_UNKNOWN = 0,
	DISPOSITION_DEFAULT = 1,
	DISPOSITION_IGNORE = 2,
	DISPOSITION_HANDLER = 3,
};

/* Who holds open a pipe that the parent waits to read; a greater value says more. */
enum pipe_writer {
	PIPE_WRITER_NONE = 0,
	PIPE_WRITER_UNRELATED = 1, /* not of the dead child's family */
	PIPE_WRITER_SELF = 2,	   /* the parent itself: the end can never come */
	PIPE_WRITER_SIMILAR = 3,   /* born later, in the child's session, an orphan; no history */
	PIPE_WRITER_FAMILY = 4,	   /* it descends from the dead child */
};

#define FACTS_NAME_LEN 32 /* room for a kernel function's name */

struct facts {
	/* --- the child --- */
	uint64_t age_ns; /* since its death; 0 with age_known false */
	bool age_known;
	uint8_t dead_kind;	/* enum dw_dead_kind */
	bool death_seen;	/* the exit hook noted it */
	bool since_death;	/* the counts "since" begin at the death */
	uint8_t own_sigchld;	/* enum dw_sigchld_result of its own SIGCHLD */
	int32_t exit_signal;	/* 17 (SIGCHLD) for all that fork() makes */
	uint32_t status;	/* wait status */
	uint8_t adopted;	/* enum known: its parent is not the one it was born to */
	bool cloned_for_parent; /* forked by another process, with CLONE_PARENT */
	bool traced;		/* a process other than its parent ptraces it */
	bool ns_init;		/* it is the init of a pid namespace */
	uint8_t kill_signal;	/* last terminating signal that it was sent; 0: none seen */
	bool killed_by_parent;	/* and its parent was the sender */
	bool parent_execed;	/* its parent has exec'd since it forked it (exec ids differ) */
	uint32_t asked_before;	/* waits for this very pid, able to reap it, before its death */
	uint32_t asked_since;	/* and since */
	bool peeked_since; /* a wait with WNOWAIT that matches was entered since, or in flight */
	char hangs_in[FACTS_NAME_LEN]; /* dying: the kernel function that a thread sleeps in */
	bool in_zap;		       /* dying: that is zap_pid_ns_processes */
	uint32_t blocker; /* dying init: a process from outside that lives in its namespace */
	uint32_t blocker_parent;
	char blocker_comm[DW_COMM_LEN]; /* raw bytes, as are all names here */

	/* --- the parent when the child died --- */
	bool was_blocked;	     /* its main thread blocked SIGCHLD */
	bool was_pending;	     /* a SIGCHLD was pending already */
	bool was_waiting_for_others; /* a wait was in flight that does not match the child */

	/* --- what the parent did --- */
	bool has_history;	 /* there is a record of its conduct */
	bool whole_life;	 /* the record covers its whole life as this program */
	uint32_t waits_life;	 /* waits entered, any form */
	uint32_t waits_any_life; /* of them for any child, able to reap */
	uint32_t delivered_life; /* SIGCHLDs that reached its handler */
	uint32_t fetched_life;	 /* SIGCHLDs that it took by signalfd or sigwait */
	uint32_t merged_life;	 /* SIGCHLDs of children merged into a pending one */
	uint32_t deaths_life;	 /* children that died */
	uint32_t waits_since;
	uint32_t matches_since; /* waits entered since that would take the child */
	uint32_t others_since;	/* waits entered since that would not */
	uint32_t delivered_since;
	uint32_t fetched_since;
	uint32_t discarded_since; /* SIGCHLDs taken while no handler was set */
	uint32_t merged_since;
	uint32_t queued_since;
	uint32_t deaths_since;
	bool polled_before; /* its last match before the death was WNOHANG, after the child's birth */
	bool interrupted;   /* its last match before the death was cut short by a signal */
	uint32_t interrupts;	/* waits of its life that were cut short; 0 in the base tier */
	bool blocked_at_exec;	/* SIGCHLD was blocked when it was exec'd */
	bool delivered_no_wait; /* no wait, of any form, since its last delivery */
	uint32_t delivered_tid; /* thread that its last SIGCHLD was delivered in; 0: none */
	uint32_t waited_tid;	/* thread that last waited for any child; 0: none */
	bool waited_tid_lives;
	bool handler_replaced; /* delivered to another handler than it had at its last wait */
	uint32_t zombies;      /* of this parent now, this child included */
	uint32_t reaped;       /* zombies of earlier passes that it has reaped since */
	uint64_t reap_age_ns;  /* the greatest age at which it reaped one of those */

	/* --- the parent now --- */
	bool has_parent;     /* its live state was read */
	bool parent_ended;   /* it is in its exit: what it has not done it never will */
	uint8_t disposition; /* enum disposition */
	bool nocldwait;
	bool pending;		  /* a SIGCHLD is pending */
	uint32_t parent_ns_level; /* depth of its pid namespace; 0: the initial one */
	bool parent_ns_init;	  /* it is the init of its pid namespace */
	bool parent_subreaper;
	bool parent_younger; /* it started after the child: it must have adopted it */
	bool switches_known; /* its context switches were read in two passes */
	bool ran;	     /* one of its threads ran between the last two */
	uint64_t free_ns;    /* since it was last seen halted, or its child traced */
	uint64_t asleep_ns;  /* since one of its threads was last seen to have run */
	uint64_t blocked_ns; /* for so long each pass has seen SIGCHLD blocked in all threads */
	uint64_t under_ns;   /* since an adoption was seen; 0: none was */
	uint32_t threads;    /* live ones; the rest counts these */
	uint32_t threads_stopped; /* T or t */
	uint32_t threads_traced;  /* of them t */
	uint32_t threads_frozen;
	uint32_t threads_uninterruptible;
	uint32_t threads_running;
	uint32_t threads_blocking;    /* block SIGCHLD */
	uint32_t threads_sigwaiting;  /* in sigwait for SIGCHLD */
	bool flights_known;	      /* the waits in flight were read */
	uint32_t flights_match;	      /* waits in flight that would take the child */
	uint32_t flights_other;	      /* that would not */
	uint8_t other_alive;	      /* enum known: a process that such a wait is for is alive */
	uint8_t signalfd;	      /* enum known: it has a signalfd for SIGCHLD */
	uint8_t handler_frame;	      /* enum known: a thread is inside its SIGCHLD handler */
	char handler_in[DW_COMM_LEN]; /* the system call that this thread sleeps in */
	uint32_t threads_locked;      /* wait for a mutex, untimed */
	uint32_t threads_writing;     /* asleep in a write to a pipe */
	uint32_t threads_vforking;    /* wait for their vfork child */
	uint32_t threads_idle;	      /* in another untimed futex */
	uint32_t vfork_child;	      /* 0: none */
	char vfork_comm[DW_COMM_LEN];
	uint8_t pipe_writer;  /* enum pipe_writer */
	uint32_t pipe_holder; /* that process; 0: none, or the parent itself */
	char pipe_holder_comm[DW_COMM_LEN];

	/* --- no zombie: a wait that can find no status --- */
	uint8_t lost_how;    /* enum dw_lost_how */
	uint32_t lost;	     /* such waits so far */
	uint32_t autoreaped; /* children that the kernel reaped for the parent */
	uint32_t waiter_tid; /* the thread whose wait it was */
	uint32_t taker_tid;  /* STOLEN: the thread that had reaped the child */
	bool taker_traces;   /* that is no thread of the parent, but the child's tracer */
};

/* What findings know of a child and its parent from earlier passes; all may be 0. */
struct facts_earlier {
	uint64_t died_boot_ns;	    /* the child's death, CLOCK_BOOTTIME; 0: not known */
	bool adopted;		    /* an earlier pass saw it under another parent */
	bool watched;		    /* hooks are attached and lost nothing: no record, no conduct */
	bool blind;		    /* a hook that sees what parents do is missing: no history */
	bool parent_ended;	    /* told by the parent's exit, not found by a pass */
	struct dw_counts parent_at; /* its parent's counts when it was first seen under it */
	uint32_t zombies;	    /* of its parent in this pass */
	uint32_t reaped;
	uint64_t reap_age_ns;
	bool switches_known;
	bool ran;
	uint64_t free_ns;
	uint64_t asleep_ns;
	uint64_t blocked_ns;
	uint64_t under_ns;
};

/*
 * Joins the records of a child and its parent. parent may be NULL (it is gone,
 * or could not be read). now_ns is the boot time of the pass. What only /proc
 * tells is left unknown: see hints.h.
 */
void facts_join(struct facts *out, const struct dw_pass_dead *child,
		const struct dw_pass_parent *parent, const struct facts_earlier *earlier,
		uint64_t now_ns);

/* The facts of a status that is lost: there is no zombie, and no pass was made. */
void facts_of_lost(struct facts *out, const struct dw_event_lost *event);

/*
 * Whether a wait of this form would take the child: target and id as in
 * struct dw_wait, options with WEXITED. The parent of the child is who waits.
 */
bool facts_wait_matches(uint8_t target, uint32_t id, uint32_t options,
			const struct dw_pass_dead *child);

/* Whether a wait in flight would take the child. */
bool facts_flight_matches(const struct dw_flight *flight, const struct dw_pass_dead *child,
			  const struct dw_pass_parent *parent);

#endif
