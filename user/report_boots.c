// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_boots: until when the logs tell of each boot of each host. See report_boots.h.
 */
#include "report_boots.h"

#include <stdlib.h>

/* FNV-1a, the NUL included. */
static uint64_t mix(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	while (*text++);
	return hash;
}

uint64_t report_boot_id(const char *host, const char *boot_id)
{
	return mix(mix(UINT64_C(0xcbf29ce484222325), host), boot_id);
}

static struct report_boot *find(struct report_boot *hash, uint64_t id)
{
	struct report_boot *found;

	HASH_FIND(hh, hash, &id, sizeof(id), found);
	return found;
}

static struct report_boot *make(struct report_boot **hash, uint64_t id)
{
	struct report_boot *made = find(*hash, id);

	if (made || HASH_COUNT(*hash) >= REPORT_BOOTS_MAX)
		return made;
	made = calloc(1, sizeof(*made));
	if (made) {
		made->id = id;
		HASH_ADD(hh, *hash, id, sizeof(made->id), made);
	}
	return made;
}

void report_boots_note(struct report_boots *boots, const char *host, uint64_t boot,
		       uint64_t time_ns)
{
	struct report_boot *one = make(&boots->boots, boot);

	if (!one)
		return;
	if (!one->host)
		one->host = make(&boots->hosts, report_boot_id(host, ""));
	if (time_ns > one->last_ns)
		one->last_ns = time_ns;
	if (one->host && time_ns > one->host->newest_ns)
		one->host->newest_ns = time_ns;
}

uint64_t report_boots_last(const struct report_boots *boots, uint64_t boot, bool *ended)
{
	const struct report_boot *one = find(boots->boots, boot);

	*ended = one && one->host && one->host->newest_ns > one->last_ns;
	return one ? one->last_ns : 0;
}

static void free_all(struct report_boot **hash)
{
	struct report_boot *boot, *next;

	HASH_ITER(hh, *hash, boot, next) {
		HASH_DEL(*hash, boot);
		free(boot);
	}
}

void report_boots_free(struct report_boots *boots)
{
	free_all(&boots->boots);
	free_all(&boots->hosts);
}
