// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

static int failure;
static int stop = -1;

void output_set_stop(int fd)
{
	stop = fd;
}

/* Waits until a chunk can be written without blocking. false: the program is to end first. */
static bool wait_for_room(void)
{
	struct pollfd fds[] = { { .fd = STDOUT_FILENO, .events = POLLOUT },
				{ .fd = stop, .events = POLLIN } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return true;
	return fds[0].revents || !fds[1].revents;
}

int output_write(const char *text, size_t len)
{
	while (len && !failure) {
		ssize_t wrote;

		if (!wait_for_room()) {
			failure = -EPIPE;
			break;
		}
		/* A pipe that is ready takes this much at once. */
		wrote = write(STDOUT_FILENO, text, len < PIPE_BUF ? len : PIPE_BUF);
		if (wrote >= 0) {
			text += wrote;
			len -= (size_t)wrote;
		} else if (errno != EINTR && errno != EAGAIN) {
			failure = -errno;
		}
	}
	return failure;
}

int output_failed(void)
{
	return failure;
}
