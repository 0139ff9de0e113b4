// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs_file: bounded reading of files and folders in /proc. See procfs_file.h.
 */
#include "procfs_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for "<tgid>/task/<tid>/<name>". */
#define PATH_ROOM 64

/* Tells a process that is gone from a file that this kernel does not have. */
static int why_missing(int proc, pid_t tgid, pid_t tid)
{
	char path[PATH_ROOM];

	if (tid)
		snprintf(path, sizeof(path), "%d/task/%d", tgid, tid);
	else
		snprintf(path, sizeof(path), "%d", tgid);
	return faccessat(proc, path, F_OK, 0) == 0 ? -ENOENT : -ESRCH;
}

static int open_flags(int proc, pid_t tgid, pid_t tid, const char *name, int flags)
{
	char path[PATH_ROOM];
	int fd;

	if (tid)
		snprintf(path, sizeof(path), "%d/task/%d/%s", tgid, tid, name);
	else
		snprintf(path, sizeof(path), "%d/%s", tgid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC | flags);
	if (fd >= 0)
		return fd;
	return errno == ENOENT ? why_missing(proc, tgid, tid) : -errno;
}

int procfs_file_open(int proc, pid_t tgid, pid_t tid, const char *name)
{
	return open_flags(proc, tgid, tid, name, 0);
}

int procfs_file_opendir(int proc, pid_t tgid, const char *name, DIR **dir)
{
	int fd = open_flags(proc, tgid, 0, name, O_DIRECTORY);
	DIR *opened;
	int err;

	if (fd < 0)
		return fd;
	opened = fdopendir(fd);
	if (!opened) {
		err = -errno;
		close(fd);
		return err;
	}
	*dir = opened;
	return 0;
}

int procfs_file_read(int proc, pid_t tgid, pid_t tid, const char *name, char *buf, size_t size,
		     size_t *len)
{
	int fd = procfs_file_open(proc, tgid, tid, name);
	size_t used = 0;
	ssize_t got = 1;

	if (fd < 0)
		return fd;
	while (used < size - 1 && got > 0) {
		got = read(fd, buf + used, size - 1 - used);
		if (got < 0) {
			int err = -errno;

			close(fd);
			return err;
		}
		used += (size_t)got;
	}
	close(fd);
	buf[used] = '\0';
	*len = used;
	return 0;
}

bool procfs_file_number(const char *word, int base, uint64_t max, uint64_t *out)
{
	unsigned long long value;
	char *end;

	/* strtoull itself takes blanks, signs and 0x. */
	if (word[0] == '\0' ||
	    word[strspn(word, base == 16 ? "0123456789abcdef" : "0123456789")] != '\0')
		return false;
	errno = 0;
	value = strtoull(word, &end, base);
	if (errno || value > max)
		return false;
	*out = value;
	return true;
}

int procfs_file_next_id(DIR *dir, pid_t *id)
{
	struct dirent *entry;
	uint64_t value;

	errno = 0;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '0' &&
		    procfs_file_number(entry->d_name, 10, INT_MAX, &value)) {
			*id = (pid_t)value;
			return 1;
		}
	}
	return -errno;
}

/* Makes room behind what is left and reads into it. Returns bytes read, 0 at the end, -errno. */
static ssize_t fill(struct procfs_lines *lines)
{
	ssize_t got;

	memmove(lines->buf, lines->buf + lines->start, lines->end - lines->start);
	lines->end -= lines->start;
	lines->start = 0;
	if (lines->end == sizeof(lines->buf)) {
		lines->skipping = true;
		lines->end = 0;
	}
	got = read(lines->fd, lines->buf + lines->end, sizeof(lines->buf) - lines->end);
	if (got < 0)
		return -errno;
	lines->end += (size_t)got;
	return got;
}

int procfs_lines_next(struct procfs_lines *lines, char **line)
{
	for (;;) {
		char *from = lines->buf + lines->start;
		char *newline = memchr(from, '\n', lines->end - lines->start);
		ssize_t got;

		if (newline) {
			lines->start = (size_t)(newline + 1 - lines->buf);
			*newline = '\0';
			if (lines->skipping) {
				lines->skipping = false;
				continue;
			}
			*line = from;
			return 1;
		}
		got = fill(lines);
		if (got < 0)
			return (int)got;
		if (got == 0)
			return lines->end > 0 || lines->skipping ? -EPROTO : 0;
	}
}
