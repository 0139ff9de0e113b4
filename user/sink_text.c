// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "output.h"
#include "page.h"
#include "status.h"
#include "words.h"

/* Findings of one parent that a tick shows; the rest is only counted. */
#define FLOOD_MAX 20
/* Stories that are told together at the end of a tick; further ones are told at once. */
#define STORIES_MAX 64
/* Dead children of one parent with one cause, found or changed in one tick: told as one. */
struct story {
	struct dw_who parent;
	enum finding_state state;
	enum cause cause;
	enum confidence confidence;
	uint64_t time_ns;
	uint64_t count;
	char *children; /* a line for each of the first FLOOD_MAX */
	char *reasons;	/* below them: of the first */
};

struct sink_text {
	struct sink sink;
	struct sink_text_config config;
	struct page page; /* what is being put together */
	struct story stories[STORIES_MAX];
	size_t stories_count;
	/* in this tick: */
	uint64_t closed_shown, closed_held_back;
	uint64_t orphans_shown, orphans_held_back;
};

static void tell_story(struct sink_text *text, const struct story *story)
{
	bool update = story->state == FINDING_UPDATE;
	char part[WORDS_NAME_MAX + 64], name[WORDS_NAME_MAX];

	if (!story->children || !story->reasons)
		return;
	words_name(name, sizeof(name), &story->parent);
	page_head(&text->page, story->time_ns, update ? "UPDATE" : "ZOMBIE", update ? YELLOW : RED);
	if (story->count == 1) {
		page_add(&text->page, "%s", story->children);
		snprintf(part, sizeof(part), "parent %s", name);
	} else {
		snprintf(part, sizeof(part), "%" PRIu64 " children of %s", story->count, name);
		page_add(&text->page, "%s", part);
		part[0] = '\0';
	}
	if (part[0])
		page_part(&text->page, part);
	snprintf(part, sizeof(part), "cause %s, %s", cause_text(story->cause)->name,
		 verdict_confidence_name(story->confidence));
	page_part(&text->page, part);
	page_newline(&text->page);
	if (story->count > 1)
		page_add(&text->page, "%s", story->children);
	if (story->count > FLOOD_MAX) {
		page_add(&text->page, "%*sand %" PRIu64 " more of this parent; -o json has all",
			 PAGE_HANG, "", story->count - FLOOD_MAX);
		page_newline(&text->page);
	}
	page_add(&text->page, "%s", story->reasons);
	page_send(&text->page);
}

static bool belongs(const struct story *story, const struct finding *finding)
{
	return story->parent.tgid == finding->parent->tgid &&
	       story->parent.start_ns == finding->parent->start_ns &&
	       story->cause == finding->cause && story->state == finding->state &&
	       story->confidence == finding->confidence;
}

static void begin_story(struct sink_text *text, struct story *story, const struct finding *finding)
{
	*story = (struct story){
		.parent = *finding->parent,
		.state = finding->state,
		.cause = finding->cause,
		.confidence = finding->confidence,
		.time_ns = finding->time_ns,
		.count = 1,
	};
	words_reasons(&text->page, finding, text->config.verbose);
	story->reasons = page_take(&text->page);
	/* Where it will stand in the head line decides where that breaks. */
	text->page.column = page_head_width(&text->page);
	words_child(&text->page, finding);
	story->children = page_take(&text->page);
}

/* Adds a line to the story; the first child's text becomes a line of its own then. */
static void go_on(struct sink_text *text, struct story *story, const struct finding *finding)
{
	char *lines;

	story->count++;
	if (story->count > FLOOD_MAX || !story->children)
		return;
	if (story->count == 2)
		page_add(&text->page, "%*s%s\n", PAGE_HANG, "", story->children);
	else
		page_add(&text->page, "%s", story->children);
	text->page.column = 0;
	page_add(&text->page, "%*s", PAGE_HANG, "");
	words_child(&text->page, finding);
	page_newline(&text->page);
	lines = page_take(&text->page);
	free(story->children);
	story->children = lines;
}

