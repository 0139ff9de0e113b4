// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics_http: serves metrics over HTTP, to any number of clients of any
 * manners, with bounded memory and in a thread of its own: whatever happens
 * here, passes go on. Knows libmicrohttpd and nothing of findings.
 *
 * Why a thread and not descriptors in the loop of watch: a client that asks a
 * thousand times a second would be served between two passes; a thread leaves
 * it to the scheduler who runs. It shares with the program only what render()
 * copies under a lock.
 */
#ifndef DEADWAIT_METRICS_HTTP_H
#define DEADWAIT_METRICS_HTTP_H

#include <stdint.h>

#include "metrics_text.h"

struct metrics_http;

struct metrics_http_config {
	int fd; /* listens; owned by the server once it runs */
	/* As metrics_text_render(); called in the server's thread, at the most once a second
	 * for each format. */
	char *(*render)(void *arg, enum metrics_format format, size_t *len);
	void *arg;
};

/*
 * Starts the thread, in which every signal is blocked. After privileges were given up: a thread
 * has its own. Returns 0 or -errno; then fd is still the caller's. -ENOSYS: built without
 * libmicrohttpd.
 */
int metrics_http_start(const struct metrics_http_config *config, struct metrics_http **out);

/* Ends connections that are older than a scrape may take. Never blocks. */
void metrics_http_sweep(struct metrics_http *http, uint64_t now_ns);

/* Ends all connections and the thread. NULL is allowed. */
void metrics_http_stop(struct metrics_http *http);

#endif
