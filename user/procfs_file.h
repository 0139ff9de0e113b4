// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs_file: bounded reading of files and folders in /proc, for the procfs modules only. Knows
 * no file's format.
 */
#ifndef DEADWAIT_PROCFS_FILE_H
#define DEADWAIT_PROCFS_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Opens TGID/name, or TGID/task/TID/name if tid is not 0. Returns a descriptor, or -errno: -ESRCH
 * if the process or thread is gone, -ENOENT if only the file is missing.
 */
int procfs_file_open(int proc, pid_t tgid, pid_t tid, const char *name);

/* The same for a folder: sets *dir, to be closed with closedir(). */
int procfs_file_opendir(int proc, pid_t tgid, const char *name, DIR **dir);

/*
 * Reads at most size - 1 bytes of the file from its start and adds a NUL. Sets *len; the rest of a
 * longer file is left. buf is undefined on failure.
 */
int procfs_file_read(int proc, pid_t tgid, pid_t tid, const char *name, char *buf, size_t size,
		     size_t *len);

/*
 * The next entry of dir that is a plain number above 0 is put into *id. Returns 1, 0 at the end, or
 * -errno.
 */
int procfs_file_next_id(DIR *dir, pid_t *id);

/* A digit string that is all of word, in this base, at most max. */
bool procfs_file_number(const char *word, int base, uint64_t max, uint64_t *out);

/* Lines of an open file. Set fd and zero the rest; the caller closes fd. */
struct procfs_lines {
	int fd;
	bool skipping; /* inside a line that was too long */
	size_t start;
	size_t end;
	char buf[8192];
};

/*
 * Sets *line to the next line, without its newline, valid until the next call. A line longer than
 * the buffer is left out (nobody needs one; supplementary groups can make one of 700 KB). Returns
 * 1, 0 at the end, -EPROTO if the file ends inside a line, or -errno of read(2).
 */
int procfs_lines_next(struct procfs_lines *lines, char **line);

#endif
