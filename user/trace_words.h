// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace_words: the names that a trace uses in text and JSON alike.
 */
#ifndef DEADWAIT_TRACE_WORDS_H
#define DEADWAIT_TRACE_WORDS_H

#include <stddef.h>

#include "dw_trace.h"

/* "fork", "reparent" and so on; NULL: no event of a trace. */
const char *trace_event_name(unsigned int kind);

/* "CLD_EXITED", "SI_USER" and so on; NULL: not known, or there was no signal. */
const char *trace_code_name(const struct dw_trace_sigchld *sigchld);

/* "queued" and so on. */
const char *trace_result_name(unsigned int result);

/* "any", "pid", "group", "pidfd". */
const char *trace_target_name(unsigned int target);

/* The call as one would write it (status_wait_format()). Returns out; STATUS_TEXT_MAX suffices. */
const char *trace_wait_call(char *out, size_t size, const struct dw_wait *wait);

#endif
