// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace_text: what an event of a trace says in words, behind its name.
 */
#ifndef DEADWAIT_TRACE_TEXT_H
#define DEADWAIT_TRACE_TEXT_H

#include "finding.h"
#include "lines.h"

/* Adds the event's details; nothing for a kind that is not known. */
void trace_text_add(struct lines *lines, const struct finding_event *event);

#endif
