// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_render: a finished report as text for a person, as one JSON object and as a CSV table of
 * its groups. Each adds nothing up.
 */
#ifndef DEADWAIT_REPORT_RENDER_H
#define DEADWAIT_REPORT_RENDER_H

#include "report_lines.h"

/* Each returns all of it, newlines included, for the caller to free(), or NULL: no memory. */
char *report_text(const struct report *report);
char *report_json(const struct report *report);
char *report_csv(const struct report *report);

/* The span from the first line to the last, in hours; 0 if it is too short to tell a rate by. */
double report_hours(const struct report *report);

/* "reaped", "still-there", "ended", "unknown". */
const char *report_end_name(enum report_end end);

/* "cause", "parent", "host", "unit", and "who" where nothing was asked for. */
const char *report_by_name(enum report_by by);

#endif
