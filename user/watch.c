// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watch: zombies as they happen. One epoll loop over signals, a tick and the
 * reader of standard output; a pass when there may be something to see.
 */
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "findings.h"
#include "output.h"
#include "orphans.h"
#include "privileges.h"
#include "procfs.h"
#include "say.h"
#include "tracer.h"

#define TICK_NS (250 * DURATION_NS_PER_MS)

/*
 * Passes may take one hundredth of one CPU. What was not used is saved up, so
 * that after a quiet time a burst is looked at without delay.
 */
#define PASS_SHARE 100
#define PASS_SAVED_MAX_NS (50 * (int64_t)DURATION_NS_PER_MS)

struct watch {
	const struct options *options;
	struct tracer *tracer;
	struct findings *findings;
	struct orphans *orphans;
	struct sinks sinks;
	struct clock clock;
	struct pass pass;
	int epoll, signals, timer, proc;
	uint64_t start_ns;  /* CLOCK_BOOTTIME */
	uint64_t earned_ns; /* CLOCK_MONOTONIC up to which CPU time was earned */
	int64_t saved_ns;   /* CPU time that passes may use now; not above 0: none */
	uint64_t end_ns;    /* CLOCK_MONOTONIC; 0: no end */
	uint64_t passes, pass_cpu_ns;
	uint64_t lost_history; /* told already, as is: */
	uint64_t lost_events;
	bool failing; /* the last pass failed, and that was said */
	bool done;
};

static int watch_fd(struct watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(watch->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_signals(struct watch *watch)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	/* nohup: what was ignored at the start stays ignored. */
	if (signal(SIGHUP, SIG_DFL) == SIG_IGN && !watch->options->log) {
		signal(SIGHUP, SIG_IGN);
		sigdelset(&set, SIGHUP);
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	watch->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch->signals < 0)
		return -errno;
	output_set_stop(watch->signals);
	return 0;
}

static int open_timer(struct watch *watch)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	const struct itimerspec spec = { .it_interval = tick, .it_value = tick };

	watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (watch->timer < 0 || timerfd_settime(watch->timer, 0, &spec, NULL))
		return -errno;
	return 0;
}

static int open_loop(struct watch *watch)
{
	int err;

	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch->epoll < 0)
		return -errno;
	err = open_signals(watch);
	if (!err)
		err = open_timer(watch);
	if (!err)
		err = watch_fd(watch, watch->signals, EPOLLIN);
	if (!err)
		err = watch_fd(watch, watch->timer, EPOLLIN);
	if (!err)
		err = watch_fd(watch, tracer_events_fd(watch->tracer), EPOLLIN);
	/* EPOLLERR, when the reader of a pipe goes, comes unasked; a file has none (EPERM). */
	if (!err)
		watch_fd(watch, STDOUT_FILENO, 0);
	return err;
}

static void tell_losses(struct watch *watch)
{
	struct dw_cpu sum;
	uint64_t lost;

	tracer_counters(watch->tracer, &sum);
	if (sum.ring_full != watch->lost_events)
		sinks_lost(&watch->sinks, &(struct finding_lost){
						  .time_ns = clock_boot_ns(),
						  .reason = "ring-full",
						  .count = sum.ring_full - watch->lost_events,
						  .remedy = "narrow it with --only or --orphans" });
	watch->lost_events = sum.ring_full;
	lost = sum.evicted_live + sum.evicted_zombie + sum.no_slot;
	if (lost == watch->lost_history)
		return;
	findings_history_lost(watch->findings);
	sinks_lost(&watch->sinks,
		   &(struct finding_lost){ .time_ns = clock_boot_ns(),
					   .reason = "history-full",
					   .count = lost - watch->lost_history,
					   .remedy = "give more records with --history" });
	watch->lost_history = lost;
}

