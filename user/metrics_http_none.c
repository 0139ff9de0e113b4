// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics_http_none: in place of metrics_http in a program without
 * libmicrohttpd (the static one: Debian's archive needs gnutls, whose own needs
 * are not to be had as archives). A metrics file can be written all the same.
 */
#include "metrics_http.h"

#ifdef DEADWAIT_WITHOUT_LIBMICROHTTPD

#include <errno.h>

int metrics_http_start(const struct metrics_http_config *config, struct metrics_http **out)
{
	(void)config;
	(void)out;
	return -ENOTSUP;
}

void metrics_http_sweep(struct metrics_http *http, uint64_t now_ns)
{
	(void)http;
	(void)now_ns;
}

void metrics_http_stop(struct metrics_http *http)
{
	(void)http;
}

#endif
