// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_report: the report of run, as text, at the end: each zombie once, with
 * its last verdict and what became of it; lost SIGCHLDs and statuses; the
 * orphans that still run; and one line that balances the family's books.
 */
#ifndef DEADWAIT_SINK_REPORT_H
#define DEADWAIT_SINK_REPORT_H

#include <stdbool.h>

#include "sink.h"

struct sink_report_config {
	bool stamp;   /* begin paragraphs with date, time and zone */
	bool quiet;   /* no balance */
	bool verbose; /* with facts */
};

/* For sinks_add(); NULL: no memory. */
struct sink *sink_report_new(const struct sink_report_config *config);

#endif
