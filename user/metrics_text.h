// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics_text: a page of metrics as the text that Prometheus reads, in its own
 * format or as OpenMetrics. Pure.
 */
#ifndef DEADWAIT_METRICS_TEXT_H
#define DEADWAIT_METRICS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "metrics.h"

enum metrics_format {
	METRICS_PROMETHEUS,  /* text 0.0.4 */
	METRICS_OPENMETRICS, /* 1.0.0 */
	METRICS_FORMATS,
};

/* The format that an HTTP Accept header asks for; NULL: there is none. */
enum metrics_format metrics_text_wanted(const char *accept);

/* The value for a Content-Type header. */
const char *metrics_text_type(enum metrics_format format);

/*
 * Renders the page at now_ns (CLOCK_BOOTTIME). Returns text that ends in NUL and is the caller's to
 * free, and its length without the NUL; NULL: no memory.
 */
char *metrics_text_render(const struct metrics_page *page, enum metrics_format format,
			  uint64_t now_ns, size_t *len);

#endif
