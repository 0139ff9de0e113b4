// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * page: puts text together for a terminal: lines under 100 columns, broken
 * between words, colour codes that take no room. Knows no findings.
 */
#ifndef DEADWAIT_PAGE_H
#define DEADWAIT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_COLUMNS 100
#define PAGE_INDENT 9 /* of paragraphs: under "19:05:11 " */
#define PAGE_HANG 17  /* of a head line that goes on: under what follows its label */

enum page_colour { PLAIN, RED, GREEN, YELLOW };

struct page {
	bool colour; /* write colour codes */
	bool stamp;  /* head lines begin with date, time and zone */
	size_t len;
	size_t column; /* of the present line, colour codes not counted */
	char text[16384];
};

/* Adds text as it is; what does not fit in the page is dropped. */
void page_add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_newline(struct page *page);

/* Begins a head line: the time of day at a moment of boot time, and a label of up to 7 columns. */
void page_head(struct page *page, uint64_t time_ns, const char *label, enum page_colour colour);

/* Adds a part of the head line, in a new line if this one is full. */
void page_part(struct page *page, const char *part);

/*
 * Adds words to the present paragraph, or to the present head line, going on
 * in a new line where this one is full.
 */
void page_wrap(struct page *page, const char *words);
void page_flow(struct page *page, const char *words);

/* The column at which a head line goes on after its label. */
size_t page_head_width(const struct page *page);

/* Adds a whole paragraph: a label ("" for none) and words. */
void page_below(struct page *page, const char *label, const char *words);

/* Writes the page to standard output, at once, and empties it. */
void page_send(struct page *page);

/* Empties the page; what was on it is the caller's to free. NULL: no memory. */
char *page_take(struct page *page);

#endif
