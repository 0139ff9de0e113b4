// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tally: sums by key in bounded memory. The keys are hostile: there may be any number of them.
 * When there are twice as many as the limit, those of the least weight are folded into one sum,
 * `other`: a key that weighs is never crowded out by many that do not. A key that was folded and
 * comes back starts anew, so that a row says "at least" once folded is not 0.
 */
#ifndef DEADWAIT_TALLY_H
#define DEADWAIT_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

struct tally_row {
	UT_hash_handle hh;
	uint64_t weight; /* when last asked: after tally_sort() */
	size_t key_len;
	/* the sum, of tally.bytes; then the key */
};

struct tally {
	struct tally_row *rows;
	size_t limit;
	size_t bytes; /* of a sum, a multiple of 8 */
	uint64_t (*weigh)(const void *sum);
	void (*add)(void *into, const void *from);
	void *other;	 /* the sum of what was folded */
	uint64_t folded; /* rows that were */
};

/* Sets the rest of *tally. Returns 0 or -ENOMEM. A new sum is all zeros. */
int tally_init(struct tally *tally);
void tally_free(struct tally *tally);

/* The sum of a key, to be added to; made if there is none. Valid until the next call. Never NULL. */
void *tally_at(struct tally *tally, const void *key, size_t key_len);

/* Rows in tally->rows and on by hh.next. */
size_t tally_count(const struct tally *tally);
void *tally_sum(const struct tally_row *row);
const void *tally_key(const struct tally *tally, const struct tally_row *row);

/* Puts the rows in order, the greatest weight first; or in the order of their keys' bytes. */
void tally_sort(struct tally *tally);
void tally_sort_by_key(struct tally *tally);

#endif
