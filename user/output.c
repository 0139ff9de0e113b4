// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static int failure;

int output_write(const char *text, size_t len)
{
	struct pollfd wait = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (len && !failure) {
		ssize_t wrote = write(STDOUT_FILENO, text, len);

		if (wrote >= 0) {
			text += wrote;
			len -= (size_t)wrote;
		} else if (errno == EAGAIN) {
			/* Somebody else made it non-blocking; it is not ours to change. */
			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			failure = -errno;
		}
	}
	return failure;
}

int output_failed(void)
{
	return failure;
}
