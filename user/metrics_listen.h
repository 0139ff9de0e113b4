// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics_listen: the socket on which metrics are served, opened and put away.
 * Reads and writes nothing through it.
 */
#ifndef DEADWAIT_METRICS_LISTEN_H
#define DEADWAIT_METRICS_LISTEN_H

#include <sys/types.h>

#include "endpoint.h"

struct metrics_listen {
	int fd;			  /* -1: closed, or given away */
	struct endpoint endpoint; /* as bound: with the port that the kernel chose */
	dev_t device;		  /* of the file of a unix socket, to tell it from another's */
	ino_t inode;
};

/*
 * Opens and binds, and listens. The file of a unix socket gets mode 0660; one that nobody listens
 * on any more is replaced. Returns 0 or -errno: -EADDRINUSE somebody does, -EEXIST a file is there
 * that is no socket. The caller closes it with metrics_listen_close().
 */
int metrics_listen_open(struct metrics_listen *listen, const struct endpoint *endpoint);

/* Closes the descriptor, unless it is -1, and removes the file of a unix socket if it is ours. */
void metrics_listen_close(struct metrics_listen *listen);

#endif
