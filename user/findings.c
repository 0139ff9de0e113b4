// SPDX-License-Identifier: GPL-2.0-or-later
#include "findings_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "duration.h"
#include "filter.h"

/*
 * What its parent leaves behind at its own end is reported even if it was not
 * dead for long; only one that died in that very moment may have been about to
 * be reaped, or not yet be seen.
 */
#define LEFT_NS (50 * DURATION_NS_PER_MS)

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

uint64_t findings_since(const struct findings *findings, uint64_t then_ns)
{
	return entries_since(&findings->entries, then_ns);
}

uint64_t findings_age(const struct findings *findings, const struct entry *entry)
{
	return findings_since(findings, entry->died_ns ? entry->died_ns :
					entry->ran_ns  ? entry->ran_ns :
							 entry->seen_ns);
}

/* Old enough to be reported, and no process in passing. */
static bool is_ripe(const struct findings *findings, const struct entry *entry)
{
	uint64_t age_ns = findings->config.options->age_ns;

	if (findings->held || !(findings->config.options->only & (ONLY_ZOMBIE | ONLY_SIGCHLD)))
		return false;
	if (findings->leaving)
		return findings_age(findings, entry) >= (age_ns < LEFT_NS ? age_ns : LEFT_NS);
	if (!age_ns)
		return entry->passes >= 2;
	if (!entry->age_known && findings->config.two_looks)
		return entry->passes >= 2;
	return findings_age(findings, entry) >= age_ns;
}

