// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tally: sums by key in bounded memory. See tally.h.
 */
#include "tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tally_init(struct tally *tally)
{
	tally->rows = NULL;
	tally->folded = 0;
	tally->other = calloc(1, tally->bytes);
	return tally->other ? 0 : -ENOMEM;
}

static void forget(struct tally *tally, struct tally_row *row)
{
	HASH_DEL(tally->rows, row);
	free(row);
}

void tally_free(struct tally *tally)
{
	struct tally_row *row, *next;

	HASH_ITER(hh, tally->rows, row, next)
		forget(tally, row);
	free(tally->other);
	tally->other = NULL;
}

size_t tally_count(const struct tally *tally)
{
	return HASH_COUNT(tally->rows);
}

void *tally_sum(const struct tally_row *row)
{
	return (void *)(row + 1);
}

const void *tally_key(const struct tally *tally, const struct tally_row *row)
{
	return (const char *)(row + 1) + tally->bytes;
}

/* The heavier first; then in the order of the keys, so that the result never depends on luck. */
static int by_weight(const struct tally_row *a, const struct tally_row *b)
{
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return 0;
}

void tally_sort(struct tally *tally)
{
	tally_sort_by_key(tally);
	for (struct tally_row *row = tally->rows; row; row = row->hh.next)
		row->weight = tally->weigh(tally_sum(row));
	HASH_SORT(tally->rows, by_weight); /* a merge sort: stable */
}

static int by_key(const struct tally_row *a, const struct tally_row *b)
{
	size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(a->hh.key, b->hh.key, len);

	if (order || a->key_len == b->key_len)
		return order;
	return a->key_len < b->key_len ? -1 : 1;
}

void tally_sort_by_key(struct tally *tally)
{
	HASH_SORT(tally->rows, by_key);
}

/* Leaves the heaviest, as many as the limit. */
static void fold(struct tally *tally)
{
	struct tally_row *row, *next;
	size_t kept = 0;

	tally_sort(tally);
	HASH_ITER(hh, tally->rows, row, next) {
		if (kept++ < tally->limit)
			continue;
		tally->add(tally->other, tally_sum(row));
		tally->folded++;
		forget(tally, row);
	}
}

void *tally_at(struct tally *tally, const void *key, size_t key_len)
{
	struct tally_row *row;

	HASH_FIND(hh, tally->rows, key, key_len, row);
	if (row)
		return tally_sum(row);
	if (tally_count(tally) >= 2 * tally->limit)
		fold(tally);
	row = calloc(1, sizeof(*row) + tally->bytes + key_len);
	if (!row) {
		tally->folded++;
		return tally->other;
	}
	row->key_len = key_len;
	memcpy((char *)(row + 1) + tally->bytes, key, key_len);
	HASH_ADD_KEYPTR(hh, tally->rows, tally_key(tally, row), key_len, row);
	return tally_sum(row);
}
