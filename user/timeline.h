// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeline: events of all CPUs, put in the order of time. They come in the
 * order in which each was given its place in the ring buffer, which is that of
 * time but for events that two CPUs tell in the same instant.
 */
#ifndef DEADWAIT_TIMELINE_H
#define DEADWAIT_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dw_event.h"

/* A zeroed struct is empty. */
struct timeline {
	char *bytes; /* the events, one behind the other */
	size_t len, room;
	struct timeline_entry *entries; /* in the order of time */
	size_t count, entries_room;
};

/* Copies an event in. Returns 0 or -ENOMEM. */
int timeline_add(struct timeline *timeline, const struct dw_event_head *event);

/* Whether it holds so much that it should be emptied before more is added. */
bool timeline_is_full(const struct timeline *timeline);

/* The time of the latest event in it, CLOCK_BOOTTIME; 0: it is empty. */
uint64_t timeline_latest_ns(const struct timeline *timeline);

/* Hands out, in order, and forgets all events of before a moment. */
void timeline_take(struct timeline *timeline, uint64_t before_ns,
		   void (*take)(void *arg, const struct dw_event_head *event), void *arg);

void timeline_free(struct timeline *timeline);

#endif
