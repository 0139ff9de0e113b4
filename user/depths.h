// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * depths: how many generations below the first of its family that was seen a
 * process is, so that the eye can follow it. Bounded: of too many, the oldest
 * are forgotten and begin anew.
 */
#ifndef DEADWAIT_DEPTHS_H
#define DEADWAIT_DEPTHS_H

#include <stdint.h>

/* A zeroed struct is empty. */
struct depths {
	struct depth *hash; /* in the order in which they were born */
};

/* A process was forked. */
void depths_born(struct depths *depths, uint32_t parent_tgid, uint32_t child_tgid);

/* It was reaped: its pid is free for another. */
void depths_gone(struct depths *depths, uint32_t tgid);

/* 0 for a process whose birth was not seen. */
unsigned int depths_of(const struct depths *depths, uint32_t tgid);

void depths_free(struct depths *depths);

#endif
