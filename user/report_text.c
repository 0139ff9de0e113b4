// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_text: a report for a person: what was read, the totals, then the tables. Lines are under 100
 * columns, names are escaped. See report_render.h.
 */
#include "report_render.h"

#include <inttypes.h>
#include <stdlib.h>

#include "duration.h"
#include "walltime.h"
#include "report_draft.h"

/* What was read, and what of it is not in the report. */
static void put_input(struct draft *draft)
{
	const struct report *report = draft->report;
	char first[WALLTIME_TEXT_MAX], last[WALLTIME_TEXT_MAX], span[DURATION_TEXT_MAX];
	size_t hosts = tally_count(&report->sums.hosts);

	fprintf(draft->file, "deadwait report: %" PRIu64 " line%s of %" PRIu64 " file%s",
		report->lines, draft_plural(report->lines), report->files,
		draft_plural(report->files));
	if (hosts)
		fprintf(draft->file, ", %zu host%s with findings", hosts, draft_plural(hosts));
	fputs("\n", draft->file);
	if (report->last_ns)
		fprintf(draft->file, "from %s to %s (%s)\n",
			walltime_format(first, sizeof(first), report->first_ns),
			walltime_format(last, sizeof(last), report->last_ns),
			duration_format(span, sizeof(span), report->last_ns - report->first_ns));
	if (report->damaged)
		fprintf(draft->file, "%" PRIu64 " damaged line%s passed over\n", report->damaged,
			draft_plural(report->damaged));
	if (report->files_failed)
		fprintf(draft->file, "%" PRIu64 " file%s could not be read, or not to the end\n",
			report->files_failed, draft_plural(report->files_failed));
	if (report->outside)
		fprintf(draft->file, "%" PRIu64 " line%s of another time passed over\n",
			report->outside, draft_plural(report->outside));
	if (report->types[LOG_RECORD_OTHER])
		fprintf(draft->file,
			"%" PRIu64 " line%s of kinds that are no findings passed over\n",
			report->types[LOG_RECORD_OTHER],
			draft_plural(report->types[LOG_RECORD_OTHER]));
	if (!report->last_ns)
		fputs("nothing: no record of deadwait to report on\n", draft->file);
}

static void put_limits(struct draft *draft)
{
	const struct report *report = draft->report;

	if (report->zombies.given_up)
		fprintf(draft->file,
			"more than %zu zombies at a time: of %" PRIu64
			" it is not known how they ended\n",
			report->zombies.limit, report->zombies.given_up);
	if (report->config.rejudge)
		fprintf(draft->file,
			"judged again: %" PRIu64
			" zombie%s that have their facts in the log, %" PRIu64
			" with another cause than recorded\n",
			report->zombies.rejudged, draft_plural(report->zombies.rejudged),
			report->zombies.other_causes);
}

static void put_zombies(struct draft *draft)
{
	const struct report_sums *sums = &draft->report->sums;
	const struct tally_row *worst = sums->minutes.rows;
	char minute[WALLTIME_TEXT_MAX];

	draft_count(draft, sums->all.zombies);
	draft_put(draft, "zombie%s:", draft_plural(sums->all.zombies));
	draft_rate(draft, &sums->all);
	draft_ends(draft, &sums->all);
	draft_end_row(draft);
	if (!worst)
		return;
	draft_put(draft, "worst minute %s with %" PRIu64,
		  walltime_format_minute(minute, sizeof(minute),
					 report_sums_time(sums, worst) * 60 * DURATION_NS_PER_S),
		  *(uint64_t *)tally_sum(worst));
	draft_end_row(draft);
}

static void put_totals(struct draft *draft)
{
	const struct report *report = draft->report;
	const struct report_sums *sums = &report->sums;

	fputs("\n", draft->file);
	put_zombies(draft);
	if (sums->all.lost) {
		draft_count(draft, sums->all.lost);
		draft_put(draft,
			  "SIGCHLD%s lost at least, of %" PRIu64 " sent to %" PRIu64 " parent%s",
			  draft_plural(sums->all.lost), sums->all.sent,
			  report->parents.with_lost_sigchlds,
			  draft_plural(report->parents.with_lost_sigchlds));
		draft_end_row(draft);
	}
	if (sums->all.statuses) {
		draft_count(draft, sums->all.statuses);
		draft_put(draft, "status%s lost at least, of %" PRIu64 " parent%s",
			  sums->all.statuses == 1 ? "" : "es", report->parents.with_lost_statuses,
			  draft_plural(report->parents.with_lost_statuses));
		draft_end_row(draft);
	}
	if (report->types[LOG_RECORD_STORM]) {
		draft_count(draft, report->types[LOG_RECORD_STORM]);
		draft_put(draft, "fork storm%s told of",
			  draft_plural(report->types[LOG_RECORD_STORM]));
		draft_end_row(draft);
	}
	if (sums->fathers.rows) {
		draft_count(draft, sums->fathers.weigh(&sums->orphans));
		draft_put(draft, "orphan%s:", draft_plural(sums->fathers.weigh(&sums->orphans)));
		draft_kinds(draft, &sums->orphans);
		draft_end_row(draft);
	}
}

char *report_text(const struct report *report)
{
	struct draft *draft = calloc(1, sizeof(*draft));
	char *text = NULL;
	size_t len;

	if (!draft)
		return NULL;
	draft->report = report;
	draft->file = open_memstream(&text, &len);
	if (draft->file) {
		put_input(draft);
		put_limits(draft);
		if (report->last_ns) {
			put_totals(draft);
			draft_tables(draft);
		}
		if (fclose(draft->file)) {
			free(text);
			text = NULL;
		}
	}
	free(draft);
	return text;
}
