// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * command: the commands of deadwait, one file each, and what they share.
 */
#ifndef DEADWAIT_COMMAND_H
#define DEADWAIT_COMMAND_H

#include "options.h"
#include "sink.h"

/* Exit status; the README has them. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_USAGE = 2,
	EXIT_UNSUPPORTED = 3, /* kernel or privileges do not suffice */
	EXIT_FAILED = 4,      /* failure while running */
};

/* Each runs a command to its end and returns the exit status. */
int command_watch(const struct options *options);
int command_scan(const struct options *options);
int command_explain(const struct options *options);

/*
 * Opens the sinks that the options ask for. Returns 0, or -errno after saying
 * why on stderr; then *sinks is empty.
 */
int command_open_sinks(const struct options *options, struct sinks *sinks);

/* The exit status after the sinks' failure (sinks_failed()); says what a person must know. */
int command_output_status(int failure);

#endif
