// SPDX-License-Identifier: GPL-2.0-or-later
#include "lines.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define KEPT_BYTES (1U << 20)
#define NUMBER_MAX 20

/* Makes room for so many bytes more; false: no memory, and the present line is given up. */
static bool reserve(struct lines *lines, size_t len)
{
	size_t room = lines->room ? lines->room : 4096;
	char *grown;

	if (lines->len == SIZE_MAX)
		return false;
	if (lines->room - lines->len >= len)
		return true;
	while (room - lines->len < len)
		room *= 2;
	grown = realloc(lines->text, room);
	if (!grown) {
		lines->len = SIZE_MAX;
		return false;
	}
	lines->text = grown;
	lines->room = room;
	return true;
}

void lines_add(struct lines *lines, const char *bytes, size_t len)
{
	if (!len || !reserve(lines, len))
		return;
	memcpy(lines->text + lines->len, bytes, len);
	lines->len += len;
}

void lines_text(struct lines *lines, const char *text)
{
	lines_add(lines, text, strlen(text));
}

void lines_digits(struct lines *lines, uint64_t number, unsigned int digits)
{
	char text[NUMBER_MAX], *first = text + sizeof(text);

	while (number || digits) {
		*--first = (char)('0' + number % 10);
		number /= 10;
		digits -= digits != 0;
	}
	lines_add(lines, first, (size_t)(text + sizeof(text) - first));
}

void lines_number(struct lines *lines, uint64_t number)
{
	lines_digits(lines, number, 1);
}

void lines_signed(struct lines *lines, int64_t number)
{
	if (number < 0)
		lines_text(lines, "-");
	lines_number(lines, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void lines_hex(struct lines *lines, uint64_t number)
{
	char text[2 + 16], *first = text + sizeof(text);

	do {
		*--first = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number);
	*--first = 'x';
	*--first = '0';
	lines_add(lines, first, (size_t)(text + sizeof(text) - first));
}

void lines_pad(struct lines *lines, size_t column)
{
	static const char blanks[] =
		"                                                                ";
	size_t at = lines->len - lines->begin;
	size_t count = at < column ? column - at : 1;

	lines_add(lines, blanks, count < sizeof(blanks) ? count : sizeof(blanks) - 1);
}

/* Whether the bytes stand for themselves, in a terminal as in JSON. */
static bool is_plain(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < ' ' || bytes[i] > '~' || bytes[i] == '"' || bytes[i] == '\\')
			return false;
	return true;
}

void lines_escaped(struct lines *lines, const char *bytes, size_t len)
{
	if (is_plain(bytes, len))
		lines_add(lines, bytes, len);
	else if (reserve(lines, TEXT_MAX(len)))
		lines->len += text_escape(lines->text + lines->len, TEXT_MAX(len), bytes, len);
}

/* Rare enough for a library: names that are not plain. */
static char *quote(const char *bytes, size_t len)
{
	char *text = malloc(TEXT_MAX(len)), *quoted;
	json_t *string;

	if (!text)
		return NULL;
	text_utf8(text, TEXT_MAX(len), bytes, len);
	string = json_string(text);
	quoted = json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	json_decref(string);
	free(text);
	return quoted;
}

void lines_json_string(struct lines *lines, const char *bytes, size_t len)
{
	char *quoted;

	if (is_plain(bytes, len)) {
		lines_text(lines, "\"");
		lines_add(lines, bytes, len);
		lines_text(lines, "\"");
		return;
	}
	quoted = quote(bytes, len);
	lines_text(lines, quoted ? quoted : "null");
	free(quoted);
}

void lines_end(struct lines *lines)
{
	lines_text(lines, "\n");
	if (lines->len == SIZE_MAX) {
		lines->len = lines->begin;
		lines->lost++;
	}
	lines->begin = lines->len;
}

void lines_clear(struct lines *lines)
{
	lines->len = 0;
	lines->begin = 0;
	if (lines->room <= KEPT_BYTES)
		return;
	free(lines->text);
	lines->text = NULL;
	lines->room = 0;
}

void lines_free(struct lines *lines)
{
	free(lines->text);
	*lines = (struct lines){};
}
