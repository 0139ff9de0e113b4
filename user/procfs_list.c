// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs: what takes more than one file: processes, threads, children, descriptors. See procfs.h.
 */
#include "procfs.h"

#include "procfs_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A list of ids that counts on when it is full. */
struct id_list {
	pid_t *ids;
	size_t max;
	size_t count;
};

static void append(struct id_list *list, pid_t id)
{
	if (list->count < list->max)
		list->ids[list->count] = id;
	list->count++;
}

int procfs_walk(int proc, int (*visit)(pid_t tgid, void *arg), void *arg)
{
	/* A descriptor of its own: the position in a folder belongs to the open file. */
	int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t tgid;
	DIR *dir;
	int err;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		err = -errno;
		close(fd);
		return err;
	}
	while ((err = procfs_file_next_id(dir, &tgid)) == 1) {
		err = visit(tgid, arg);
		if (err)
			break;
	}
	closedir(dir);
	return err;
}

int procfs_threads(int proc, pid_t tgid, pid_t *out, size_t max, size_t *count)
{
	struct id_list list = { .ids = out, .max = max };
	pid_t tid;
	DIR *dir;
	int err;

	err = procfs_file_opendir(proc, tgid, "task", &dir);
	if (err)
		return err;
	while ((err = procfs_file_next_id(dir, &tid)) == 1)
		append(&list, tid);
	closedir(dir);
	if (err)
		return err;
	if (list.count == 0)
		return -ESRCH;
	*count = list.count;
	return 0;
}

/* Reads "12 345 " and so on, of any length, in pieces. */
static int read_children(int fd, struct id_list *list)
{
	char buf[4096];
	uint64_t id = 0;
	ssize_t got;

	while ((got = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			if (buf[i] >= '0' && buf[i] <= '9') {
				id = id * 10 + (uint64_t)(buf[i] - '0');
				if (id > INT_MAX)
					return -EPROTO;
			} else if (buf[i] == ' ' && id > 0) {
				append(list, (pid_t)id);
				id = 0;
			} else {
				return -EPROTO;
			}
		}
	}
	if (got < 0)
		return -errno;
	return id == 0 ? 0 : -EPROTO; /* the kernel ends each with a blank */
}

static int add_children(int proc, pid_t tgid, pid_t tid, struct id_list *list)
{
	int fd = procfs_file_open(proc, tgid, tid, "children");
	int err;

	if (fd < 0)
		return fd;
	err = read_children(fd, list);
	close(fd);
	return err;
}

int procfs_children(int proc, pid_t tgid, pid_t *out, size_t max, size_t *count)
{
	struct id_list list = { .ids = out, .max = max };
	bool seen = false;
	pid_t tid;
	DIR *dir;
	int err;

	err = procfs_file_opendir(proc, tgid, "task", &dir);
	if (err)
		return err;
	while ((err = procfs_file_next_id(dir, &tid)) == 1) {
		err = add_children(proc, tgid, tid, &list);
		if (err == -ESRCH)
			continue; /* a thread that ended hands its children to another */
		if (err)
			break;
		seen = true;
	}
	closedir(dir);
	if (err)
		return err;
	if (!seen)
		return -ESRCH;
	*count = list.count;
	return 0;
}

/*
 * signalfd_show_fdinfo() writes "sigmask:" right after the lines that all descriptors have. Other
 * kinds print text of their owner's choice further down (a dma-buf's name may hold a newline), so a
 * line that is not known ends the search.
 */
static int read_sigmask(int fd, uint64_t *mask)
{
	static const char *const common[] = { "pos", "flags", "mnt_id", "ino", "lock" };
	struct procfs_lines lines = { .fd = fd };
	char *line;
	int got;

	while ((got = procfs_lines_next(&lines, &line)) == 1) {
		char *value = line;
		const char *key = strsep(&value, ":");
		bool known = false;

		if (!value)
			return 0;
		if (strcmp(key, "sigmask") == 0) {
			value += strspn(value, "\t");
			return procfs_file_number(value, 16, UINT64_MAX, mask) ? 0 : -EPROTO;
		}
		for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
			known = known || strcmp(key, common[i]) == 0;
		if (!known)
			return 0;
	}
	return got;
}

static int add_sigmask(int proc, pid_t tgid, int number, uint64_t *mask)
{
	char name[32];
	uint64_t own = 0;
	int fd, err;

	snprintf(name, sizeof(name), "fdinfo/%d", number);
	fd = procfs_file_open(proc, tgid, 0, name);
	if (fd == -ENOENT)
		return 0; /* closed meanwhile */
	if (fd < 0)
		return fd;
	err = read_sigmask(fd, &own);
	close(fd);
	if (err && err != -ENOENT)
		return err;
	*mask |= own;
	return 0;
}

int procfs_signalfd_mask(int proc, pid_t tgid, uint64_t *mask)
{
	struct dirent *entry;
	uint64_t all = 0;
	size_t count = 0;
	uint64_t number;
	DIR *dir;
	int err;

	err = procfs_file_opendir(proc, tgid, "fdinfo", &dir);
	if (err)
		return err;
	for (errno = 0; !err && (entry = readdir(dir)); errno = 0) {
		if (!procfs_file_number(entry->d_name, 10, INT_MAX, &number))
			continue;
		err = ++count > PROCFS_FDS_MAX ? -E2BIG :
						 add_sigmask(proc, tgid, (int)number, &all);
	}
	if (!err)
		err = -errno;
	closedir(dir);
	if (err)
		return err;
	*mask = all;
	return 0;
}
