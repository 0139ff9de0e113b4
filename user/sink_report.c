// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "output.h"
#include "parents.h"
#include "story.h"
#include "words.h"

/* Zombies, and other paragraphs, that are kept for the report; the rest is only counted. */
#define KEPT_MAX 10000

struct item {
	struct parents_key key;
	UT_hash_handle hh;
	struct story story; /* of this one child */
	enum finding_end end;
	bool ended;
	bool left; /* its parent ended without it: nothing said later is about that parent */
	bool told;
	uint64_t age_ns; /* when it ended */
};

struct sink_report {
	struct sink sink;
	struct sink_report_config config;
	struct page page;
	struct item *items; /* in the order in which they were found */
	char **paragraphs;  /* lost SIGCHLDs and statuses, and what deadwait lost */
	size_t paragraphs_count;
	uint64_t dropped;
};

static struct item *find(struct sink_report *report, const struct dw_who *who)
{
	struct parents_key key = { .start_ns = who->start_ns, .tgid = who->tgid };
	struct item *item;

	HASH_FIND(hh, report->items, &key, sizeof(key), item);
	return item;
}

static struct item *find_or_add(struct sink_report *report, const struct dw_who *who)
{
	struct item *item = find(report, who);

	if (item || HASH_COUNT(report->items) >= KEPT_MAX)
		return item;
	item = calloc(1, sizeof(*item));
	if (!item)
		return NULL;
	item->key = (struct parents_key){ .start_ns = who->start_ns, .tgid = who->tgid };
	HASH_ADD(hh, report->items, key, sizeof(item->key), item);
	if (item->hh.tbl)
		return item;
	free(item);
	return NULL;
}

/* Keeps the paragraph that is on the page. */
static void keep(struct sink_report *report)
{
	char *text = page_take(&report->page);
	char **grown = NULL;

	if (text && report->paragraphs_count < KEPT_MAX)
		grown = reallocarray(report->paragraphs, report->paragraphs_count + 1,
				     sizeof(*grown));
	if (!grown) {
		free(text);
		report->dropped++;
		return;
	}
	report->paragraphs = grown;
	report->paragraphs[report->paragraphs_count++] = text;
}

static void on_finding(struct sink *sink, const struct finding *finding)
{
	struct sink_report *report = (struct sink_report *)sink;
	struct item *item;

	if (finding->type == FINDING_STATUS) {
		words_status(&report->page, finding, report->config.verbose);
		keep(report);
		return;
	}
	item = finding->state == FINDING_CLOSED ? find(report, finding->child) :
						  find_or_add(report, finding->child);
	if (!item) {
		report->dropped += finding->state == FINDING_OPEN;
		return;
	}
	if (item->left)
		return;
	if (finding->state == FINDING_CLOSED) {
		item->end = finding->closed_by;
		item->age_ns = finding->age_ns;
		item->ended = true;
		return;
	}
	story_free(&item->story);
	story_begin(&item->story, &report->page, finding, report->config.verbose);
	item->story.state = FINDING_OPEN;
	item->left = finding->facts->parent_ended;
}

static void on_sigchld(struct sink *sink, const struct finding_sigchld *sigchld)
{
	struct sink_report *report = (struct sink_report *)sink;

	words_sigchld(&report->page, sigchld);
	keep(report);
}

static void on_storm(struct sink *sink, const struct finding_storm *storm)
{
	struct sink_report *report = (struct sink_report *)sink;

	words_storm(&report->page, storm);
	keep(report);
}

static void on_lost(struct sink *sink, const struct finding_lost *lost)
{
	struct sink_report *report = (struct sink_report *)sink;

	words_lost(&report->page, lost);
	keep(report);
}

static void on_left(struct sink *sink, const struct finding_orphan *orphan)
{
	struct sink_report *report = (struct sink_report *)sink;

	words_orphan(&report->page, orphan);
	page_send(&report->page);
}

/* What became of a zombie, behind what happened to it. */
static void add_end(struct sink_report *report, struct item *item)
{
	char words[64], age[DURATION_TEXT_MAX];
	struct story *story = &item->story;

	duration_format(age, sizeof(age), item->age_ns);
	switch (item->left  ? FINDING_ADOPTED_AND_REAPED :
		item->ended ? item->end :
			      FINDING_NOT_ENDED) {
	case FINDING_REAPED:
		snprintf(words, sizeof(words), ", reaped after %s", age);
		break;
	case FINDING_ADOPTED_AND_REAPED:
		snprintf(words, sizeof(words), ", left behind");
		break;
	case FINDING_LIVES_ON:
		snprintf(words, sizeof(words), ", lives on");
		break;
	default:
		snprintf(words, sizeof(words), ", still there");
		break;
	}
	if (!story->children)
		return;
	page_add(&report->page, "%s%s", story->children, words);
	free(story->children);
	story->children = page_take(&report->page);
}

