// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * names: turns the patterns of -n into the automaton by which the kernel side
 * recognises a wanted name. Pure.
 */
#ifndef DEADWAIT_NAMES_H
#define DEADWAIT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "dw_trace.h"

/*
 * Compiles fnmatch(3) patterns, of which one must match. Returns 0, or -E2BIG:
 * together they have more than 63 elements (a character, a ?, a [set]; one
 * more for each pattern); *out is untouched then. No pattern: any name will do.
 */
int names_compile(const char *const *patterns, size_t count, struct dw_names *out);

/* Runs the automaton over a comm, as the kernel side does. */
bool names_match(const struct dw_names *names, const char comm[DW_COMM_LEN]);

#endif