static void make_pass(struct watch *watch)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	uint64_t report_ns = findings_report_cpu_ns(watch->findings);
	int err = tracer_pass(watch->tracer, &watch->pass);

	if (err && !watch->failing)
		say_error("cannot read the task list: %s; trying again", strerror(-err));
	watch->failing = err != 0;
	if (!err) {
		clock_note(&watch->clock, watch->pass.boot_ns, watch->pass.jiffies);
		err = findings_take(watch->findings, &watch->pass);
		if (err)
			say_error("cannot keep all findings: %s", strerror(-err));
		tell_losses(watch);
		sinks_tick(&watch->sinks);
	}
	report_ns = findings_report_cpu_ns(watch->findings) - report_ns;
	cpu_ns = clock_thread_cpu_ns() - cpu_ns - report_ns;
	watch->pass_cpu_ns += cpu_ns;
	watch->passes++;
	watch->saved_ns -= (int64_t)cpu_ns;
}

/* A pass is due while something may be dead; the clock needs two to begin with. */
static bool pass_due(struct watch *watch, uint64_t now_ns)
{
	watch->saved_ns += (int64_t)((now_ns - watch->earned_ns) / PASS_SHARE);
	watch->earned_ns = now_ns;
	if (watch->saved_ns > PASS_SAVED_MAX_NS)
		watch->saved_ns = PASS_SAVED_MAX_NS;
	if (watch->saved_ns <= 0)
		return false;
	return tracer_died(watch->tracer) || findings_pending(watch->findings) || watch->failing ||
	       !watch->clock.tick_ns;
}

static void take_event(void *arg, const struct dw_event_head *event)
{
	struct watch *watch = arg;
	struct dw_event_orphan orphan;
	struct dw_event_lost lost;

	if (event->kind == DW_EVENT_STATUS_LOST && event->bytes == sizeof(lost)) {
		memcpy(&lost, event, sizeof(lost));
		findings_take_lost(watch->findings, &lost);
	} else if (event->kind == DW_EVENT_ORPHAN && event->bytes == sizeof(orphan)) {
		memcpy(&orphan, event, sizeof(orphan));
		orphans_take(watch->orphans, &orphan);
	}
}

static void on_events(struct watch *watch)
{
	tracer_take_events(watch->tracer, take_event, watch);
	orphans_confirm(watch->orphans);
	sinks_tick(&watch->sinks);
}

static void tell_untold(struct watch *watch)
{
	uint64_t untold = findings_take_untold(watch->findings);

	if (untold)
		sinks_lost(&watch->sinks,
			   &(struct finding_lost){ .time_ns = clock_boot_ns(),
						   .reason = "lost statuses not shown",
						   .count = untold,
						   .remedy = "narrow it with -p, -n, -u or -c" });
}

static void on_tick(struct watch *watch)
{
	uint64_t expired, now_ns = clock_monotonic_ns();

	if (read(watch->timer, &expired, sizeof(expired)) < 0 && errno != EAGAIN)
		say_error("cannot read the timer: %s", strerror(errno));
	/* Orphans do not wake anybody: they are looked at once a tick. */
	on_events(watch);
	tell_untold(watch);
	if (pass_due(watch, now_ns))
		make_pass(watch);
	if (watch->end_ns && now_ns >= watch->end_ns)
		watch->done = true;
}

static void on_signal(struct watch *watch)
{
	struct signalfd_siginfo info;

	while (read(watch->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP && watch->options->log)
			sinks_reopen(&watch->sinks);
		else
			watch->done = true;
	}
}

static int run_loop(struct watch *watch)
{
	struct epoll_event events[4];

	while (!watch->done && !sinks_failed(&watch->sinks)) {
		int count = epoll_wait(watch->epoll, events, 4, -1);

		if (count < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == watch->timer)
				on_tick(watch);
			else if (events[i].data.fd == watch->signals)
				on_signal(watch);
			else if (events[i].data.fd == tracer_events_fd(watch->tracer))
				on_events(watch);
			else
				watch->done = true; /* nobody reads standard output any more */
		}
	}
	return 0;
}

