// SPDX-License-Identifier: GPL-2.0-or-later
#include "timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FULL_BYTES (4U << 20)
/* Events are kept aligned, as the ring buffer does. */
#define ALIGNED(bytes) (((bytes) + 7) & ~(size_t)7)

struct timeline_entry {
	uint64_t time_ns;
	size_t offset;
};

static int reserve(struct timeline *timeline, size_t bytes)
{
	size_t room = timeline->room ? timeline->room * 2 : 65536;
	size_t entries_room = timeline->entries_room ? timeline->entries_room * 2 : 1024;
	void *grown;

	if (timeline->room - timeline->len < bytes) {
		grown = realloc(timeline->bytes, room);
		if (!grown)
			return -ENOMEM;
		timeline->bytes = grown;
		timeline->room = room;
	}
	if (timeline->count == timeline->entries_room) {
		grown = reallocarray(timeline->entries, entries_room, sizeof(*timeline->entries));
		if (!grown)
			return -ENOMEM;
		timeline->entries = grown;
		timeline->entries_room = entries_room;
	}
	return 0;
}

int timeline_add(struct timeline *timeline, const struct dw_event_head *event)
{
	struct timeline_entry entry = { .time_ns = event->time_ns, .offset = timeline->len };
	size_t place = timeline->count;
	int err = reserve(timeline, ALIGNED(event->bytes));

	if (err)
		return err;
	memcpy(timeline->bytes + timeline->len, event, event->bytes);
	timeline->len += ALIGNED(event->bytes);
	/* Few are out of order, and those by little: from the end. */
	while (place && timeline->entries[place - 1].time_ns > entry.time_ns) {
		timeline->entries[place] = timeline->entries[place - 1];
		place--;
	}
	timeline->entries[place] = entry;
	timeline->count++;
	return 0;
}

bool timeline_is_full(const struct timeline *timeline)
{
	return timeline->len >= FULL_BYTES;
}

uint64_t timeline_latest_ns(const struct timeline *timeline)
{
	return timeline->count ? timeline->entries[timeline->count - 1].time_ns : 0;
}

/* Moves what is left after the first `taken` to the front. */
static void drop(struct timeline *timeline, size_t taken)
{
	size_t first = timeline->len;

	timeline->count -= taken;
	memmove(timeline->entries, timeline->entries + taken,
		timeline->count * sizeof(*timeline->entries));
	for (size_t i = 0; i < timeline->count; i++)
		if (timeline->entries[i].offset < first)
			first = timeline->entries[i].offset;
	timeline->len -= first;
	memmove(timeline->bytes, timeline->bytes + first, timeline->len);
	for (size_t i = 0; i < timeline->count; i++)
		timeline->entries[i].offset -= first;
}

void timeline_take(struct timeline *timeline, uint64_t before_ns,
		   void (*take)(void *arg, const struct dw_event_head *event), void *arg)
{
	size_t taken = 0;

	while (taken < timeline->count && timeline->entries[taken].time_ns < before_ns) {
		size_t offset = timeline->entries[taken++].offset;

		take(arg, (const void *)(timeline->bytes + offset));
	}
	if (taken)
		drop(timeline, taken);
}

void timeline_free(struct timeline *timeline)
{
	free(timeline->bytes);
	free(timeline->entries);
	*timeline = (struct timeline){};
}
