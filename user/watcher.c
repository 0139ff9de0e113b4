// SPDX-License-Identifier: GPL-2.0-or-later
#include "watcher.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "privileges.h"
#include "procfs.h"
#include "say.h"

/*
 * Passes may take one hundredth of one CPU. What was not used is saved up, so
 * that after a quiet time a burst is looked at without delay.
 */
#define PASS_SHARE 100
#define PASS_SAVED_MAX_NS (50 * (int64_t)DURATION_NS_PER_MS)

/*
 * What is left behind within so long is judged as of one moment: parents that
 * die at once tell in turns. Far less than an age that matters.
 */
#define LEFT_MOMENT_NS DURATION_NS_PER_MS
/* Parents that are remembered for what they leave behind. */
#define LEFT_PARENTS_MAX 1024

static void tell_loss(struct watcher *watcher, const char *reason, uint64_t count,
		      const char *remedy)
{
	if (count)
		sinks_lost(watcher->sinks, &(struct finding_lost){ .time_ns = clock_boot_ns(),
								   .reason = reason,
								   .count = count,
								   .remedy = remedy });
}

static void tell_losses(struct watcher *watcher)
{
	uint64_t events = tracer_events_lost(watcher->tracer), history;
	struct dw_cpu sum;

	tracer_counters(watcher->tracer, &sum);
	history = tracer_history_lost(&sum);
	tell_loss(watcher, "ring-full", events - watcher->lost_events,
		  watcher->options->command == COMMAND_RUN ? "give more room with --buffer" :
							     "narrow it with --only or --orphans");
	watcher->lost_events = events;
	if (history != watcher->lost_history)
		findings_history_lost(watcher->findings);
	tell_loss(watcher, "history-full", history - watcher->lost_history,
		  "give more records with --history");
	watcher->lost_history = history;
}

/*
 * Takes in what dying parents have left, as far as it was told: the rest of it
 * may come with the next events, so the parents are kept.
 */
static void take_left(struct watcher *watcher)
{
	struct pass *left = &watcher->left;

	if (!left->dead_count)
		return;
	pass_finish(left);
	if (findings_take_left(watcher->findings, left))
		say_error("cannot keep all findings: %s", strerror(ENOMEM));
	left->dead_count = 0;
	if (left->parents_count > LEFT_PARENTS_MAX)
		pass_clear(left);
}

static void add_left(struct watcher *watcher, const struct dw_event_head *event)
{
	const struct dw_event_left_parent *of_parent = (const void *)event;
	const struct dw_event_left_dead *of_dead = (const void *)event;
	struct dw_pass_parent *parent;
	struct dw_pass_dead *dead;

	if (event->time_ns - watcher->left.boot_ns > LEFT_MOMENT_NS) {
		take_left(watcher);
		watcher->left.boot_ns = event->time_ns;
	}
	if (event->kind == DW_EVENT_LEFT_PARENT) {
		parent = pass_add_parent(&watcher->left);
		if (parent)
			*parent = of_parent->parent;
	} else {
		dead = pass_add_dead(&watcher->left);
		if (dead)
			*dead = of_dead->dead;
	}
}

static int take_event(void *arg, const struct dw_event_head *event)
{
	struct watcher *watcher = arg;

	if (event->kind == DW_EVENT_STATUS_LOST && event->bytes == sizeof(struct dw_event_lost))
		findings_take_lost(watcher->findings, (const void *)event);
	else if (event->kind == DW_EVENT_ORPHAN && event->bytes == sizeof(struct dw_event_orphan))
		orphans_take(watcher->orphans, (const void *)event);
	else if ((event->kind == DW_EVENT_LEFT_PARENT &&
		  event->bytes == sizeof(struct dw_event_left_parent)) ||
		 (event->kind == DW_EVENT_LEFT_DEAD &&
		  event->bytes == sizeof(struct dw_event_left_dead)))
		add_left(watcher, event);
	return 0;
}

void watcher_events(struct watcher *watcher)
{
	tracer_take_events(watcher->tracer, take_event, watcher);
	take_left(watcher);
	orphans_confirm(watcher->orphans);
	sinks_tick(watcher->sinks);
}

void watcher_pass(struct watcher *watcher)
{
	uint64_t cpu_ns = clock_thread_cpu_ns(), now_ns = clock_monotonic_ns();
	uint64_t report_ns = findings_report_cpu_ns(watcher->findings);
	int err = tracer_pass(watcher->tracer, &watcher->pass);

	if (watcher->due_ns && now_ns - watcher->due_ns > watcher->delay_ns)
		watcher->delay_ns = now_ns - watcher->due_ns;
	watcher->due_ns = 0;
	if (err && !watcher->failing)
		say_error("cannot read the task list: %s; trying again", strerror(-err));
	watcher->failing = err != 0;
	if (!err)
		clock_note(&watcher->clock, watcher->pass.boot_ns, watcher->pass.jiffies);
	/* What the pass shows as handed over was told by the events before. */
	watcher_events(watcher);
	if (!err) {
		err = findings_take(watcher->findings, &watcher->pass);
		if (err)
			say_error("cannot keep all findings: %s", strerror(-err));
		tell_losses(watcher);
		sinks_tick(watcher->sinks);
	}
	report_ns = findings_report_cpu_ns(watcher->findings) - report_ns;
	cpu_ns = clock_thread_cpu_ns() - cpu_ns;
	cpu_ns -= report_ns < cpu_ns ? report_ns : cpu_ns;
	watcher->pass_cpu_ns += cpu_ns;
	watcher->passes++;
	watcher->saved_ns -= (int64_t)cpu_ns;
}

