// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_draft: the text of a report in the making, and what several parts of it say. Wraps words,
 * escapes names; decides nothing.
 */
#ifndef DEADWAIT_REPORT_DRAFT_H
#define DEADWAIT_REPORT_DRAFT_H

#include <stdint.h>
#include <stdio.h>

#include "page.h"
#include "report_lines.h"

struct draft {
	const struct report *report;
	struct page page; /* the present row */
	FILE *file;	  /* the rows before */
};

/* Room for a name that is shown. */
#define DRAFT_NAME_MAX 68

/* A name that others chose, safe to show, cut if long; "?" for none. Returns out, of DRAFT_NAME_MAX. */
const char *draft_show(char *out, const char *name);

/* "" for one, else "s". */
const char *draft_plural(uint64_t count);

/* Ends the part before, and says what the next one is. */
void draft_title(struct draft *draft, const char *title);

/* What stands to the left of a row: words, or a number. */
void draft_figure(struct draft *draft, const char *figure);
void draft_count(struct draft *draft, uint64_t count);

/* Adds words to the row, wrapped, to the right of the figure. */
__attribute__((format(printf, 2, 3))) void draft_put(struct draft *draft, const char *format, ...);

void draft_end_row(struct draft *draft);

/* "12.0 an hour;", if that can be told */
void draft_rate(struct draft *draft, const struct report_sum *sum);
/* "10 reaped, 20 still there" */
void draft_ends(struct draft *draft, const struct report_sum *sum);
/* "7 zombie, 1 background" */
void draft_kinds(struct draft *draft, const struct report_father *father);

/* Every table of the report but the totals; in report_tables.c. */
void draft_tables(struct draft *draft);

#endif
