// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics_file: replaces a file as a whole, for node_exporter: whoever reads it
 * sees the old text or the new one. Trouble is said once, until it ends.
 */
#ifndef DEADWAIT_METRICS_FILE_H
#define DEADWAIT_METRICS_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct metrics_file {
	const char *path; /* set by the owner of the struct, the rest zeroed */
	bool failing;	  /* that was said */
};

/*
 * Writes a new file (0644) beside the path and puts it in its place; if that
 * fails, the old one stays and nothing is left beside it. Returns 0 or -errno,
 * and has said why.
 */
int metrics_file_write(struct metrics_file *file, const char *text, size_t len);

#endif
