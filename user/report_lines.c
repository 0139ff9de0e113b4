// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_lines: takes the lines of logs into a report. See report_lines.h.
 */
#include "report_lines.h"

#include <errno.h>
#include <string.h>

int report_begin(struct report *report, const struct report_config *config)
{
	memset(report, 0, sizeof(*report));
	report->config = *config;
	report_zombies_init(&report->zombies, &report->sums, REPORT_ZOMBIES_MAX);
	report_parents_init(&report->parents, &report->sums, REPORT_PARENTS_MAX);
	return report_sums_init(&report->sums, config->by);
}

static int take_record(struct report *report, const struct log_record *record)
{
	switch (record->type) {
	case LOG_RECORD_ZOMBIE:
		return report_zombies_take(&report->zombies, record);
	case LOG_RECORD_SIGCHLD:
	case LOG_RECORD_STATUS:
		return report_parents_take(&report->parents, record);
	case LOG_RECORD_ORPHAN:
		report_add_orphan(&report->sums, record);
		return 0;
	case LOG_RECORD_LOST:
		report_add_own_loss(&report->sums, record->reason, record->remedy, record->count,
				    record->time_ns);
		return 0;
	case LOG_RECORD_SUMMARY:
		report->watched_ns += record->watched_ns;
		if (record->lost_log_lines)
			report_add_own_loss(&report->sums, "log lines not written", "",
					    record->lost_log_lines, record->time_ns);
		return 0;
	default:
		return 0;
	}
}

static int count_record(struct report *report, const struct log_record *record)
{
	if (record->time_ns < report->config.since_ns ||
	    record->time_ns >= report->config.until_ns) {
		report->outside++;
		return 0;
	}
	report->types[record->type]++;
	if (!report->first_ns || record->time_ns < report->first_ns)
		report->first_ns = record->time_ns;
	if (record->time_ns > report->last_ns)
		report->last_ns = record->time_ns;
	report_boots_note(&report->zombies.boots, record->host,
			  report_boot_id(record->host, record->boot_id), record->time_ns);
	return take_record(report, record);
}

int report_take_line(struct report *report, const char *text, size_t len,
		     char why[LOG_RECORD_WHY_MAX])
{
	struct log_record record;
	int err;

	/* Left by a writer that healed a cut line. */
	if (strspn(text, " \t\r") == len)
		return 0;
	report->lines++;
	if (log_record_parse(text, len, report->config.rejudge, &record, why)) {
		report->damaged++;
		return -EINVAL;
	}
	err = count_record(report, &record);
	log_record_free(&record);
	return err;
}

void report_take_damaged(struct report *report)
{
	report->lines++;
	report->damaged++;
}

void report_finish(struct report *report)
{
	report_zombies_end(&report->zombies);
	report_parents_end(&report->parents);
	report_sums_sort(&report->sums);
}

void report_free(struct report *report)
{
	/* After report_finish() there is nothing left to hand over. */
	report_zombies_end(&report->zombies);
	report_parents_end(&report->parents);
	report_sums_free(&report->sums);
}
