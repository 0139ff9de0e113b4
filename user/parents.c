// SPDX-License-Identifier: GPL-2.0-or-later
#include "parents.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "duration.h"
#include "procfs.h"

/* One without zombies is remembered this long: that it was seen to reap counts later. */
#define REMEMBER_NS (600 * DURATION_NS_PER_S)
#define REMEMBER_MAX 8192

/* /proc is asked again about a parent after this long. */
#define INQUIRY_NS DURATION_NS_PER_S
/* Hints are good for all children judged in one moment, and at the most for so long. */
#define HINTS_NS (100 * DURATION_NS_PER_MS)
#define HINTS_MAX_NS (10 * DURATION_NS_PER_S)
/* Walks over all processes in one pass, for the pipes of so many parents. */
#define WALKS_MAX 32
/* Parents whose limits are read for one answer. */
#define LIMITS_MAX 64

static uint64_t since(const struct parents *parents, uint64_t then_ns)
{
	return parents->now_ns > then_ns ? parents->now_ns - then_ns : 0;
}

static void forget(struct parents *parents, struct parent *parent)
{
	HASH_DEL(parents->hash, parent);
	inquiry_free(&parent->inquiry);
	free(parent);
}

void parents_free(struct parents *parents)
{
	struct parent *parent, *next;

	HASH_ITER(hh, parents->hash, parent, next)
		forget(parents, parent);
}

void parents_begin(struct parents *parents, const struct pass *pass)
{
	parents->source.pass = pass;
	parents->pass++;
	parents->now_ns = pass->boot_ns;
	parents->walks = 0;
}

struct parent *parents_find(const struct parents *parents, uint32_t tgid, uint64_t start_ns)
{
	const struct parents_key key = { .start_ns = start_ns, .tgid = tgid };
	struct parent *parent;

	HASH_FIND(hh, parents->hash, &key, sizeof(key), parent);
	return parent;
}

static bool all_halted(const struct dw_threads *threads)
{
	return threads->live && threads->stopped + threads->frozen >= threads->live;
}

/* Brings a parent up to the present pass, once a pass. */
static void refresh(struct parents *parents, struct parent *parent,
		    const struct dw_pass_parent *live)
{
	if (parent->pass == parents->pass)
		return;
	parent->pass = parents->pass;
	parent->seen_ns = parents->now_ns;
	parent->live = live;
	parent->zombies = 0;
	if (!live)
		return;
	if (live->exec_id != parent->exec_id) {
		parent->exec_id = live->exec_id;
		parent->reaped = 0;
		parent->reap_age_ns = 0;
	}
	if (!live->threads.live || live->threads.blocking < live->threads.live)
		parent->blocked_ns = 0;
	else if (!parent->blocked_ns)
		parent->blocked_ns = parents->now_ns;
	if (all_halted(&live->threads))
		parent->halted_ns = parents->now_ns;
	parent->switches_known = parent->switches != 0;
	parent->ran = parent->switches_known && live->threads.switches != parent->switches;
	if (parent->ran || !parent->switches_known)
		parent->awake_ns = parents->now_ns;
	parent->switches = live->threads.switches;
}

static struct parent *meet(struct parents *parents, const struct dw_pass_dead *dead)
{
	struct parent *parent = calloc(1, sizeof(*parent));

	if (!parent)
		return NULL;
	parent->key.tgid = dead->parent_tgid;
	parent->key.start_ns = dead->parent_start_ns;
	parent->halted_ns = parents->now_ns;
	HASH_ADD(hh, parents->hash, key, sizeof(parent->key), parent);
	if (!parent->hh.tbl) {
		free(parent);
		return NULL;
	}
	return parent;
}

struct parent *parents_take(struct parents *parents, const struct pass *pass,
			    const struct dw_pass_dead *dead)
{
	struct parent *parent = parents_find(parents, dead->parent_tgid, dead->parent_start_ns);

	if (!parent)
		parent = meet(parents, dead);
	if (!parent)
		return NULL;
	refresh(parents, parent, pass_parent(pass, dead->parent_tgid, dead->parent_start_ns));
	parent->zombies += dead->kind == DW_DEAD_ZOMBIE;
	return parent;
}