/* Tells an item together with the later ones of its parent and cause. */
static void tell(struct sink_report *report, struct item *item)
{
	struct story *story = &item->story;

	for (struct item *other = item->hh.next; other; other = other->hh.next) {
		const struct story *another = &other->story;

		if (other->told || another->parent.tgid != story->parent.tgid ||
		    another->parent.start_ns != story->parent.start_ns ||
		    another->cause != story->cause || another->confidence != story->confidence)
			continue;
		other->told = true;
		story_join(story, &report->page, another);
	}
	story_tell(story, &report->page);
}

static void add_count(struct page *page, uint64_t count, const char *what)
{
	char words[48];

	if (!count)
		return;
	page_add(page, ",");
	snprintf(words, sizeof(words), "%" PRIu64 " %s", count, what);
	page_wrap(page, words);
}

/* A span that may be short: "12ms". */
static const char *short_span(char *out, size_t size, uint64_t ns)
{
	if (ns >= DURATION_NS_PER_S)
		return duration_format(out, size, ns);
	snprintf(out, size, "%" PRIu64 "ms", ns / DURATION_NS_PER_MS);
	return out;
}

/* To the microsecond. */
static const char *exact_span(char *out, size_t size, uint64_t ns)
{
	if (ns >= DURATION_NS_PER_S)
		return duration_format(out, size, ns);
	snprintf(out, size, "%" PRIu64 ".%03" PRIu64 "ms", ns / DURATION_NS_PER_MS,
		 ns % DURATION_NS_PER_MS / 1000);
	return out;
}

/* For how long a child that was reaped was dead, at the most. */
static const char *longest(char *out, size_t size, const struct finding_summary *summary)
{
	if (summary->exact)
		return exact_span(out, size, summary->longest_ns);
	/* What no pass has seen was reaped between two of them. */
	return short_span(out, size,
			  summary->longest_ns > summary->between_ns ? summary->longest_ns :
								      summary->between_ns);
}

static void tell_balance(struct sink_report *report, const struct finding_summary *summary)
{
	uint64_t not_reaped = summary->autoreaped + summary->left + summary->unreaped;
	uint64_t reaped = summary->exits > not_reaped ? summary->exits - not_reaped : 0;
	struct page *page = &report->page;
	char span[DURATION_TEXT_MAX], words[80];

	page_add(page, "deadwait: %" PRIu64 " fork%s, %" PRIu64 " exit%s, %" PRIu64 " reaped",
		 summary->forks, summary->forks == 1 ? "" : "s", summary->exits,
		 summary->exits == 1 ? "" : "s", reaped);
	add_count(page, summary->autoreaped, "autoreaped");
	add_count(page, summary->left, "left dead");
	add_count(page, summary->unreaped, "still dead");
	add_count(page, summary->running, "still running");
	snprintf(words, sizeof(words), "%" PRIu64 " SIGCHLD%s merged;", summary->merged,
		 summary->merged == 1 ? "" : "s");
	page_add(page, ";");
	page_wrap(page, words);
	snprintf(words, sizeof(words), "unreaped at most %s",
		 longest(span, sizeof(span), summary));
	page_wrap(page, words);
	page_newline(page);
	page_send(page);
}

static void on_summary(struct sink *sink, const struct finding_summary *summary)
{
	struct sink_report *report = (struct sink_report *)sink;
	struct item *item;

	for (item = report->items; item; item = item->hh.next)
		add_end(report, item);
	for (item = report->items; item; item = item->hh.next)
		if (!item->told)
			tell(report, item);
	for (size_t i = 0; i < report->paragraphs_count; i++) {
		page_add(&report->page, "%s", report->paragraphs[i]);
		page_send(&report->page);
	}
	if (report->dropped) {
		page_add(&report->page, "%*sand %" PRIu64 " more findings; -o json has all",
			 PAGE_INDENT, "", report->dropped);
		page_newline(&report->page);
		page_send(&report->page);
	}
	if (!report->config.quiet)
		tell_balance(report, summary);
}

static void on_free(struct sink *sink)
{
	struct sink_report *report = (struct sink_report *)sink;
	struct item *item, *next;

	HASH_ITER(hh, report->items, item, next) {
		HASH_DEL(report->items, item);
		story_free(&item->story);
		free(item);
	}
	for (size_t i = 0; i < report->paragraphs_count; i++)
		free(report->paragraphs[i]);
	free(report->paragraphs);
	free(report);
}

static const struct sink_ops ops = {
	.finding = on_finding,
	.sigchld = on_sigchld,
	.storm = on_storm,
	.left = on_left,
	.lost = on_lost,
	.summary = on_summary,
	.free = on_free,
};

struct sink *sink_report_new(const struct sink_report_config *config)
{
	struct sink_report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->sink.ops = &ops;
	report->config = *config;
	report->page.stamp = config->stamp;
	report->page.colour = output_wants_colour();
	return &report->sink;
}
