// SPDX-License-Identifier: GPL-2.0-or-later
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "words.h"

void story_begin(struct story *story, struct page *page, const struct finding *finding, bool facts)
{
	*story = (struct story){
		.parent = *finding->parent,
		.state = finding->state,
		.cause = finding->cause,
		.confidence = finding->confidence,
		.time_ns = finding->time_ns,
		.count = 1,
	};
	words_reasons(page, finding, facts);
	story->reasons = page_take(page);
	/* Where it will stand in the head line decides where that breaks. */
	page->column = page_head_width(page);
	words_child(page, finding);
	story->children = page_take(page);
}

bool story_fits(const struct story *story, const struct finding *finding)
{
	return story->parent.tgid == finding->parent->tgid &&
	       story->parent.start_ns == finding->parent->start_ns &&
	       story->cause == finding->cause && story->state == finding->state &&
	       story->confidence == finding->confidence;
}

/* Makes room for one more line; false: it will not be shown. The first child's becomes a line now. */
static bool begin_line(struct story *story, struct page *page)
{
	story->count++;
	if (story->count > STORY_CHILDREN_MAX || !story->children)
		return false;
	if (story->count == 2)
		page_add(page, "%*s%s\n", PAGE_HANG, "", story->children);
	else
		page_add(page, "%s", story->children);
	page->column = 0;
	page_add(page, "%*s", PAGE_HANG, "");
	return true;
}

static void end_line(struct story *story, struct page *page)
{
	page_newline(page);
	free(story->children);
	story->children = page_take(page);
}

void story_add(struct story *story, struct page *page, const struct finding *finding)
{
	if (!begin_line(story, page))
		return;
	words_child(page, finding);
	end_line(story, page);
}

void story_join(struct story *story, struct page *page, const struct story *other)
{
	if (!other->children || !begin_line(story, page))
		return;
	page_add(page, "%s", other->children);
	end_line(story, page);
}

void story_tell(const struct story *story, struct page *page)
{
	bool update = story->state == FINDING_UPDATE;
	char part[WORDS_NAME_MAX + 64], name[WORDS_NAME_MAX];

	if (!story->children || !story->reasons)
		return;
	words_name(name, sizeof(name), &story->parent);
	page_head(page, story->time_ns, update ? "UPDATE" : "ZOMBIE", update ? YELLOW : RED);
	if (story->count == 1) {
		page_add(page, "%s", story->children);
		snprintf(part, sizeof(part), "parent %s", name);
	} else {
		snprintf(part, sizeof(part), "%" PRIu64 " children of %s", story->count, name);
		page_add(page, "%s", part);
		part[0] = '\0';
	}
	if (part[0])
		page_part(page, part);
	snprintf(part, sizeof(part), "cause %s, %s", cause_text(story->cause)->name,
		 verdict_confidence_name(story->confidence));
	page_part(page, part);
	page_newline(page);
	if (story->count > 1)
		page_add(page, "%s", story->children);
	if (story->count > STORY_CHILDREN_MAX) {
		page_add(page, "%*sand %" PRIu64 " more of this parent; -o json has all", PAGE_HANG,
			 "", story->count - STORY_CHILDREN_MAX);
		page_newline(page);
	}
	page_add(page, "%s", story->reasons);
	page_send(page);
}

void story_free(struct story *story)
{
	free(story->children);
	free(story->reasons);
}
