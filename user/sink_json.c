// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_json.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "output.h"

struct sink_json {
	struct sink sink;
	struct log *log; /* NULL: standard output */
	bool quiet;	 /* no summary */
};

/* Writes a line and frees it. */
static void write_line(struct sink *sink, char *line)
{
	struct sink_json *json = (struct sink_json *)sink;
	size_t len;

	if (!line)
		return;
	len = strlen(line);
	if (json->log) {
		log_write(json->log, line, len);
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
	log_close(((struct sink_json *)sink)->log);
	free(sink);
}

static const struct sink_ops ops = {
	.finding = on_finding,
	.sigchld = on_sigchld,
	.orphan = on_orphan,
	.lost = on_lost,
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
