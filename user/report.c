// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report: reads logs and says who leaks, why and how fast.
 */
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log_reader.h"
#include "walltime.h"
#include "output.h"
#include "report_render.h"
#include "say.h"

/* Damaged lines that are named one by one; the others are counted. */
#define NAMED_MAX 5

static void name_damage(const struct report *report, const char *path, uint64_t number,
			const char *why)
{
	if (report->damaged <= NAMED_MAX)
		say_error("%s:%" PRIu64 ": %s", path, number, why);
}

/* Returns 0 or -ENOMEM: a damaged line never stops a report. */
static int take_line(struct report *report, const char *path, const struct log_line *line)
{
	char why[LOG_RECORD_WHY_MAX];
	int err;

	if (line->overlong) {
		report_take_damaged(report);
		name_damage(report, path, line->number, "longer than 1 MiB");
		return 0;
	}
	err = report_take_line(report, line->text, line->len, why);
	if (err != -EINVAL)
		return err;
	name_damage(report, path, line->number, why);
	return 0;
}

static int read_lines(struct report *report, const char *path, struct log_reader *reader)
{
	struct log_line line;
	int got, err = 0;

	while ((got = log_reader_next(reader, &line)) > 0 && !err)
		err = take_line(report, path, &line);
	if (got < 0) {
		say_error("cannot read log '%s': %s; what comes before counts", path,
			  log_reader_error(reader));
		report->files_failed++;
	}
	report->bytes += log_reader_bytes(reader);
	return err;
}

static int read_file(struct report *report, const char *path)
{
	struct log_reader *reader;
	int err = log_reader_open(path, &reader);

	report->files++;
	if (err == -ENOMEM)
		return err;
	if (err) {
		say_error("cannot open log '%s': %s", path, strerror(-err));
		report->files_failed++;
		return 0;
	}
	err = read_lines(report, path, reader);
	log_reader_close(reader);
	return err;
}

static int read_all(struct report *report, const struct options *options)
{
	int err = 0;

	for (size_t i = 0; i < options->operands_count && !err; i++)
		err = read_file(report, options->operands[i]);
	if (err)
		say_error("cannot make the report: %s", strerror(-err));
	else if (report->damaged > NAMED_MAX)
		say_error("%" PRIu64 " more damaged lines are counted, not named",
			  report->damaged - NAMED_MAX);
	return err;
}

static int print(const struct report *report, enum output output)
{
	char *text = output == OUTPUT_JSON ? report_json(report) :
		     output == OUTPUT_CSV  ? report_csv(report) :
					     report_text(report);

	if (!text) {
		say_error("cannot make the report: %s", strerror(ENOMEM));
		return EXIT_FAILED;
	}
	output_write(text, strlen(text));
	free(text);
	return command_output_status(output_failed());
}

int command_report(const struct options *options)
{
	uint64_t now_ns = walltime_now_ns();
	const struct report_config config = {
		.by = options->by,
		.rejudge = options->rejudge,
		.since_ns = walltime_of_bound(&options->since, now_ns, 0),
		.until_ns = walltime_of_bound(&options->until, now_ns, UINT64_MAX),
	};
	struct report *report = malloc(sizeof(*report));
	int err = report ? report_begin(report, &config) : -ENOMEM, status = EXIT_FAILED;

	if (err)
		say_error("cannot make the report: %s", strerror(-err));
	else
		err = read_all(report, options);
	if (!err) {
		report_finish(report);
		status = print(report, options->output);
		if (report->files_failed)
			status = EXIT_FAILED;
	}
	if (report)
		report_free(report);
	free(report);
	return status;
}
