// SPDX-License-Identifier: GPL-2.0-or-later
#include "sampler.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "duration.h"
#include "procfs.h"

#define ASK_NS (5 * DURATION_NS_PER_S)

_Static_assert(SAMPLE_REAP_BUCKETS == DW_TIMES, "the same times are told apart");

static void ask_limits(struct sample *sample, const struct findings *findings, int proc)
{
	uint64_t tasks, max = procfs_pid_max(proc);

	sample->cgroup_left_known = !findings_tasks_left(findings, &sample->cgroup_left);
	sample->pid_max_left_known = max && !procfs_tasks(proc, &tasks);
	if (sample->pid_max_left_known)
		sample->pid_max_left = max > tasks ? max - tasks : 0;
}

static void ask_programs(struct sample *sample, const struct tracer *tracer, int proc)
{
	struct tracer_run runs[SAMPLE_PROGRAMS_MAX];

	sample->programs_count = 0;
	if (!procfs_bpf_stats(proc))
		return;
	sample->programs_count = tracer_runs(tracer, runs, SAMPLE_PROGRAMS_MAX);
	for (unsigned int i = 0; i < sample->programs_count; i++) {
		snprintf(sample->programs[i].name, sizeof(sample->programs[i].name), "%s",
			 runs[i].name);
		sample->programs[i].run_ns = runs[i].run_ns;
	}
}

struct sample *sampler_make(struct sampler *sampler, const struct tracer *tracer,
			    const struct findings *findings, int proc)
{
	struct sample *sample = &sampler->last;
	struct dw_cpu sum;

	tracer_counters(tracer, &sum);
	sample->time_ns = clock_boot_ns();
	sample->forks = sum.forks;
	sample->exits = sum.exits;
	sample->merged = sum.merged;
	sample->exact = sample->reaps.known = tracer_exact(tracer);
	memcpy(sample->reaps.bucket, sum.times, sizeof(sum.times));
	sample->reaps.sum_ns = sum.times_ns;
	if (!sampler->asked_ns || sample->time_ns - sampler->asked_ns >= ASK_NS) {
		sampler->asked_ns = sample->time_ns;
		ask_limits(sample, findings, proc);
		ask_programs(sample, tracer, proc);
	}
	return sample;
}

void sampler_sum(const struct tracer *tracer, struct finding_summary *summary)
{
	struct dw_cpu sum;

	tracer_counters(tracer, &sum);
	summary->has_counters = true;
	summary->forks = sum.forks;
	summary->execs = sum.execs;
	summary->exits = sum.exits;
	summary->queued = sum.queued;
	summary->merged = sum.merged;
	summary->ignored = sum.ignored;
	summary->autoreaped = sum.autoreaped;
	summary->left = sum.left;
	summary->lost_history = tracer_history_lost(&sum);
	summary->lost_events = tracer_events_lost(tracer);
	summary->exact = tracer_exact(tracer) && !summary->lost_history;
	if (summary->exact)
		summary->longest_ns = sum.longest_ns;
}
