// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * finding: what goes to the sinks: one dead child that is still there, or the
 * end of it, with all that is to be said. Made by findings, valid only during
 * the call that hands it over; the sinks must not keep pointers into it.
 */
#ifndef DEADWAIT_FINDING_H
#define DEADWAIT_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "dw_trace.h"
#include "dw_pass.h"
#include "facts.h"
#include "inquiry.h"
#include "losses.h"
#include "verdict.h"

enum finding_type {
	FINDING_ZOMBIE,
	FINDING_STATUS, /* no zombie: a status that a wait cannot find */
};

enum finding_state {
	FINDING_OPEN,
	FINDING_UPDATE, /* its cause or parent changed, or its cause became certain */
	FINDING_CLOSED,
};

enum finding_end {
	FINDING_NOT_ENDED,
	FINDING_REAPED,
	FINDING_ADOPTED_AND_REAPED, /* its parent died, another reaped it */
	FINDING_EXIT,		    /* deadwait ended, the zombie did not */
	FINDING_LIVES_ON,	    /* a dead main thread: another thread took its place by exec */
};

struct finding {
	enum finding_type type;
	enum finding_state state;
	bool minor; /* an update of the confidence only, which is not yet certain */
	enum finding_end closed_by;
	uint64_t time_ns;	    /* CLOCK_BOOTTIME of the pass */
	const struct dw_who *child; /* of a lost status only ns_pid is known, 0: not even that */
	uint32_t status;	    /* wait status of the child */
	bool status_known;	    /* it was allowed to know it */
	int32_t exit_signal;
	uint8_t dead_kind; /* enum dw_dead_kind */
	uint64_t died_ns;  /* CLOCK_BOOTTIME, from the history; 0: died before the start */
	uint64_t age_ns;   /* since the death, or with !age_known since it was first seen */
	bool age_known;
	bool killer_known;    /* a terminating signal was seen on its way to the child */
	uint32_t killer_tgid; /* 0: the kernel sent it */
	uint8_t kill_signal;
	uint32_t tracer_tgid; /* 0: none but perhaps the parent */
	char tracer_comm[64]; /* raw bytes; empty: not known */
	const struct dw_who *parent;
	const struct dw_who *adopted_from; /* its parent before; NULL: the same all along */
	const struct dw_reaper *by;	   /* closed: who reaped it; NULL: not known */
	enum cause cause;
	uint64_t also; /* CAUSE_BITs */
	enum confidence confidence;
	/* NULL or empty when closed: */
	const struct dw_pass_parent *parent_live;
	const struct dw_wait *last_wait; /* of the parent; NULL: none seen */
	uint64_t last_wait_ns;		 /* CLOCK_BOOTTIME; 0: not known */
	uint64_t tasks;			 /* on the host */
	uint64_t tasks_max;		 /* pid_max; 0: not known */
	const struct inquiry *inquiry;
	const struct facts *facts;
	const struct verdict *verdict; /* its evidence; cause and confidence are the fields above */
};

/* SIGCHLDs that a parent never got, and children left unreaped because of it. */
struct finding_sigchld {
	uint64_t time_ns; /* CLOCK_BOOTTIME of the pass */
	const struct dw_who *parent;
	const struct losses *losses;
	uint32_t told_lost;	       /* lost ones that were told of before; 0: none */
	uint32_t unreaped;	       /* zombies of the parent */
	enum cause cause;	       /* of the child that it was found by */
	const struct inquiry *inquiry; /* NULL: not known */
};

/* How a process came to have no father; the numbers are bits of options.orphan_kinds. */
enum orphan_kind {
	ORPHAN_ZOMBIE = 0,     /* dead already when it was handed over */
	ORPHAN_ABANDONED = 1,  /* its father was killed */
	ORPHAN_DAEMONIZED = 2, /* its father exited, it had left the session */
	ORPHAN_BACKGROUND = 3, /* likewise, in the same session */
	ORPHAN_KINDS,
};

