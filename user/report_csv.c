// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_csv: the groups of a report as CSV (RFC 4180, lines end in a newline alone). See
 * report_render.h.
 */
#include "report_render.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "walltime.h"
#include "text.h"

/* Extended at the end, never renamed. */
#define HEAD                                                                                       \
	"host,unit,container,parent,parent_pid,cause,zombies,reaped,still_there,ended_otherwise,"  \
	"end_not_known,per_hour,zombie_time_s,longest_s,first,last,sigchlds_lost,statuses_lost\n"

/* Text that others chose: nothing in it ends the cell or makes a spreadsheet compute. */
static void put_text(FILE *file, const char *text)
{
	char safe[TEXT_MAX(ORIGIN_TEXT_MAX)];

	text_escape(safe, sizeof(safe), text, strlen(text));
	if (!safe[0])
		return;
	putc('"', file);
	if (strchr("=+-@", safe[0]))
		putc('\'', file);
	for (const char *at = safe; *at; at++) {
		if (*at == '"')
			putc('"', file);
		putc(*at, file);
	}
	putc('"', file);
}

static void put_seconds(FILE *file, uint64_t ns)
{
	fprintf(file, "%" PRIu64 ".%03" PRIu64 ",", ns / DURATION_NS_PER_S,
		ns / DURATION_NS_PER_MS % 1000);
}

static void put_time(FILE *file, uint64_t ns)
{
	char text[WALLTIME_TEXT_MAX];

	if (ns)
		fputs(walltime_format_iso(text, sizeof(text), ns), file);
	putc(',', file);
}

/* The cause with the most zombies of the group. */
static const char *main_cause(const struct report_sums *sums, const struct report_sum *sum)
{
	unsigned int most = 0;

	for (unsigned int i = 1; i < REPORT_CAUSES; i++)
		if (sum->by_cause[i] > sum->by_cause[most])
			most = i;
	return sum->by_cause[most] ? report_cause_name(sums, most) : "";
}

static void put_row(FILE *file, const struct report *report, const struct report_key *key,
		    const struct report_sum *sum)
{
	const char *const texts[] = { key->host, key->unit, key->container, key->parent };
	double hours = report_hours(report);

	for (unsigned int i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put_text(file, texts[i]);
		putc(',', file);
	}
	if (sum->parent_tgid && !sum->many_parents)
		fprintf(file, "%" PRIu32, sum->parent_tgid);
	putc(',', file);
	put_text(file, key->cause[0] ? key->cause : main_cause(&report->sums, sum));
	fprintf(file, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", sum->zombies,
		sum->reaped, sum->left, sum->ended, sum->unknown);
	if (hours > 0)
		fprintf(file, "%.3f", (double)sum->zombies / hours);
	putc(',', file);
	put_seconds(file, sum->lived_ns);
	put_seconds(file, sum->longest_ns);
	put_time(file, sum->first_ns);
	put_time(file, sum->last_ns);
	fprintf(file, "%" PRIu64 ",%" PRIu64 "\n", sum->lost, sum->statuses);
}

char *report_csv(const struct report *report)
{
	static const struct report_key other = { "(other)", "(other)", "(other)", "(other)",
						 "(other)" };
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		return NULL;
	fputs(HEAD, file);
	for (struct tally_row *row = report->sums.groups.rows; row; row = row->hh.next) {
		const struct report_key key = report_sums_key(&report->sums, row);

		put_row(file, report, &key, tally_sum(row));
	}
	if (report->sums.groups.folded)
		put_row(file, report, &other, report->sums.groups.other);
	if (fclose(file)) {
		free(text);
		return NULL;
	}
	return text;
}
