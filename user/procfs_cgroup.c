// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs: a process's cgroup, and what its path tells. See procfs.h.
 */
#include "procfs.h"

#include "procfs_file.h"

#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How well a line of /proc/PID/cgroup tells where the process belongs. */
enum rank {
	RANK_NONE,
	RANK_FIRST,
	RANK_PIDS,
	RANK_SYSTEMD,
	RANK_UNIFIED,
};

static bool has_controller(char *controllers, const char *wanted)
{
	const char *one;

	while ((one = strsep(&controllers, ","))) {
		if (strcmp(one, wanted) == 0)
			return true;
	}
	return false;
}

/* Splits "ID:CONTROLLERS:PATH"; the path itself may hold colons, but no newline. */
static enum rank rank_line(char *line, char **path)
{
	const char *id = strsep(&line, ":");
	char *controllers = strsep(&line, ":");

	if (!line || line[0] != '/')
		return RANK_NONE;
	*path = line;
	if (strcmp(id, "0") == 0 && controllers[0] == '\0' && line[1] != '\0')
		return RANK_UNIFIED;
	if (strcmp(controllers, "name=systemd") == 0)
		return RANK_SYSTEMD;
	if (has_controller(controllers, "pids"))
		return RANK_PIDS;
	return RANK_FIRST;
}

static size_t without_mark(const char *path)
{
	static const char mark[] =
		" (deleted)"; /* proc_cgroup_show(): a zombie outlives its cgroup */
	size_t len = strlen(path);
	size_t mark_len = sizeof(mark) - 1;

	if (len > mark_len && strcmp(path + len - mark_len, mark) == 0)
		len -= mark_len;
	return len;
}

/* The path of the line of the highest rank. */
static int choose_path(int proc, pid_t tgid, enum rank (*rank_of)(char *line, char **path),
		       char *out, size_t size)
{
	struct procfs_lines lines = { .fd = procfs_file_open(proc, tgid, 0, "cgroup") };
	enum rank best = RANK_NONE;
	char chosen[sizeof(lines.buf)];
	size_t chosen_len = 0;
	char *line, *path;
	int got;

	if (lines.fd < 0)
		return lines.fd;
	while ((got = procfs_lines_next(&lines, &line)) == 1) {
		enum rank rank = rank_of(line, &path);

		if (rank <= best)
			continue;
		best = rank;
		chosen_len = without_mark(path);
		memcpy(chosen, path, chosen_len);
	}
	close(lines.fd);
	if (got)
		return got;
	if (best == RANK_NONE)
		return -EPROTO;
	if (chosen_len >= size)
		return -ENAMETOOLONG;
	memcpy(out, chosen, chosen_len);
	out[chosen_len] = '\0';
	return 0;
}

int procfs_cgroup(int proc, pid_t tgid, char *out, size_t size)
{
	return choose_path(proc, tgid, rank_line, out, size);
}

/* Only the line of one hierarchy: that with the pids controller, or that of v2. */
static enum rank rank_pids(char *line, char **path)
{
	const char *id = strsep(&line, ":");
	char *controllers = strsep(&line, ":");

	if (!line || line[0] != '/' || strcmp(id, "0") == 0)
		return RANK_NONE;
	*path = line;
	return has_controller(controllers, "pids") ? RANK_PIDS : RANK_NONE;
}

static enum rank rank_v2(char *line, char **path)
{
	const char *id = strsep(&line, ":");
	const char *controllers = strsep(&line, ":");

	if (!line || line[0] != '/' || strcmp(id, "0") != 0 || controllers[0] != '\0')
		return RANK_NONE;
	*path = line;
	return RANK_UNIFIED;
}

int procfs_cgroup_pids(int proc, pid_t tgid, bool v2, char *out, size_t size)
{
	return choose_path(proc, tgid, v2 ? rank_v2 : rank_pids, out, size);
}

/* One part of a path, not NUL-terminated. */
struct part {
	const char *text;
	size_t len;
};

