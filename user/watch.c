// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watch: zombies, lost SIGCHLDs and orphans as they happen.
 */
#include "command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "loop.h"
#include "notify.h"
#include "output.h"
#include "privileges.h"
#include "say.h"
#include "watcher.h"

struct watch {
	const struct options *options;
	struct watcher watcher;
	struct sinks sinks;
	struct loop loop;
	uint64_t end_ns; /* CLOCK_MONOTONIC; 0: no end */
	bool done;
};

static void on_signal(struct watch *watch)
{
	struct signalfd_siginfo info;

	while (loop_signal(&watch->loop, &info)) {
		if (info.ssi_signo == SIGHUP && watch->options->log)
			sinks_reopen(&watch->sinks);
		else
			watch->done = true;
	}
}

static int run_loop(struct watch *watch)
{
	while (!watch->done && !sinks_failed(&watch->sinks)) {
		int ready = loop_wait(&watch->loop);

		if (ready < 0)
			return ready;
		if (ready & LOOP_TICK) {
			watcher_tick(&watch->watcher);
			notify_alive();
		} else if (ready & LOOP_EVENTS) {
			watcher_events(&watch->watcher);
		}
		if (ready & LOOP_SIGNAL)
			on_signal(watch);
		if (ready & LOOP_NO_READER ||
		    (watch->end_ns && clock_monotonic_ns() >= watch->end_ns))
			watch->done = true;
	}
	return 0;
}

static void announce(const struct watch *watch)
{
	char age[DURATION_TEXT_MAX];

	if (watch->options->quiet)
		return;
	say_error("watching for processes dead for %s or longer; Ctrl-C ends",
		  duration_format(age, sizeof(age), watch->options->age_ns));
}

static int watch_to_the_end(struct watch *watch)
{
	struct finding_summary summary;
	int err;

	if (watch->options->duration_ns)
		watch->end_ns = clock_monotonic_ns() + watch->options->duration_ns;
	announce(watch);
	watcher_pass(&watch->watcher);
	notify_ready();
	err = run_loop(watch);
	notify_stopping();
	if (err) {
		say_error("cannot wait for events: %s", strerror(-err));
		return EXIT_FAILED;
	}
	if (!sinks_failed(&watch->sinks)) {
		watcher_finish(&watch->watcher, &summary);
		summary.lost_log = sinks_lines_lost(&watch->sinks);
		sinks_summary(&watch->sinks, &summary);
	}
	return command_output_status(sinks_failed(&watch->sinks));
}

/* All but the watcher. Returns 0 or -errno. */
static int open_rest(struct watch *watch)
{
	const struct options *options = watch->options;
	struct tracer *tracer = watch->watcher.tracer;
	sigset_t signals;
	int err = 0;

	if (options->family_count)
		err = tracer_mark(tracer, options->family, options->family_count);
	command_end_signals(options, &signals);
	if (!err)
		err = loop_open(&watch->loop, &signals, WATCHER_TICK_NS, tracer_events_fd(tracer),
				STDOUT_FILENO);
	/* With a log it is opened anew by SIGHUP: no reason to give standard output up. */
	if (options->log)
		sigdelset(&signals, SIGHUP);
	if (!err)
		output_set_stop(loop_stop_fd(&watch->loop, &signals));
	return err ? err :
		     privileges_drop(options->log || options->metrics || options->textfile ?
					     PRIVILEGES_FILES :
					     0);
}

int command_watch(const struct options *options)
{
	const struct tracer_config config = {
		.hooks = true,
		.orphans = options->only & ONLY_ORPHAN,
		.family = options->family_count != 0,
		.verbose = options->verbose,
		.history = options->history,
	};
	struct watch watch = { .options = options, .watcher = WATCHER_NONE, .loop = LOOP_NONE };
	int status = EXIT_FAILED, err;

	notify_open();
	if (command_open_sinks(options, &watch.sinks))
		return EXIT_FAILED;
	err = watcher_open(&watch.watcher, options, &watch.sinks, &config, sinks_orphan,
			   &watch.sinks);
	if (err) {
		status = command_tracer_status(err);
	} else {
		err = open_rest(&watch);
		if (err)
			say_error("cannot start: %s", strerror(-err));
		else if (!sinks_start(&watch.sinks))
			status = watch_to_the_end(&watch);
	}
	watcher_close(&watch.watcher);
	loop_close(&watch.loop);
	sinks_free(&watch.sinks);
	return status;
}
