// SPDX-License-Identifier: GPL-2.0-or-later
#include "findings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "filter.h"
#include "entries.h"

/* Lost statuses that are told one by one in a tick; the rest is counted. */
#define STATUSES_MAX 32

/* After an adoption the new parent gets this long, or the age if longer, before it is judged. */
#define SETTLE_NS (2 * DURATION_NS_PER_S)

struct findings {
	struct findings_config config;
	struct parents parents;
	struct entries entries;
	struct entry **batch; /* room for every dead process of a pass */
	size_t batch_room;
	bool held;
	uint64_t tasks;
	uint64_t report_cpu_ns;
	uint64_t found, reaped, statuses, sigchlds;
	uint64_t tick_statuses, untold;
	uint64_t by_cause[CAUSE_COUNT];
};

struct findings *findings_new(const struct findings_config *config)
{
	struct findings *findings = calloc(1, sizeof(*findings));

	if (!findings)
		return NULL;
	findings->config = *config;
	findings->parents.source = config->source;
	return findings;
}

void findings_free(struct findings *findings)
{
	if (!findings)
		return;
	entries_free(&findings->entries);
	parents_free(&findings->parents);
	free(findings->batch);
	free(findings);
}

static uint64_t since(const struct findings *findings, uint64_t then_ns)
{
	return entries_since(&findings->entries, then_ns);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Since the death; if that is not known, since it was first seen. */
static uint64_t age_of(const struct findings *findings, const struct entry *entry)
{
	return since(findings, entry->died_ns ? entry->died_ns :
			       entry->ran_ns  ? entry->ran_ns :
						entry->seen_ns);
}

/* Old enough to be reported, and no process in passing. */
static bool is_ripe(const struct findings *findings, const struct entry *entry)
{
	uint64_t age_ns = findings->config.options->age_ns;

	if (findings->held || !(findings->config.options->only & (ONLY_ZOMBIE | ONLY_SIGCHLD)))
		return false;
	if (!age_ns)
		return entry->passes >= 2;
	if (!entry->age_known && findings->config.two_looks)
		return entry->passes >= 2;
	return age_of(findings, entry) >= age_ns;
}

static void judge(struct findings *findings, const struct entry *entry, struct parent *parent,
		  const struct dw_pass_dead *dead, struct facts *facts, struct verdict *verdict)
{
	const struct facts_earlier earlier = {
		.died_boot_ns = entry->died_ns,
		.adopted = entry->former != NULL,
		.watched = findings->config.watched,
		.parent_at = entry->parent_at,
		.zombies = parent->zombies,
		.reaped = parent->reaped,
		.reap_age_ns = parent->reap_age_ns,
		.switches_known = parent->switches_known,
		.ran = parent->ran,
		.free_ns = since(findings, later(parent->halted_ns, entry->traced_ns)),
		.asleep_ns = parent->switches_known ? since(findings, parent->awake_ns) : 0,
		.blocked_ns = parent->blocked_ns ? since(findings, parent->blocked_ns) : 0,
		.under_ns = entry->former ? since(findings, entry->parent_ns) + 1 : 0,
	};

	facts_join(facts, dead, parent->live, &earlier, findings->entries.now_ns);
	/* Where it hangs is evidence, no cause turns on it: asked once, for the report. */
	if (dead->kind == DW_DEAD_DYING && !entry->open) {
		hints_of_dying(facts, &findings->config.source, &dead->who);
	} else if (parent->live) {
		parents_hint(&findings->parents, parent, !entry->open);
		hints_complete(facts, &parent->hints, dead, parent->live);
	}
	verdict_judge(facts, verdict);
}

/* How long a new parent has before its adopted zombies are held against it. */
static uint64_t settle_ns(const struct findings *findings)
{
	return later(findings->config.options->age_ns, SETTLE_NS);
}

/* Lets the earlier cause stand unless the facts contradict it; true: it stood. */
static bool keep_cause(const struct findings *findings, const struct entry *entry,
		       const struct facts *facts, struct verdict *verdict)
{
	bool settling = entry->moved && since(findings, entry->parent_ns) < settle_ns(findings);

	if (!entry->open || verdict->cause == entry->cause)
		return false;
	/* Under a new parent the earlier cause was another's fault: judged anew, once. */
	if (!settling && (entry->moved || verdict_contradicts(entry->cause, facts)))
		return false;
	if (verdict->cause != CAUSE_UNKNOWN)
		verdict->also |= CAUSE_BIT(verdict->cause);
	verdict->also &= ~CAUSE_BIT(entry->cause);
	verdict->cause = entry->cause;
	verdict->confidence = entry->confidence;
	/* The evidence at hand is about the new parent. */
	if (settling) {
		verdict->lines = 1;
		snprintf(verdict->evidence[0], VERDICT_LINE_MAX,
			 "just adopted: the cause is as judged under its former parent %" PRIu32,
			 entry->former->tgid);
	}
	return true;
}

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
		.age_ns = age_of(findings, entry),
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

/* Tells the sinks of an open entry; what that costs is not the pass's. */
static void report(struct findings *findings, const struct entry *entry, struct parent *parent,
		   const struct facts *facts, const struct verdict *verdict, bool update)
{
	const struct dw_pass_dead *dead = entry->dead;
	struct finding finding = describe(findings, entry);
	uint64_t cpu_ns;

	parents_ask(&findings->parents, parent);
	cpu_ns = clock_thread_cpu_ns();
	finding.state = update ? FINDING_UPDATE : FINDING_OPEN;
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
	findings->report_cpu_ns += clock_thread_cpu_ns() - cpu_ns;
}

/* Tells of a parent's lost SIGCHLDs, once, and again when they have doubled. */
static void tell_losses(struct findings *findings, struct parent *parent,
			const struct verdict *verdict)
{
	struct losses losses;

	/* What is merely possible may be a signal that is only late. */
	if (!(findings->config.options->only & ONLY_SIGCHLD) || !losses_caused(verdict->cause) ||
	    verdict->confidence == CONFIDENCE_POSSIBLE || !parent->live ||
	    losses_count(parent->live, &losses) || !losses_lost(&losses) ||
	    losses_lost(&losses) < 2 * parent->told_lost)
		return;
	parent->told_lost = losses_lost(&losses);
	findings->sigchlds++;
	findings->config.emit_sigchld(
		findings->config.arg,
		&(struct finding_sigchld){
			.time_ns = findings->entries.now_ns,
			.parent = &parent->live->who,
			.losses = &losses,
			.unreaped = parent->zombies,
			.cause = verdict->cause,
			.inquiry = parent->inquiry.done ? &parent->inquiry : NULL,
		});
}

/* Judges a ripe or reported entry, and says what is new about it. */
static void review(struct findings *findings, struct entry *entry)
{
	const struct dw_pass_dead *dead = entry->dead;
	struct parent *parent =
		parents_find(&findings->parents, dead->parent_tgid, dead->parent_start_ns);
	bool moved = entry->former && entry->parent_ns == findings->entries.now_ns;
	bool was_open = entry->open, news;
	struct verdict verdict;
	struct facts facts;

	if (!parent)
		return;
	if (!entry->open && filter_needs_cgroup(findings->config.options))
		parents_ask(&findings->parents, parent);
	if (!entry->open && !filter_wants(findings->config.options, &entry->child, &entry->parent,
					  parent->inquiry.cgroup))
		return;
	judge(findings, entry, parent, dead, &facts, &verdict);
	keep_cause(findings, entry, &facts, &verdict);
	if (verdict.cause == entry->cause && verdict.confidence < entry->confidence)
		verdict.confidence = entry->confidence;
	news = !was_open || moved || verdict.cause != entry->cause ||
	       (verdict.confidence != entry->confidence &&
		verdict.confidence == CONFIDENCE_CERTAIN);
	if (was_open && verdict.cause != entry->cause) {
		findings->by_cause[entry->cause]--;
		findings->by_cause[verdict.cause]++;
	}
	entry->open = true;
	entry->told_kind = entry->kind;
	entry->cause = (uint8_t)verdict.cause;
	entry->also = verdict.also;
	entry->confidence = (uint8_t)verdict.confidence;
	if (entry->moved && since(findings, entry->parent_ns) >= settle_ns(findings))
		entry->moved = false;
	if (!was_open) {
		findings->found++;
		findings->by_cause[verdict.cause]++;
	}
	if (news)
		report(findings, entry, parent, &facts, &verdict, was_open);
	tell_losses(findings, parent, &verdict);
}

/* The parent is gone as well: it may have reaped the child before it ended. */
static bool waited_at_last(const struct findings *findings, const struct entry *entry)
{
	const struct hints_source *source = &findings->config.source;
	uint32_t waits;

	return source->waits &&
	       source->waits(source->arg, entry->parent.tgid, entry->parent.start_ns, &waits) &&
	       waits > entry->waits;
}

static enum finding_end end_of(struct findings *findings, const struct entry *entry,
			       struct parent *parent)
{
	/* A dead main thread goes when another thread execs; the process does not. */
	if (entry->kind != DW_DEAD_ZOMBIE &&
	    inquiry_alive(findings->config.source.proc, &entry->child))
		return FINDING_LIVES_ON;
	if (entry->former)
		return FINDING_ADOPTED_AND_REAPED;
	if ((parent && parents_alive(&findings->parents, parent)) ||
	    waited_at_last(findings, entry))
		return FINDING_REAPED;
	return FINDING_ADOPTED_AND_REAPED;
}

/* A dead process is not there any more: somebody reaped it. */
static void vanish(struct findings *findings, struct entry *entry)
{
	struct parent *parent =
		parents_find(&findings->parents, entry->parent.tgid, entry->parent.start_ns);
	enum finding_end end = end_of(findings, entry, parent);
	struct finding finding;

	/* What the program before an exec reaped is not to this one's credit. */
	if (end == FINDING_REAPED && parent && parent->exec_id == entry->exec_id)
		parents_reaped(parent, age_of(findings, entry));
	if (entry->open) {
		findings->reaped += end != FINDING_LIVES_ON;
		finding = describe(findings, entry);
		finding.state = FINDING_CLOSED;
		finding.closed_by = end;
		emit(findings, &finding);
	}
	entries_forget(&findings->entries, entry);
}

static int by_death(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
	uint64_t died_x = x->died_ns ? x->died_ns : x->seen_ns;
	uint64_t died_y = y->died_ns ? y->died_ns : y->seen_ns;

	if (died_x != died_y)
		return died_x < died_y ? -1 : 1;
	return x->key.start_ns < y->key.start_ns ? -1 : x->key.start_ns > y->key.start_ns;
}

static int reserve_batch(struct findings *findings, size_t count)
{
	struct entry **grown;

	if (count <= findings->batch_room)
		return 0;
	grown = reallocarray(findings->batch, count, sizeof(struct entry *));
	if (!grown)
		return -ENOMEM;
	findings->batch = grown;
	findings->batch_room = count;
	return 0;
}

static int close_vanished(struct findings *findings)
{
	struct entry *entry, *next;
	size_t count = 0;

	if (reserve_batch(findings, HASH_COUNT(findings->entries.hash)))
		return -ENOMEM;
	HASH_ITER(hh, findings->entries.hash, entry, next)
		if (entry->pass != findings->entries.pass)
			findings->batch[count++] = entry;
	qsort(findings->batch, count, sizeof(*findings->batch), by_death);
	for (size_t i = 0; i < count; i++)
		vanish(findings, findings->batch[i]);
	return 0;
}

/* A leader that was reported and has become a zombie is a new death: its age begins anew. */
static bool is_due(const struct findings *findings, const struct entry *entry)
{
	return (entry->open && entry->told_kind == entry->kind) || is_ripe(findings, entry);
}

/* Reviews what is reported or due, in the order of death. */
static void review_all(struct findings *findings)
{
	struct entry *entry;
	size_t count = 0;

	if (reserve_batch(findings, HASH_COUNT(findings->entries.hash)))
		return;
	for (entry = findings->entries.hash; entry; entry = entry->hh.next)
		if (entry->pass == findings->entries.pass && is_due(findings, entry))
			findings->batch[count++] = entry;
	qsort(findings->batch, count, sizeof(*findings->batch), by_death);
	for (size_t i = 0; i < count; i++)
		review(findings, findings->batch[i]);
}

static bool take_dead(struct findings *findings, const struct pass *pass,
		      const struct dw_pass_dead *dead)
{
	const struct parent *parent = parents_take(&findings->parents, pass, dead);

	return parent && entries_take(&findings->entries, findings->config.clock, dead, parent);
}

int findings_take(struct findings *findings, const struct pass *pass)
{
	int err = 0;

	entries_begin(&findings->entries, pass->boot_ns);
	parents_begin(&findings->parents, pass->boot_ns);
	findings->tasks = pass->tasks;
	for (size_t i = 0; i < pass->dead_count; i++)
		if (!take_dead(findings, pass, &pass->dead[i]))
			err = -ENOMEM;
	if (pass->complete && !err)
		err = close_vanished(findings);
	review_all(findings);
	entries_end(&findings->entries);
	parents_end(&findings->parents, pass->complete && !err);
	return err;
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
	inquiry_make(&inquiry, findings->config.source.proc, &event->parent);
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
	struct finding finding;

	findings->entries.now_ns = now_ns;
	HASH_ITER(hh, findings->entries.hash, entry, next) {
		if (!entry->open)
			continue;
		finding = describe(findings, entry);
		finding.state = FINDING_CLOSED;
		finding.closed_by = FINDING_EXIT;
		emit(findings, &finding);
	}
}

bool findings_pending(const struct findings *findings)
{
	return findings->entries.hash != NULL;
}

void findings_history_lost(struct findings *findings)
{
	findings->config.watched = false;
}

uint64_t findings_report_cpu_ns(const struct findings *findings)
{
	return findings->report_cpu_ns + findings->parents.asked_ns;
}

bool findings_unsettled(const struct findings *findings)
{
	const struct entry *entry;

	for (entry = findings->entries.hash; entry; entry = entry->hh.next)
		if (!entry->open && entry->passes == 1 &&
		    (!entry->age_known || !findings->config.options->age_ns))
			return true;
	return false;
}

void findings_hold(struct findings *findings, bool hold)
{
	findings->held = hold;
}

void findings_sum(const struct findings *findings, struct finding_summary *summary)
{
	const struct entry *entry;

	summary->found = findings->found;
	summary->reaped = findings->reaped;
	summary->statuses = findings->statuses;
	summary->sigchlds = findings->sigchlds;
	for (entry = findings->entries.hash; entry; entry = entry->hh.next)
		summary->open += entry->open;
	memcpy(summary->by_cause, findings->by_cause, sizeof(summary->by_cause));
}
