// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * output: standard output (of run: standard error), written message by
 * message, with its first failure remembered. Formats nothing.
 */
#ifndef DEADWAIT_OUTPUT_H
#define DEADWAIT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Writes to this descriptor from now on in place of standard output. */
void output_set_fd(int fd);

/* Whether text is for a terminal that shows colours, and nobody forbade them. */
bool output_wants_colour(void);

/*
 * A descriptor that becomes readable when the program is to end: a reader that
 * stalls then holds nothing up. -1, the default: none.
 */
void output_set_stop(int fd);

/* Writes all of it at once. After a failure nothing is written any more. Returns 0 or -errno. */
int output_write(const char *text, size_t len);

/* 0, or the first failure as a negative errno; -EPIPE: the reader has gone. */
int output_failed(void);

#endif
