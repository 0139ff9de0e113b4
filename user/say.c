// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * say: the program's own messages, on stderr. See say.h.
 */
#include "say.h"

#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_MAX 2048

void say_error(const char *format, ...)
{
	static const char prefix[] = "deadwait: ";
	char message[MESSAGE_MAX];
	char line[sizeof(prefix) + TEXT_MAX(MESSAGE_MAX)];
	size_t len = sizeof(prefix) - 1;
	int saved = errno;
	va_list args;
	ssize_t written;

	va_start(args, format);
	if (vsnprintf(message, sizeof(message), format, args) < 0)
		message[0] = '\0';
	va_end(args);

	memcpy(line, prefix, len);
	len += text_escape(line + len, sizeof(line) - len, message, strlen(message));
	line[len++] = '\n';
	written = write(STDERR_FILENO, line, len);
	(void)written; /* there is nowhere left to complain */
	errno = saved;
}
