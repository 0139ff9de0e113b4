// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * finding_maker: a finding made by hand, with all that can be known of it, for the tests of the
 * sinks to change.
 */
#ifndef DEADWAIT_FINDING_MAKER_H
#define DEADWAIT_FINDING_MAKER_H

#include "duration.h"
#include "finding.h"
#include "pass_maker.h"

/* What a finding points to. */
struct made {
	struct dw_who child, parent, former;
	struct dw_pass_parent live;
	struct inquiry inquiry;
	struct facts facts;
	struct verdict verdict;
	struct dw_wait wait;
	struct finding finding;
};

/* Bytes that hurt: escape, quote, newline, backslash, NUL's neighbours, no UTF-8. */
#define HOSTILE_COMM "\x1b[2J\"\n\\\x01\x7f\xff\xc3\x28\xe2\x80\xae"

static inline void maker_finding(struct made *made)
{
	*made = (struct made){
		.child = maker_who(4242, 81234567890, "worker"),
		.parent = maker_who(4100, 80012345678, "server"),
		.former = maker_who(4000, 70012345678, "former"),
		.inquiry = { .done = true,
			     .state = 'S',
			     .cmdline = (char *)"server --fast",
			     .cgroup = (char *)"/system.slice/x.service",
			     .unit = (char *)"x.service",
			     .container = (char *)"0123456789ab",
			     .live_children_known = true,
			     .live_children = 3,
			     .siblings = { { 4243, "one" }, { 4244, "two" }, { 4245, "three" } } },
		.facts = { .zombies = 3, .has_parent = true },
		.verdict = { .cause = CAUSE_SIGCHLD_MERGED,
			     .confidence = CONFIDENCE_CERTAIN,
			     .lines = 2,
			     .evidence = { "5 children died", "it waited 2 times" } },
	};
	made->live = maker_parent(4100, 80012345678);
	made->live.handler = 0x4000;
	/* since its exec: 2 queued, 3 merged, 1 ignored, 2 delivered, 3 waits with the one below */
	made->live.record.conduct.at_exec = (struct dw_counts){
		.queued = 20, .merged = 30, .ignored = 40, .delivered = 50, .waits = 7
	};
	made->live.record.conduct.now = (struct dw_counts){
		.queued = 22, .merged = 33, .ignored = 41, .delivered = 52, .waits = 9
	};
	made->wait = *maker_wait(&made->live, DW_TARGET_ANY, 0, WNOHANG);
	made->finding = (struct finding){
		.state = FINDING_OPEN,
		.time_ns = 100 * MAKER_S,
		.child = &made->child,
		.status = 3 << 8,
		.status_known = true,
		.exit_signal = SIGCHLD,
		.dead_kind = DW_DEAD_ZOMBIE,
		.died_ns = 100 * MAKER_S - 1004000000,
		.age_ns = 1004000000,
		.age_known = true,
		.killer_known = true,
		.killer_tgid = 4100,
		.kill_signal = SIGTERM,
		.tracer_tgid = 55,
		.tracer_comm = "gdb",
		.parent = &made->parent,
		.adopted_from = &made->former,
		.cause = CAUSE_SIGCHLD_MERGED,
		.also = CAUSE_BIT(CAUSE_SLOW_REAPER),
		.confidence = CONFIDENCE_CERTAIN,
		.parent_live = &made->live,
		.last_wait = &made->wait,
		.last_wait_ns = 98 * MAKER_S,
		.inquiry = &made->inquiry,
		.facts = &made->facts,
		.verdict = &made->verdict,
	};
}

/* The same finding as it closes: nothing of the present is known. */
static inline void maker_close(struct made *made, enum finding_end end)
{
	made->finding.state = FINDING_CLOSED;
	made->finding.closed_by = end;
	made->finding.parent_live = NULL;
	made->finding.last_wait = NULL;
	made->finding.inquiry = NULL;
	made->finding.facts = NULL;
	made->finding.verdict = NULL;
}

#endif