/* Moves on to the next part that is not empty; false at the end. Start with a zero len. */
static bool next_part(struct part *part)
{
	part->text += part->len;
	part->text += strspn(part->text, "/");
	part->len = strcspn(part->text, "/");
	return part->len > 0;
}

static bool part_is(struct part part, const char *text)
{
	return part.len == strlen(text) && memcmp(part.text, text, part.len) == 0;
}

static bool part_ends_in(struct part part, const char *end)
{
	size_t len = strlen(end);

	return part.len > len && memcmp(part.text + part.len - len, end, len) == 0;
}

static const char *copy_part(struct part part, char *out, size_t size)
{
	if (part.len >= size)
		return NULL;
	memcpy(out, part.text, part.len);
	out[part.len] = '\0';
	return out;
}

const char *procfs_unit_of(const char *cgroup, char *out, size_t size)
{
	static const char *const kinds[] = { ".service", ".scope", ".socket", ".mount", ".swap" };
	struct part part = { .text = cgroup };

	while (next_part(&part)) {
		if (part_ends_in(part, ".slice"))
			continue;
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			if (part_ends_in(part, kinds[i]))
				return copy_part(part, out, size);
		}
		return NULL;
	}
	return NULL;
}

static bool is_runtime(struct part part)
{
	static const char *const names[] = {
		"docker",	  "libpod",	"podman",  "crio", "cri-o",
		"cri-containerd", "containerd", "nerdctl", "moby", "k8s.io",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (part_is(part, names[i]))
			return true;
	}
	return false;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/*
 * The id at the end of part: ID, docker-ID.scope, SLICE:cri-containerd:ID. A short one counts only
 * behind a runtime's name, which may be the part before. conmon is podman's and cri-o's monitor: it
 * carries the container's id and runs outside of it.
 */
static bool find_id(struct part before, struct part part, struct part *id)
{
	struct part runtime = before;
	size_t len = 0;

	if (part_ends_in(part, ".scope"))
		part.len -= strlen(".scope");
	while (len < part.len && is_hex(part.text[part.len - 1 - len]))
		len++;
	id->text = part.text + part.len - len;
	id->len = len;
	if (len < part.len) {
		const char *colon;

		runtime = (struct part){ .text = part.text, .len = part.len - len - 1 };
		if (id->text[-1] != '-' && id->text[-1] != ':')
			return false;
		if (memmem(runtime.text, runtime.len, "conmon", strlen("conmon")))
			return false;
		colon = memrchr(runtime.text, ':', runtime.len);
		if (colon) {
			runtime.len -= (size_t)(colon + 1 - runtime.text);
			runtime.text = colon + 1;
		}
	}
	return len == 64 || (len >= 12 && len < 64 && is_runtime(runtime));
}

const char *procfs_container_of(const char *cgroup, char *out, size_t size)
{
	struct part before = { .text = cgroup };
	struct part part = before;
	struct part id;

	while (next_part(&part)) {
		if (find_id(before, part, &id))
			return copy_part(id, out, size);
		before = part;
	}
	return NULL;
}

bool procfs_cgroup_within(const char *cgroup, const char *ancestor)
{
	size_t len = strlen(ancestor);

	while (len > 0 && ancestor[len - 1] == '/')
		len--;
	return strncmp(cgroup, ancestor, len) == 0 && (cgroup[len] == '/' || cgroup[len] == '\0');
}

int procfs_cgroup_id(const char *cgroup, uint64_t *id)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	char path[PATH_MAX];
	struct stat st;
	int err = -ENOTSUP;

	if (!mounts)
		return -errno;
	/* A mount may be hidden below another: the next one is tried. */
	while (err && (mount = getmntent(mounts))) {
		if (strcmp(mount->mnt_type, "cgroup2"))
			continue;
		snprintf(path, sizeof(path), "%s%s", mount->mnt_dir, cgroup);
		err = stat(path, &st) ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	}
	endmntent(mounts);
	/* A cgroup's inode is its id. */
	if (!err)
		*id = st.st_ino;
	return err;
}
