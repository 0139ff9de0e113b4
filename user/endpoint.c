// SPDX-License-Identifier: GPL-2.0-or-later
#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define UNIX_PREFIX "unix:"

static bool parse_port(const char *text, in_port_t *port)
{
	unsigned int value = 0;
	size_t len = strlen(text);

	if (!len || len > 5 || text[strspn(text, "0123456789")] != '\0')
		return false;
	for (; *text; text++)
		value = value * 10 + (unsigned int)(*text - '0');
	if (value > 65535)
		return false;
	*port = htons((in_port_t)value);
	return true;
}

static int parse_unix(const char *path, struct endpoint *out)
{
	struct endpoint endpoint = { .address.un.sun_family = AF_UNIX,
				     .len = sizeof(endpoint.address.un) };

	if (path[0] != '/' || strlen(path) >= sizeof(endpoint.address.un.sun_path))
		return -EINVAL;
	strcpy(endpoint.address.un.sun_path, path);
	*out = endpoint;
	return 0;
}

static int parse_in6(const char *host, in_port_t port, struct endpoint *out)
{
	struct endpoint endpoint = { .address.in6 = { .sin6_family = AF_INET6, .sin6_port = port },
				     .len = sizeof(endpoint.address.in6) };

	if (inet_pton(AF_INET6, host, &endpoint.address.in6.sin6_addr) != 1)
		return -EINVAL;
	*out = endpoint;
	return 0;
}

static int parse_in(const char *host, in_port_t port, struct endpoint *out)
{
	struct endpoint endpoint = { .address.in = { .sin_family = AF_INET, .sin_port = port },
				     .len = sizeof(endpoint.address.in) };

	if (!strcmp(host, "localhost"))
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &endpoint.address.in.sin_addr) != 1)
		return -EINVAL;
	*out = endpoint;
	return 0;
}

int endpoint_parse(const char *text, struct endpoint *out)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	in_port_t port;
	size_t len;

	if (!strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)))
		return parse_unix(text + strlen(UNIX_PREFIX), out);
	if (!parse_port(colon ? colon + 1 : text, &port))
		return -EINVAL;
	if (!colon)
		return parse_in("127.0.0.1", port, out);
	len = (size_t)(colon - text);
	if (!len || len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] != '[')
		return parse_in(host, port, out);
	if (host[len - 1] != ']')
		return -EINVAL;
	host[len - 1] = '\0';
	return parse_in6(host + 1, port, out);
}

const char *endpoint_format(char *out, size_t size, const struct endpoint *endpoint)
{
	char host[INET6_ADDRSTRLEN];

	switch (endpoint->address.any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &endpoint->address.in.sin_addr, host, sizeof(host));
		snprintf(out, size, "http://%s:%u/metrics", host,
			 ntohs(endpoint->address.in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &endpoint->address.in6.sin6_addr, host, sizeof(host));
		snprintf(out, size, "http://[%s]:%u/metrics", host,
			 ntohs(endpoint->address.in6.sin6_port));
		break;
	default:
		snprintf(out, size, UNIX_PREFIX "%s", endpoint->address.un.sun_path);
	}
	return out;
}
