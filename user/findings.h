// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings: the memory between passes. Follows every dead process from the
 * first pass that sees it to the first that does not, has it judged once it is
 * old enough, and says when a finding opens, changes and closes. Sticky: a
 * cause stands until something contradicts it.
 */
#ifndef DEADWAIT_FINDINGS_H
#define DEADWAIT_FINDINGS_H

#include "clock.h"
#include "finding.h"
#include "hints.h"
#include "options.h"
#include "pass.h"

struct findings;

struct findings_config {
	const struct options *options; /* age and filters */
	const struct clock *clock;     /* with the readings of each pass */
	struct hints_source source;    /* /proc and the history */
	void (*emit)(void *arg, const struct finding *finding);
	void (*emit_sigchld)(void *arg, const struct finding_sigchld *sigchld);
	void *arg;
	uint64_t tasks_max; /* pid_max, for the report; 0: not known */
	bool watched;	    /* hooks are attached; see findings_history_lost() */
	bool blind;	    /* a hook that sees what parents do is missing */
	bool two_looks;	    /* a dead process of unknown age is reported once two passes saw it */
};

/* The config is copied; what it points to must outlive the result. NULL: no memory. */
struct findings *findings_new(const struct findings_config *config);

/* Frees all; closes no finding. NULL is allowed. */
void findings_free(struct findings *findings);

/*
 * Takes in a pass and emits what changed: closed findings in the order of
 * death, then opened and updated ones likewise. An incomplete pass closes
 * nothing. Returns 0 or -ENOMEM (what fitted was done).
 */
int findings_take(struct findings *findings, const struct pass *pass);

/*
 * Takes in what a dying parent leaves unreaped: an incomplete pass of it and
 * those children, at the moment of its end. Returns as findings_take().
 */
int findings_take_left(struct findings *findings, const struct pass *pass);

/* Judges a status that is lost and emits it. */
void findings_take_lost(struct findings *findings, const struct dw_event_lost *event);

/* Ends a tick: how many lost statuses were too many to be told in it. */
uint64_t findings_take_untold(struct findings *findings);

/* Emits a closed finding, by FINDING_EXIT, for each that is still open. */
void findings_close_all(struct findings *findings, uint64_t now_ns);

/* Whether there is anything to look at again: a dead process of the last pass. */
bool findings_pending(const struct findings *findings);

/* A living process's record was evicted: from now on, no record proves nothing. */
void findings_history_lost(struct findings *findings);

/* CPU time, in ns, that reporting has taken so far: once a finding, not once a pass. */
uint64_t findings_report_cpu_ns(const struct findings *findings);

/*
 * Tasks left until the tightest pids limit of a reported parent that still has
 * zombies, asked of /proc now. Returns 0, or -ENOENT: there is no such limit.
 */
int findings_tasks_left(const struct findings *findings, uint64_t *left);

/* Whether a dead process of unknown age waits for a second pass (two_looks, or age 0). */
bool findings_unsettled(const struct findings *findings);

/* While held, passes are taken in, but nothing is opened. */
void findings_hold(struct findings *findings, bool hold);

/* Adds found, reaped, open, by_cause and longest_ns to the summary. */
void findings_sum(const struct findings *findings, struct finding_summary *summary);

#endif
