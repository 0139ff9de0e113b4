// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings_parts: what the files of findings share. findings.c follows each
 * dead process, findings_judge.c has it judged, findings_tell.c tells of it.
 */
#ifndef DEADWAIT_FINDINGS_PARTS_H
#define DEADWAIT_FINDINGS_PARTS_H

#include "entries.h"
#include "findings.h"

struct findings {
	struct findings_config config;
	struct parents parents;
	struct entries entries;
	struct entry **batch; /* room for every dead process of a pass */
	size_t batch_room;
	bool held;
	bool leaving; /* the present pass is of findings_take_left() */
	uint64_t longest_ns;
	uint64_t tasks;
	uint64_t telling_ns;	/* time spent on telling, in the present pass */
	uint64_t report_cpu_ns; /* CPU time of that, in all passes */
	uint64_t found, reaped, statuses, sigchlds;
	uint64_t tick_statuses, untold;
	uint64_t by_cause[CAUSE_COUNT];
};

/* Nanoseconds from then to the present pass. */
uint64_t findings_since(const struct findings *findings, uint64_t then_ns);

/* Since its death; if that is not known, since it was first seen. */
uint64_t findings_age(const struct findings *findings, const struct entry *entry);

static inline uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* --- findings_judge.c --- */

/* Joins the facts of an entry and its parent and judges them. */
void findings_judge(struct findings *findings, const struct entry *entry, struct parent *parent,
		    struct facts *facts, struct verdict *verdict);

/* How long a new parent has before its adopted zombies are held against it, in ns. */
uint64_t findings_settle_ns(const struct findings *findings);

/* Lets the earlier cause stand unless the facts contradict it. */
void findings_keep_cause(const struct findings *findings, const struct entry *entry,
			 const struct facts *facts, struct verdict *verdict);

/* --- findings_tell.c --- */

/* Tells the sinks of an open entry; what that costs is not the pass's. minor: as in struct finding. */
void findings_tell(struct findings *findings, const struct entry *entry, struct parent *parent,
		   const struct facts *facts, const struct verdict *verdict, bool update,
		   bool minor);

/* Tells that an open entry is closed. reaped: how it was reaped; NULL: not seen, or it was not. */
void findings_tell_end(const struct findings *findings, const struct entry *entry,
		       enum finding_end end, const struct dw_exact *reaped);

/* Tells of a parent's lost SIGCHLDs, once, and again when they have doubled. */
void findings_tell_losses(struct findings *findings, struct parent *parent,
			  const struct verdict *verdict);

#endif
