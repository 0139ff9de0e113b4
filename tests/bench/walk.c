// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walk: the least that any reader of /proc must do to find zombies: open, read and close the stat of each
 * process. Prints how many are zombies. A yardstick, not a tool.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int is_zombie(int proc, const char *pid)
{
	char path[32], line[512];
	const char *after;
	ssize_t len;
	int fd;

	if (snprintf(path, sizeof(path), "%.16s/stat", pid) < 0)
		return 0;
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	line[len] = '\0';
	after = strrchr(line, ')');
	return after && strncmp(after, ") Z", 3) == 0;
}

int main(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	long zombies = 0;

	if (!dir) {
		perror("walk: cannot open '/proc'");
		return 1;
	}
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			zombies += is_zombie(dirfd(dir), entry->d_name);
	closedir(dir);
	printf("%ld\n", zombies);
	return 0;
}
