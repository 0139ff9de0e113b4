// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_trace: events of a trace as text on standard output, a line each.
 */
#ifndef DEADWAIT_SINK_TRACE_H
#define DEADWAIT_SINK_TRACE_H

#include <stdbool.h>

#include "sink.h"

struct sink_trace_config {
	bool stamp; /* begin lines with date, time and zone */
	bool quiet; /* no summary */
};

/* For sinks_add(); NULL: no memory. */
struct sink *sink_trace_new(const struct sink_trace_config *config);

#endif
