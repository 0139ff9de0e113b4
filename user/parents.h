// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parents: what is remembered, from pass to pass, of the parents of dead
 * processes: that they reap, whether they run, what /proc told of them.
 */
#ifndef DEADWAIT_PARENTS_H
#define DEADWAIT_PARENTS_H

#include <stdbool.h>
#include <stdint.h>

/* uthash ends the program when memory runs out, unless told otherwise. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "hints.h"
#include "inquiry.h"
#include "pass.h"

/* What identifies a process; a hash key, so it has no padding. */
struct parents_key {
	uint64_t start_ns;
	uint64_t tgid;
};

struct parent {
	struct parents_key key;
	UT_hash_handle hh;
	const struct dw_pass_parent *live; /* in the present pass, or NULL */
	struct inquiry inquiry;		   /* of parents_ask() */
	struct hints hints;		   /* of parents_hint() */
	uint64_t inquired_ns;		   /* when that was asked; 0: never */
	uint64_t hinted_ns;		   /* likewise */
	uint64_t hinted_switches;	   /* `switches` then */
	uint64_t walked_ns;   /* when all processes were looked at for its pipes; 0: never */
	uint64_t seen_ns;     /* the last pass that it was in */
	uint64_t awake_ns;    /* when one of its threads was last seen to have run */
	uint64_t halted_ns;   /* when all were last seen halted; at the least when first seen */
	uint64_t blocked_ns;  /* since when each pass has seen SIGCHLD blocked; 0: not so */
	uint64_t switches;    /* of the last pass that read them */
	uint64_t exec_id;     /* what it did before an exec does not count */
	uint64_t reap_age_ns; /* the greatest age at which it reaped a zombie that was seen */
	uint32_t reaped;      /* zombies of earlier passes that it has reaped */
	uint32_t zombies;     /* in the present pass */
	uint32_t told_lost;   /* lost SIGCHLDs when they were last told of; 0: never */
	uint32_t pass;	      /* the last pass that it was in */
	uint32_t alive_pass;  /* the pass in which `alive` was asked */
	bool alive;
	bool switches_known; /* they were read in two passes */
	bool ran;	     /* and differ */
};

/* All parents, and the present pass. A zeroed struct with a source is an empty set. */
struct parents {
	struct hints_source source;
	struct parent *hash;
	uint32_t pass;
	uint32_t whole_pass; /* the last that was complete */
	uint64_t now_ns;     /* CLOCK_BOOTTIME of the pass */
	uint64_t asked_ns;   /* CPU time spent on asking /proc */
	unsigned int walks;  /* over all processes, in this pass */
};

/* Begins a pass, which must stay until parents_end(). */
void parents_begin(struct parents *parents, const struct pass *pass);

/*
 * The parent of a dead process of the present pass, brought up to it and with
 * one zombie more if it is one. Owned by parents. NULL: no memory.
 */
struct parent *parents_take(struct parents *parents, const struct pass *pass,
			    const struct dw_pass_dead *dead);

/* The parent with this tgid and start time, or NULL. */
struct parent *parents_find(const struct parents *parents, uint32_t tgid, uint64_t start_ns);

/* Whether it lives now, zombies or not; asks /proc at the most once a pass. */
bool parents_alive(struct parents *parents, struct parent *parent);

/* It reaped a child that was dead for age_ns. */
void parents_reaped(struct parent *parent, uint64_t age_ns);

/*
 * Brings parent->hints up to date, for the verdict: fresh for a child that is
 * judged for the first time. Only while parent->live.
 */
void parents_hint(struct parents *parents, struct parent *parent, bool fresh);

/* Brings parent->inquiry up to date, for the report. */
void parents_ask(struct parents *parents, struct parent *parent);

/*
 * Tasks left until the tightest pids limit of those that were asked about and
 * have zombies, as /proc has it now; at most 64 of them are looked at. Returns
 * 0, or -ENOENT: there is no such limit.
 */
int parents_tasks_left(const struct parents *parents, uint64_t *left);

/*
 * Ends a pass: drops pointers into it and, if it was complete, forgets who need
 * not be remembered.
 */
void parents_end(struct parents *parents, bool complete);

/* Frees all. */
void parents_free(struct parents *parents);

#endif
