// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm: a fork bomb, or what looks like one: a burst of forks that fills its
 * cgroup, or is of thousands, dead or alive, and who began it. By sampling: a
 * host in trouble is not asked for each of its processes.
 */
#ifndef DEADWAIT_STORM_H
#define DEADWAIT_STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "finding.h"

/* As tracer_life(). */
typedef bool (*storm_life)(void *arg, uint32_t tgid, struct dw_life *out);

struct storm {
	int proc; /* procfs_open()'s descriptor */
	storm_life life;
	void *arg;
	uint64_t looked_ns;  /* CLOCK_MONOTONIC of the last look; at first when counting began */
	uint64_t forks;	     /* then */
	int64_t there;	     /* what a burst must exceed to be measured */
	uint32_t looks_left; /* after the last burst */
	uint64_t rate;	     /* of its forks, in a second */
	uint64_t cost_ns;    /* CPU time of the last time that a burst was measured */
	uint64_t told_ns;    /* when a storm was last told of; 0: never */
	uint64_t told;	     /* its processes then */
	uint32_t told_root;
};

/* now_ns: CLOCK_MONOTONIC, as in storm_look(); counting begins with it. */
void storm_begin(struct storm *storm, int proc, storm_life life, void *arg, uint64_t now_ns);

/*
 * To be called every tick or oftener, with the count of forks so far and how
 * many more processes are there, dead ones too if they are known, than at the
 * start. true: *out is a storm to tell of, one that goes on again when it has
 * doubled or for long.
 */
bool storm_look(struct storm *storm, uint64_t forks, int64_t there, uint64_t now_ns,
		struct finding_storm *out);

#endif
