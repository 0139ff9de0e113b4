// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_record: findings as datagrams to a system's log: what the sinks for the journal and for
 * syslog have in common. A line that is lost is told of in the log itself, once one gets there again.
 */
#ifndef DEADWAIT_SINK_RECORD_H
#define DEADWAIT_SINK_RECORD_H

#include "record.h"
#include "sink.h"

struct sink_record_config {
	const char *name;   /* for messages: "the journal" */
	const char *path;   /* of the socket; must stay valid */
	const char *reason; /* of the `lost` records: "journal" */
	/* A datagram allocated with malloc(), and its length; NULL: no memory. */
	char *(*encode)(const struct record *record, size_t *len);
};

/* What config points to must stay valid. NULL: no memory or no descriptor. */
struct sink *sink_record_new(const struct sink_record_config *config);

#endif
