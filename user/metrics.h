// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics: findings added up to gauges and counters of a bounded size. Pure:
 * no clock, no file, no socket; never a pid in a label. Rendering them as text
 * is metrics_text's.
 */
#ifndef DEADWAIT_METRICS_H
#define DEADWAIT_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "finding.h"
#include "sample.h"

/*
 * Sets of labels that stand for themselves; zombies beyond them are added up as
 * parent and unit "other", one set a cause. A set is kept, as 0, for an hour
 * after its last zombie: a stranger who makes up names cannot make more series
 * than so many an hour.
 */
#define METRICS_NAMED_MAX 100
#define METRICS_SETS_MAX (METRICS_NAMED_MAX + CAUSE_COUNT)
#define METRICS_KEPT_NS (3600 * 1000000000ULL)

#define METRICS_UNIT_MAX 256
#define METRICS_KERNEL_MAX 65
#define METRICS_REASON_MAX 32
#define METRICS_REASONS_MAX 8

struct metrics_set {
	bool used;
	enum cause cause;
	char parent[DW_COMM_LEN];    /* raw bytes */
	char unit[METRICS_UNIT_MAX]; /* raw bytes; empty: none or not known */
	uint64_t zombies;
	uint64_t oldest_ns; /* CLOCK_BOOTTIME of the first death of them */
	uint64_t empty_ns;  /* CLOCK_BOOTTIME since when there are none */
};

struct metrics_reason {
	char name[METRICS_REASON_MAX]; /* of struct finding_lost, with '-' for blanks */
	uint64_t count;
};

/* All that is shown. Plain data: it may be copied, and the copy be rendered elsewhere. */
struct metrics_page {
	char kernel[METRICS_KERNEL_MAX];
	struct metrics_set sets[METRICS_SETS_MAX];
	uint64_t found[CAUSE_COUNT];  /* by the cause first judged */
	uint64_t reaped[CAUSE_COUNT]; /* by the cause last judged */
	uint64_t orphans[ORPHAN_KINDS];
	uint64_t sigchld_lost;
	uint64_t statuses_lost;
	struct metrics_reason reasons[METRICS_REASONS_MAX]; /* the last: of any other name */
	struct sample sample;
	bool sampled; /* sample was filled */
	bool ended;   /* nobody watches any more: what is there now is not known */
};

struct metrics;

/* kernel: its release. NULL: no memory. */
struct metrics *metrics_new(const char *kernel);

/* NULL is allowed. */
void metrics_free(struct metrics *metrics);

/* Each takes in what a sink is handed. */
void metrics_take_finding(struct metrics *metrics, const struct finding *finding);
void metrics_take_sigchld(struct metrics *metrics, const struct finding_sigchld *sigchld);
void metrics_take_orphan(struct metrics *metrics, const struct finding_orphan *orphan);
void metrics_take_lost(struct metrics *metrics, const struct finding_lost *lost);
void metrics_take_sample(struct metrics *metrics, const struct sample *sample);

/* deadwait ends: gauges of the present are not known from now on. */
void metrics_end(struct metrics *metrics);

/* What there is to show now, valid until the next call of a function above. */
const struct metrics_page *metrics_page(struct metrics *metrics);

#endif
