// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * entries: what is remembered, from pass to pass, of each dead process: when
 * it died, whose it was, what was said about it.
 */
#ifndef DEADWAIT_ENTRIES_H
#define DEADWAIT_ENTRIES_H

#include "clock.h"
#include "parents.h"

struct entry {
	struct parents_key key;
	UT_hash_handle hh;
	const struct dw_pass_dead *dead; /* in the present pass, or NULL */
	struct dw_who child;
	struct dw_who parent;
	struct dw_who *former;	    /* the parent before an adoption; NULL: none */
	struct dw_counts parent_at; /* the parent's counts when it was first seen under it */
	uint64_t died_ns;	    /* CLOCK_BOOTTIME, from the history; 0: not known */
	uint64_t ran_ns;    /* likewise, from the scheduler: when it last ran; 0: not known */
	uint64_t seen_ns;   /* first pass that saw it, in this kind of death */
	uint64_t last_ns;   /* last pass that saw it */
	uint64_t parent_ns; /* first pass that saw it under this parent */
	uint64_t traced_ns; /* last pass that saw it traced by another than its parent */
	uint64_t also;	    /* CAUSE_BITs */
	uint32_t status;
	int32_t exit_signal;
	uint64_t exec_id;  /* the parent's in that pass */
	uint32_t waits;	   /* the parent's count of waits in that pass */
	uint32_t pass;	   /* the last pass that it was in */
	uint32_t passes;   /* how many in a row */
	uint8_t kind;	   /* enum dw_dead_kind */
	uint8_t told_kind; /* that it was last reviewed as */
	uint8_t cause;	   /* meaningful once open */
	uint8_t confidence;
	bool status_known;
	bool age_known; /* from the history, or from the scheduler */
	bool moved;	/* it has a new parent, and was not judged under it yet */
	bool open;	/* it was reported */
};

/* All dead processes, and the present pass. A zeroed struct is an empty set. */
struct entries {
	struct entry *hash; /* in the order in which they were first seen */
	uint32_t pass;
	uint64_t now_ns; /* CLOCK_BOOTTIME of the pass */
};

/* Begins a pass: its boot time. */
void entries_begin(struct entries *entries, uint64_t now_ns);

/*
 * The entry of a dead process of the present pass, made or brought up to it.
 * Owned by entries; dead is kept until entries_end(). NULL: no memory.
 */
struct entry *entries_take(struct entries *entries, const struct clock *clock,
			   const struct dw_pass_dead *dead, const struct parent *parent);

/* Ends a pass: drops pointers into it. */
void entries_end(struct entries *entries);

/* Nanoseconds of boot time from then to the present pass. */
uint64_t entries_since(const struct entries *entries, uint64_t then_ns);

/* Frees one, or all. */
void entries_forget(struct entries *entries, struct entry *entry);
void entries_free(struct entries *entries);

#endif
