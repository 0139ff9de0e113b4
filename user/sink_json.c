// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "output.h"
#include "trace_json.h"

struct sink_json {
	struct sink sink;
	struct log *log; /* NULL: standard output */
	bool quiet;	 /* no summary */
	uint64_t told;	 /* lost lines of the log that it tells of */
	struct trace_json trace;
};

/* What the log is to say of lines that it lost, for the caller to free; NULL: nothing. */
static char *losses_untold(const struct sink_json *json)
{
	const struct finding_lost lost = {
		.time_ns = clock_boot_ns(),
		.reason = "log",
		.count = log_lost(json->log) - json->told,
		.remedy = "make room where the log is",
	};

	return lost.count ? json_of_lost(&lost) : NULL;
}

/* Lines with newlines between them; len: without the last newline. */
static void write_log(struct sink_json *json, const char *text, size_t len)
{
	uint64_t lost = log_lost(json->log), lines = 1;
	char *note = losses_untold(json), *both = NULL;

	for (const char *at = text; (at = memchr(at, '\n', len - (size_t)(at - text))); at++)
		lines++;
	if (!note) {
		log_write(json->log, text, len, lines);
	} else if (asprintf(&both, "%s\n%.*s", note, (int)len, text) < 0) {
		both = NULL;
		log_write(json->log, text, len, lines);
	} else if (!log_write(json->log, both, strlen(both), lines)) {
		/* Together or not at all: the note stands where the lines are missing. */
		json->told = lost;
	}
	free(both);
	free(note);
}

/* Writes the events of a trace that have gathered. */
static void write_events(struct sink_json *json)
{
	struct lines *lines = &json->trace.lines;

	if (!lines->len)
		return;
	if (json->log)
		write_log(json, lines->text, lines->len - 1);
	else
		output_write(lines->text, lines->len);
	lines_clear(lines);
}

static void on_tick(struct sink *sink)
{
	struct sink_json *json = (struct sink_json *)sink;
	char *note;

	write_events(json);
	/* Nothing is to be logged now, but that lines were lost is. */
	note = json->log ? losses_untold(json) : NULL;
	if (note && !log_note(json->log, note, strlen(note)))
		json->told = log_lost(json->log);
	free(note);
}

static void on_event(struct sink *sink, const struct finding_event *event)
{
	trace_json_add(&((struct sink_json *)sink)->trace, event);
}

/* Writes a line and frees it. */
static void write_line(struct sink *sink, char *line)
{
	struct sink_json *json = (struct sink_json *)sink;
	size_t len;

	if (!line)
		return;
	write_events(json);
	len = strlen(line);
	if (json->log) {
		write_log(json, line, len);
	} else {
		line[len] = '\n'; /* in place of the NUL: one message, one write */
		output_write(line, len + 1);
	}
	free(line);
}

static void on_finding(struct sink *sink, const struct finding *finding)
{
	write_line(sink, json_of_finding(finding));
}

static void on_sigchld(struct sink *sink, const struct finding_sigchld *sigchld)
{
	write_line(sink, json_of_sigchld(sigchld));
}

static void on_orphan(struct sink *sink, const struct finding_orphan *orphan)
{
	write_line(sink, json_of_orphan(orphan));
}

static void on_storm(struct sink *sink, const struct finding_storm *storm)
{
	write_line(sink, json_of_storm(storm));
}

static void on_lost(struct sink *sink, const struct finding_lost *lost)
{
	write_line(sink, json_of_lost(lost));
}

static void on_summary(struct sink *sink, const struct finding_summary *summary)
{
	if (!((struct sink_json *)sink)->quiet)
		write_line(sink, json_of_summary(summary));
}

static void on_reopen(struct sink *sink)
{
	struct sink_json *json = (struct sink_json *)sink;

	if (json->log)
		log_reopen(json->log);
}

static int failed(const struct sink *sink)
{
	return ((const struct sink_json *)sink)->log ? 0 : output_failed();
}

static uint64_t lines_lost(const struct sink *sink)
{
	return log_lost(((const struct sink_json *)sink)->log);
}

static void on_free(struct sink *sink)
{
	struct sink_json *json = (struct sink_json *)sink;

	log_close(json->log);
	lines_free(&json->trace.lines);
	free(json);
}

static const struct sink_ops ops = {
	.finding = on_finding,
	.sigchld = on_sigchld,
	.orphan = on_orphan,
	.storm = on_storm,
	.event = on_event,
	.lost = on_lost,
	.tick = on_tick,
	.summary = on_summary,
	.reopen = on_reopen,
	.failed = failed,
	.lines_lost = lines_lost,
	.free = on_free,
};

static struct sink *new_sink(struct log *log, bool quiet)
{
	struct sink_json *json = calloc(1, sizeof(*json));

	if (!json)
		return NULL;
	json->sink.ops = &ops;
	json->log = log;
	json->quiet = quiet;
	return &json->sink;
}

struct sink *sink_log_new(struct log *log)
{
	return new_sink(log, false);
}

struct sink *sink_json_new(bool quiet)
{
	return new_sink(NULL, quiet);
}
