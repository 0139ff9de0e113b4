// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pass: one look at every process of the host, as plain data: who is dead and
 * not reaped, and how each one's parent stands. Parses the stream that the
 * BPF iterator writes (include/dw_pass.h); procscan fills the same struct from
 * /proc. Judges nothing.
 */
#ifndef DEADWAIT_PASS_H
#define DEADWAIT_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dw_pass.h"

struct pass {
	uint64_t boot_ns; /* CLOCK_BOOTTIME when it began */
	uint64_t jiffies; /* read together with boot_ns; 0: from /proc, no history */
	bool complete;	  /* it reached the end: who is not in it is gone */
	uint64_t tasks;	  /* threads walked over */
	uint64_t family;  /* processes of the marked family that are there, dead or alive */
	struct dw_pass_dead *dead; /* after pass_finish(): sorted by tgid */
	size_t dead_count;
	struct dw_pass_parent *parents; /* after pass_finish(): sorted by tgid, each once */
	size_t parents_count;
	size_t dead_room, parents_room; /* allocated entries */
};

/* Empties *pass for the next look; keeps its memory. A zeroed struct is an empty pass. */
void pass_clear(struct pass *pass);

/* Frees what it holds. */
void pass_free(struct pass *pass);

/* A new, zeroed entry in the array, owned by the pass; NULL: no memory. */
struct dw_pass_dead *pass_add_dead(struct pass *pass);
struct dw_pass_parent *pass_add_parent(struct pass *pass);

/*
 * Adds the whole records in buf to the pass. Returns how many bytes it took;
 * the rest is the beginning of a record and comes again with more behind it.
 * -EPROTO: a record of another version or of an impossible size; -ENOMEM.
 */
long pass_parse(struct pass *pass, const void *buf, size_t len);

/* Sorts the dead and the parents, to be found, and drops parents that came twice. */
void pass_finish(struct pass *pass);

/* The parent with this tgid and start time, or NULL: it is gone or came later. */
const struct dw_pass_parent *pass_parent(const struct pass *pass, uint32_t tgid, uint64_t start_ns);

/*
 * Whether that process was found dead and unreaped, with no thread left. false says nothing: it may
 * have died since. pass may be NULL.
 */
bool pass_is_dead(const struct pass *pass, uint32_t tgid);

#endif
