// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace: everything that happens in the life of processes, as it happens, in
 * the order of time. The kernel side filters and tells; nothing is judged.
 */
#include "command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "loop.h"
#include "names.h"
#include "orphans.h"
#include "output.h"
#include "privileges.h"
#include "procfs.h"
#include "sampler.h"
#include "say.h"
#include "storm.h"
#include "timeline.h"
#include "tracer.h"

/* How often events are fetched; a buffer that fills is fetched at once. */
#define TICK_NS (50 * DURATION_NS_PER_MS)
/* Events younger than this may have elder ones still on their way. */
#define SETTLE_NS (10 * DURATION_NS_PER_MS)

struct trace {
	const struct options *options;
	struct tracer *tracer;
	struct sinks sinks;
	struct loop loop;
	struct spawn command; /* if one was given */
	struct timeline timeline;
	struct clock clock;
	struct storm storm;
	int proc;
	uint64_t start_ns; /* CLOCK_BOOTTIME */
	uint64_t end_ns;   /* CLOCK_MONOTONIC; 0: no end */
	uint64_t told, no_memory;
	uint32_t lost; /* events lost by the kernel side that were told of */
	bool done;
};

static void tell_lost(struct trace *trace, uint64_t time_ns, uint32_t lost)
{
	/* Two CPUs may tell in another order than they counted. */
	if ((int32_t)(lost - trace->lost) <= 0)
		return;
	sinks_lost(
		&trace->sinks,
		&(struct finding_lost){ .time_ns = time_ns,
					.reason = "ring-full",
					.count = lost - trace->lost,
					.remedy = "give more room with --buffer, or trace less" });
	trace->lost = lost;
}

static void tell_event(void *arg, const struct dw_event_head *raw)
{
	struct trace *trace = arg;
	struct finding_event event = { .event = raw };
	const struct dw_trace_reap *reap = (const void *)raw;

	tell_lost(trace, raw->time_ns, raw->lost);
	if (raw->kind == DW_EVENT_ORPHAN) {
		orphans_find_adopter(trace->proc, (const void *)raw, &event.adopter_tgid,
				     &event.role, &event.confirmed);
	} else if (raw->kind == DW_TRACE_REAP && !reap->late) {
		event.dead_known = reap->dead_ns != DW_TRACE_NO_JIFFIES;
		event.dead_ns = reap->dead_ns;
	} else if (raw->kind == DW_TRACE_REAP && reap->dead_jiffies != DW_TRACE_NO_JIFFIES &&
		   trace->clock.tick_ns) {
		event.dead_known = true;
		event.dead_ns = reap->dead_jiffies * trace->clock.tick_ns;
	}
	sinks_event(&trace->sinks, &event);
	trace->told++;
}

/* Whether an event has the size of its kind. */
static bool is_whole(const struct dw_event_head *event)
{
	static const uint32_t sizes[] = {
		[DW_EVENT_ORPHAN] = sizeof(struct dw_event_orphan),
		[DW_TRACE_FORK] = sizeof(struct dw_trace_fork),
		[DW_TRACE_EXEC] = sizeof(struct dw_trace_exec),
		[DW_TRACE_EXIT] = sizeof(struct dw_trace_exit),
		[DW_TRACE_STOP] = sizeof(struct dw_trace_stop),
		[DW_TRACE_CONTINUE] = sizeof(struct dw_trace_stop),
		[DW_TRACE_SIGCHLD] = sizeof(struct dw_trace_sigchld),
		[DW_TRACE_DELIVER] = sizeof(struct dw_trace_deliver),
		[DW_TRACE_WAIT] = sizeof(struct dw_trace_wait),
		[DW_TRACE_REAP] = sizeof(struct dw_trace_reap),
	};

	return event->kind < sizeof(sizes) / sizeof(sizes[0]) && sizes[event->kind] &&
	       event->bytes == sizes[event->kind];
}

static int take_event(void *arg, const struct dw_event_head *event)
{
	struct trace *trace = arg;

	if (is_whole(event) && timeline_add(&trace->timeline, event))
		trace->no_memory++;
	return timeline_is_full(&trace->timeline) ? -ENOBUFS : 0;
}

static bool is_over(const struct trace *trace)
{
	return trace->end_ns && clock_monotonic_ns() >= trace->end_ns;
}

