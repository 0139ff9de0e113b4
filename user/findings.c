// SPDX-License-Identifier: GPL-2.0-or-later
#include "findings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "filter.h"

/* uthash ends the program when memory runs out, unless told otherwise. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* After an adoption the new parent gets this long, or the age if longer, before it is judged. */
#define SETTLE_NS (2 * DURATION_NS_PER_S)

/* A parent without zombies is remembered this long: that it was seen to reap counts later. */
#define REMEMBER_NS (600 * DURATION_NS_PER_S)
#define REMEMBER_MAX 8192

/* /proc is asked again about a parent after this long. */
#define INQUIRY_NS DURATION_NS_PER_S

/* What identifies a process; used as a hash key, so it has no padding. */
struct key {
	uint64_t start_ns;
	uint64_t tgid;
};

/* A parent of dead children. */
struct parent {
	struct key key;
	UT_hash_handle hh;
	const struct dw_pass_parent *live; /* in the present pass, or NULL */
	struct inquiry inquiry;
	uint64_t inquired_ns; /* 0: never */
	uint64_t seen_ns;     /* last pass that it was in */
	uint64_t switches;    /* of the last pass that read them */
	uint64_t halted_ns;   /* when it was last seen with all threads halted, or first seen */
	uint64_t reap_age_ns;
	uint32_t zombies; /* in the present pass */
	uint32_t reaped;
	uint32_t pass; /* the last pass that it was in */
	bool switches_known;
	bool ran;
	uint32_t alive_pass; /* the pass in which `alive` was asked */
	bool alive;
};

/* A dead process. */
struct entry {
	struct key key;
	UT_hash_handle hh;
	const struct dw_pass_dead *dead; /* in the present pass */
	struct dw_who child;
	struct dw_who parent;
	struct dw_who *former; /* the parent before an adoption; NULL: none */
	struct dw_counts parent_at;
	uint64_t died_ns;	/* 0: not in the history */
	uint64_t seen_ns;	/* first pass that saw it, in this kind of death */
	uint64_t parent_ns;	/* first pass that saw it under this parent */
	uint64_t halted_ns;	/* last pass that saw it traced by another */
	uint64_t also;
	uint32_t status;
	int32_t exit_signal;
	uint32_t pass;		/* the last pass that it was in */
	uint32_t passes;	/* how many in a row */
	uint8_t kind;
	uint8_t confidence;
	uint8_t cause;
	bool status_known;
	bool age_known;
	bool open;
};

struct findings {
	struct findings_config config;
	struct entry *entries;	/* hash */
	struct parent *parents; /* hash */
	struct entry **batch;	/* room for every dead process of a pass */
	size_t batch_room;
	uint32_t pass;
	uint64_t now_ns;
	bool held;
	uint64_t found, reaped;
	uint64_t by_cause[CAUSE_COUNT];
};

struct findings *findings_new(const struct findings_config *config)
{
	struct findings *findings = calloc(1, sizeof(*findings));

	if (findings)
		findings->config = *config;
	return findings;
}

static void free_entry(struct findings *findings, struct entry *entry)
{
	HASH_DEL(findings->entries, entry);
	free(entry->former);
	free(entry);
}

static void free_parent(struct findings *findings, struct parent *parent)
{
	HASH_DEL(findings->parents, parent);
	inquiry_free(&parent->inquiry);
	free(parent);
}

void findings_free(struct findings *findings)
{
	struct parent *parent, *next_parent;
	struct entry *entry, *next;

	if (!findings)
		return;
	HASH_ITER(hh, findings->entries, entry, next)
		free_entry(findings, entry);
	HASH_ITER(hh, findings->parents, parent, next_parent)
		free_parent(findings, parent);
	free(findings->batch);
	free(findings);
}

static struct parent *find_parent(struct findings *findings, uint32_t tgid, uint64_t start_ns)
{
	struct key key = { .start_ns = start_ns, .tgid = tgid };
	struct parent *parent;

	HASH_FIND(hh, findings->parents, &key, sizeof(key), parent);
	return parent;
}

static bool all_halted(const struct dw_threads *threads)
{
	return threads->live && threads->stopped + threads->frozen >= threads->live;
}

/* Brings a parent up to the present pass, once a pass. */
static void refresh_parent(struct findings *findings, struct parent *parent,
			   const struct dw_pass_parent *live)
{
	if (parent->pass == findings->pass)
		return;
	parent->pass = findings->pass;
	parent->seen_ns = findings->now_ns;
	parent->live = live;
	parent->zombies = 0;
	if (!live)
		return;
	if (all_halted(&live->threads))
		parent->halted_ns = findings->now_ns;
	parent->switches_known = parent->switches != 0;
	parent->ran = parent->switches_known && live->threads.switches != parent->switches;
	parent->switches = live->threads.switches;
}

