// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

/* Returns 0 or -errno; all or, for the caller to remove, a part of it. */
static int fill(int fd, const char *text, size_t len)
{
	if (fchmod(fd, 0644))
		return -errno;
	while (len) {
		ssize_t wrote = write(fd, text, len);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return wrote ? -errno : -ENOSPC;
		text += wrote;
		len -= (size_t)wrote;
	}
	return 0;
}

/* The name of the new file does not end in .prom: node_exporter leaves it alone. */
static int replace(const char *path, const char *text, size_t len)
{
	char made[PATH_MAX];
	int fd, err;

	if (snprintf(made, sizeof(made), "%s.XXXXXX", path) >= (int)sizeof(made))
		return -ENAMETOOLONG;
	fd = mkostemp(made, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fill(fd, text, len);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(made, path))
		err = -errno;
	if (err)
		unlink(made);
	return err;
}

int metrics_file_write(struct metrics_file *file, const char *text, size_t len)
{
	int err = replace(file->path, text, len);

	if (err && !file->failing)
		say_error("cannot write metrics to '%s': %s", file->path, strerror(-err));
	else if (!err && file->failing)
		say_error("metrics are written to '%s' again", file->path);
	file->failing = err != 0;
	return err;
}
