// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lines: many lines put together in memory and written in one go. For trace,
 * which has no time to spend on each.
 */
#ifndef DEADWAIT_LINES_H
#define DEADWAIT_LINES_H

#include <stddef.h>
#include <stdint.h>

/* A zeroed struct is empty. */
struct lines {
	char *text; /* owned; no NUL at the end */
	size_t len, room;
	size_t begin;  /* of the present line */
	uint64_t lost; /* lines that there was no memory for */
};

/* Add to the present line; what there is no memory for is left out, and the line with it. */
void lines_add(struct lines *lines, const char *bytes, size_t len);
void lines_text(struct lines *lines, const char *text);
void lines_number(struct lines *lines, uint64_t number);
void lines_signed(struct lines *lines, int64_t number);
/* With leading zeros, `digits` of them in all. */
void lines_digits(struct lines *lines, uint64_t number, unsigned int digits);
/* "0x55d0c0de". */
void lines_hex(struct lines *lines, uint64_t number);
/* Blanks up to a column of the present line, counted in bytes; at the least one. */
void lines_pad(struct lines *lines, size_t column);
/* Bytes that another process chose: for a terminal, and as a JSON string with its quotes. */
void lines_escaped(struct lines *lines, const char *bytes, size_t len);
void lines_json_string(struct lines *lines, const char *bytes, size_t len);
/* Ends the present line. */
void lines_end(struct lines *lines);

/* Empties it; keeps up to 1 MiB of memory. */
void lines_clear(struct lines *lines);
void lines_free(struct lines *lines);

#endif
