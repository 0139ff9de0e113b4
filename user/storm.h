// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm: a fork bomb, or what looks like one: a burst of forks that fills its
 * cgroup or the host, and who began it. By sampling: a host in trouble is not
 * asked for each of its processes.
 */
#ifndef DEADWAIT_STORM_H
#define DEADWAIT_STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "finding.h"

struct storm {
	int proc; /* procfs_open()'s descriptor */
	bool (*life)(void *arg, uint32_t tgid, struct dw_life *out); /* as of tracer_life() */
	void *arg;
	uint64_t looked_ns; /* CLOCK_MONOTONIC of the last look; at first when counting began */
	uint64_t forks;	    /* then */
	uint64_t burst_ns;  /* when many forks were last seen; 0: never */
	uint64_t rate;	    /* how many then, in a second */
	uint64_t cost_ns;   /* CPU time of the last time that a burst was measured */
	uint64_t told_ns;   /* when a storm was last told of; 0: never */
	uint64_t told;	    /* its processes then */
	uint32_t told_root;
};

/*
 * To be called every tick or oftener, with the count of forks so far. true:
 * *out is a storm to tell of, one that goes on again when it has doubled.
 */
bool storm_look(struct storm *storm, uint64_t forks, struct finding_storm *out);

#endif
