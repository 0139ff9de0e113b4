// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run: one command and all that it starts, from its first instruction, and a
 * report of its dead children at its end. Its exit status is the command's.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "inquiry.h"
#include "loop.h"
#include "output.h"
#include "privileges.h"
#include "say.h"
#include "spawn.h"
#include "watcher.h"

/* Orphans that are remembered, to tell at the end which of them still run. */
#define ORPHANS_MAX 1024

struct run {
	const struct options *options;
	struct watcher watcher;
	struct sinks sinks;
	struct loop loop;
	struct spawn command;
	struct finding_orphan *orphans; /* their child and father: */
	struct dw_who *who;		/* two for each */
	size_t orphans_count;
	bool done;
};

static void keep_orphan(void *arg, const struct finding_orphan *orphan)
{
	struct run *run = arg;
	struct dw_who *who = run->who + 2 * run->orphans_count;

	sinks_orphan(&run->sinks, orphan);
	if (orphan->kind == ORPHAN_ZOMBIE || run->orphans_count == ORPHANS_MAX)
		return;
	who[0] = *orphan->child;
	who[1] = *orphan->father;
	run->orphans[run->orphans_count] = *orphan;
	run->orphans[run->orphans_count].child = &who[0];
	run->orphans[run->orphans_count++].father = &who[1];
}

static void on_signals(struct run *run)
{
	struct signalfd_siginfo info;

	while (loop_signal(&run->loop, &info))
		if (!spawn_signal(&run->command, &info))
			run->done = true; /* it was followed */
}

static int run_loop(struct run *run)
{
	while (!run->done && !(run->command.ended && !run->options->follow)) {
		int ready = loop_wait(&run->loop);

		if (ready < 0)
			return ready;
		if (ready & LOOP_SIGNAL)
			on_signals(run);
		if (ready & LOOP_TICK)
			watcher_tick(&run->watcher);
		else if (ready & LOOP_EVENTS)
			watcher_events(&run->watcher);
		/* Only a pass knows that nobody is left. */
		if (run->command.ended && !run->done && ready & LOOP_TICK) {
			watcher_pass(&run->watcher);
			run->done = run->watcher.pass.complete && !run->watcher.pass.family;
		}
	}
	return 0;
}

/* Zombies of the last pass whose parent has not left them to another. */
static uint64_t count_unreaped(const struct pass *pass, uint64_t *dead)
{
	uint64_t unreaped = 0;

	*dead = 0;
	for (size_t i = 0; i < pass->dead_count; i++) {
		const struct dw_pass_dead *child = &pass->dead[i];

		*dead += child->kind == DW_DEAD_ZOMBIE;
		unreaped += child->kind == DW_DEAD_ZOMBIE &&
			    child->life.death.parent_tgid == child->parent_tgid;
	}
	return unreaped;
}

static void report(struct run *run, struct finding_summary *summary)
{
	struct watcher *watcher = &run->watcher;
	uint64_t dead, living;

	watcher_pass(watcher);
	watcher_finish(watcher, summary);
	summary->unreaped = count_unreaped(&watcher->pass, &dead);
	/* A pass that failed has not counted its processes. */
	summary->running = watcher->pass.complete ? watcher->pass.family - dead : 0;
	/* The counts are of a moment later: who died in between runs no more. */
	living = summary->forks + 1 > summary->exits ? summary->forks + 1 - summary->exits : 0;
	if (summary->running > living)
		summary->running = living;
	summary->between_ns = WATCHER_TICK_NS + watcher->delay_ns;
	if (summary->duration_ns < summary->between_ns)
		summary->between_ns = summary->duration_ns;
	summary->lost_log = sinks_lines_lost(&run->sinks);
	for (size_t i = 0; i < run->orphans_count; i++)
		if (inquiry_alive(watcher->proc, run->orphans[i].child))
			sinks_left(&run->sinks, &run->orphans[i]);
	sinks_summary(&run->sinks, summary);
}

static int exit_status(const struct run *run, const struct finding_summary *summary)
{
	if (run->options->error_exitcode >= 0 &&
	    (summary->found || summary->sigchlds || summary->statuses))
		return run->options->error_exitcode;
	return spawn_exit_status(&run->command);
}

static int run_to_the_end(struct run *run)
{
	struct finding_summary summary;
	int status, err;

	watcher_pass(&run->watcher);
	status = command_go(run->options, &run->command);
	if (status)
		return status;
	err = run_loop(run);
	if (err) {
		say_error("cannot wait for events: %s", strerror(-err));
		return EXIT_RUN_FAILED;
	}
	report(run, &summary);
	return exit_status(run, &summary);
}

/* The command, held, as the family; the loop; and no more privileges than needed. */
static int open_rest(struct run *run)
{
	struct tracer *tracer = run->watcher.tracer;
	sigset_t signals;
	int err;

	spawn_signals(&signals);
	err = loop_open(&run->loop, &signals, WATCHER_TICK_NS, tracer_events_fd(tracer), -1);
	if (!err)
		err = spawn_hold(run->options->operands, &run->command);
	if (!err)
		err = tracer_mark(tracer, &run->command.pid, 1);
	return err ? err :
		     privileges_drop(PRIVILEGES_SIGNAL |
				     (run->options->log ? PRIVILEGES_FILES : 0));
}

int command_run(const struct options *options)
{
	const struct tracer_config config = {
		.hooks = true,
		.orphans = true,
		.family = true,
		.verbose = options->verbose,
		.history = options->history,
		.ring_bytes = options->buffer_bytes ? options->buffer_bytes : TRACER_RING_BYTES,
	};
	struct run run = {
		.options = options,
		.watcher = WATCHER_NONE,
		.loop = LOOP_NONE,
		.command = SPAWN_NONE,
		.orphans = calloc(ORPHANS_MAX, sizeof(*run.orphans)),
		.who = calloc(2 * ORPHANS_MAX, sizeof(*run.who)),
	};
	int status = EXIT_RUN_FAILED;

	output_set_fd(STDERR_FILENO);
	if (run.orphans && run.who && !command_open_sinks(options, &run.sinks) &&
	    !watcher_open(&run.watcher, options, &run.sinks, &config, keep_orphan, &run)) {
		int err = open_rest(&run);

		if (err)
			say_error("cannot start: %s", strerror(-err));
		else
			status = run_to_the_end(&run);
	}
	spawn_abandon(&run.command);
	watcher_close(&run.watcher);
	loop_close(&run.loop);
	sinks_free(&run.sinks);
	free(run.orphans);
	free(run.who);
	return status;
}
