// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * endpoint: where metrics are served, read from the text of --metrics and
 * written back as text. Asks no name server and opens nothing.
 */
#ifndef DEADWAIT_ENDPOINT_H
#define DEADWAIT_ENDPOINT_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

struct endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} address;
	socklen_t len;
};

/* Room for endpoint_format()'s text, NUL included. */
#define ENDPOINT_TEXT_MAX 160

/*
 * Reads "PORT" (on 127.0.0.1), "ADDR:PORT", "[IPV6]:PORT" or "unix:/PATH"; ADDR is numeric or
 * localhost; port 0 lets the kernel choose. Returns 0 or -EINVAL.
 */
int endpoint_parse(const char *text, struct endpoint *out);

/* "http://127.0.0.1:9763/metrics" or "unix:/run/deadwait.sock". Returns out. */
const char *endpoint_format(char *out, size_t size, const struct endpoint *endpoint);

#endif
