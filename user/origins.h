// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * origins: where findings of a log come from: a host, a unit or container there, a parent's name.
 * Each is held once, however many findings share it, and freed with the last of them.
 */
#ifndef DEADWAIT_ORIGINS_H
#define DEADWAIT_ORIGINS_H

#include <stdint.h>

#include <uthash.h>

#include "log_record.h"

/* Longest text of each, in bytes with the NUL; what is longer is cut. */
#define ORIGIN_TEXT_MAX 256

/* Strings are never NULL; "" is not known, or none. */
struct origin {
	UT_hash_handle hh;
	uint32_t refs;
	const char *host, *unit, *container, *comm;
	char key[]; /* the four in that order, each with its NUL */
};

struct origins {
	struct origin *hash;
};

/* The origin of a record, with one reference more, for origins_drop(). NULL: no memory. */
struct origin *origins_take(struct origins *origins, const struct log_record *record);

/* Gives up a reference. NULL is allowed. */
void origins_drop(struct origins *origins, struct origin *origin);

#endif