static bool is_wanted_elsewhere(const struct trace *trace)
{
	return loop_has_signal(&trace->loop) || is_over(trace);
}

/*
 * Fetches all events at hand and hands on those that are in order for certain.
 * Where they come in faster than they go out there is no end of it but a signal
 * and the end of the trace; the last turn is for what happened before it.
 */
static void fetch(struct trace *trace, bool last)
{
	const uint64_t begun_ns = clock_boot_ns();
	uint64_t now_ns;
	bool more;

	do {
		now_ns = clock_boot_ns();
		more = tracer_take_events(trace->tracer, take_event, trace) < 0;
		if (more) {
			uint64_t latest_ns = timeline_latest_ns(&trace->timeline);

			more = !sinks_failed(&trace->sinks) &&
			       (last ? latest_ns < begun_ns : !is_wanted_elsewhere(trace));
			now_ns = latest_ns;
		}
		timeline_take(&trace->timeline, last && !more ? UINT64_MAX : now_ns - SETTLE_NS,
			      tell_event, trace);
		sinks_tick(&trace->sinks);
	} while (more);
}

static void on_signal(struct trace *trace)
{
	struct signalfd_siginfo info;

	while (loop_signal(&trace->loop, &info)) {
		if (trace->options->operands_count)
			trace->done |=
				!spawn_signal(&trace->command, &info) || trace->command.ended;
		else if (info.ssi_signo == SIGHUP && trace->options->log)
			sinks_reopen(&trace->sinks);
		else
			trace->done = true;
	}
}

/* The length of a jiffy is measured between two passes over the task list. */
static void measure_tick(struct trace *trace)
{
	struct pass pass = {};

	if (!trace->clock.tick_ns && !tracer_pass(trace->tracer, &pass))
		clock_note(&trace->clock, pass.boot_ns, pass.jiffies);
	pass_free(&pass);
}

static void look_for_storm(struct trace *trace)
{
	struct finding_storm storm;
	struct dw_cpu sum;

	tracer_counters(trace->tracer, &sum);
	if (storm_look(&trace->storm, sum.forks, (int64_t)(sum.forks - sum.exits),
		       clock_monotonic_ns(), &storm))
		sinks_storm(&trace->sinks, &storm);
}

static int run_loop(struct trace *trace)
{
	bool command = trace->options->operands_count;

	while (!trace->done && (command || !sinks_failed(&trace->sinks))) {
		int ready = loop_wait(&trace->loop);

		if (ready < 0)
			return ready;
		if (ready & LOOP_SIGNAL)
			on_signal(trace);
		if (ready & (LOOP_TICK | LOOP_EVENTS))
			fetch(trace, false);
		if (ready & LOOP_TICK) {
			measure_tick(trace);
			look_for_storm(trace);
		}
		if (ready & LOOP_NO_READER || is_over(trace))
			trace->done = true;
	}
	return 0;
}

static void summarise(struct trace *trace)
{
	struct finding_summary summary = {
		.time_ns = clock_boot_ns(),
		.of_family = trace->options->family_count || trace->options->operands_count,
		.traced = true,
	};

	/* Lines and counts end at the same moment. */
	tracer_detach(trace->tracer);
	fetch(trace, true);
	tell_lost(trace, summary.time_ns, tracer_events_lost(trace->tracer));
	sampler_sum(trace->tracer, &summary);
	summary.duration_ns = summary.time_ns - trace->start_ns;
	summary.events = trace->told;
	summary.lost_events = trace->lost + trace->no_memory;
	summary.lost_log = sinks_lines_lost(&trace->sinks);
	sinks_summary(&trace->sinks, &summary);
}

static int trace_to_the_end(struct trace *trace)
{
	int status = EXIT_OK, failure, err;

	trace->start_ns = clock_boot_ns();
	storm_begin(&trace->storm, trace->proc, tracer_life, trace->tracer, clock_monotonic_ns());
	if (trace->options->duration_ns)
		trace->end_ns = clock_monotonic_ns() + trace->options->duration_ns;
	measure_tick(trace);
	if (trace->options->operands_count)
		status = command_go(trace->options, &trace->command);
	else if (!trace->options->quiet)
		say_error("tracing; Ctrl-C ends");
	if (status)
		return status;
	failure = trace->options->operands_count ? EXIT_RUN_FAILED : EXIT_FAILED;
	err = run_loop(trace);
	if (err) {
		say_error("cannot wait for events: %s", strerror(-err));
		return failure;
	}
	if (!sinks_failed(&trace->sinks))
		summarise(trace);
	status = command_output_status(sinks_failed(&trace->sinks)) ? failure : EXIT_OK;
	return trace->command.ended && !status ? spawn_exit_status(&trace->command) : status;
}

