// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sample: numbers of the whole host and of deadwait itself at one moment,
 * handed to the sinks while it runs. Plain data; no filter applies to it.
 */
#ifndef DEADWAIT_SAMPLE_H
#define DEADWAIT_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "dw_pass.h"

/* BPF programs that a sample can tell of. */
#define SAMPLE_PROGRAMS_MAX 16

/* Upper bounds of the times to reap that are told apart, in ns; one more counts the rest. */
#define SAMPLE_REAP_BOUNDS                                                                         \
	{                                                                                          \
		10000ULL, 100000ULL, 1000000ULL, 10000000ULL, 100000000ULL, 1000000000ULL,         \
			10000000000ULL, 100000000000ULL, 1000000000000ULL                          \
	}
#define SAMPLE_REAP_BUCKETS 10

/* How long children were dead when they were reaped: all of the host. */
struct sample_reaps {
	bool known;			      /* only the exact tier sees who reaps, and when */
	uint64_t bucket[SAMPLE_REAP_BUCKETS]; /* each counts its own, not those below */
	uint64_t sum_ns;
};

struct sample_program {
	char name[DW_COMM_LEN];
	uint64_t run_ns; /* since it was loaded, as far as the kernel accounted it */
};

struct sample {
	uint64_t time_ns;      /* CLOCK_BOOTTIME */
	bool exact;	       /* the exact tier is attached; else the base tier alone */
	uint64_t forks, exits; /* processes, not threads, since the start, as are all counts */
	uint64_t merged;       /* SIGCHLDs of dead children */
	uint64_t lost_log;     /* lines of --log, --journal and --syslog */
	struct sample_reaps reaps;
	bool cgroup_left_known;
	uint64_t cgroup_left; /* tasks, in the tightest cgroup of a reported parent */
	bool pid_max_left_known;
	uint64_t pid_max_left;	     /* tasks, on the host */
	unsigned int programs_count; /* 0: the kernel does not account their time */
	struct sample_program programs[SAMPLE_PROGRAMS_MAX];
};

#endif
