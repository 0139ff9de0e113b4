// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_record.h"

#include <stdlib.h>

#include "clock.h"
#include "courier.h"
#include "json.h"

struct sink_record {
	struct sink sink;
	struct sink_record_config config;
	struct courier *courier;
	uint64_t told; /* lost lines that were told of */
};

/* Encodes a record with its line, which it frees. NULL: no memory. */
static char *encode(const struct sink_record *sink, struct record *record, char *line, size_t *len)
{
	char *letter = NULL;

	record->json = line;
	if (line)
		letter = sink->config.encode(record, len);
	free(line);
	return letter;
}

/* Tells of lost lines, if there are any and one can be brought there now or waits. */
static void tell_losses(struct sink_record *sink)
{
	const struct finding_lost lost = {
		.time_ns = clock_boot_ns(),
		.reason = sink->config.reason,
		.count = courier_lost(sink->courier) - sink->told,
		.remedy = "look whether it runs and keeps up",
	};
	struct record record = record_of_lost(&lost);
	size_t len = 0;
	char *letter;

	if (!lost.count)
		return;
	letter = encode(sink, &record, json_of_lost(&lost), &len);
	if (letter && !courier_note(sink->courier, letter, len))
		sink->told += lost.count;
}

static void send(struct sink *base, struct record record, char *line)
{
	struct sink_record *sink = (struct sink_record *)base;
	size_t len = 0;
	char *letter = encode(sink, &record, line, &len);

	tell_losses(sink);
	courier_send(sink->courier, letter, len);
}

static void on_finding(struct sink *sink, const struct finding *finding)
{
	send(sink, record_of_finding(finding), json_of_finding(finding));
}

static void on_sigchld(struct sink *sink, const struct finding_sigchld *sigchld)
{
	send(sink, record_of_sigchld(sigchld), json_of_sigchld(sigchld));
}

static void on_orphan(struct sink *sink, const struct finding_orphan *orphan)
{
	send(sink, record_of_orphan(orphan), json_of_orphan(orphan));
}

static void on_storm(struct sink *sink, const struct finding_storm *storm)
{
	send(sink, record_of_storm(storm), json_of_storm(storm));
}

static void on_lost(struct sink *sink, const struct finding_lost *lost)
{
	send(sink, record_of_lost(lost), json_of_lost(lost));
}

static void on_summary(struct sink *sink, const struct finding_summary *summary)
{
	send(sink, record_of_summary(summary), json_of_summary(summary));
}

static void on_tick(struct sink *base)
{
	struct sink_record *sink = (struct sink_record *)base;

	courier_tick(sink->courier);
	tell_losses(sink);
}

static uint64_t lines_lost(const struct sink *sink)
{
	return courier_lost(((const struct sink_record *)sink)->courier);
}

static void on_free(struct sink *sink)
{
	courier_free(((struct sink_record *)sink)->courier);
	free(sink);
}

static const struct sink_ops ops = {
	.finding = on_finding,
	.sigchld = on_sigchld,
	.orphan = on_orphan,
	.storm = on_storm,
	.lost = on_lost,
	.tick = on_tick,
	.summary = on_summary,
	.lines_lost = lines_lost,
	.free = on_free,
};

struct sink *sink_record_new(const struct sink_record_config *config)
{
	struct sink_record *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return NULL;
	sink->sink.ops = &ops;
	sink->config = *config;
	sink->courier = courier_new(config->name, config->path);
	if (!sink->courier) {
		free(sink);
		return NULL;
	}
	return &sink->sink;
}
