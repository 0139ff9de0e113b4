// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_text: findings for a person at a terminal, under 100 columns, colour
 * only there.
 */
#ifndef DEADWAIT_SINK_TEXT_H
#define DEADWAIT_SINK_TEXT_H

#include <stdbool.h>

#include "sink.h"

struct sink_text_config {
	bool stamp;   /* -T: date, time and zone in place of hh:mm:ss */
	bool quiet;   /* -q: no summary */
	bool verbose; /* -v: the facts behind each finding */
};

/* A sink that writes to standard output. NULL: no memory. */
struct sink *sink_text_new(const struct sink_text_config *config);

#endif