bool parents_alive(struct parents *parents, struct parent *parent)
{
	const struct dw_who who = { .tgid = (uint32_t)parent->key.tgid,
				    .start_ns = parent->key.start_ns };

	if (parent->pass == parents->pass && parent->live)
		return true;
	if (parent->alive_pass != parents->pass) {
		parent->alive = inquiry_alive(parents->source.proc, &who);
		parent->alive_pass = parents->pass;
	}
	return parent->alive;
}

void parents_reaped(struct parent *parent, uint64_t age_ns)
{
	parent->reaped++;
	if (age_ns > parent->reap_age_ns)
		parent->reap_age_ns = age_ns;
}

/*
 * While no thread of the parent runs, what /proc tells of it stays as it is;
 * the processes around it are looked at again now and then.
 */
static bool hints_due(const struct parents *parents, const struct parent *parent, bool fresh)
{
	uint64_t age_ns = since(parents, parent->hinted_ns);

	if (!parent->hinted_ns || age_ns >= HINTS_MAX_NS)
		return true;
	if (parent->hinted_switches == parent->live->threads.switches)
		return false;
	return age_ns >= (fresh ? HINTS_NS : INQUIRY_NS);
}

void parents_hint(struct parents *parents, struct parent *parent, bool fresh)
{
	uint64_t cpu_ns;
	bool walk;

	if (!hints_due(parents, parent, fresh))
		return;
	cpu_ns = clock_thread_cpu_ns();
	walk = fresh && parents->walks < WALKS_MAX &&
	       (!parent->walked_ns || since(parents, parent->walked_ns) >= HINTS_MAX_NS);
	hints_ask(&parent->hints, &parents->source, parent->live, walk);
	if (walk && parent->hints.walked) {
		parent->walked_ns = parents->now_ns;
		parents->walks++;
	}
	parent->hinted_ns = parents->now_ns;
	parent->hinted_switches = parent->live->threads.switches;
	parents->asked_ns += clock_thread_cpu_ns() - cpu_ns;
}

void parents_ask(struct parents *parents, struct parent *parent)
{
	uint64_t cpu_ns;

	if (!parent->live ||
	    (parent->inquired_ns && since(parents, parent->inquired_ns) < INQUIRY_NS))
		return;
	cpu_ns = clock_thread_cpu_ns();
	inquiry_make(&parent->inquiry, parents->source.proc, &parent->live->who,
		     parents->source.pass);
	parent->inquired_ns = parents->now_ns;
	parents->asked_ns += clock_thread_cpu_ns() - cpu_ns;
}

int parents_tasks_left(const struct parents *parents, uint64_t *left)
{
	uint64_t least = UINT64_MAX;
	unsigned int asked = 0;

	for (const struct parent *parent = parents->hash; parent; parent = parent->hh.next) {
		struct proc_limits limits;
		uint64_t room;

		if (parent->pass < parents->whole_pass || !parent->zombies || !parent->inquiry.done)
			continue;
		if (asked++ == LIMITS_MAX)
			break;
		if (procfs_limits(parents->source.proc, (pid_t)parent->key.tgid, &limits) ||
		    limits.pids_max == UINT64_MAX)
			continue;
		room = limits.pids_max - limits.pids_current;
		if (limits.pids_current > limits.pids_max)
			room = 0;
		if (room < least)
			least = room;
	}
	if (least == UINT64_MAX)
		return -ENOENT;
	*left = least;
	return 0;
}

void parents_end(struct parents *parents, bool complete)
{
	struct parent *parent, *next;

	parents->source.pass = NULL;
	if (complete)
		parents->whole_pass = parents->pass;
	HASH_ITER(hh, parents->hash, parent, next) {
		parent->live = NULL;
		if (parent->pass == parents->pass || !complete)
			continue;
		if (!parent->reaped || since(parents, parent->seen_ns) > REMEMBER_NS ||
		    HASH_COUNT(parents->hash) > REMEMBER_MAX)
			forget(parents, parent);
	}
}
