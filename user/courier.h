// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * courier: brings datagrams to a unix socket (the journal, syslog) in their order, and never waits
 * for one who does not read them. Knows nothing of what they say.
 *
 * What cannot be delivered now waits, up to COURIER_ROOM bytes, and is tried again with each new
 * letter and each tick. What finds no room is lost and counted. Trouble is said once on stderr, and
 * so is its end. The socket is looked up by its path each time, so a server may come and go.
 */
#ifndef DEADWAIT_COURIER_H
#define DEADWAIT_COURIER_H

#include <stddef.h>
#include <stdint.h>

#define COURIER_ROOM (2U << 20)

struct courier;

/*
 * name is for messages ("the journal"); it and path must stay valid. Says so if nobody listens there
 * now, which is not an error. Returns NULL: no memory, no descriptor, or a path over 107 bytes.
 */
struct courier *courier_new(const char *name, const char *path);

/*
 * Takes over a letter, allocated with malloc(); NULL counts as lost. Returns 0 if it was sent or
 * waits, or -ENOBUFS: lost and counted.
 */
int courier_send(struct courier *courier, char *letter, size_t len);

/* The same for a letter that nobody misses: with no room for it, it is not counted. */
int courier_note(struct courier *courier, char *letter, size_t len);

/* Tries to deliver what waits; for COURIER_TICK_MS at the most, while somebody reads. */
#define COURIER_TICK_MS 10
void courier_tick(struct courier *courier);

/* Letters lost so far, without those that wait. 0 for NULL. */
uint64_t courier_lost(const struct courier *courier);

/*
 * Delivers what waits, for COURIER_PATIENCE_MS after the last one that went and ten times that in
 * all; says how many are lost with it, and in a trouble that has not ended. Frees. NULL is allowed.
 */
#define COURIER_PATIENCE_MS 500
void courier_free(struct courier *courier);

#endif
