// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs_fd: what the descriptors and the memory of a process tell.
 */
#include "procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "procfs_file.h"

/* The number in a link such as "pipe:[4242]"; false: the link is of another form. */
static bool link_inode(const char *link, const char *kind, uint64_t *inode)
{
	size_t len = strlen(kind), end = strlen(link);
	char digits[24];

	if (strncmp(link, kind, len) || end < len + 2 || link[len] != '[' || link[end - 1] != ']')
		return false;
	end -= len + 2;
	if (end >= sizeof(digits))
		return false;
	memcpy(digits, link + len + 1, end);
	digits[end] = '\0';
	return procfs_file_number(digits, 10, UINT64_MAX, inode);
}

static int read_link(int proc, const char *path, const char *kind, uint64_t *inode)
{
	char link[64];
	ssize_t len = readlinkat(proc, path, link, sizeof(link) - 1);

	if (len < 0)
		return -errno;
	link[len] = '\0';
	return link_inode(link, kind, inode) ? 0 : -ENOENT;
}

int procfs_pipe(int proc, pid_t tgid, int fd, struct proc_pipe *out)
{
	struct stat link;
	uint64_t inode;
	char path[48];
	int err;

	snprintf(path, sizeof(path), "%d/fd/%d", tgid, fd);
	err = read_link(proc, path, "pipe:", &inode);
	if (err)
		return err;
	/* The link's own mode tells what the descriptor was opened for. */
	if (fstatat(proc, path, &link, AT_SYMLINK_NOFOLLOW))
		return -errno;
	*out = (struct proc_pipe){ .inode = inode,
				   .reads = link.st_mode & S_IRUSR,
				   .writes = link.st_mode & S_IWUSR };
	return 0;
}

int procfs_pipes(int proc, pid_t tgid, struct proc_pipe *out, size_t max, size_t *count)
{
	struct dirent *entry;
	size_t looked = 0, found = 0;
	DIR *dir;
	int err = procfs_file_opendir(proc, tgid, "fd", &dir);

	if (err)
		return err;
	while (looked++ < PROCFS_FDS_MAX && (entry = readdir(dir))) {
		struct proc_pipe pipe;
		uint64_t fd;

		if (!procfs_file_number(entry->d_name, 10, INT32_MAX, &fd) ||
		    procfs_pipe(proc, tgid, (int)fd, &pipe))
			continue;
		if (found < max)
			out[found] = pipe;
		found++;
	}
	closedir(dir);
	*count = found;
	return 0;
}

int procfs_memory(int proc, pid_t tgid, uint64_t address, void *buf, size_t len, size_t *got)
{
	int fd = procfs_file_open(proc, tgid, 0, "mem");
	ssize_t done;

	if (fd < 0)
		return fd;
	done = pread(fd, buf, len, (off_t)address);
	if (done < 0)
		done = -errno;
	close(fd);
	if (done < 0)
		return (int)done;
	*got = (size_t)done;
	return 0;
}

bool procfs_maps(int proc, pid_t tgid, const char *end)
{
	struct procfs_lines lines = { .fd = procfs_file_open(proc, tgid, 0, "maps") };
	size_t end_len = strlen(end);
	bool found = false;
	char *line;

	if (lines.fd < 0)
		return false;
	while (!found && procfs_lines_next(&lines, &line) == 1) {
		size_t len = strlen(line);

		found = len >= end_len && !strcmp(line + len - end_len, end);
	}
	close(lines.fd);
	return found;
}

int procfs_pid_namespace(int proc, pid_t tgid, uint64_t *inode)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/ns/pid", tgid);
	return read_link(proc, path, "pid:", inode);
}

int procfs_check(int proc)
{
	struct proc_stat stat;

	return procfs_stat(proc, 1, 0, &stat) ? -ENOENT : 0;
}

bool procfs_may_inspect(int proc, pid_t tgid)
{
	char path[32], link[8];

	/* The link is kept from those who may not look; a zombie has none, and says so. */
	snprintf(path, sizeof(path), "%d/cwd", tgid);
	return readlinkat(proc, path, link, sizeof(link)) >= 0 || errno == ENOENT;
}