struct finding_orphan {
	uint64_t time_ns; /* CLOCK_BOOTTIME of the father's death */
	const struct dw_who *child;
	const struct dw_who *father;
	uint32_t father_status; /* wait status */
	enum orphan_kind kind;
	uint32_t adopter_tgid;
	uint32_t role;	/* enum dw_role of the adopter */
	bool confirmed; /* seen as the child's parent; else the child was gone too soon */
	char adopter_comm[DW_COMM_LEN]; /* raw bytes; empty: not known */
};

/* "open", "update", "closed". */
const char *finding_state_name(enum finding_state state);

/* "zombie", "abandoned" and so on; "subreaper" and so on, NULL: not known. */
const char *finding_orphan_name(enum orphan_kind kind);
const char *finding_role_name(uint32_t role);

/* One event of a trace, with what the program knows of it besides. */
struct finding_event {
	const struct dw_event_head *event; /* dw_trace.h, or DW_EVENT_ORPHAN */
	uint32_t adopter_tgid;		   /* of a reparent; 0: not known */
	uint32_t role;			   /* enum dw_role of the adopter */
	bool confirmed;	  /* seen as the child's parent; else what the kernel was to choose */
	bool dead_known;  /* of a reap: */
	uint64_t dead_ns; /* for how long it was dead, at the most */
};

/* A burst of forks that fills what its cgroup allows, or is of thousands, dead or alive. */
struct finding_storm {
	uint64_t time_ns;
	uint32_t root_tgid;	     /* who began it */
	char root_comm[DW_COMM_LEN]; /* raw bytes; empty: it is gone */
	uint64_t processes;	     /* of the burst, dead or alive; about */
	uint64_t forks;	  /* on the host (of a family: in it), in a second of its last burst */
	bool limit_known; /* a cgroup limits its tasks: */
	uint64_t pids_current, pids_max;
};

/* Something that deadwait itself lost. */
struct finding_lost {
	uint64_t time_ns;
	const char *reason; /* "history-full", "log" */
	uint64_t count;	    /* since the last such record */
	const char *remedy; /* which knob to turn */
};

struct finding_summary {
	uint64_t time_ns;
	uint64_t duration_ns;
	uint64_t found;	     /* findings opened */
	uint64_t reaped;     /* of them reaped since */
	uint64_t open;	     /* of them still there */
	uint64_t longest_ns; /* greatest age at which a parent reaped a zombie that a pass saw */
	bool exact;	     /* each reaping was seen: longest_ns is of all, exact */
	uint64_t statuses;   /* lost statuses told */
	uint64_t sigchlds;   /* parents with lost SIGCHLDs told of */
	uint64_t by_cause[CAUSE_COUNT];
	uint64_t orphans[ORPHAN_KINDS];
	uint64_t orphans_wrong;		  /* whose adopter was another than foretold */
	bool has_counters;		  /* hooks were attached: */
	bool of_family;			  /* they count a family, not the host */
	uint64_t forks, execs, exits;	  /* processes, not threads */
	uint64_t queued, merged, ignored; /* SIGCHLDs of dead children */
	uint64_t autoreaped;		  /* dead children that the kernel reaped */
	uint64_t left;	       /* of a family: zombies that their parent left at its own end */
	uint64_t unreaped;     /* likewise: zombies that their parent still has */
	uint64_t running;      /* likewise: processes that live */
	uint64_t between_ns;   /* the longest that two passes were apart with somebody dead */
	uint64_t lost_history; /* records evicted before their time */
	uint64_t lost_events;  /* for want of room in the ring buffer */
	uint64_t lost_log;     /* lines of --log, --journal and --syslog */
	uint64_t passes;
	uint64_t pass_cpu_ns; /* CPU time of all passes */
	bool traced;	      /* it was a trace: */
	uint64_t events;      /* told */
};

/* "<tgid>-<start_ns>", the stable id of a process. Returns out; FINDING_ID_MAX suffices. */
#define FINDING_ID_MAX 40
const char *finding_id(char *out, size_t size, const struct dw_who *who);

#endif
