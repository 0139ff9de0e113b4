// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink: where findings go. One ops table per kind of output; the core hands
 * over and never formats, a sink formats and never reaches back.
 */
#ifndef DEADWAIT_SINK_H
#define DEADWAIT_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "finding.h"
#include "sample.h"

struct sink;

/* A function that a sink does not need may be NULL. */
struct sink_ops {
	/*
	 * All files are open and privileges are given up: a thread may start. Returns 0 or
	 * -errno, and has said why.
	 */
	int (*start)(struct sink *sink);
	void (*finding)(struct sink *sink, const struct finding *finding);
	void (*sigchld)(struct sink *sink, const struct finding_sigchld *sigchld);
	void (*orphan)(struct sink *sink, const struct finding_orphan *orphan);
	void (*storm)(struct sink *sink, const struct finding_storm *storm);
	/* An orphan, told of before, still runs at the end. */
	void (*left)(struct sink *sink, const struct finding_orphan *orphan);
	void (*event)(struct sink *sink, const struct finding_event *event);
	void (*lost)(struct sink *sink, const struct finding_lost *lost);
	/* All findings of one pass, or all events at hand, have been handed over. */
	void (*tick)(struct sink *sink);
	/* Numbers of the whole host, a few times a second. */
	void (*sample)(struct sink *sink, const struct sample *sample);
	void (*summary)(struct sink *sink, const struct finding_summary *summary);
	/* SIGHUP: open files anew. */
	void (*reopen)(struct sink *sink);
	/* The first failure that ends the program, as a negative errno; -EPIPE: nobody reads. */
	int (*failed)(const struct sink *sink);
	/* Lines lost so far. */
	uint64_t (*lines_lost)(const struct sink *sink);
	void (*free)(struct sink *sink);
};

/* Each kind of sink has this as its first member. */
struct sink {
	const struct sink_ops *ops;
	bool minor; /* it wants minor findings, too (--log-level all) */
};

#define SINKS_MAX 8

/* All sinks of a run; each function does its thing for every one, in order. */
struct sinks {
	struct sink *sink[SINKS_MAX];
	unsigned int count;
};

/* Takes over the sink; sinks_free() frees it. There are never more than SINKS_MAX. */
void sinks_add(struct sinks *sinks, struct sink *sink);

/* Returns 0, or the first failure, which was said. */
int sinks_start(const struct sinks *sinks);

/* arg is the struct sinks: fits findings_config.emit. */
void sinks_finding(void *arg, const struct finding *finding);
/* The same for findings_config.emit_sigchld and orphans_config.emit. */
void sinks_sigchld(void *arg, const struct finding_sigchld *sigchld);
void sinks_orphan(void *arg, const struct finding_orphan *orphan);
void sinks_storm(const struct sinks *sinks, const struct finding_storm *storm);
void sinks_left(const struct sinks *sinks, const struct finding_orphan *orphan);
void sinks_event(const struct sinks *sinks, const struct finding_event *event);
void sinks_lost(const struct sinks *sinks, const struct finding_lost *lost);
void sinks_tick(const struct sinks *sinks);
/* Whether any of them takes samples. */
bool sinks_want_sample(const struct sinks *sinks);
void sinks_sample(const struct sinks *sinks, const struct sample *sample);
void sinks_summary(const struct sinks *sinks, const struct finding_summary *summary);
void sinks_reopen(const struct sinks *sinks);
/* 0, or the first sink's failure. */
int sinks_failed(const struct sinks *sinks);
uint64_t sinks_lines_lost(const struct sinks *sinks);
void sinks_free(struct sinks *sinks);

#endif
