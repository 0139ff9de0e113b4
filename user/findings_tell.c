// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings_tell: what goes to the sinks of an entry, of a parent's lost SIGCHLDs
 * and of a status that is lost.
 */
#include "findings_parts.h"

#include <string.h>

#include "filter.h"

/* Lost statuses that are told one by one in a tick; the rest is counted. */
#define STATUSES_MAX 32

static struct finding describe(const struct findings *findings, const struct entry *entry)
{
	return (struct finding){
		.time_ns = findings->entries.now_ns,
		.child = &entry->child,
		.status = entry->status,
		.status_known = entry->status_known,
		.exit_signal = entry->exit_signal,
		.dead_kind = entry->kind,
		.died_ns = entry->died_ns,
		.age_known = entry->age_known,
		.age_ns = findings_age(findings, entry),
		.parent = &entry->parent,
		.adopted_from = entry->former,
		.cause = entry->cause,
		.also = entry->also,
		.confidence = entry->confidence,
	};
}

static void emit(const struct findings *findings, const struct finding *finding)
{
	unsigned int kind = finding->type == FINDING_STATUS ? ONLY_STATUS : ONLY_ZOMBIE;

	if (findings->config.options->only & kind)
		findings->config.emit(findings->config.arg, finding);
}

/* The last wait that a parent entered, of either kind; NULL: none is known. */
static const struct dw_wait *last_wait(const struct dw_conduct *conduct)
{
	const struct dw_wait *any = &conduct->any, *other = &conduct->other;

	if (!any->call && !other->call)
		return NULL;
	if (!any->call || (other->call && (int32_t)(other->sequence - any->sequence) > 0))
		return other;
	return any;
}

void findings_tell(struct findings *findings, const struct entry *entry, struct parent *parent,
		   const struct facts *facts, const struct verdict *verdict, bool update,
		   bool minor)
{
	const struct dw_pass_dead *dead = entry->dead;
	struct finding finding = describe(findings, entry);
	uint64_t begun_ns;

	parents_ask(&findings->parents, parent);
	begun_ns = clock_monotonic_ns();
	finding.state = update ? FINDING_UPDATE : FINDING_OPEN;
	finding.minor = minor;
	finding.age_known = facts->age_known;
	if (facts->age_known)
		finding.age_ns = facts->age_ns;
	finding.kill_signal = facts->kill_signal;
	finding.killer_known = facts->kill_signal != 0;
	finding.killer_tgid = dead->life.death.killer_tgid;
	finding.tracer_tgid = facts->traced ? dead->tracer_tgid : 0;
	if (facts->traced)
		inquiry_comm(findings->config.source.proc, dead->tracer_tgid, finding.tracer_comm,
			     sizeof(finding.tracer_comm));
	finding.parent_live = parent->live;
	if (parent->live)
		finding.last_wait = last_wait(&parent->live->record.conduct);
	if (finding.last_wait)
		finding.last_wait_ns = clock_from_jiffies(findings->config.clock,
							  finding.last_wait->entered_jiffies);
	finding.tasks = findings->tasks;
	finding.tasks_max = findings->config.tasks_max;
	finding.inquiry = parent->inquiry.done ? &parent->inquiry : NULL;
	finding.facts = facts;
	finding.verdict = verdict;
	emit(findings, &finding);
	findings->telling_ns += clock_monotonic_ns() - begun_ns;
}

void findings_tell_end(const struct findings *findings, const struct entry *entry,
		       enum finding_end end, const struct dw_exact *reaped)
{
	struct finding finding = describe(findings, entry);

	finding.state = FINDING_CLOSED;
	finding.closed_by = end;
	if (reaped && reaped->by.tgid && end != FINDING_LIVES_ON)
		finding.by = &reaped->by;
	if (reaped && reaped->died_ns && reaped->reaped_ns >= reaped->died_ns) {
		finding.age_known = true;
		finding.age_ns = reaped->reaped_ns - reaped->died_ns;
	}
	emit(findings, &finding);
}

void findings_tell_losses(struct findings *findings, struct parent *parent,
			  const struct verdict *verdict)
{
	uint32_t told_lost = parent->told_lost;
	struct losses losses;

	/* What is merely possible may be a signal that is only late. */
	if (!(findings->config.options->only & ONLY_SIGCHLD) || !losses_caused(verdict->cause) ||
	    verdict->confidence == CONFIDENCE_POSSIBLE || !parent->live ||
	    losses_count(parent->live, &losses) || !losses_lost(&losses) ||
	    losses_lost(&losses) < 2 * told_lost)
		return;
	parent->told_lost = losses_lost(&losses);
	findings->sigchlds++;
	findings->config.emit_sigchld(
		findings->config.arg,
		&(struct finding_sigchld){
			.time_ns = findings->entries.now_ns,
			.parent = &parent->live->who,
			.losses = &losses,
			.told_lost = told_lost,
			.unreaped = parent->zombies,
			.cause = verdict->cause,
			.inquiry = parent->inquiry.done ? &parent->inquiry : NULL,
		});
}

void findings_take_lost(struct findings *findings, const struct dw_event_lost *event)
{
	const struct dw_who child = { .ns_pid = event->child_ns_pid };
	struct inquiry inquiry = {};
	struct finding finding = {
		.type = FINDING_STATUS,
		.state = FINDING_OPEN,
		.time_ns = clock_boot_ns(),
		.child = &child,
		.parent = &event->parent,
		.last_wait = &event->wait,
	};
	struct verdict verdict;
	struct facts facts;

	if (!filter_needs_cgroup(findings->config.options) &&
	    !filter_wants(findings->config.options, &child, &event->parent, NULL))
		return;
	if (findings->tick_statuses++ >= STATUSES_MAX) {
		findings->untold++;
		return;
	}
	inquiry_make(&inquiry, findings->config.source.proc, &event->parent, NULL);
	if (filter_wants(findings->config.options, &child, &event->parent, inquiry.cgroup)) {
		facts_of_lost(&facts, event);
		verdict_judge(&facts, &verdict);
		finding.cause = verdict.cause;
		finding.also = verdict.also;
		finding.confidence = verdict.confidence;
		finding.inquiry = inquiry.done ? &inquiry : NULL;
		finding.facts = &facts;
		finding.verdict = &verdict;
		emit(findings, &finding);
		findings->statuses++;
		findings->by_cause[verdict.cause]++;
	}
	inquiry_free(&inquiry);
}

uint64_t findings_take_untold(struct findings *findings)
{
	uint64_t untold = findings->untold;

	findings->untold = 0;
	findings->tick_statuses = 0;
	return untold;
}

void findings_close_all(struct findings *findings, uint64_t now_ns)
{
	struct entry *entry, *next;

	findings->entries.now_ns = now_ns;
	HASH_ITER(hh, findings->entries.hash, entry, next) {
		if (entry->open)
			findings_tell_end(findings, entry, FINDING_EXIT, NULL);
	}
}
