// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "duration.h"
#include "output.h"
#include "page.h"
#include "story.h"
#include "words.h"

/* Closed findings, and orphans, that a tick shows; the rest is only counted. */
#define FLOOD_MAX STORY_CHILDREN_MAX
/* Stories that are told together at the end of a tick; further ones are told at once. */
#define STORIES_MAX 64

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

static void show_closed(struct sink_text *text, const struct finding *finding)
{
	char part[WORDS_NAME_MAX + 64], name[WORDS_NAME_MAX], age[DURATION_TEXT_MAX];

	if (finding->closed_by == FINDING_LIVES_ON) {
		page_head(&text->page, finding->time_ns, "EXEC", GREEN);
		page_add(&text->page, "%s", words_name(name, sizeof(name), finding->child));
		page_flow(&text->page,
			  "lives on: another thread has taken the main thread's place");
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

static void on_finding(struct sink *sink, const struct finding *finding)
{
	struct sink_text *text = (struct sink_text *)sink;
	struct story story, *found = NULL;

	if (finding->closed_by == FINDING_EXIT)
		return; /* the summary tells how many are left */
	if (finding->type == FINDING_STATUS) {
		words_status(&text->page, finding, text->config.verbose);
		page_send(&text->page);
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
		if (story_fits(&text->stories[i], finding))
			found = &text->stories[i];
	if (found) {
		story_add(found, &text->page, finding);
	} else if (text->stories_count < STORIES_MAX) {
		story_begin(&text->stories[text->stories_count++], &text->page, finding,
			    text->config.verbose);
	} else {
		story_begin(&story, &text->page, finding, text->config.verbose);
		story_tell(&story, &text->page);
		story_free(&story);
	}
}

static void on_sigchld(struct sink *sink, const struct finding_sigchld *sigchld)
{
	struct page *page = &((struct sink_text *)sink)->page;

	words_sigchld(page, sigchld);
	page_send(page);
}

static void on_orphan(struct sink *sink, const struct finding_orphan *orphan)
{
	struct sink_text *text = (struct sink_text *)sink;

	if (text->orphans_shown++ >= FLOOD_MAX) {
		text->orphans_held_back++;
		return;
	}
	words_orphan(&text->page, orphan);
	page_send(&text->page);
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
		story_tell(&text->stories[i], &text->page);
		story_free(&text->stories[i]);
	}
	text->stories_count = 0;
}

static void on_storm(struct sink *sink, const struct finding_storm *storm)
{
	struct page *page = &((struct sink_text *)sink)->page;

	words_storm(page, storm);
	page_send(page);
}

static void on_lost(struct sink *sink, const struct finding_lost *lost)
{
	struct page *page = &((struct sink_text *)sink)->page;

	words_lost(page, lost);
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
			 "%s: %" PRIu64 " processes started, %" PRIu64 " died; SIGCHLDs: %" PRIu64
			 " queued, %" PRIu64 " merged, %" PRIu64 " ignored",
			 summary->of_family ? "family" : "host", summary->forks, summary->exits,
			 summary->queued, summary->merged, summary->ignored);
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
		story_free(&text->stories[i]);
	free(text);
}

static const struct sink_ops ops = {
	.finding = on_finding,
	.sigchld = on_sigchld,
	.orphan = on_orphan,
	.storm = on_storm,
	.lost = on_lost,
	.tick = on_tick,
	.summary = on_summary,
	.failed = failed,
	.free = on_free,
};

struct sink *sink_text_new(const struct sink_text_config *config)
{
	struct sink_text *text = calloc(1, sizeof(*text));

	if (!text)
		return NULL;
	text->sink.ops = &ops;
	text->config = *config;
	text->page.stamp = config->stamp;
	text->page.colour = output_wants_colour();
	return &text->sink;
}
