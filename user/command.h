// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * command: the commands of deadwait, one file each, and what they share.
 */
#ifndef DEADWAIT_COMMAND_H
#define DEADWAIT_COMMAND_H

#include <signal.h>

#include "options.h"
#include "sink.h"
#include "spawn.h"

/* Exit status; the README has them. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_USAGE = 2,
	EXIT_UNSUPPORTED = 3, /* kernel or privileges do not suffice */
	EXIT_FAILED = 4,      /* failure while running */
	/* of run and trace with a command, as of env(1): */
	EXIT_RUN_FAILED = 125, /* failure of deadwait's own */
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

/* Each runs a command to its end and returns the exit status. */
int command_watch(const struct options *options);
int command_scan(const struct options *options);
int command_trace(const struct options *options);
int command_run(const struct options *options);
int command_explain(const struct options *options);
int command_doctor(const struct options *options);
int command_report(const struct options *options);

/*
 * Opens the sinks that the options ask for. Returns 0, or -errno after saying
 * why on stderr; then *sinks is empty.
 */
int command_open_sinks(const struct options *options, struct sinks *sinks);

/*
 * The signals that end a command that runs on, SIGHUP among them: that reopens
 * a log, or ends it too, unless it was ignored at the start (nohup).
 */
void command_end_signals(const struct options *options, sigset_t *signals);

/* Lets the command of run or trace go. Returns 0, or after one line the exit status. */
int command_go(const struct options *options, struct spawn *spawn);

/* The exit status after tracer_open() failed. */
int command_tracer_status(int err);

/* The exit status after the sinks' failure (sinks_failed()); says what a person must know. */
int command_output_status(int failure);

#endif
