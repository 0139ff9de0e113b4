// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log: appends lines to the file of --log, each whole or not at all, and outlives a full disk.
 *
 * A line that cannot be written is lost, counted, and the trouble is said once on stderr; every
 * later line is a new try. Never blocks: a FIFO that is full or has no reader costs lines, not time.
 * The program must ignore SIGPIPE and SIGXFSZ, so that those failures come back as errors.
 *
 * Several writers may share a file: a lock is held while a line is appended. One that is stopped
 * with it holds another up for a quarter of a second, once. What somebody left
 * inside a line (a crash) stays, and a newline is put behind it first. It is not cut off: it may be
 * evidence, and cutting could hit what another, without our lock, is still writing.
 */
#ifndef DEADWAIT_LOG_H
#define DEADWAIT_LOG_H

#include <stddef.h>
#include <stdint.h>

struct log;

/*
 * Opens or creates (0640) path for appending; the text of path must stay valid until log_close().
 * Sets *out, which the caller owns. Returns -errno of open(2) and prints nothing; -ENXIO is a FIFO
 * that nobody reads.
 */
int log_open(const char *path, struct log **out);

/*
 * Appends len bytes of text and one newline, in one system call. With newlines in it these are
 * several lines, kept or lost together. Returns 0, or -errno if they are lost: then so many lines
 * are counted, and it has been said already.
 */
int log_write(struct log *log, const char *text, size_t len, uint64_t lines);

/*
 * The same for a line that nobody misses: it is not counted if it cannot be written, and it is not
 * tried (-ENOSPC) while the file system has no free blocks for it and the line that was lost last.
 */
int log_note(struct log *log, const char *line, size_t len);

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
