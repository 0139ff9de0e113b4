// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "say.h"
#include "sink_journal.h"
#include "sink_json.h"
#include "sink_metrics.h"
#include "sink_report.h"
#include "sink_syslog.h"
#include "sink_text.h"
#include "sink_trace.h"

static struct sink *open_stdout(const struct options *options)
{
	const struct sink_text_config config = {
		.stamp = options->timestamp,
		.quiet = options->quiet,
		.verbose = options->verbose,
	};

	const struct sink_trace_config trace = {
		.stamp = options->timestamp,
		.quiet = options->quiet,
	};

	const struct sink_report_config report = {
		.stamp = options->timestamp,
		.quiet = options->quiet,
		.verbose = options->verbose,
	};

	if (options->output == OUTPUT_JSON)
		return sink_json_new(options->quiet);
	return options->command == COMMAND_TRACE ? sink_trace_new(&trace) :
	       options->command == COMMAND_RUN	 ? sink_report_new(&report) :
						   sink_text_new(&config);
}

static int open_log(const struct options *options, struct sinks *sinks)
{
	struct sink *sink;
	struct log *log;
	int err = log_open(options->log, &log);

	if (err) {
		say_error("cannot open log '%s': %s", options->log, strerror(-err));
		return err;
	}
	sink = sink_log_new(log);
	if (!sink) {
		log_close(log);
		return -ENOMEM;
	}
	sink->minor = options->log_level == LOG_LEVEL_ALL;
	sinks_add(sinks, sink);
	return 0;
}

static int add_sender(struct sink *sink, const char *name, struct sinks *sinks)
{
	if (!sink) {
		say_error("cannot send to %s: no memory or no free descriptor", name);
		return -ENOMEM;
	}
	sinks_add(sinks, sink);
	return 0;
}

/* The sinks that send elsewhere; where nobody listens they try again later. */
static int open_senders(const struct options *options, struct sinks *sinks)
{
	int err = 0;

	if (options->journal)
		err = add_sender(sink_journal_new(SINK_JOURNAL_SOCKET), "the journal", sinks);
	if (!err && options->syslog)
		err = add_sender(sink_syslog_new(options->syslog), "syslog", sinks);
	return err;
}

static int open_metrics(const struct options *options, struct sinks *sinks)
{
	const struct sink_metrics_config config = {
		.endpoint = options->metrics,
		.textfile = options->textfile,
		.quiet = options->quiet,
	};
	struct sink *sink;
	int err = sink_metrics_new(&config, &sink);

	if (!err)
		sinks_add(sinks, sink);
	return err;
}

int command_open_sinks(const struct options *options, struct sinks *sinks)
{
	struct sink *sink = open_stdout(options);
	int err = 0;

	*sinks = (struct sinks){};
	if (!sink)
		return -ENOMEM;
	sinks_add(sinks, sink);
	if (options->log)
		err = open_log(options, sinks);
	if (!err)
		err = open_senders(options, sinks);
	if (!err && (options->metrics || options->textfile))
		err = open_metrics(options, sinks);
	if (err)
		sinks_free(sinks);
	return err;
}

void command_end_signals(const struct options *options, sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	if (signal(SIGHUP, SIG_DFL) == SIG_IGN && !options->log) {
		signal(SIGHUP, SIG_IGN);
		sigdelset(signals, SIGHUP);
	}
}

int command_go(const struct options *options, struct spawn *spawn)
{
	int err = spawn_go(spawn);

	if (!err)
		return 0;
	say_error("cannot run '%.200s': %s", options->operands[0], strerror(-err));
	return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

int command_tracer_status(int err)
{
	return err == -EPERM || err == -ENOTSUP || err == -EREMOTE ? EXIT_UNSUPPORTED : EXIT_FAILED;
}

int command_output_status(int failure)
{
	if (!failure || failure == -EPIPE)
		return EXIT_OK;
	say_error("cannot write to standard output: %s", strerror(-failure));
	return EXIT_FAILED;
}
