// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log_reader: the lines of a log, one by one, from a plain or gzip'd file or from standard input,
 * in a buffer of fixed size. Does not look into a line, and prints nothing. (log.h writes logs.)
 */
#ifndef DEADWAIT_LOG_READER_H
#define DEADWAIT_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest line, in bytes, that is handed over whole. */
#define LOG_READER_LINE_MAX (1024 * 1024)

struct log_line {
	const char *text; /* NUL-terminated, may hold other NULs; until the next call */
	size_t len;	  /* without the newline */
	uint64_t number;  /* in the file, from 1 */
	bool overlong;	  /* text is only the first LOG_READER_LINE_MAX bytes */
};

struct log_reader;

/*
 * Opens a file; "-" is standard input. Returns 0 and sets *out, which the caller owns; or -errno of
 * open(2), -EISDIR, -ENOMEM.
 */
int log_reader_open(const char *path, struct log_reader **out);

/*
 * Reads the next line; the last one need not end in a newline. Returns 1 with *line, 0 at the end,
 * or -1 if reading failed: then log_reader_error() tells why, and nothing more comes.
 */
int log_reader_next(struct log_reader *reader, struct log_line *line);

/* Why log_reader_next() returned -1. */
const char *log_reader_error(const struct log_reader *reader);

/* Bytes read so far, uncompressed. */
uint64_t log_reader_bytes(const struct log_reader *reader);

/* Closes and frees. NULL is allowed. */
void log_reader_close(struct log_reader *reader);

#endif
