// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * story: dead children of one parent with one cause, told as one.
 */
#ifndef DEADWAIT_STORY_H
#define DEADWAIT_STORY_H

#include "finding.h"
#include "page.h"

/* Children that a story names; the rest is only counted. */
#define STORY_CHILDREN_MAX 20

struct story {
	struct dw_who parent;
	enum finding_state state;
	enum cause cause;
	enum confidence confidence;
	uint64_t time_ns; /* CLOCK_BOOTTIME of its first finding */
	uint64_t count;
	char *children; /* owned: what happened to each; from the second on, a line each */
	char *reasons;	/* owned: below them, of the first */
};

/* Begins a story with its first finding; with facts, they are shown. The page must be empty. */
void story_begin(struct story *story, struct page *page, const struct finding *finding, bool facts);

/* Whether a finding belongs to the story, and then adds it. */
bool story_fits(const struct story *story, const struct finding *finding);
void story_add(struct story *story, struct page *page, const struct finding *finding);

/* Adds the one child of a story of the same parent and cause, which stays the caller's. */
void story_join(struct story *story, struct page *page, const struct story *other);

/* Puts it on the page and sends it. */
void story_tell(const struct story *story, struct page *page);

void story_free(struct story *story);

#endif