static void free_story(struct story *story)
{
	free(story->children);
	free(story->reasons);
}

static void show_closed(struct sink_text *text, const struct finding *finding)
{
	char part[WORDS_NAME_MAX + 64], name[WORDS_NAME_MAX], age[DURATION_TEXT_MAX];

	if (finding->closed_by == FINDING_LIVES_ON) {
		page_head(&text->page, finding->time_ns, "EXEC", GREEN);
		page_add(&text->page, "%s", words_name(name, sizeof(name), finding->child));
		page_flow(&text->page, "lives on: another thread has taken the main thread's place");
		page_newline(&text->page);
		page_send(&text->page);
		return;
	}
	page_head(&text->page, finding->time_ns, "REAPED", GREEN);
	page_add(&text->page, "%s after %s%s", words_name(name, sizeof(name), finding->child),
		 finding->age_known ? "" : "at least ",
		 duration_format(age, sizeof(age), finding->age_ns));
	if (finding->closed_by == FINDING_ADOPTED_AND_REAPED) {
		const struct dw_who *former =
			finding->adopted_from ? finding->adopted_from : finding->parent;

		snprintf(part, sizeof(part), "by its adopter; its parent %s has died",
			 words_name(name, sizeof(name), former));
		page_part(&text->page, part);
	}
	page_newline(&text->page);
	page_send(&text->page);
}

static void show_status(struct sink_text *text, const struct finding *finding)
{
	char part[WORDS_NAME_MAX + 64], name[WORDS_NAME_MAX];

	page_head(&text->page, finding->time_ns, "STATUS", RED);
	if (finding->child->ns_pid)
		page_add(&text->page, "of child %" PRIu32 " lost", finding->child->ns_pid);
	else
		page_add(&text->page, "of a child lost");
	snprintf(part, sizeof(part), "parent %s", words_name(name, sizeof(name), finding->parent));
	page_part(&text->page, part);
	snprintf(part, sizeof(part), "cause %s, %s", cause_text(finding->cause)->name,
		 verdict_confidence_name(finding->confidence));
	page_part(&text->page, part);
	page_newline(&text->page);
	words_reasons(&text->page, finding, text->config.verbose);
	page_send(&text->page);
}

static void on_finding(struct sink *sink, const struct finding *finding)
{
	struct sink_text *text = (struct sink_text *)sink;
	struct story story, *found = NULL;

	if (finding->closed_by == FINDING_EXIT)
		return; /* the summary tells how many are left */
	if (finding->type == FINDING_STATUS) {
		show_status(text, finding);
		return;
	}
	if (finding->state == FINDING_CLOSED) {
		if (text->closed_shown++ < FLOOD_MAX)
			show_closed(text, finding);
		else
			text->closed_held_back++;
		return;
	}
	for (size_t i = 0; i < text->stories_count && !found; i++)
		if (belongs(&text->stories[i], finding))
			found = &text->stories[i];
	if (found) {
		go_on(text, found, finding);
	} else if (text->stories_count < STORIES_MAX) {
		begin_story(text, &text->stories[text->stories_count++], finding);
	} else {
		begin_story(text, &story, finding);
		tell_story(text, &story);
		free_story(&story);
	}
}

/* "3 merged,", unless there are none. */
static void add_count(struct page *page, uint32_t count, const char *what)
{
	char words[64];

	if (!count)
		return;
	snprintf(words, sizeof(words), "%" PRIu32 " %s", count, what);
	page_flow(page, words);
}

