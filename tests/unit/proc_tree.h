// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_tree: a made-up /proc in a folder of its own, for the tests of procfs. Included once by each
 * test program, after <cmocka.h>.
 */
#ifndef DEADWAIT_PROC_TREE_H
#define DEADWAIT_PROC_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "procfs.h"

static char proc_tree_path[64];

/* Returns a descriptor as procfs_open() does. */
static int proc_tree_make(void)
{
	strcpy(proc_tree_path, "/tmp/deadwait-test-XXXXXX");
	return mkdtemp(proc_tree_path) ? procfs_open(proc_tree_path) : -1;
}

/* Writes a file anew, with the folders on its way. */
static void proc_tree_put(int proc, const char *path, const char *text, size_t len)
{
	char folder[64];
	int fd;

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		mkdirat(proc, folder, 0700);
	}
	fd = openat(proc, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static int proc_tree_remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int proc_tree_remove(int proc)
{
	close(proc);
	return nftw(proc_tree_path, proc_tree_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* An output that was filled with 0x55 before a call that failed. */
static inline void proc_tree_assert_untouched(const void *out, size_t size)
{
	const unsigned char *bytes = out;

	for (size_t i = 0; i < size; i++)
		assert_int_equal(bytes[i], 0x55);
}

#endif
