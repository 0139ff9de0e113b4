// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "depths.h"
#include "duration.h"
#include "moment.h"
#include "output.h"
#include "trace_text.h"
#include "trace_words.h"

/* Deeper families are shown as deep as this. */
#define DEPTH_MAX 8
#define INDENT 2
/* Columns behind the time: where the name begins, and the event, and its details. */
#define NAME_COLUMN 9
#define EVENT_COLUMN 30
#define DETAIL_COLUMN 39

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

struct sink_trace {
	struct sink sink;
	struct sink_trace_config config;
	struct lines lines;
	struct moment moment;
	struct depths depths;
	bool colour;
};

/* The colour of what is worth a look; NULL: none. */
static const char *colour_of(const struct dw_event_head *event)
{
	const void *raw = event;

	switch (event->kind) {
	case DW_EVENT_ORPHAN:
		return YELLOW;
	case DW_TRACE_EXIT:
		return ((const struct dw_trace_exit *)raw)->status & 0x7f ? RED : NULL;
	case DW_TRACE_SIGCHLD:
		return ((const struct dw_trace_sigchld *)raw)->result == DW_SIGCHLD_MERGED ?
			       YELLOW :
			       NULL;
	case DW_TRACE_REAP:
		return GREEN;
	default:
		return NULL;
	}
}

static void add_time(struct sink_trace *trace, uint64_t boot_ns)
{
	if (trace->config.stamp)
		moment_add_stamp(&trace->moment, &trace->lines, boot_ns);
	else
		moment_add_local(&trace->moment, &trace->lines, boot_ns);
}

/*
 * Time, pid, and the name, as far to the right as the process is deep in its
 * family. Returns the column at which the time ended, for the others count from there.
 */
static size_t add_process(struct sink_trace *trace, uint64_t boot_ns, uint32_t tgid,
			  const char *comm)
{
	struct lines *lines = &trace->lines;
	unsigned int depth = depths_of(&trace->depths, tgid);
	size_t zero;

	add_time(trace, boot_ns);
	zero = lines->len - lines->begin;
	lines_text(lines, " ");
	lines_number(lines, tgid);
	lines_pad(lines, zero + NAME_COLUMN + INDENT * (depth < DEPTH_MAX ? depth : DEPTH_MAX));
	lines_escaped(lines, comm, strnlen(comm, DW_COMM_LEN));
	lines_pad(lines, zero + EVENT_COLUMN);
	return zero;
}

static void on_event(struct sink *sink, const struct finding_event *event)
{
	struct sink_trace *trace = (struct sink_trace *)sink;
	const char *name = trace_event_name(event->event->kind);
	const char *colour = trace->colour ? colour_of(event->event) : NULL;
	const void *raw = event->event;
	struct lines *lines = &trace->lines;
	size_t zero;

	if (!name)
		return;
	if (event->event->kind == DW_EVENT_ORPHAN) {
		const struct dw_who *child = &((const struct dw_event_orphan *)raw)->child;

		zero = add_process(trace, event->event->time_ns, child->tgid, child->comm);
	} else {
		const struct dw_trace_head *at = raw;

		zero = add_process(trace, event->event->time_ns, at->tgid, at->comm);
		if (event->event->kind == DW_TRACE_FORK)
			depths_born(&trace->depths, at->tgid,
				    ((const struct dw_trace_fork *)raw)->child_tgid);
		if (event->event->kind == DW_TRACE_REAP)
			depths_gone(&trace->depths, at->tgid);
	}
	if (colour) {
		lines_text(lines, colour);
		lines_text(lines, name);
		lines_text(lines, PLAIN);
		zero += strlen(colour) + strlen(PLAIN);
	} else {
		lines_text(lines, name);
	}
	lines_pad(lines, zero + DETAIL_COLUMN);
	trace_text_add(lines, event);
	lines_end(lines);
}

static void on_tick(struct sink *sink)
{
	struct sink_trace *trace = (struct sink_trace *)sink;

	if (trace->lines.len)
		output_write(trace->lines.text, trace->lines.len);
	lines_clear(&trace->lines);
}

static void on_storm(struct sink *sink, const struct finding_storm *storm)
{
	struct sink_trace *trace = (struct sink_trace *)sink;
	struct lines *lines = &trace->lines;

	add_time(trace, storm->time_ns);
	lines_text(lines, trace->colour ? RED " STORM" PLAIN : " STORM");
	lines_text(lines, "   ");
	lines_number(lines, storm->root_tgid);
	lines_text(lines, " (");
	lines_escaped(lines, storm->root_comm, strnlen(storm->root_comm, DW_COMM_LEN));
	lines_text(lines, ") and what it starts: about ");
	lines_number(lines, storm->processes);
	lines_text(lines, " processes, ");
	lines_number(lines, storm->forks);
	lines_text(lines, " forks a second");
	lines_end(lines);
}

static void on_lost(struct sink *sink, const struct finding_lost *lost)
{
	struct sink_trace *trace = (struct sink_trace *)sink;
	struct lines *lines = &trace->lines;

	add_time(trace, lost->time_ns);
	lines_text(lines, trace->colour ? RED " LOST" PLAIN : " LOST");
	lines_text(lines, "    ");
	lines_number(lines, lost->count);
	lines_text(lines, lost->count == 1 ? " event here (" : " events here (");
	lines_text(lines, lost->reason);
	lines_text(lines, "); ");
	lines_text(lines, lost->remedy);
	lines_end(lines);
}

static void on_summary(struct sink *sink, const struct finding_summary *summary)
{
	struct sink_trace *trace = (struct sink_trace *)sink;
	char span[DURATION_TEXT_MAX], text[512];

	on_tick(sink);
	if (trace->config.quiet)
		return;
	snprintf(text, sizeof(text),
		 "summary: traced for %s: %" PRIu64 " events told, %" PRIu64 " lost\n"
		 "         %" PRIu64 " forks, %" PRIu64 " execs, %" PRIu64
		 " exits; SIGCHLDs: %" PRIu64 " queued, %" PRIu64 " merged, %" PRIu64 " ignored\n",
		 duration_format(span, sizeof(span), summary->duration_ns), summary->events,
		 summary->lost_events, summary->forks, summary->execs, summary->exits,
		 summary->queued, summary->merged, summary->ignored);
	output_write(text, strlen(text));
}

static int failed(const struct sink *sink)
{
	(void)sink;
	return output_failed();
}

static uint64_t lines_lost(const struct sink *sink)
{
	return ((const struct sink_trace *)sink)->lines.lost;
}

static void on_free(struct sink *sink)
{
	struct sink_trace *trace = (struct sink_trace *)sink;

	lines_free(&trace->lines);
	depths_free(&trace->depths);
	free(trace);
}

static const struct sink_ops ops = {
	.storm = on_storm,
	.event = on_event,
	.lost = on_lost,
	.tick = on_tick,
	.summary = on_summary,
	.failed = failed,
	.lines_lost = lines_lost,
	.free = on_free,
};

struct sink *sink_trace_new(const struct sink_trace_config *config)
{
	struct sink_trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return NULL;
	trace->sink.ops = &ops;
	trace->config = *config;
	trace->colour = output_wants_colour();
	return &trace->sink;
}
