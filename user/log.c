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
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* A writer that was only interrupted while it had the lock is back within so many rests of 200 us. */
#define LOCK_TRIES 1000
#define LOCK_REST_NS 200000

struct log {
	const char *path;
	int fd;
	int reader; /* the same file; -1: not a regular one, or not allowed to read it */
	off_t end;  /* behind our last line; -1: not known */
	bool regular;
	bool unlocked;	    /* the lock could not be had */
	bool torn;	    /* the file ends inside a line: begin with a newline */
	bool stale;	    /* a reopen failed: try again with the next line */
	bool failing;	    /* trouble was said and has not ended */
	size_t failed_len;  /* of the last lost line; a shorter one does not end the trouble */
	uint64_t lost;	    /* since log_open() */
	uint64_t lost_then; /* lost when the trouble began */
};

/* The log itself is open for writing only: reading too would open a FIFO that nobody reads. */
static void set_file(struct log *log, int fd)
{
	char path[32];
	struct stat st;

	log->fd = fd;
	log->reader = -1;
	log->end = -1;
	log->torn = false;
	log->unlocked = false;
	log->failed_len = 0;
	log->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (!log->regular)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	log->reader = open(path, O_RDONLY | O_CLOEXEC);
}

static void close_file(struct log *log)
{
	close(log->fd);
	if (log->reader >= 0)
		close(log->reader);
}

/*
 * Finds out whether the file ends inside a line. Asked before each line: another writer may have
 * died in the middle of one, or the file was truncated.
 */
static void look_at_end(struct log *log)
{
	struct stat st;
	char last;

	if (log->reader < 0 || fstat(log->reader, &st) < 0)
		return;
	if (st.st_size == 0 || st.st_size == log->end)
		log->torn = false;
	else if (pread(log->reader, &last, 1, st.st_size - 1) == 1)
		log->torn = last != '\n';
}

/*
 * Keeps other writers away. Waits a little, and only once: one may have been stopped with the lock.
 * Without it lines are still whole, but what did not fit cannot be taken back.
 */
static void lock(struct log *log)
{
	const struct timespec rest = { .tv_nsec = LOCK_REST_NS };
	int tries = log->unlocked ? 1 : LOCK_TRIES;

	while (log->regular && tries--) {
		/* A file system without locks: so nobody holds one. */
		log->unlocked = flock(log->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
		if (!log->unlocked)
			return;
		if (tries)
			nanosleep(&rest, NULL);
	}
}

static void unlock(const struct log *log)
{
	if (log->regular && !log->unlocked)
		flock(log->fd, LOCK_UN);
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
	set_file(log, fd);
	*out = log;
	return 0;
}

static int switch_file(struct log *log)
{
	int fd = open_path(log->path);

	if (fd < 0)
		return fd;
	close_file(log);
	set_file(log, fd);
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
 * file: with O_APPEND our position is right behind them, so anyone who wrote later shows in the size;
 * the lock keeps others from writing in between.
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
		{ .iov_base = newline },
		{ .iov_base = (char *)line, .iov_len = len }, /* writev does not write to it */
		{ .iov_base = newline, .iov_len = 1 },
	};
	ssize_t written;
	int reason;

	/* Without the lock, the end may be in the middle of somebody's line. */
	if (!log->unlocked)
		look_at_end(log);
	parts[0].iov_len = log->torn;
	do {
		written = writev(log->fd, parts, 3);
	} while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	if ((size_t)written == parts[0].iov_len + len + 1) {
		log->torn = false;
		log->end = lseek(log->fd, 0, SEEK_CUR);
		return 0;
	}
	reason = short_write_reason(log->fd);
	if (log->unlocked || !undo(log->fd, (size_t)written)) {
		log->torn = true;
		log->end = -1;
	}
	return reason;
}

static void say_failing(struct log *log, size_t len, int err)
{
	log->failed_len = len;
	if (log->failing)
		return;
	log->failing = true;
	log->lost_then = log->lost;
	say_error("cannot write log '%s': %s; going on, lost lines are counted", log->path,
		  strerror(-err));
}

/* Whether there are free blocks for so much. What is left of a file's last block does not count. */
static bool has_room(const struct log *log, size_t len)
{
	struct statvfs fs;

	return fstatvfs(log->fd, &fs) < 0 || (uint64_t)fs.f_bavail * fs.f_frsize >= len;
}

/* A short line may fit into the last block of a full disk: that is not the end of the trouble. */
static void say_working(struct log *log, size_t len)
{
	if (!log->failing || (len < log->failed_len && !has_room(log, log->failed_len)))
		return;
	log->failing = false;
	say_error("log '%s' works again; lines lost: %" PRIu64, log->path,
		  log->lost - log->lost_then);
}

static int put(struct log *log, const char *line, size_t len)
{
	int err;

	if (log->stale)
		switch_file(log);
	lock(log);
	err = append(log, line, len);
	unlock(log);
	if (!err)
		say_working(log, len);
	return err;
}

int log_write(struct log *log, const char *text, size_t len, uint64_t lines)
{
	int err = put(log, text, len);

	if (err) {
		say_failing(log, len, err);
		log->lost += lines;
	}
	return err;
}

int log_note(struct log *log, const char *line, size_t len)
{
	return has_room(log, len + log->failed_len) ? put(log, line, len) : -ENOSPC;
}

uint64_t log_lost(const struct log *log)
{
	return log ? log->lost : 0;
}

void log_close(struct log *log)
{
	if (!log)
		return;
	close_file(log);
	free(log);
}