/* The parent of a dead process in the present pass; NULL: no memory. */
static struct parent *take_parent(struct findings *findings, const struct pass *pass,
				  const struct dw_pass_dead *dead)
{
	struct parent *parent = find_parent(findings, dead->parent_tgid, dead->parent_start_ns);

	if (!parent) {
		parent = calloc(1, sizeof(*parent));
		if (!parent)
			return NULL;
		parent->key.tgid = dead->parent_tgid;
		parent->key.start_ns = dead->parent_start_ns;
		parent->halted_ns = findings->now_ns;
		HASH_ADD(hh, findings->parents, key, sizeof(parent->key), parent);
		if (!parent->hh.tbl) {
			free(parent);
			return NULL;
		}
	}
	refresh_parent(findings, parent,
		       pass_parent(pass, dead->parent_tgid, dead->parent_start_ns));
	parent->zombies += dead->kind == DW_DEAD_ZOMBIE;
	return parent;
}

/* When it died: by the history, else by the scheduler, else not known. */
static uint64_t death_of(const struct findings *findings, const struct dw_pass_dead *dead)
{
	const struct dw_death *death = &dead->life.death;

	if (!dead->has_life)
		return 0;
	return clock_from_jiffies(findings->config.clock, dead->kind == DW_DEAD_LEADER ?
								  death->leader_exited_jiffies :
								  death->died_jiffies);
}

static void take_new_parent(struct findings *findings, struct entry *entry,
			    const struct dw_pass_dead *dead, const struct parent *parent)
{
	entry->parent_ns = findings->now_ns;
	memset(&entry->parent_at, 0, sizeof(entry->parent_at));
	if (parent->live) {
		entry->parent = parent->live->who;
		entry->parent_at = parent->live->record.conduct.now;
		return;
	}
	memset(&entry->parent, 0, sizeof(entry->parent));
	entry->parent.tgid = dead->parent_tgid;
	entry->parent.start_ns = dead->parent_start_ns;
}

static struct entry *new_entry(struct findings *findings, const struct dw_pass_dead *dead)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->key.tgid = dead->who.tgid;
	entry->key.start_ns = dead->who.start_ns;
	HASH_ADD(hh, findings->entries, key, sizeof(entry->key), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	return entry;
}

/* The entry of a dead process, made or brought up to the present pass; NULL: no memory. */
static struct entry *take_dead(struct findings *findings, const struct pass *pass,
			       const struct dw_pass_dead *dead)
{
	struct key key = { .start_ns = dead->who.start_ns, .tgid = dead->who.tgid };
	struct parent *parent = take_parent(findings, pass, dead);
	struct entry *entry;

	if (!parent)
		return NULL;
	HASH_FIND(hh, findings->entries, &key, sizeof(key), entry);
	if (!entry) {
		entry = new_entry(findings, dead);
		if (!entry)
			return NULL;
		take_new_parent(findings, entry, dead, parent);
	} else if (entry->parent.tgid != dead->parent_tgid ||
		   entry->parent.start_ns != dead->parent_start_ns) {
		free(entry->former);
		entry->former = malloc(sizeof(*entry->former));
		if (entry->former)
			*entry->former = entry->parent;
		take_new_parent(findings, entry, dead, parent);
	}
	if (entry->kind != dead->kind) {
		entry->kind = (uint8_t)dead->kind;
		entry->seen_ns = findings->now_ns;
		entry->died_ns = 0;
		entry->passes = 0;
	}
	if (!entry->died_ns)
		entry->died_ns = death_of(findings, dead);
	if (dead->tracer_tgid && dead->tracer_tgid != dead->parent_tgid)
		entry->halted_ns = findings->now_ns;
	entry->dead = dead;
	entry->child = dead->who;
	entry->status = dead->status;
	entry->exit_signal = dead->exit_signal;
	entry->pass = findings->pass;
	entry->passes++;
	entry->status_known = !(dead->flags & DW_DEAD_NO_STATUS);
	entry->age_known = entry->died_ns || (dead->ran_ago_ns && dead->kind != DW_DEAD_DYING);
	return entry;
}

