// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_json: findings as JSON lines, on standard output or appended to a log.
 */
#ifndef DEADWAIT_SINK_JSON_H
#define DEADWAIT_SINK_JSON_H

#include <stdbool.h>

#include "log.h"
#include "sink.h"

/* A sink that writes to standard output; quiet: without the summary. NULL: no memory. */
struct sink *sink_json_new(bool quiet);

/* A sink that appends to the log, which it takes over. NULL: no memory, the log is the caller's. */
struct sink *sink_log_new(struct log *log);

#endif
