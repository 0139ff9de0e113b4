/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history map: one array of records, indexed by tgid and tagged with the
 * start time, so that nothing is inserted or deleted in the life of a
 * process. Where pid_max is larger than the array, the records of a set
 * ("ways") are shared by all tgids that map to it. Finds and makes records;
 * what goes into them is the hooks' business.
 */
#ifndef DEADWAIT_BPF_HISTORY_H
#define DEADWAIT_BPF_HISTORY_H

#include "kernel.bpf.h"
#include "dw_history.h"

/* Set before loading: ways of a set (1 to DW_WAYS_MAX) and sets - 1 (a power of two less 1). */
const volatile __u32 dw_ways = 1;
const volatile __u32 dw_set_mask = 0;

/* The number of the present pass, set by the program before it. */
__u32 dw_pass_number;

/* Set by a death, cleared by the program before a pass: there may be a zombie. */
__u32 dw_died;

struct dw_cpu dw_cpu[DW_CPUS];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dw_record);
} dw_history SEC(".maps");

#define CPU_COUNT(field)                                                                           \
	__sync_fetch_and_add(&dw_cpu[bpf_get_smp_processor_id() & (DW_CPUS - 1)].field, 1)

/* Adds one to a counter that other CPUs may be adding to as well. */
#define COUNT(counter) __sync_fetch_and_add(&(counter), 1)

static __always_inline struct dw_record *history_way(__u32 tgid, __u32 way)
{
	__u32 index = (tgid & dw_set_mask) * dw_ways + way;

	return bpf_map_lookup_elem(&dw_history, &index);
}

/* The record of a process, or NULL: not in the history. start_ns 0: the latest of that tgid. */
static __always_inline struct dw_record *history_find(__u32 tgid, __u64 start_ns)
{
	struct dw_record *found = NULL;

	for (__u32 way = 0; way < DW_WAYS_MAX; way++) {
		struct dw_record *record;

		if (way >= dw_ways)
			break;
		record = history_way(tgid, way);
		if (!record || record->life.tgid != tgid || !record->life.start_ns)
			continue;
		if (start_ns ? record->life.start_ns == start_ns :
			       !found || record->life.start_ns > found->life.start_ns)
			found = record;
	}
	return found;
}

/* The ranks of history_worth, in its top two bits. */
#define WORTH_REAPED 1ULL
#define WORTH_ZOMBIE 2ULL
#define WORTH_LIVE 3ULL

/*
 * What a record is worth to the history when `tgid` needs room; the least is
 * given up: an empty one or a former bearer of the tgid (it is reaped, or the
 * tgid would not be free), then the dead that no recent pass has seen
 * unreaped, the longest dead first, then the unreaped, then the living.
 */
static __always_inline __u64 history_worth(const struct dw_record *record, __u32 tgid)
{
	__u64 stamp = record->life.death.died_jiffies;

	if (!record->life.start_ns || record->life.tgid == tgid)
		return 0;
	/*
	 * Of the living, the family last, for it would lose its descendants, before
	 * it those that have had children: theirs is what verdicts rest on.
	 */
	if (!stamp)
		return (WORTH_LIVE << 62) | (record->life.flags & DW_LIFE_FAMILY ? 1ULL << 61 : 0) |
		       (record->conduct.start_ns == record->life.start_ns ? 1ULL << 60 : 0) |
		       record->life.since_jiffies;
	if (record->life.zombie_pass && dw_pass_number - record->life.zombie_pass <= 2)
		return (WORTH_ZOMBIE << 62) | stamp;
	return (WORTH_REAPED << 62) | stamp;
}

/* The record of the set that is given up for a new process; NULL: counted as lost. */
static __always_inline struct dw_record *history_evict(__u32 tgid)
{
	struct dw_record *victim = NULL;
	__u64 least = ~0ULL;

	for (__u32 way = 0; way < DW_WAYS_MAX; way++) {
		struct dw_record *record;
		__u64 worth;

		if (way >= dw_ways)
			break;
		record = history_way(tgid, way);
		if (!record)
			break;
		worth = history_worth(record, tgid);
		if (worth < least) {
			victim = record;
			least = worth;
		}
	}
	if (!victim)
		CPU_COUNT(no_slot);
	else if (least >> 62 == WORTH_LIVE)
		CPU_COUNT(evicted_live);
	else if (least >> 62 == WORTH_ZOMBIE)
		CPU_COUNT(evicted_zombie);
	return victim;
}

/* A new, empty record for a process; NULL: counted as lost. */
static __always_inline struct dw_record *history_new(__u32 tgid, __u64 start_ns)
{
	struct dw_record *record;

	/*
	 * Where each pid has its own record there is nothing to choose, and none of
	 * it is read: a load from a line that no cache has would wait for memory,
	 * the stores that follow do not (206 to 98 ns a fork).
	 */
	if (dw_ways == 1) {
		record = history_way(tgid, 0);
		if (!record)
			CPU_COUNT(no_slot);
	} else {
		record = history_evict(tgid);
	}
	if (!record)
		return NULL;
	/* The conduct is emptied when it is first used: most processes have no children. */
	__builtin_memset(&record->life, 0, sizeof(record->life));
	record->life.tgid = tgid;
	record->life.start_ns = start_ns;
	record->life.since_jiffies = bpf_jiffies64();
	return record;
}

/* The record of a process, made now if the history has none; NULL: counted as lost. */
static __always_inline struct dw_record *history_get(__u32 tgid, __u64 start_ns)
{
	struct dw_record *record = history_find(tgid, start_ns);

	return record ? record : history_new(tgid, start_ns);
}

/* What the process did as a parent; a former bearer of the slot may have left its own there. */
static __always_inline struct dw_conduct *history_conduct(struct dw_record *record)
{
	struct dw_conduct *conduct = &record->conduct;

	if (conduct->start_ns != record->life.start_ns) {
		__builtin_memset(conduct, 0, sizeof(*conduct));
		conduct->start_ns = record->life.start_ns;
	}
	return conduct;
}

#endif