static void on_sigchld(struct sink *sink, const struct finding_sigchld *sigchld)
{
	struct page *page = &((struct sink_text *)sink)->page;
	const struct losses *losses = sigchld->losses;
	char words[256], name[WORDS_NAME_MAX];

	page_head(page, sigchld->time_ns, "SIGCHLD", RED);
	page_add(page, "%s", words_name(name, sizeof(name), sigchld->parent));
	snprintf(words, sizeof(words),
		 "lost %" PRIu32 " of %" PRIu32 " SIGCHLDs:", losses_lost(losses), losses->sent);
	page_flow(page, words);
	add_count(page, losses->merged, "merged,");
	add_count(page, losses->ignored, "ignored,");
	add_count(page, losses->pending, "stuck pending,");
	add_count(page, losses->delivered, "delivered,");
	add_count(page, losses->fetched, "fetched,");
	add_count(page, sigchld->unreaped,
		  sigchld->unreaped == 1 ? "child unreaped" : "children unreaped");
	snprintf(words, sizeof(words), "cause %s", cause_text(sigchld->cause)->name);
	page_part(page, words);
	page_newline(page);
	page_send(page);
}

static void show_orphan(struct page *page, const struct finding_orphan *orphan)
{
	char words[TEXT_MAX(DW_COMM_LEN) + STATUS_TEXT_MAX + 64], name[WORDS_NAME_MAX];
	char status[STATUS_TEXT_MAX], comm[TEXT_MAX(DW_COMM_LEN)];

	page_head(page, orphan->time_ns, "ORPHAN", YELLOW);
	page_add(page, "%s", words_name(name, sizeof(name), orphan->child));
	snprintf(words, sizeof(words), "father %s %s",
		 words_name(name, sizeof(name), orphan->father),
		 status_format(status, sizeof(status), (int)orphan->father_status));
	page_part(page, words);
	text_escape(comm, sizeof(comm), orphan->adopter_comm,
		    strnlen(orphan->adopter_comm, DW_COMM_LEN));
	/* Only what was seen is a fact. */
	snprintf(words, sizeof(words), "%s %" PRIu32 " (%s)",
		 orphan->confirmed ? "adopted by" :
				     "it has ended since; its adopter must have been",
		 orphan->adopter_tgid, comm[0] ? comm : "?");
	page_part(page, words);
	page_part(page, finding_orphan_name(orphan->kind));
	page_newline(page);
	page_send(page);
}

static void on_orphan(struct sink *sink, const struct finding_orphan *orphan)
{
	struct sink_text *text = (struct sink_text *)sink;

	if (text->orphans_shown++ < FLOOD_MAX)
		show_orphan(&text->page, orphan);
	else
		text->orphans_held_back++;
}

static void on_tick(struct sink *sink)
{
	struct sink_text *text = (struct sink_text *)sink;

	if (text->orphans_held_back) {
		page_add(&text->page, "%*s%" PRIu64 " more orphans in this moment; -o json has all",
			 PAGE_INDENT, "", text->orphans_held_back);
		page_newline(&text->page);
		page_send(&text->page);
	}
	text->orphans_shown = 0;
	text->orphans_held_back = 0;

	if (text->closed_held_back) {
		page_add(&text->page,
			 "%*s%" PRIu64 " more were reaped in this moment; -o json has all",
			 PAGE_INDENT, "", text->closed_held_back);
		page_newline(&text->page);
		page_send(&text->page);
	}
	text->closed_shown = 0;
	text->closed_held_back = 0;
	for (size_t i = 0; i < text->stories_count; i++) {
		tell_story(text, &text->stories[i]);
		free_story(&text->stories[i]);
	}
	text->stories_count = 0;
}

static void on_lost(struct sink *sink, const struct finding_lost *lost)
{
	struct page *page = &((struct sink_text *)sink)->page;
	char words[256];

	page_head(page, lost->time_ns, "LOST", YELLOW);
	snprintf(words, sizeof(words), "%" PRIu64 " (%s): verdicts may be less certain; %s",
		 lost->count, lost->reason, lost->remedy);
	page_flow(page, words);
	page_newline(page);
	page_send(page);
}

static void add_causes(struct page *page, const struct finding_summary *summary)
{
	char words[64];

	page_add(page, "%*s", PAGE_INDENT, "");
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		if (!summary->by_cause[cause])
			continue;
		snprintf(words, sizeof(words), "%s %" PRIu64, cause_text(cause)->name,
			 summary->by_cause[cause]);
		page_wrap(page, words);
	}
	page_newline(page);
}