static uint64_t since(const struct findings *findings, uint64_t then_ns)
{
	return findings->now_ns > then_ns ? findings->now_ns - then_ns : 0;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Old enough to be reported, and no process in passing. */
static bool is_ripe(const struct findings *findings, const struct entry *entry)
{
	const struct dw_pass_dead *dead = entry->dead;
	uint64_t age_ns = findings->config.options->age_ns;

	if (findings->held)
		return false;
	if (!age_ns)
		return entry->passes >= 2;
	if (entry->died_ns)
		return since(findings, entry->died_ns) >= age_ns;
	if (entry->age_known)
		return dead->ran_ago_ns >= age_ns;
	if (findings->config.two_looks)
		return entry->passes >= 2;
	return since(findings, entry->seen_ns) >= age_ns;
}

static void ask_proc(struct findings *findings, struct parent *parent)
{
	if (!parent->live || (parent->inquired_ns &&
			      since(findings, parent->inquired_ns) < INQUIRY_NS))
		return;
	inquiry_make(&parent->inquiry, findings->config.proc, &parent->live->who);
	parent->inquired_ns = findings->now_ns;
}

static void judge(struct findings *findings, const struct entry *entry, struct parent *parent,
		  const struct dw_pass_dead *dead, struct facts *facts, struct verdict *verdict)
{
	const struct facts_earlier earlier = {
		.died_boot_ns = entry->died_ns,
		.parent_at = entry->parent_at,
		.zombies = parent->zombies,
		.reaped = parent->reaped,
		.reap_age_ns = parent->reap_age_ns,
		.switches_known = parent->switches_known,
		.ran = parent->ran,
		.free_ns = since(findings, later(parent->halted_ns, entry->halted_ns)),
	};

	facts_join(facts, dead, parent->live, &earlier, findings->now_ns);
	if (parent->live)
		inquiry_complete(facts, &parent->inquiry, findings->config.proc, dead,
				 parent->live);
	verdict_judge(facts, verdict);
}

/* Lets the earlier cause stand unless the facts contradict it; true: it stood. */
static bool keep_cause(const struct findings *findings, const struct entry *entry,
		       const struct facts *facts, struct verdict *verdict)
{
	uint64_t settle = later(findings->config.options->age_ns, SETTLE_NS);
	bool settling = entry->former && since(findings, entry->parent_ns) < settle;

	if (!entry->open || verdict->cause == entry->cause)
		return false;
	if (!settling && (entry->former || verdict_contradicts(entry->cause, facts)))
		return false;
	if (verdict->cause != CAUSE_UNKNOWN)
		verdict->also |= CAUSE_BIT(verdict->cause);
	verdict->also &= ~CAUSE_BIT(entry->cause);
	verdict->cause = entry->cause;
	verdict->confidence = entry->confidence;
	return true;
}

static struct finding describe(const struct findings *findings, const struct entry *entry)
{
	return (struct finding){
		.time_ns = findings->now_ns,
		.child = &entry->child,
		.status = entry->status,
		.status_known = entry->status_known,
		.exit_signal = entry->exit_signal,
		.dead_kind = entry->kind,
		.died_ns = entry->died_ns,
		.age_known = entry->died_ns != 0,
		.age_ns = since(findings, entry->died_ns ? entry->died_ns : entry->seen_ns),
		.parent = &entry->parent,
		.adopted_from = entry->former,
		.cause = entry->cause,
		.also = entry->also,
		.confidence = entry->confidence,
	};
}

static void emit(const struct findings *findings, const struct finding *finding)
{
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

/* Judges a ripe or reported entry, and says what is new about it. */
static void review(struct findings *findings, struct entry *entry)
{
	const struct dw_pass_dead *dead = entry->dead;
	struct parent *parent =
		find_parent(findings, dead->parent_tgid, dead->parent_start_ns);
	bool moved = entry->former && entry->parent_ns == findings->now_ns;
	bool was_open = entry->open, news;
	struct finding finding;
	struct verdict verdict;
	struct facts facts;

	if (!parent)
		return;
	ask_proc(findings, parent);
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
	entry->cause = (uint8_t)verdict.cause;
	entry->also = verdict.also;
	entry->confidence = (uint8_t)verdict.confidence;
	if (!was_open) {
		findings->found++;
		findings->by_cause[verdict.cause]++;
	}
	if (!news)
		return;
	finding = describe(findings, entry);
	finding.state = was_open ? FINDING_UPDATE : FINDING_OPEN;
	finding.age_known = facts.age_known;
	if (facts.age_known)
		finding.age_ns = facts.age_ns;
	finding.kill_signal = dead->life.death.kill_signal;
	finding.killer_known = dead->life.death.kill_signal != 0;
	finding.killer_tgid = dead->life.death.killer_tgid;
	finding.tracer_tgid = facts.traced ? dead->tracer_tgid : 0;
	if (facts.traced)
		inquiry_comm(findings->config.proc, dead->tracer_tgid, finding.tracer_comm,
			     sizeof(finding.tracer_comm));
	finding.parent_live = parent->live;
	if (parent->live)
		finding.last_wait = last_wait(&parent->live->record.conduct);
	if (finding.last_wait)
		finding.last_wait_ns = clock_from_jiffies(findings->config.clock,
							  finding.last_wait->entered_jiffies);
	finding.inquiry = parent->inquiry.done ? &parent->inquiry : NULL;
	finding.facts = &facts;
	finding.verdict = &verdict;
	emit(findings, &finding);
}

static bool parent_lives(struct findings *findings, struct parent *parent, const struct dw_who *who)
{
	if (parent->pass == findings->pass && parent->live)
		return true;
	if (parent->alive_pass != findings->pass) {
		parent->alive = inquiry_alive(findings->config.proc, who);
		parent->alive_pass = findings->pass;
	}
	return parent->alive;
}

/* A dead process is not there any more: somebody reaped it. */
static void vanish(struct findings *findings, struct entry *entry)
{
	struct parent *parent =
		find_parent(findings, entry->parent.tgid, entry->parent.start_ns);
	uint64_t age_ns = since(findings, entry->died_ns ? entry->died_ns : entry->seen_ns);
	bool by_parent = false;
	struct finding finding;

	if (parent)
		by_parent = parent_lives(findings, parent, &entry->parent);
	if (by_parent) {
		parent->reaped++;
		parent->reap_age_ns = later(parent->reap_age_ns, age_ns);
	}
	if (entry->open) {
		findings->reaped++;
		finding = describe(findings, entry);
		finding.state = FINDING_CLOSED;
		finding.closed_by = entry->former || !by_parent ? FINDING_ADOPTED_AND_REAPED :
								   FINDING_REAPED;
		emit(findings, &finding);
	}
	free_entry(findings, entry);
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

	if (reserve_batch(findings, HASH_COUNT(findings->entries)))
		return -ENOMEM;
	HASH_ITER(hh, findings->entries, entry, next)
		if (entry->pass != findings->pass)
			findings->batch[count++] = entry;
	qsort(findings->batch, count, sizeof(*findings->batch), by_death);
	for (size_t i = 0; i < count; i++)
		vanish(findings, findings->batch[i]);
	return 0;
}

/* No pointer into the pass may outlive it; and not every parent is remembered for ever. */
static void forget_parents(struct findings *findings)
{
	struct parent *parent, *next;

	HASH_ITER(hh, findings->parents, parent, next) {
		parent->live = NULL;
		if (parent->pass == findings->pass)
			continue;
		if (!parent->reaped || since(findings, parent->seen_ns) > REMEMBER_NS ||
		    HASH_COUNT(findings->parents) > REMEMBER_MAX)
			free_parent(findings, parent);
	}
}

/* Reviews what is reported or due, in the order of death. */
static void review_all(struct findings *findings)
{
	struct entry *entry;
	size_t count = 0;

	if (reserve_batch(findings, HASH_COUNT(findings->entries)))
		return;
	for (entry = findings->entries; entry; entry = entry->hh.next)
		if (entry->pass == findings->pass && (entry->open || is_ripe(findings, entry)))
			findings->batch[count++] = entry;
	qsort(findings->batch, count, sizeof(*findings->batch), by_death);
	for (size_t i = 0; i < count; i++)
		review(findings, findings->batch[i]);
	for (entry = findings->entries; entry; entry = entry->hh.next)
		entry->dead = NULL;
}

int findings_take(struct findings *findings, const struct pass *pass)
{
	int err = 0;

	findings->pass++;
	findings->now_ns = pass->boot_ns;
	for (size_t i = 0; i < pass->dead_count; i++)
		if (!take_dead(findings, pass, &pass->dead[i]))
			err = -ENOMEM;
	if (pass->complete && !err)
		err = close_vanished(findings);
	review_all(findings);
	forget_parents(findings);
	return err;
}

void findings_close_all(struct findings *findings, uint64_t now_ns)
{
	struct entry *entry, *next;
	struct finding finding;

	findings->now_ns = now_ns;
	HASH_ITER(hh, findings->entries, entry, next) {
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
	return findings->entries != NULL;
}

bool findings_unsettled(const struct findings *findings)
{
	const struct entry *entry;

	for (entry = findings->entries; entry; entry = entry->hh.next)
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
	for (entry = findings->entries; entry; entry = entry->hh.next)
		summary->open += entry->open;
	memcpy(summary->by_cause, findings->by_cause, sizeof(summary->by_cause));
}
