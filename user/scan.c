// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scan: the zombies that exist now, with causes from the parents' live state;
 * then the end. Without the right to use BPF it reads /proc and says what it
 * cannot know.
 */
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "findings.h"
#include "privileges.h"
#include "procfs.h"
#include "procscan.h"
#include "say.h"
#include "tracer.h"

/* A second look, where the first cannot tell a zombie from a death in passing. */
#define LOOK_NS (100 * DURATION_NS_PER_MS)

struct scan {
	const struct options *options;
	struct tracer *tracer; /* NULL: from /proc */
	struct findings *findings;
	struct sinks sinks;
	struct clock clock;
	struct pass pass;
	uint64_t start_ns, passes, pass_cpu_ns;
	int proc;
};

static int look(struct scan *scan)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	int err = scan->tracer ? tracer_pass(scan->tracer, &scan->pass) :
				 procscan_pass(scan->proc, &scan->pass);

	if (!err)
		err = findings_take(scan->findings, &scan->pass);
	scan->pass_cpu_ns += clock_thread_cpu_ns() - cpu_ns;
	scan->passes++;
	return err;
}

static void rest(uint64_t ns)
{
	const struct timespec span = { .tv_sec = (time_t)(ns / DURATION_NS_PER_S),
				       .tv_nsec = (long)(ns % DURATION_NS_PER_S) };

	nanosleep(&span, NULL);
}

static volatile sig_atomic_t stopped;

static void on_stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* With -d: looks for so long, and tells what was there all along. Ctrl-C ends the wait early. */
static int look_for(struct scan *scan, uint64_t duration_ns)
{
	const struct sigaction stop = { .sa_handler = on_stop };
	uint64_t end_ns = clock_monotonic_ns() + duration_ns, now_ns;
	int err = 0;

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	findings_hold(scan->findings, true);
	while (!err && !stopped && (now_ns = clock_monotonic_ns()) < end_ns) {
		err = look(scan);
		rest(end_ns - now_ns < LOOK_NS ? end_ns - now_ns : LOOK_NS);
	}
	findings_hold(scan->findings, false);
	return err ? err : look(scan);
}

static int look_once(struct scan *scan)
{
	int err = look(scan);

	if (!err && findings_unsettled(scan->findings)) {
		rest(LOOK_NS);
		err = look(scan);
	}
	return err;
}

static void summarise(struct scan *scan)
{
	struct finding_summary summary = {
		.time_ns = clock_boot_ns(),
		.passes = scan->passes,
		.pass_cpu_ns = scan->pass_cpu_ns,
		.lost_log = sinks_lines_lost(&scan->sinks),
	};

	findings_sum(scan->findings, &summary);
	sinks_tick(&scan->sinks);
	sinks_summary(&scan->sinks, &summary);
}

static int finish(struct scan *scan, int err)
{
	struct finding_summary summary = {};
	int status;

	if (err) {
		say_error("cannot read the task list: %s", strerror(-err));
		return EXIT_FAILED;
	}
	summarise(scan);
	status = command_output_status(sinks_failed(&scan->sinks));
	findings_sum(scan->findings, &summary);
	if (status == EXIT_OK && summary.found && scan->options->error_exitcode >= 0)
		return scan->options->error_exitcode;
	return status;
}

static void open_tracer(struct scan *scan)
{
	const struct tracer_config config = { .verbose = scan->options->verbose, .quiet = true };
	int err = tracer_open(&config, &scan->tracer);

	if (!err || scan->options->quiet)
		return;
	say_error("%s: reading /proc instead; not known: ages, exec and adoption, and of other "
		  "users' processes exit statuses and waits in flight",
		  tracer_refusal(err));
}

int command_scan(const struct options *options)
{
	struct scan scan = { .options = options };
	struct findings_config config = {
		.options = options,
		.clock = &scan.clock,
		.source.proc = procfs_open("/proc"),
		.emit = sinks_finding,
		.emit_sigchld = sinks_sigchld,
		.arg = &scan.sinks,
		.two_looks = true,
	};
	int status = EXIT_FAILED, err;

	scan.proc = config.source.proc;
	if (procfs_check(scan.proc))
		say_error(
			"'/proc' hides processes (hidepid) or is not mounted: zombies may be missed");
	config.tasks_max = procfs_pid_max(scan.proc);
	if (scan.proc < 0) {
		say_error("cannot open '/proc': %s", strerror(-scan.proc));
		return EXIT_FAILED;
	}
	if (!command_open_sinks(options, &scan.sinks)) {
		scan.findings = findings_new(&config);
		open_tracer(&scan);
		if (privileges_drop(0))
			say_error("cannot drop privileges; going on with them");
		err = !scan.findings	   ? -ENOMEM :
		      options->duration_ns ? look_for(&scan, options->duration_ns) :
					     look_once(&scan);
		status = finish(&scan, err);
	}
	findings_free(scan.findings);
	tracer_close(scan.tracer);
	sinks_free(&scan.sinks);
	pass_free(&scan.pass);
	close(scan.proc);
	return status;
}
