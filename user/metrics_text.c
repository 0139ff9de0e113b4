// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes.h"
#include "text.h"

#ifndef DEADWAIT_VERSION
#define DEADWAIT_VERSION "unknown"
#endif

#define NS_PER_S 1000000000ULL

struct writer {
	FILE *file;
	const struct metrics_page *page;
	enum metrics_format format;
	uint64_t now_ns;
};

/*
 * Opens a family. In OpenMetrics a counter's family is named without the _total
 * of its samples, and a unit is told.
 */
static void family(const struct writer *writer, const char *name, const char *type,
		   const char *help)
{
	static const char total[] = "_total", seconds[] = "_seconds";
	size_t len = strlen(name);

	if (writer->format == METRICS_OPENMETRICS && !strcmp(type, "counter"))
		len -= strlen(total);
	fprintf(writer->file, "# HELP %.*s %s\n", (int)len, name, help);
	fprintf(writer->file, "# TYPE %.*s %s\n", (int)len, name, type);
	if (writer->format == METRICS_OPENMETRICS && len > strlen(seconds) &&
	    !strncmp(name + len - strlen(seconds), seconds, strlen(seconds)))
		fprintf(writer->file, "# UNIT %.*s seconds\n", (int)len, name);
}

/* A label's value: first made visible, as in deadwait's own text, then quoted. */
static void put_value(FILE *file, const char *raw)
{
	char text[TEXT_MAX(METRICS_UNIT_MAX)];

	text_escape(text, sizeof(text), raw, strlen(raw));
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fputc('\\', file);
		fputc(*c, file);
	}
}

static void put_seconds(FILE *file, uint64_t ns)
{
	fprintf(file, "%" PRIu64 ".%09" PRIu64, (uint64_t)(ns / NS_PER_S),
		(uint64_t)(ns % NS_PER_S));
}

static void counter(const struct writer *writer, const char *name, const char *help, uint64_t value)
{
	family(writer, name, "counter", help);
	fprintf(writer->file, "%s %" PRIu64 "\n", name, value);
}

static void put_set(const struct writer *writer, const char *name, const struct metrics_set *set)
{
	fprintf(writer->file, "%s{cause=\"%s\",parent=\"", name, cause_text(set->cause)->name);
	put_value(writer->file, set->parent);
	fputs("\",unit=\"", writer->file);
	put_value(writer->file, set->unit);
	fputs("\"} ", writer->file);
}

static void put_zombies(const struct writer *writer)
{
	const struct metrics_set *sets = writer->page->sets;

	if (writer->page->ended)
		return;
	family(writer, "deadwait_zombies", "gauge",
	       "Reported dead processes that are still there.");
	for (unsigned int i = 0; i < METRICS_SETS_MAX; i++) {
		if (!sets[i].used)
			continue;
		put_set(writer, "deadwait_zombies", &sets[i]);
		fprintf(writer->file, "%" PRIu64 "\n", sets[i].zombies);
	}
	family(writer, "deadwait_zombie_oldest_age_seconds", "gauge",
	       "Time since the death of the oldest of them.");
	for (unsigned int i = 0; i < METRICS_SETS_MAX; i++) {
		if (!sets[i].used || !sets[i].zombies)
			continue;
		put_set(writer, "deadwait_zombie_oldest_age_seconds", &sets[i]);
		put_seconds(writer->file, writer->now_ns > sets[i].oldest_ns ?
						  writer->now_ns - sets[i].oldest_ns :
						  0);
		fputc('\n', writer->file);
	}
}

static void put_by_cause(const struct writer *writer, const char *name, const char *help,
			 const uint64_t *counts)
{
	family(writer, name, "counter", help);
	for (unsigned int cause = 0; cause < CAUSE_COUNT; cause++)
		fprintf(writer->file, "%s{cause=\"%s\"} %" PRIu64 "\n", name,
			cause_text((enum cause)cause)->name, counts[cause]);
}

static void put_orphans(const struct writer *writer)
{
	static const char name[] = "deadwait_orphans_total";

	family(writer, name, "counter", "Processes whose father died, by kind.");
	for (unsigned int kind = 0; kind < ORPHAN_KINDS; kind++)
		fprintf(writer->file, "%s{kind=\"%s\"} %" PRIu64 "\n", name,
			finding_orphan_name((enum orphan_kind)kind), writer->page->orphans[kind]);
}

