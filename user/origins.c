// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * origins: where findings of a log come from. See origins.h.
 */
#include "origins.h"

#include <stdlib.h>
#include <string.h>

#define TEXTS 4

struct origin *origins_take(struct origins *origins, const struct log_record *record)
{
	const char *const texts[TEXTS] = { record->host, record->unit, record->container,
					   record->parent.comm };
	char key[TEXTS * ORIGIN_TEXT_MAX], *at = key, *starts[TEXTS];
	struct origin *origin;

	for (int i = 0; i < TEXTS; i++) {
		size_t len = strnlen(texts[i], ORIGIN_TEXT_MAX - 1);

		starts[i] = at;
		memcpy(at, texts[i], len);
		at[len] = '\0';
		at += len + 1;
	}
	HASH_FIND(hh, origins->hash, key, (size_t)(at - key), origin);
	if (!origin) {
		origin = calloc(1, sizeof(*origin) + (size_t)(at - key));
		if (!origin)
			return NULL;
		memcpy(origin->key, key, (size_t)(at - key));
		origin->host = origin->key;
		origin->unit = origin->key + (starts[1] - key);
		origin->container = origin->key + (starts[2] - key);
		origin->comm = origin->key + (starts[3] - key);
		HASH_ADD_KEYPTR(hh, origins->hash, origin->key, (size_t)(at - key), origin);
	}
	origin->refs++;
	return origin;
}

void origins_drop(struct origins *origins, struct origin *origin)
{
	if (!origin || --origin->refs)
		return;
	HASH_DEL(origins->hash, origin);
	free(origin);
}
