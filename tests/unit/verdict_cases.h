// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict_cases: facts to judge, as tables. A case is the plainest zombie with some facts changed;
 * its near misses change one fact more, after which the row that named the cause must not hold.
 * Shared by the tests of verdict; the tables are in verdict_cases_*.h.
 */
#ifndef DEADWAIT_VERDICT_CASES_H
#define DEADWAIT_VERDICT_CASES_H

#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "duration.h"
#include "rules.h"
#include "verdict.h"

#define SECONDS(count) ((count)*DURATION_NS_PER_S)
#define MILLISECONDS(count) ((count)*DURATION_NS_PER_MS)

/* One fact set to a value; of a name, each of its first bytes. */
struct change {
	const char *name; /* NULL: the end of a list */
	size_t offset, bytes;
	uint64_t value;
};

#define F(member, value)                                                                           \
	{                                                                                          \
		#member, offsetof(struct facts, member), sizeof(((struct facts *)0)->member),      \
			(uint64_t)(value)                                                          \
	}

#define CHANGES_MAX 16
#define MISSES_MAX 12

struct miss {
	struct change change;
	enum cause instead; /* what is named then */
};

struct verdict_case {
	const char *name;
	enum cause cause;
	enum confidence confidence;
	enum confidence with_gap; /* when the history began after the death */
	bool no_gap;		  /* with a gap it is another cause: not tried */
	struct change changes[CHANGES_MAX];
	struct miss misses[MISSES_MAX];
};

/*
 * A minute old, the death seen, the parent asleep with SIGCHLD at its default and no wait in its
 * whole life: never-waits, certain.
 */
static const struct facts plain_facts = {
	.age_ns = SECONDS(60),
	.age_known = true,
	.dead_kind = DW_DEAD_ZOMBIE,
	.death_seen = true,
	.since_death = true,
	.own_sigchld = DW_SIGCHLD_IGNORED,
	.exit_signal = SIGCHLD,
	.adopted = KNOWN_NO,
	.has_history = true,
	.whole_life = true,
	.deaths_life = 1,
	.zombies = 1,
	.has_parent = true,
	.disposition = DISPOSITION_DEFAULT,
	.switches_known = true,
	.ran = true,
	.free_ns = SECONDS(60),
	.threads = 1,
	.flights_known = true,
	.signalfd = KNOWN_NO,
};

static inline void apply(struct facts *facts, const struct change *change)
{
	char *at = (char *)facts + change->offset;

	/* little and big endian alike: through a value of the right width */
	if (change->bytes == sizeof(uint8_t)) {
		*(uint8_t *)at = (uint8_t)change->value;
	} else if (change->bytes == sizeof(uint32_t)) {
		uint32_t narrow = (uint32_t)change->value;

		memcpy(at, &narrow, sizeof(narrow));
	} else {
		memcpy(at, &change->value, sizeof(change->value));
	}
}

static inline void apply_all(struct facts *facts, const struct change *changes)
{
	for (size_t i = 0; i < CHANGES_MAX && changes[i].name; i++)
		apply(facts, &changes[i]);
}

static inline struct facts facts_of(const struct verdict_case *the_case)
{
	struct facts facts = plain_facts;

	apply_all(&facts, the_case->changes);
	return facts;
}

/* The row that names the cause of these facts, or NULL. */
static inline const struct rule *row_of(const struct facts *facts)
{
	size_t count;
	const struct rule *rules = rules_table(&count);

	for (size_t i = 0; i < count; i++)
		if (rules[i].holds(facts))
			return &rules[i];
	return NULL;
}

#endif