/* What the kernel side is to tell of. Returns 0, or -EINVAL after saying why not. */
static int make_filter(const struct options *options, struct tracer_filter *filter)
{
	int err;

	*filter = (struct tracer_filter){
		.pids = options->pids,
		.pids_count = options->pids_count,
		.by_user = options->has_uid,
		.uid = options->uid,
	};
	if (names_compile(options->names, options->names_count, &filter->names)) {
		say_error("cannot filter by these names: the patterns of -n are longer than 63 "
			  "characters together; give fewer or shorter ones");
		return -EINVAL;
	}
	if (!options->cgroup)
		return 0;
	err = procfs_cgroup_id(options->cgroup, &filter->cgroup);
	if (err)
		say_error("cannot filter by cgroup '%s': %s", options->cgroup,
			  err == -ENOTSUP ? "no cgroup file system of version 2 is mounted" :
					    strerror(-err));
	return err ? -EINVAL : 0;
}

/*
 * What makes it give up a reader that stalls. The end of the command does not,
 * nor what ends the command only: the rest is still to be told.
 */
static void set_stop(struct trace *trace, sigset_t *signals)
{
	if (trace->options->operands_count) {
		sigemptyset(signals);
		sigaddset(signals, SIGTERM);
	} else if (trace->options->log) {
		sigdelset(signals, SIGHUP);
	}
	output_set_stop(loop_stop_fd(&trace->loop, signals));
}

static int open_rest(struct trace *trace)
{
	const struct options *options = trace->options;
	sigset_t signals;
	int err;

	trace->proc = procfs_open("/proc");
	if (trace->proc < 0)
		return trace->proc;
	if (options->operands_count)
		spawn_signals(&signals);
	else
		command_end_signals(options, &signals);
	/* A command is waited for, whether anybody reads on or not. */
	err = loop_open(&trace->loop, &signals, TICK_NS, tracer_events_fd(trace->tracer),
			options->operands_count ? -1 : STDOUT_FILENO);
	if (!err && options->family_count)
		err = tracer_mark(trace->tracer, options->family, options->family_count);
	if (!err && options->operands_count)
		err = spawn_hold(options->operands, &trace->command);
	if (!err && options->operands_count)
		err = tracer_mark(trace->tracer, &trace->command.pid, 1);
	if (!err) {
		set_stop(trace, &signals);
		err = privileges_drop((options->operands_count ? PRIVILEGES_SIGNAL : 0) |
				      (options->log ? PRIVILEGES_FILES : 0));
	}
	return err;
}

int command_trace(const struct options *options)
{
	struct tracer_filter filter;
	const struct tracer_config config = {
		.hooks = true,
		.orphans = true,
		.trace = true,
		.family = options->family_count || options->operands_count,
		.filter = &filter,
		.verbose = options->verbose,
		.history = options->history,
		.ring_bytes = options->buffer_bytes ? options->buffer_bytes : TRACER_RING_BYTES,
	};
	struct trace trace = {
		.options = options,
		.loop = LOOP_NONE,
		.command = SPAWN_NONE,
		.proc = -1,
	};
	int status = options->operands_count ? EXIT_RUN_FAILED : EXIT_FAILED, err;

	if (options->operands_count)
		output_set_fd(STDERR_FILENO);

	if (make_filter(options, &filter))
		return EXIT_USAGE;
	if (command_open_sinks(options, &trace.sinks))
		return status;
	err = tracer_open(&config, &trace.tracer);
	if (err) {
		status = options->operands_count ? status : command_tracer_status(err);
	} else {
		err = open_rest(&trace);
		if (err)
			say_error("cannot start: %s", strerror(-err));
		else
			status = trace_to_the_end(&trace);
	}
	spawn_abandon(&trace.command);
	loop_close(&trace.loop);
	tracer_close(trace.tracer);
	sinks_free(&trace.sinks);
	timeline_free(&trace.timeline);
	if (trace.proc >= 0)
		close(trace.proc);
	return status;
}
