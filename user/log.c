// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log: appends lines to the file of --log. See log.h.
 */
#include "log.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct log {
	const char *path;
	int fd;
	bool torn;	    /* the file ends inside a line: begin with a newline */
	bool stale;	    /* a reopen failed: try again with the next line */
	bool failing;	    /* trouble was said and has not ended */
	uint64_t lost;	    /* since log_open() */
	uint64_t lost_then; /* lost when the trouble began */
};

/* Whether the last byte is something else than a newline. The log itself is open for writing only. */
static bool ends_inside_line(int fd)
{
	char path[32];
	struct stat st;
	char last = '\n';
	int again;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again < 0)
		return false;
	if (pread(again, &last, 1, st.st_size - 1) != 1)
		last = '\n';
	close(again);
	return last != '\n';
}

/* O_NONBLOCK means nothing to a regular file. */
static int open_path(const char *path)
{
	int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);

	/* A service's stderr is a socket, which cannot be opened a second time. */
	if (fd < 0 && errno == ENXIO && strcmp(path, "/dev/stderr") == 0)
		fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? -errno : fd;
}

int log_open(const char *path, struct log **out)
{
	struct log *log;
	int fd = open_path(path);

	if (fd < 0)
		return fd;
	log = calloc(1, sizeof(*log));
	if (!log) {
		close(fd);
		return -ENOMEM;
	}
	log->path = path;
	log->fd = fd;
	log->torn = ends_inside_line(fd);
	*out = log;
	return 0;
}

static int switch_file(struct log *log)
{
	int fd = open_path(log->path);

	if (fd < 0)
		return fd;
	close(log->fd);
	log->fd = fd;
	log->torn = ends_inside_line(fd);
	log->stale = false;
	return 0;
}

int log_reopen(struct log *log)
{
	int err = switch_file(log);

	if (err && !log->stale)
		say_error("cannot reopen log '%s': %s; going on with the old file", log->path,
			  strerror(-err));
	log->stale = err != 0;
	return err;
}

/*
 * Takes back the first bytes of a line that did not fit. Only if they are the end of a regular
 * file: with O_APPEND our position is right behind them, so anyone who wrote later shows in the size.
 */
static bool undo(int fd, size_t written)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	return end >= (off_t)written && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size == end && ftruncate(fd, end - (off_t)written) == 0;
}

/* The kernel would tell the reason for a short write only to the next one. */
static int short_write_reason(int fd)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct rlimit limit;

	if (end < 0)
		return -EAGAIN; /* a FIFO or socket that is full */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && (rlim_t)end >= limit.rlim_cur)
		return -EFBIG;
	return -ENOSPC;
}

/* One system call; returns 0 or -errno with nothing or (then torn) a part of the line written. */
static int append(struct log *log, const char *line, size_t len)
{
	static char newline[] = "\n";
	struct iovec parts[3] = {
		{ .iov_base = newline, .iov_len = log->torn },
		{ .iov_base = (char *)line, .iov_len = len }, /* writev does not write to it */
		{ .iov_base = newline, .iov_len = 1 },
	};
	size_t total = parts[0].iov_len + len + 1;
	ssize_t written;
	int reason;

	do {
		written = writev(log->fd, parts, 3);
	} while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	if ((size_t)written == total) {
		log->torn = false;
		return 0;
	}
	reason = short_write_reason(log->fd);
	if (!undo(log->fd, (size_t)written))
		log->torn = true;
	return reason;
}

int log_write(struct log *log, const char *line, size_t len)
{
	int err;

	if (log->stale)
		switch_file(log);
	err = append(log, line, len);
	if (err) {
		if (!log->failing) {
			log->failing = true;
			log->lost_then = log->lost;
			say_error("cannot write log '%s': %s; going on, lost lines are counted",
				  log->path, strerror(-err));
		}
		log->lost++;
		return err;
	}
	if (log->failing) {
		log->failing = false;
		say_error("log '%s' works again; lines lost: %" PRIu64, log->path,
			  log->lost - log->lost_then);
	}
	return 0;
}

uint64_t log_lost(const struct log *log)
{
	return log ? log->lost : 0;
}

void log_close(struct log *log)
{
	if (!log)
		return;
	close(log->fd);
	free(log);
}
