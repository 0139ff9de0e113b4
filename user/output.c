// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int out = STDOUT_FILENO;
static int failure;
static int stop = -1;

void output_set_fd(int fd)
{
	out = fd;
}

bool output_wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(out) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

void output_set_stop(int fd)
{
	stop = fd;
}

/* Waits until a chunk can be written without blocking. false: the program is to end first. */
static bool wait_for_room(void)
{
	struct pollfd fds[] = { { .fd = out, .events = POLLOUT },
				{ .fd = stop, .events = POLLIN } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return true;
	return fds[0].revents || !fds[1].revents;
}

/* A file never makes its writer wait for a reader. */
static bool is_file(void)
{
	struct stat st;

	return !fstat(out, &st) && S_ISREG(st.st_mode);
}

int output_write(const char *text, size_t len)
{
	bool file = len > PIPE_BUF && is_file();

	while (len && !failure) {
		ssize_t wrote;

		if (!file && !wait_for_room()) {
			failure = -EPIPE;
			break;
		}
		/* A pipe that is ready takes this much at once. */
		wrote = write(out, text, file || len < PIPE_BUF ? len : PIPE_BUF);
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
