// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log: appends lines to the file of --log, each whole or not at all, and outlives a full disk.
 *
 * A line that cannot be written is lost, counted, and the trouble is said once on stderr; every
 * later line is a new try. Never blocks: a FIFO that is full or has no reader costs lines, not time.
 * The program must ignore SIGPIPE and SIGXFSZ, so that those failures come back as errors.
 */
#ifndef DEADWAIT_LOG_H
#define DEADWAIT_LOG_H

#include <stddef.h>
#include <stdint.h>

struct log;

/*
 * Opens or creates (0640) path for appending; the text of path must stay valid until log_close().
 * If the file ends inside a line (a crash), the first line written starts a new one.
 * Sets *out, which the caller owns. Returns -errno of open(2) and prints nothing; -ENXIO is a FIFO
 * that nobody reads.
 */
int log_open(const char *path, struct log **out);

/*
 * Appends len bytes of line, which holds no newline, and one newline, in one system call.
 * Returns 0, or -errno if the line is lost: then it is counted and has been said already.
 */
int log_write(struct log *log, const char *line, size_t len);

/*
 * Opens the path anew (SIGHUP, after rotation). If that fails, says so, goes on with the old file
 * and tries again with each line. Returns 0 or -errno.
 */
int log_reopen(struct log *log);

/* Lines lost since log_open(). 0 for NULL. */
uint64_t log_lost(const struct log *log);

/* Closes and frees. NULL is allowed. */
void log_close(struct log *log);

#endif
