// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log_reader: the lines of a log. See log_reader.h.
 */
#include "log_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK_BYTES (256 * 1024)
#define BUFFER_BYTES (LOG_READER_LINE_MAX + CHUNK_BYTES)

struct log_reader {
	gzFile file;		     /* zlib hands through what is not gzip */
	size_t start, searched, end; /* of what is in the buffer; no newline before searched */
	uint64_t lines, bytes;
	bool skipping; /* in the rest of a line that was too long */
	bool ended;
	const char *error;
	char buffer[BUFFER_BYTES + 1];
};

static int open_file(const char *path)
{
	struct stat stat;
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) :
					  open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &stat) && S_ISDIR(stat.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	return fd;
}

int log_reader_open(const char *path, struct log_reader **out)
{
	struct log_reader *reader = malloc(sizeof(*reader));
	int fd = reader ? open_file(path) : -ENOMEM;

	if (fd < 0) {
		free(reader);
		return fd;
	}
	memset(reader, 0, offsetof(struct log_reader, buffer));
	reader->file = gzdopen(fd, "rb");
	if (!reader->file) {
		close(fd);
		free(reader);
		return -ENOMEM;
	}
	gzbuffer(reader->file, CHUNK_BYTES);
	*out = reader;
	return 0;
}

static void note_error(struct log_reader *reader)
{
	int code;

	gzerror(reader->file, &code);
	if (code == Z_ERRNO)
		reader->error = strerror(errno);
	else if (code == Z_BUF_ERROR)
		reader->error = "the gzip data ends early";
	else if (code == Z_MEM_ERROR)
		reader->error = strerror(ENOMEM);
	else if (code != Z_OK && code != Z_STREAM_END)
		reader->error = "the gzip data is damaged";
}

/* Adds a chunk to the buffer. There is room for it: next_line() sees to that. */
static void fill(struct log_reader *reader)
{
	int got;

	memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
	reader->searched -= reader->start;
	reader->end -= reader->start;
	reader->start = 0;
	errno = 0;
	got = gzread(reader->file, reader->buffer + reader->end, CHUNK_BYTES);
	if (got <= 0) {
		note_error(reader);
		reader->ended = true;
		return;
	}
	reader->end += (size_t)got;
	reader->bytes += (uint64_t)got;
}

/* Hands over what ends before byte end, and goes on at byte next. */
static void hand_over(struct log_reader *reader, size_t end, size_t next, struct log_line *line)
{
	size_t len = end - reader->start;

	*line = (struct log_line){ .text = reader->buffer + reader->start,
				   .len = len,
				   .number = ++reader->lines,
				   .overlong = len > LOG_READER_LINE_MAX };
	if (line->overlong)
		line->len = LOG_READER_LINE_MAX;
	reader->buffer[reader->start + line->len] = '\0';
	reader->start = reader->searched = next;
}

/* The next newline in the buffer, or NULL. */
static const char *find_newline(struct log_reader *reader)
{
	const char *newline =
		memchr(reader->buffer + reader->searched, '\n', reader->end - reader->searched);

	if (!newline)
		reader->searched = reader->end;
	return newline;
}

/* true: the rest of a line that was too long is passed. */
static bool skip_rest(struct log_reader *reader)
{
	const char *newline = find_newline(reader);

	reader->start = newline ? (size_t)(newline - reader->buffer) + 1 : reader->end;
	reader->searched = reader->start;
	reader->skipping = !newline;
	return newline != NULL;
}

int log_reader_next(struct log_reader *reader, struct log_line *line)
{
	for (;;) {
		const char *newline;

		if (!reader->skipping || skip_rest(reader)) {
			newline = find_newline(reader);
			if (newline) {
				size_t end = (size_t)(newline - reader->buffer);

				hand_over(reader, end, end + 1, line);
				return 1;
			}
			if (reader->end - reader->start > LOG_READER_LINE_MAX) {
				reader->skipping = true;
				hand_over(reader, reader->end, reader->end, line);
				return 1;
			}
		}
		if (reader->ended)
			break;
		fill(reader);
	}
	if (reader->end > reader->start && !reader->skipping) {
		hand_over(reader, reader->end, reader->end, line);
		return 1;
	}
	return reader->error ? -1 : 0;
}

const char *log_reader_error(const struct log_reader *reader)
{
	return reader->error ? reader->error : "";
}

uint64_t log_reader_bytes(const struct log_reader *reader)
{
	return reader->bytes;
}

void log_reader_close(struct log_reader *reader)
{
	if (!reader)
		return;
	gzclose_r(reader->file);
	free(reader);
}