static void put_reaps(const struct writer *writer)
{
	static const char name[] = "deadwait_time_to_reap_seconds";
	static const char *const bounds[] = { "1e-05", "0.0001", "0.001", "0.01",  "0.1",
					      "1.0",   "10.0",	 "100.0", "1000.0" };
	const struct sample_reaps *reaps = &writer->page->sample.reaps;
	uint64_t sum = 0;

	if (!reaps->known)
		return;
	family(writer, name, "histogram", "Time from the death of a process until it was reaped.");
	for (unsigned int i = 0; i < SAMPLE_REAP_BUCKETS; i++) {
		sum += reaps->bucket[i];
		fprintf(writer->file, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name,
			i < SAMPLE_REAP_BUCKETS - 1 ? bounds[i] : "+Inf", sum);
	}
	fprintf(writer->file, "%s_sum ", name);
	put_seconds(writer->file, reaps->sum_ns);
	fprintf(writer->file, "\n%s_count %" PRIu64 "\n", name, sum);
}

static void put_tasks_left(const struct writer *writer)
{
	static const char name[] = "deadwait_tasks_left";
	const struct sample *sample = &writer->page->sample;

	if (writer->page->ended || (!sample->cgroup_left_known && !sample->pid_max_left_known))
		return;
	family(writer, name, "gauge",
	       "Tasks that may still be started: in the tightest cgroup of a parent with zombies, "
	       "and on the host.");
	if (sample->cgroup_left_known)
		fprintf(writer->file, "%s{limit=\"cgroup\"} %" PRIu64 "\n", name,
			sample->cgroup_left);
	if (sample->pid_max_left_known)
		fprintf(writer->file, "%s{limit=\"pid_max\"} %" PRIu64 "\n", name,
			sample->pid_max_left);
}

static void put_lost(const struct writer *writer)
{
	static const char name[] = "deadwait_lost_total";
	const struct metrics_reason *reasons = writer->page->reasons;

	family(writer, name, "counter", "What deadwait itself lost, by reason.");
	for (unsigned int i = 0; i < METRICS_REASONS_MAX; i++)
		if (reasons[i].name[0])
			fprintf(writer->file, "%s{reason=\"%s\"} %" PRIu64 "\n", name,
				reasons[i].name, reasons[i].count);
	if (writer->page->sampled)
		fprintf(writer->file, "%s{reason=\"log-lines\"} %" PRIu64 "\n", name,
			writer->page->sample.lost_log);
}

static void put_programs(const struct writer *writer)
{
	static const char name[] = "deadwait_bpf_run_seconds_total";
	const struct sample *sample = &writer->page->sample;

	if (!sample->programs_count)
		return;
	family(writer, name, "counter", "Time spent in deadwait's BPF programs.");
	for (unsigned int i = 0; i < sample->programs_count; i++) {
		fprintf(writer->file, "%s{program=\"%s\"} ", name, sample->programs[i].name);
		put_seconds(writer->file, sample->programs[i].run_ns);
		fputc('\n', writer->file);
	}
}

static void put_sampled(const struct writer *writer)
{
	const struct sample *sample = &writer->page->sample;

	if (!writer->page->sampled)
		return;
	put_reaps(writer);
	counter(writer, "deadwait_sigchld_merged_total",
		"SIGCHLDs of dead children merged into one that was pending.", sample->merged);
	counter(writer, "deadwait_forks_total", "Processes forked on the host.", sample->forks);
	counter(writer, "deadwait_exits_total", "Processes that died on the host.", sample->exits);
	put_tasks_left(writer);
	put_programs(writer);
}

static void put_page(const struct writer *writer)
{
	const struct metrics_page *page = writer->page;

	family(writer, "deadwait_build_info", "gauge", "Always 1; what this deadwait is.");
	fputs("deadwait_build_info{version=\"" DEADWAIT_VERSION "\",kernel=\"", writer->file);
	put_value(writer->file, page->kernel);
	fprintf(writer->file, "\",tier=\"%s\"} 1\n", page->sample.exact ? "exact" : "base");
	put_zombies(writer);
	put_by_cause(writer, "deadwait_zombies_found_total",
		     "Zombies reported, by the cause first judged.", page->found);
	put_by_cause(writer, "deadwait_zombies_reaped_total",
		     "Reported zombies reaped since, by the cause last judged.", page->reaped);
	counter(writer, "deadwait_sigchld_lost_total",
		"SIGCHLDs that never reached a parent, which left children unreaped for it.",
		page->sigchld_lost);
	counter(writer, "deadwait_statuses_lost_total",
		"Waits that could find no status, because the kernel had reaped the child.",
		page->statuses_lost);
	put_orphans(writer);
	put_lost(writer);
	put_sampled(writer);
	if (writer->format == METRICS_OPENMETRICS)
		fputs("# EOF\n", writer->file);
}

char *metrics_text_render(const struct metrics_page *page, enum metrics_format format,
			  uint64_t now_ns, size_t *len)
{
	struct writer writer = { .page = page, .format = format, .now_ns = now_ns };
	char *text = NULL;
	bool failed;

	writer.file = open_memstream(&text, len);
	if (!writer.file)
		return NULL;
	put_page(&writer);
	failed = ferror(writer.file);
	if (fclose(writer.file) || failed) {
		free(text);
		return NULL;
	}
	return text;
}
