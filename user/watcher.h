// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watcher: from the kernel side to the sinks: passes when there may be
 * something to see, events, what is lost. What watch and run have in common;
 * waiting for the next tick is theirs.
 */
#ifndef DEADWAIT_WATCHER_H
#define DEADWAIT_WATCHER_H

#include "clock.h"
#include "duration.h"
#include "findings.h"
#include "options.h"
#include "orphans.h"
#include "pass.h"
#include "sampler.h"
#include "sink.h"
#include "storm.h"
#include "tracer.h"

/* How often watcher_tick() is to be called. */
#define WATCHER_TICK_NS (250 * DURATION_NS_PER_MS)

struct watcher {
	const struct options *options;
	struct sinks *sinks;
	struct tracer *tracer;
	struct findings *findings;
	struct orphans *orphans;
	struct clock clock;
	struct pass pass; /* the last one */
	struct pass left; /* what dying parents leave behind, as far as it was told */
	struct storm storm;
	struct sampler sampler;
	int proc;
	uint64_t start_ns;  /* CLOCK_BOOTTIME */
	uint64_t earned_ns; /* CLOCK_MONOTONIC up to which CPU time was earned */
	int64_t saved_ns;   /* CPU time that passes may use now; not above 0: none */
	uint64_t due_ns;    /* CLOCK_MONOTONIC since which a pass is due; 0: none is */
	uint64_t delay_ns;  /* the longest that a pass was due before it was made */
	uint64_t passes, pass_cpu_ns;
	uint64_t lost_history; /* told already, as is: */
	uint64_t lost_events;
	bool failing; /* the last pass failed, and that was said */
};

/* A watcher that holds nothing, for watcher_close(). */
#define WATCHER_NONE ((struct watcher){ .proc = -1 })

/*
 * Loads and attaches. emit_orphan is called with arg
 * for each orphan. Returns 0, an error of tracer_open() after one line on
 * stderr, or -errno after one line. Either way watcher_close() is to be called.
 */
int watcher_open(struct watcher *watcher, const struct options *options, struct sinks *sinks,
		 const struct tracer_config *config,
		 void (*emit_orphan)(void *arg, const struct finding_orphan *orphan), void *arg);

/* Takes the events at hand, and makes a pass if one is due. */
void watcher_tick(struct watcher *watcher);

/* Takes the events at hand. */
void watcher_events(struct watcher *watcher);

/* Makes a pass now. */
void watcher_pass(struct watcher *watcher);

/* Fills in the summary, but for what the sinks know, and closes all findings. */
void watcher_finish(struct watcher *watcher, struct finding_summary *summary);

/* Detaches and frees; the sinks stay. */
void watcher_close(struct watcher *watcher);

#endif