/* A pass is due while something may be dead; the clock needs two to begin with. */
static bool pass_due(struct watcher *watcher)
{
	uint64_t now_ns = clock_monotonic_ns();

	watcher->saved_ns += (int64_t)((now_ns - watcher->earned_ns) / PASS_SHARE);
	watcher->earned_ns = now_ns;
	if (watcher->saved_ns > PASS_SAVED_MAX_NS)
		watcher->saved_ns = PASS_SAVED_MAX_NS;
	if (!tracer_died(watcher->tracer) && !findings_pending(watcher->findings) &&
	    !watcher->failing && watcher->clock.tick_ns)
		return false;
	if (!watcher->due_ns)
		watcher->due_ns = now_ns;
	return watcher->saved_ns > 0;
}

/* A burst of forks is told of even if nobody dies in it. */
static void look_for_storm(struct watcher *watcher)
{
	struct finding_storm storm;
	struct dw_cpu sum;
	int64_t there;

	tracer_counters(watcher->tracer, &sum);
	there = (int64_t)(sum.forks - sum.exits + watcher->pass.dead_count);
	if (storm_look(&watcher->storm, sum.forks, there, clock_monotonic_ns(), &storm))
		sinks_storm(watcher->sinks, &storm);
}

static void hand_sample(struct watcher *watcher)
{
	struct sample *sample;

	if (!sinks_want_sample(watcher->sinks))
		return;
	sample = sampler_make(&watcher->sampler, watcher->tracer, watcher->findings, watcher->proc);
	sample->lost_log = sinks_lines_lost(watcher->sinks);
	sinks_sample(watcher->sinks, sample);
}

void watcher_tick(struct watcher *watcher)
{
	look_for_storm(watcher);
	/* Orphans do not wake anybody: they are looked at once a tick. */
	if (pass_due(watcher))
		watcher_pass(watcher);
	else
		watcher_events(watcher);
	tell_loss(watcher, "lost statuses not shown", findings_take_untold(watcher->findings),
		  "narrow it with -p, -n, -u or -c");
	hand_sample(watcher);
}

void watcher_finish(struct watcher *watcher, struct finding_summary *summary)
{
	*summary = (struct finding_summary){
		.time_ns = clock_boot_ns(),
		.of_family = watcher->options->family_count || watcher->options->operands_count,
		.passes = watcher->passes,
		.pass_cpu_ns = watcher->pass_cpu_ns,
	};
	findings_sum(watcher->findings, summary);
	orphans_sum(watcher->orphans, summary);
	findings_close_all(watcher->findings, summary->time_ns);
	sampler_sum(watcher->tracer, summary);
	summary->duration_ns = summary->time_ns - watcher->start_ns;
}

static int open_findings(struct watcher *watcher,
			 void (*emit_orphan)(void *arg, const struct finding_orphan *orphan),
			 void *arg)
{
	const struct findings_config config = {
		.options = watcher->options,
		.clock = &watcher->clock,
		.source = { .proc = watcher->proc,
			    .life = tracer_life,
			    .waits = tracer_waits,
			    .reaped = tracer_reaped,
			    .arg = watcher->tracer },
		.emit = sinks_finding,
		.emit_sigchld = sinks_sigchld,
		.arg = watcher->sinks,
		.tasks_max = procfs_pid_max(watcher->proc),
		.watched = true,
		.blind = !tracer_sees_conduct(watcher->tracer),
	};
	const struct orphans_config orphans = {
		.options = watcher->options,
		.proc = watcher->proc,
		.emit = emit_orphan,
		.arg = arg,
	};

	watcher->findings = findings_new(&config);
	watcher->orphans = orphans_new(&orphans);
	return watcher->findings && watcher->orphans ? 0 : -ENOMEM;
}

int watcher_open(struct watcher *watcher, const struct options *options, struct sinks *sinks,
		 const struct tracer_config *config,
		 void (*emit_orphan)(void *arg, const struct finding_orphan *orphan), void *arg)
{
	int err;

	*watcher = WATCHER_NONE;
	watcher->options = options;
	watcher->sinks = sinks;
	err = tracer_open(config, &watcher->tracer);
	if (err)
		return err;
	watcher->proc = procfs_open("/proc");
	err = watcher->proc < 0 ? watcher->proc : open_findings(watcher, emit_orphan, arg);
	if (err) {
		say_error("cannot start: %s", strerror(-err));
		return err;
	}
	if (procfs_check(watcher->proc))
		say_error("'/proc' hides processes (hidepid) or is not mounted: evidence from it "
			  "will be missing");
	privileges_warn_proc();
	storm_begin(&watcher->storm, watcher->proc, tracer_life, watcher->tracer,
		    clock_monotonic_ns());
	watcher->start_ns = clock_boot_ns();
	watcher->earned_ns = clock_monotonic_ns();
	watcher->saved_ns = PASS_SAVED_MAX_NS;
	return 0;
}

void watcher_close(struct watcher *watcher)
{
	findings_free(watcher->findings);
	orphans_free(watcher->orphans);
	tracer_close(watcher->tracer);
	pass_free(&watcher->pass);
	pass_free(&watcher->left);
	if (watcher->proc >= 0)
		close(watcher->proc);
	*watcher = WATCHER_NONE;
}
