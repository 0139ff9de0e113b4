// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "say.h"
#include "sink_json.h"
#include "sink_text.h"

static struct sink *open_stdout(const struct options *options)
{
	const struct sink_text_config config = {
		.stamp = options->timestamp,
		.quiet = options->quiet,
		.verbose = options->verbose,
	};

	return options->output == OUTPUT_JSON ? sink_json_new(options->quiet) :
						sink_text_new(&config);
}

static int open_log(const char *path, struct sinks *sinks)
{
	struct sink *sink;
	struct log *log;
	int err = log_open(path, &log);

	if (err) {
		say_error("cannot open log '%s': %s", path, strerror(-err));
		return err;
	}
	sink = sink_log_new(log);
	if (!sink) {
		log_close(log);
		return -ENOMEM;
	}
	sinks_add(sinks, sink);
	return 0;
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
		err = open_log(options->log, sinks);
	if (err)
		sinks_free(sinks);
	return err;
}

int command_output_status(int failure)
{
	if (!failure || failure == -EPIPE)
		return EXIT_OK;
	say_error("cannot write to standard output: %s", strerror(-failure));
	return EXIT_FAILED;
}
