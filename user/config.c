// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (64U << 10)
#define BLANKS " \t\r"

int config_open(struct config *config, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	size_t len = 0;
	ssize_t got = 1;

	*config = (struct config){};
	if (fd < 0)
		return -errno;
	config->text = malloc(FILE_MAX + 1);
	while (config->text && got > 0 && len < FILE_MAX) {
		got = read(fd, config->text + len, FILE_MAX - len);
		if (got > 0)
			len += (size_t)got;
		else if (got < 0)
			err = -errno;
	}
	close(fd);
	if (!config->text)
		return -ENOMEM;
	if (!err && len == FILE_MAX)
		err = -EFBIG;
	/* It would hide what follows. */
	if (!err && memchr(config->text, '\0', len))
		err = -EINVAL;
	if (err) {
		config_close(config);
		return err;
	}
	config->text[len] = '\0';
	config->next = config->text;
	return 0;
}

/* Cuts blanks off both ends; returns the new beginning. */
static char *trim(char *word)
{
	size_t len;

	word += strspn(word, BLANKS);
	len = strlen(word);
	while (len && strchr(BLANKS, word[len - 1]))
		word[--len] = '\0';
	return word;
}

int config_next(struct config *config, char **name, char **argument)
{
	while (config->next) {
		char *line = strsep(&config->next, "\n");

		config->line++;
		/* In a word, as of a pattern or a path, it is no comment. */
		for (char *hash = strchr(line, '#'); hash; hash = strchr(hash + 1, '#'))
			if (hash == line || strchr(BLANKS, hash[-1])) {
				*hash = '\0';
				break;
			}
		*name = trim(line);
		if (!**name)
			continue;
		*argument = *name + strcspn(*name, BLANKS "=");
		if (!**argument) {
			*argument = NULL;
			return 1;
		}
		if (**argument == '=') {
			*(*argument)++ = '\0';
		} else {
			*(*argument)++ = '\0';
			*argument += strspn(*argument, BLANKS);
			*argument += **argument == '=';
		}
		*argument = trim(*argument);
		return 1;
	}
	return 0;
}

void config_close(struct config *config)
{
	free(config->text);
	*config = (struct config){};
}
