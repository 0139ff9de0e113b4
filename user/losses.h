// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * losses: the SIGCHLDs of one parent that were lost, in numbers. Pure: counts
 * what the pass read, and judges nothing but whether there is a loss to tell.
 */
#ifndef DEADWAIT_LOSSES_H
#define DEADWAIT_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

#include "causes.h"
#include "dw_pass.h"

/* Since the parent's last exec, or since deadwait started; sent is the sum of the rest. */
struct losses {
	uint32_t sent;	    /* SIGCHLDs that were raised for it */
	uint32_t delivered; /* to a handler */
	uint32_t fetched;   /* by signalfd or sigwait */
	uint32_t merged;    /* into one that was pending already */
	uint32_t ignored;   /* no handler was set */
	uint32_t pending;   /* 0 or 1 */
};

/* Counts them. Returns 0, or -ENODATA: the history has no record of the parent. */
int losses_count(const struct dw_pass_parent *parent, struct losses *out);

/*
 * Whether a child is left unreaped because SIGCHLDs were lost, by the cause
 * that was found for it.
 */
bool losses_caused(enum cause cause);

/* How many of them never reached the parent. */
uint32_t losses_lost(const struct losses *losses);

#endif