static void add_total(struct page *page, const struct finding_summary *summary)
{
	char words[256], span[DURATION_TEXT_MAX];

	page_add(page, "summary:");
	if (summary->duration_ns) {
		snprintf(words, sizeof(words), "watched for %s:",
			 duration_format(span, sizeof(span), summary->duration_ns));
		page_add(page, " %s", words);
	}
	if (summary->statuses) {
		snprintf(words, sizeof(words), "%" PRIu64 " statuses lost,", summary->statuses);
		page_wrap(page, words);
	}
	snprintf(words, sizeof(words), "%" PRIu64 " zombie%s found", summary->found,
		 summary->found == 1 ? "" : "s");
	page_add(page, " %s", words);
	if (summary->duration_ns) {
		snprintf(words, sizeof(words), "%" PRIu64 " reaped, %" PRIu64 " still there",
			 summary->reaped, summary->open);
		page_add(page, ",");
		page_wrap(page, words);
	}
	page_newline(page);
}

static void on_summary(struct sink *sink, const struct finding_summary *summary)
{
	struct sink_text *text = (struct sink_text *)sink;
	struct page *page = &text->page;
	char words[256];

	if (text->config.quiet)
		return;
	add_total(page, summary);
	if (summary->found || summary->statuses)
		add_causes(page, summary);
	if (summary->has_counters) {
		snprintf(words, sizeof(words),
			 "host: %" PRIu64 " processes started, %" PRIu64 " died; SIGCHLDs: %" PRIu64
			 " queued, %" PRIu64 " merged, %" PRIu64 " ignored",
			 summary->forks, summary->exits, summary->queued, summary->merged,
			 summary->ignored);
		page_below(page, "", words);
	}
	if (summary->has_counters &&
	    summary->orphans[ORPHAN_ZOMBIE] + summary->orphans[ORPHAN_ABANDONED] +
		    summary->orphans[ORPHAN_DAEMONIZED] + summary->orphans[ORPHAN_BACKGROUND]) {
		snprintf(words, sizeof(words),
			 "orphans: %" PRIu64 " zombie, %" PRIu64 " abandoned, %" PRIu64
			 " daemonized, %" PRIu64 " background",
			 summary->orphans[ORPHAN_ZOMBIE], summary->orphans[ORPHAN_ABANDONED],
			 summary->orphans[ORPHAN_DAEMONIZED], summary->orphans[ORPHAN_BACKGROUND]);
		page_below(page, "", words);
	}
	if (summary->lost_history || summary->lost_events || summary->lost_log) {
		snprintf(words, sizeof(words),
			 "lost: %" PRIu64 " history records, %" PRIu64 " events, %" PRIu64
			 " log lines",
			 summary->lost_history, summary->lost_events, summary->lost_log);
		page_below(page, "", words);
	}
	page_send(page);
}

static int failed(const struct sink *sink)
{
	(void)sink;
	return output_failed();
}

static void on_free(struct sink *sink)
{
	struct sink_text *text = (struct sink_text *)sink;

	for (size_t i = 0; i < text->stories_count; i++)
		free_story(&text->stories[i]);
	free(text);
}

static const struct sink_ops ops = {
	.finding = on_finding,
	.sigchld = on_sigchld,
	.orphan = on_orphan,
	.lost = on_lost,
	.tick = on_tick,
	.summary = on_summary,
	.failed = failed,
	.free = on_free,
};

struct sink *sink_text_new(const struct sink_text_config *config)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct sink_text *text = calloc(1, sizeof(*text));

	if (!text)
		return NULL;
	text->sink.ops = &ops;
	text->config = *config;
	text->page.stamp = config->stamp;
	text->page.colour = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
			    !(term && !strcmp(term, "dumb"));
	return &text->sink;
}
