// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sampler: makes samples, of what the tracer counted and what /proc tells of
 * the limits on tasks. Hands them to nobody.
 */
#ifndef DEADWAIT_SAMPLER_H
#define DEADWAIT_SAMPLER_H

#include "findings.h"
#include "sample.h"
#include "tracer.h"

struct sampler {
	struct sample last;
	uint64_t asked_ns; /* CLOCK_BOOTTIME when /proc was last asked; 0: never */
};

/*
 * Brings sampler->last up to now and returns it; valid until the next call.
 * Reads counters in memory each time, /proc (a descriptor of procfs_open()) and
 * the kernel's account of the programs at the most every 5 s. lost_log is left
 * to the caller.
 */
struct sample *sampler_make(struct sampler *sampler, const struct tracer *tracer,
			    const struct findings *findings, int proc);

/* Fills in what the kernel side has counted: forks to left, and what it has lost. */
void sampler_sum(const struct tracer *tracer, struct finding_summary *summary);

#endif
