// SPDX-License-Identifier: GPL-2.0-or-later
#include "entries.h"

#include <stdlib.h>
#include <string.h>

void entries_begin(struct entries *entries, uint64_t now_ns)
{
	entries->pass++;
	entries->now_ns = now_ns;
}

uint64_t entries_since(const struct entries *entries, uint64_t then_ns)
{
	return entries->now_ns > then_ns ? entries->now_ns - then_ns : 0;
}

void entries_forget(struct entries *entries, struct entry *entry)
{
	HASH_DEL(entries->hash, entry);
	free(entry->former);
	free(entry);
}

void entries_free(struct entries *entries)
{
	struct entry *entry, *next;

	HASH_ITER(hh, entries->hash, entry, next)
		entries_forget(entries, entry);
}

void entries_end(struct entries *entries)
{
	for (struct entry *entry = entries->hash; entry; entry = entry->hh.next)
		entry->dead = NULL;
}

/* When it died, by the history; 0: not known. */
static uint64_t death_of(const struct clock *clock, const struct dw_pass_dead *dead)
{
	const struct dw_death *death = &dead->life.death;

	if (!dead->has_life)
		return 0;
	return clock_from_jiffies(clock, dead->kind == DW_DEAD_LEADER ?
						 death->leader_exited_jiffies :
						 death->died_jiffies);
}

static void take_new_parent(const struct entries *entries, struct entry *entry,
			    const struct dw_pass_dead *dead, const struct parent *parent)
{
	entry->parent_ns = entries->now_ns;
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

static struct entry *new_entry(struct entries *entries, const struct dw_pass_dead *dead)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->key.tgid = dead->who.tgid;
	entry->key.start_ns = dead->who.start_ns;
	HASH_ADD(hh, entries->hash, key, sizeof(entry->key), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	return entry;
}

struct entry *entries_take(struct entries *entries, const struct clock *clock,
			   const struct dw_pass_dead *dead, const struct parent *parent)
{
	struct parents_key key = { .start_ns = dead->who.start_ns, .tgid = dead->who.tgid };
	struct entry *entry;

	HASH_FIND(hh, entries->hash, &key, sizeof(key), entry);
	if (!entry) {
		entry = new_entry(entries, dead);
		if (!entry)
			return NULL;
		take_new_parent(entries, entry, dead, parent);
	} else if (entry->parent.tgid != dead->parent_tgid ||
		   entry->parent.start_ns != dead->parent_start_ns) {
		free(entry->former);
		entry->former = malloc(sizeof(*entry->former));
		if (!entry->former)
			return NULL;
		*entry->former = entry->parent;
		entry->moved = true;
		take_new_parent(entries, entry, dead, parent);
	}
	if (entry->kind != dead->kind) {
		entry->kind = (uint8_t)dead->kind;
		entry->seen_ns = entries->now_ns;
		entry->died_ns = 0;
		entry->ran_ns = 0;
		entry->passes = 0;
	}
	if (!entry->died_ns)
		entry->died_ns = death_of(clock, dead);
	if (dead->tracer_tgid && dead->tracer_tgid != dead->parent_tgid)
		entry->traced_ns = entries->now_ns;
	entry->dead = dead;
	entry->last_ns = entries->now_ns;
	entry->child = dead->who;
	entry->status = dead->status;
	entry->exit_signal = dead->exit_signal;
	if (parent->live) {
		entry->waits = parent->live->record.conduct.now.waits;
		entry->exec_id = parent->live->exec_id;
	}
	entry->pass = entries->pass;
	entry->passes++;
	entry->status_known = !(dead->flags & DW_DEAD_NO_STATUS);
	/* One that is dying may still run. */
	if (!entry->ran_ns && dead->ran_ago_ns && dead->kind != DW_DEAD_DYING)
		entry->ran_ns = entries_since(entries, dead->ran_ago_ns);
	entry->age_known = entry->died_ns || entry->ran_ns;
	return entry;
}
