// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * orphans: children whose father died. The kernel side tells of them before
 * they are handed over, with the adopter that the kernel will choose; here each
 * is held back until its new parent can be seen, and only then shown.
 */
#ifndef DEADWAIT_ORPHANS_H
#define DEADWAIT_ORPHANS_H

#include "dw_event.h"
#include "finding.h"
#include "options.h"

struct orphans;

struct orphans_config {
	const struct options *options; /* filters and kinds */
	int proc;		       /* procfs_open()'s descriptor */
	void (*emit)(void *arg, const struct finding_orphan *orphan);
	void *arg;
};

/* The config is copied; what it points to must outlive the result. NULL: no memory. */
struct orphans *orphans_new(const struct orphans_config *config);

/* Frees all. NULL is allowed. */
void orphans_free(struct orphans *orphans);

/* Takes in an event. Returns 0 or -ENOMEM. */
int orphans_take(struct orphans *orphans, const struct dw_event_orphan *event);

/* Looks for the new parents, and emits the orphans that have one. */
void orphans_confirm(struct orphans *orphans);

/*
 * Looks who the child's parent is now, and fills in adopter_tgid, role and
 * confirmed; unless it can be seen, they are what the kernel was to choose.
 * Returns whether that other adopter was a surprise.
 */
bool orphans_find_adopter(int proc, const struct dw_event_orphan *event, uint32_t *adopter_tgid,
			  uint32_t *role, bool *confirmed);

/* Adds orphans and orphans_wrong to the summary. */
void orphans_sum(const struct orphans *orphans, struct finding_summary *summary);

/* The kind of an orphan: the first that fits of zombie, abandoned, daemonized, background. */
enum orphan_kind orphans_kind(const struct dw_event_orphan *event);

#endif
