// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_listen.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* Connections that wait to be accepted. */
#define BACKLOG 64

static int open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Returns 0 or -errno; group and owner may use the file of a unix socket. */
static int bind_socket(int fd, const struct endpoint *endpoint)
{
	mode_t before = umask(0117);
	int err = bind(fd, &endpoint->address.any, endpoint->len) ? -errno : 0;

	umask(before);
	return err;
}

/* Whether somebody listens there; -EEXIST: it is no socket. */
static int look_for_listener(const struct endpoint *endpoint)
{
	struct stat st;
	int fd, err;

	if (lstat(endpoint->address.un.sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = open_socket(AF_UNIX);
	if (fd < 0)
		return -errno;
	err = connect(fd, &endpoint->address.any, endpoint->len) ? -errno : -EADDRINUSE;
	close(fd);
	return err == -ECONNREFUSED ? 0 : err == -EAGAIN ? -EADDRINUSE : err;
}

static int bind_unix(int fd, const struct endpoint *endpoint)
{
	int err = bind_socket(fd, endpoint);

	if (err != -EADDRINUSE)
		return err;
	err = look_for_listener(endpoint);
	if (err)
		return err;
	unlink(endpoint->address.un.sun_path);
	return bind_socket(fd, endpoint);
}

/* Notes which file it is, or which port was chosen. */
static int look_at(struct metrics_listen *listen)
{
	struct endpoint *endpoint = &listen->endpoint;
	struct stat st;

	if (endpoint->address.any.sa_family != AF_UNIX)
		return getsockname(listen->fd, &endpoint->address.any, &endpoint->len) ? -errno : 0;
	if (lstat(endpoint->address.un.sun_path, &st))
		return -errno;
	listen->device = st.st_dev;
	listen->inode = st.st_ino;
	return 0;
}

int metrics_listen_open(struct metrics_listen *out, const struct endpoint *endpoint)
{
	struct metrics_listen made = { .endpoint = *endpoint };
	const int on = 1;
	int err;

	made.fd = open_socket(endpoint->address.any.sa_family);
	if (made.fd < 0)
		return -errno;
	if (endpoint->address.any.sa_family == AF_UNIX) {
		err = bind_unix(made.fd, endpoint);
	} else {
		setsockopt(made.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		err = bind_socket(made.fd, endpoint);
	}
	if (err) {
		close(made.fd);
		return err;
	}
	err = listen(made.fd, BACKLOG) ? -errno : look_at(&made);
	if (err) {
		metrics_listen_close(&made);
		return err;
	}
	*out = made;
	return 0;
}

void metrics_listen_close(struct metrics_listen *listen)
{
	const char *path = listen->endpoint.address.un.sun_path;
	struct stat st;

	if (listen->endpoint.address.any.sa_family == AF_UNIX && !lstat(path, &st) &&
	    st.st_dev == listen->device && st.st_ino == listen->inode)
		unlink(path);
	if (listen->fd >= 0)
		close(listen->fd);
	listen->fd = -1;
}
