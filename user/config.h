// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config: a file of options, as the service reads it: a long option a line,
 * with its argument behind it. Reads lines; what they mean is options' business.
 */
#ifndef DEADWAIT_CONFIG_H
#define DEADWAIT_CONFIG_H

#include <stddef.h>

struct config {
	char *text; /* owned; what config_next() gives points into it */
	char *next;
	unsigned int line; /* of what was given last, from 1 */
};

/*
 * Reads a whole file, of 64 KiB at the most. Returns 0 or -errno; -EFBIG: it is
 * larger, -EINVAL: it holds a NUL.
 */
int config_open(struct config *config, const char *path);

/*
 * The next option: "age = 5s", "age 5s" or "quiet", blanks around and a comment
 * from # on left out. *argument is NULL if there is none. Returns 1, or 0 at
 * the end.
 */
int config_next(struct config *config, char **name, char **argument);

/* Frees the text. */
void config_close(struct config *config);

#endif
