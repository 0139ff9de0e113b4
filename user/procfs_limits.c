// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs_limits: how many tasks there may be: on the host, and in the cgroup of
 * a process, the tightest on the way up to the root.
 */
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "procfs_file.h"

#define PATH_ROOM (2 * PROCFS_CGROUP_MAX)

/* The first line of a short file. */
static int read_line_at(int folder, const char *path, char *text, size_t size)
{
	ssize_t len;
	int fd;

	fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, text, size - 1);
	close(fd);
	if (len <= 0)
		return -EPROTO;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

/* A number in a file; "max" is UINT64_MAX. */
static int read_number_at(int folder, const char *path, uint64_t *out)
{
	char text[32];
	int err = read_line_at(folder, path, text, sizeof(text));

	if (err)
		return err;
	if (!strcmp(text, "max")) {
		*out = UINT64_MAX;
		return 0;
	}
	return procfs_file_number(text, 10, UINT64_MAX, out) ? 0 : -EPROTO;
}

static int read_number(const char *folder, const char *name, uint64_t *out)
{
	char path[PATH_ROOM + 32];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return read_number_at(AT_FDCWD, path, out);
}

uint32_t procfs_pid_max(int proc)
{
	uint64_t max;

	return read_number_at(proc, "sys/kernel/pid_max", &max) ? 0 : (uint32_t)max;
}

int procfs_tasks(int proc, uint64_t *tasks)
{
	char text[128], *slash, *end;
	int err = read_line_at(proc, "loadavg", text, sizeof(text));

	if (err)
		return err;
	/* "0.00 0.01 0.05 1/234 5678": running tasks, and all */
	slash = strchr(text, '/');
	end = slash ? strchr(slash, ' ') : NULL;
	if (!end)
		return -EPROTO;
	*end = '\0';
	return procfs_file_number(slash + 1, 10, UINT32_MAX, tasks) ? 0 : -EPROTO;
}

bool procfs_bpf_stats(int proc)
{
	uint64_t enabled;

	return !read_number_at(proc, "sys/kernel/bpf_stats_enabled", &enabled) && enabled;
}

/* Looks at a cgroup and at those above it, as far as the mount reaches. */
static void look_up(char *folder, size_t root, struct proc_limits *out, bool *known)
{
	uint64_t max, current;

	for (;;) {
		if (!read_number(folder, "pids.max", &max) &&
		    !read_number(folder, "pids.current", &current)) {
			uint64_t left = max > current ? max - current : 0;

			if (!*known || left < out->pids_max - out->pids_current) {
				out->pids_current = current;
				out->pids_max = max;
			}
			*known = true;
		}
		if (strlen(folder) <= root)
			return;
		*strrchr(folder, '/') = '\0';
	}
}

/* Where the hierarchy is mounted that has the pids controller; v1 if there is one, else v2. */
static bool find_mount(char *out, size_t size, bool *v2)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool found = false;

	if (!mounts)
		return false;
	while ((entry = getmntent(mounts))) {
		bool v1 = !strcmp(entry->mnt_type, "cgroup") && hasmntopt(entry, "pids");

		if (!v1 && (found || strcmp(entry->mnt_type, "cgroup2") != 0))
			continue;
		snprintf(out, size, "%s", entry->mnt_dir);
		*v2 = !v1;
		found = true;
		if (v1)
			break;
	}
	endmntent(mounts);
	return found;
}

int procfs_limits(int proc, pid_t tgid, struct proc_limits *out)
{
	struct proc_limits limits = { .pids_current = 0, .pids_max = UINT64_MAX };
	char mount[512], folder[PATH_ROOM], cgroup[PROCFS_CGROUP_MAX];
	bool v2 = false, known = false;
	int err;

	if (!find_mount(mount, sizeof(mount), &v2))
		return -ENOENT;
	err = procfs_cgroup_pids(proc, tgid, v2, cgroup, sizeof(cgroup));
	if (err)
		return err;
	snprintf(folder, sizeof(folder), "%s%s", mount, strcmp(cgroup, "/") ? cgroup : "");
	look_up(folder, strlen(mount), &limits, &known);
	if (!known)
		return -ENOENT;
	*out = limits;
	return 0;
}
