// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_metrics: findings added up as metrics, served over HTTP and written to a
 * file.
 */
#ifndef DEADWAIT_SINK_METRICS_H
#define DEADWAIT_SINK_METRICS_H

#include <stdbool.h>

#include "sink.h"

struct sink_metrics_config {
	const char *endpoint; /* text that endpoint_parse() takes; NULL: not served */
	const char *textfile; /* NULL: not written; must stay valid as long as the sink */
	bool quiet;	      /* do not say where they are served */
};

/*
 * Opens the socket and writes the file for the first time; serves once it is
 * started. Returns 0 and the sink in *out, or -errno after saying why.
 */
int sink_metrics_new(const struct sink_metrics_config *config, struct sink **out);

#endif
