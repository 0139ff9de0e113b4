// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * duration: spans of time as people type and read them. Knows no clocks and prints nothing.
 */
#ifndef DEADWAIT_DURATION_H
#define DEADWAIT_DURATION_H

#include <stddef.h>
#include <stdint.h>

#define DURATION_NS_PER_MS UINT64_C(1000000)
#define DURATION_NS_PER_S UINT64_C(1000000000)

/* Longest text that duration_format() makes, NUL included. */
#define DURATION_TEXT_MAX 24

/*
 * Reads digits, perhaps a point and more digits, and a unit: ms, s, m, h or d; or a bare 0. Nothing
 * may stand before, between or after. Sets *ns (nanoseconds, at most INT64_MAX).
 * Returns -EINVAL for any other form and for fractions of a nanosecond, -ERANGE for too much.
 */
int duration_parse(const char *word, uint64_t *ns);

/*
 * Writes the two largest parts: 0.3s, 59.9s, 3m12s, 2h05m, 3d04h. What is left over is cut off,
 * never rounded up: a process is not said to be older than it is. Returns out, always
 * NUL-terminated; size must not be 0.
 */
const char *duration_format(char *out, size_t size, uint64_t ns);

#endif