/* Judges a ripe or reported entry, and says what is new about it. */
static void review(struct findings *findings, struct entry *entry)
{
	const struct dw_pass_dead *dead = entry->dead;
	struct parent *parent =
		parents_find(&findings->parents, dead->parent_tgid, dead->parent_start_ns);
	bool moved = entry->former && entry->parent_ns == findings->entries.now_ns;
	bool was_open = entry->open, news, minor;
	struct verdict verdict;
	struct facts facts;

	if (!parent)
		return;
	if (!entry->open && filter_needs_cgroup(findings->config.options))
		parents_ask(&findings->parents, parent);
	if (!entry->open && !filter_wants(findings->config.options, &entry->child, &entry->parent,
					  parent->inquiry.cgroup))
		return;
	findings_judge(findings, entry, parent, &facts, &verdict);
	findings_keep_cause(findings, entry, &facts, &verdict);
	if (verdict.cause == entry->cause && verdict.confidence < entry->confidence)
		verdict.confidence = entry->confidence;
	/* That its parent ended without it is the last that is known of the two. */
	news = !was_open || moved || findings->leaving || verdict.cause != entry->cause ||
	       (verdict.confidence != entry->confidence &&
		verdict.confidence == CONFIDENCE_CERTAIN);
	minor = !news && verdict.confidence != entry->confidence &&
		findings->config.options->log_level == LOG_LEVEL_ALL;
	if (was_open && verdict.cause != entry->cause) {
		findings->by_cause[entry->cause]--;
		findings->by_cause[verdict.cause]++;
	}
	entry->open = true;
	entry->told_kind = entry->kind;
	entry->cause = (uint8_t)verdict.cause;
	entry->also = verdict.also;
	entry->confidence = (uint8_t)verdict.confidence;
	if (entry->moved &&
	    findings_since(findings, entry->parent_ns) >= findings_settle_ns(findings))
		entry->moved = false;
	if (!was_open) {
		findings->found++;
		findings->by_cause[verdict.cause]++;
	}
	if (news || minor)
		findings_tell(findings, entry, parent, &facts, &verdict, was_open, minor);
	/* A cause that was kept over an adoption is not the adopter's. */
	if (!entry->moved)
		findings_tell_losses(findings, parent, &verdict);
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

/* reaped: how it was reaped; NULL: not seen. */
static enum finding_end end_of(struct findings *findings, const struct entry *entry,
			       struct parent *parent, const struct dw_exact *reaped)
{
	/* A dead main thread goes when another thread execs; the process does not. */
	if (entry->kind != DW_DEAD_ZOMBIE &&
	    inquiry_alive(findings->config.source.proc, &entry->child))
		return FINDING_LIVES_ON;
	if (entry->former)
		return FINDING_ADOPTED_AND_REAPED;
	if (reaped && reaped->by.tgid)
		return reaped->by.tgid == entry->parent.tgid ? FINDING_REAPED :
							       FINDING_ADOPTED_AND_REAPED;
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
	const struct hints_source *source = &findings->config.source;
	const struct dw_exact *reaped = NULL;
	struct dw_exact exact;
	enum finding_end end;

	if (source->reaped &&
	    source->reaped(source->arg, entry->child.tgid, entry->child.start_ns, &exact))
		reaped = &exact;
	end = end_of(findings, entry, parent, reaped);
	if (end == FINDING_REAPED && entry->kind == DW_DEAD_ZOMBIE)
		findings->longest_ns = later(findings->longest_ns, findings_age(findings, entry));
	/* What the program before an exec reaped is not to this one's credit. */
	if (end == FINDING_REAPED && parent && parent->exec_id == entry->exec_id)
		parents_reaped(parent, findings_age(findings, entry));
	if (entry->open) {
		findings->reaped += end != FINDING_LIVES_ON;
		findings_tell_end(findings, entry, end, reaped);
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

/* One that was told of after the pass was read cannot be in it. */
static bool is_gone(const struct findings *findings, const struct entry *entry)
{
	return entry->pass != findings->entries.pass && entry->last_ns <= findings->entries.now_ns;
}

static int close_vanished(struct findings *findings)
{
	struct entry *entry, *next;
	size_t count = 0;

	if (reserve_batch(findings, HASH_COUNT(findings->entries.hash)))
		return -ENOMEM;
	HASH_ITER(hh, findings->entries.hash, entry, next)
		if (is_gone(findings, entry))
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
	uint64_t cpu_ns, asked_ns = findings->parents.asked_ns;
	struct entry *entry;
	size_t count = 0;

	if (reserve_batch(findings, HASH_COUNT(findings->entries.hash)))
		return;
	for (entry = findings->entries.hash; entry; entry = entry->hh.next)
		if (entry->pass == findings->entries.pass && is_due(findings, entry))
			findings->batch[count++] = entry;
	if (!count)
		return;
	qsort(findings->batch, count, sizeof(*findings->batch), by_death);
	/*
	 * The clock of CPU time is a system call, a fifth of what telling takes: each
	 * telling is timed by the other one, which also counts when this thread does
	 * not run, and all of them by this, less what asking /proc took.
	 */
	cpu_ns = clock_thread_cpu_ns();
	findings->telling_ns = 0;
	for (size_t i = 0; i < count; i++)
		review(findings, findings->batch[i]);
	cpu_ns = clock_thread_cpu_ns() - cpu_ns - (findings->parents.asked_ns - asked_ns);
	findings->report_cpu_ns += findings->telling_ns < cpu_ns ? findings->telling_ns : cpu_ns;
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
	parents_begin(&findings->parents, pass);
	if (pass->tasks)
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

int findings_take_left(struct findings *findings, const struct pass *pass)
{
	int err;

	findings->leaving = true;
	err = findings_take(findings, pass);
	findings->leaving = false;
	return err;
}

bool findings_pending(const struct findings *findings)
{
	return findings->entries.hash != NULL;
}

void findings_history_lost(struct findings *findings)
{
	findings->config.watched = false;
}

int findings_tasks_left(const struct findings *findings, uint64_t *left)
{
	return parents_tasks_left(&findings->parents, left);
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
	summary->longest_ns = findings->longest_ns;
	summary->statuses = findings->statuses;
	summary->sigchlds = findings->sigchlds;
	for (entry = findings->entries.hash; entry; entry = entry->hh.next)
		summary->open += entry->open;
	memcpy(summary->by_cause, findings->by_cause, sizeof(summary->by_cause));
}