static void summarise(struct watch *watch)
{
	struct finding_summary summary = {
		.time_ns = clock_boot_ns(),
		.has_counters = true,
		.passes = watch->passes,
		.pass_cpu_ns = watch->pass_cpu_ns,
	};
	struct dw_cpu sum;

	findings_sum(watch->findings, &summary);
	orphans_sum(watch->orphans, &summary);
	findings_close_all(watch->findings, summary.time_ns);
	tracer_counters(watch->tracer, &sum);
	summary.duration_ns = summary.time_ns - watch->start_ns;
	summary.forks = sum.forks;
	summary.exits = sum.exits;
	summary.queued = sum.queued;
	summary.merged = sum.merged;
	summary.ignored = sum.ignored;
	summary.lost_history = sum.evicted_live + sum.evicted_zombie + sum.no_slot;
	summary.lost_events = sum.ring_full;
	summary.lost_log = sinks_lines_lost(&watch->sinks);
	sinks_summary(&watch->sinks, &summary);
}

static int open_findings(struct watch *watch)
{
	const struct findings_config config = {
		.options = watch->options,
		.clock = &watch->clock,
		.source = { .proc = watch->proc,
			    .life = tracer_life,
			    .waits = tracer_waits,
			    .arg = watch->tracer },
		.emit = sinks_finding,
		.emit_sigchld = sinks_sigchld,
		.arg = &watch->sinks,
		.tasks_max = procfs_pid_max(watch->proc),
		.watched = true,
	};
	const struct orphans_config orphans = {
		.options = watch->options,
		.clock = &watch->clock,
		.proc = watch->proc,
		.emit = sinks_orphan,
		.arg = &watch->sinks,
	};

	watch->findings = findings_new(&config);
	watch->orphans = orphans_new(&orphans);
	return watch->findings && watch->orphans ? 0 : -ENOMEM;
}

static void announce(const struct watch *watch)
{
	char age[DURATION_TEXT_MAX];

	if (watch->options->quiet)
		return;
	say_error("watching for processes dead for %s or longer; Ctrl-C ends",
		  duration_format(age, sizeof(age), watch->options->age_ns));
}

/* Opens all but the tracer. Returns 0 or -errno. */
static int open_rest(struct watch *watch)
{
	int err;

	watch->proc = procfs_open("/proc");
	if (watch->proc < 0)
		return watch->proc;
	if (procfs_check(watch->proc))
		say_error(
			"'/proc' hides processes (hidepid) or is not mounted: evidence from it will be "
			"missing");
	privileges_warn_proc();
	err = open_loop(watch);
	if (!err)
		err = open_findings(watch);
	return err;
}

static void close_all(struct watch *watch)
{
	findings_free(watch->findings);
	orphans_free(watch->orphans);
	tracer_close(watch->tracer);
	sinks_free(&watch->sinks);
	pass_free(&watch->pass);
	close(watch->epoll);
	close(watch->signals);
	close(watch->timer);
	close(watch->proc);
}

static int watch_to_the_end(struct watch *watch)
{
	int err;

	watch->start_ns = clock_boot_ns();
	if (watch->options->duration_ns)
		watch->end_ns = clock_monotonic_ns() + watch->options->duration_ns;
	watch->earned_ns = clock_monotonic_ns();
	watch->saved_ns = PASS_SAVED_MAX_NS;
	announce(watch);
	make_pass(watch);
	err = run_loop(watch);
	if (err) {
		say_error("cannot wait for events: %s", strerror(-err));
		return EXIT_FAILED;
	}
	if (!sinks_failed(&watch->sinks))
		summarise(watch);
	return command_output_status(sinks_failed(&watch->sinks));
}

int command_watch(const struct options *options)
{
	const struct tracer_config config = {
		.hooks = true,
		.orphans = options->only & ONLY_ORPHAN,
		.verbose = options->verbose,
		.history = options->history,
	};
	struct watch watch = {
		.options = options, .epoll = -1, .signals = -1, .timer = -1, .proc = -1
	};
	int status = EXIT_FAILED, err;

	if (command_open_sinks(options, &watch.sinks))
		return EXIT_FAILED;
	err = tracer_open(&config, &watch.tracer);
	if (err) {
		status = err == -EPERM || err == -ENOTSUP || err == -EREMOTE ? EXIT_UNSUPPORTED :
									       EXIT_FAILED;
	} else {
		err = open_rest(&watch);
		if (!err)
			err = privileges_drop(options->log != NULL);
		if (err)
			say_error("cannot start: %s", strerror(-err));
		else
			status = watch_to_the_end(&watch);
	}
	close_all(&watch);
	return status;
}
