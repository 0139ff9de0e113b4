// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace_json: events of a trace as JSON, one object a line (the schema is in
 * the README). Written by hand: at full speed jansson would take most of the
 * time there is. Lines are pure ASCII, like those of json.
 */
#ifndef DEADWAIT_TRACE_JSON_H
#define DEADWAIT_TRACE_JSON_H

#include "finding.h"
#include "lines.h"
#include "moment.h"

/* A zeroed struct is empty; lines_free(&it->lines) frees it. */
struct trace_json {
	struct lines lines;
	struct moment moment;
};

/* Adds the event's line; nothing for a kind that is not known. */
void trace_json_add(struct trace_json *json, const struct finding_event *event);

#endif
