// SPDX-License-Identifier: GPL-2.0-or-later
#include "depths.h"

#include <stdlib.h>

/* uthash ends the program when memory runs out, unless told otherwise. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define DEPTHS_MAX 32768

struct depth {
	uint32_t tgid;
	unsigned int depth;
	UT_hash_handle hh;
};

static struct depth *find(const struct depths *depths, uint32_t tgid)
{
	struct depth *found;

	HASH_FIND(hh, depths->hash, &tgid, sizeof(tgid), found);
	return found;
}

static void forget(struct depths *depths, struct depth *depth)
{
	HASH_DEL(depths->hash, depth);
	free(depth);
}

void depths_born(struct depths *depths, uint32_t parent_tgid, uint32_t child_tgid)
{
	unsigned int generation = depths_of(depths, parent_tgid) + 1;
	struct depth *depth;

	depths_gone(depths, child_tgid);
	if (HASH_COUNT(depths->hash) >= DEPTHS_MAX)
		forget(depths, depths->hash);
	depth = calloc(1, sizeof(*depth));
	if (!depth)
		return;
	depth->tgid = child_tgid;
	depth->depth = generation;
	HASH_ADD(hh, depths->hash, tgid, sizeof(depth->tgid), depth);
	/* For want of memory it was not added. */
	if (!depth->hh.tbl)
		free(depth);
}

void depths_gone(struct depths *depths, uint32_t tgid)
{
	struct depth *depth = find(depths, tgid);

	if (depth)
		forget(depths, depth);
}

unsigned int depths_of(const struct depths *depths, uint32_t tgid)
{
	const struct depth *depth = find(depths, tgid);

	return depth ? depth->depth : 0;
}

void depths_free(struct depths *depths)
{
	struct depth *depth, *next;

	HASH_ITER(hh, depths->hash, depth, next)
		forget(depths, depth);
}
