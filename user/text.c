// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text: makes bytes that come from other processes safe to show and to store. See text.h.
 */
#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct range {
	uint32_t first;
	uint32_t last;
};

/* Characters that a terminal does not show, or that move or hide the ones beside them. */
static const struct range unseen[] = {
	{ 0x0000, 0x001f },   /* C0 */
	{ 0x007f, 0x009f },   /* DEL, C1 */
	{ 0x00ad, 0x00ad },   /* soft hyphen */
	{ 0x061c, 0x061c },   /* Arabic letter mark */
	{ 0x180e, 0x180e },   /* Mongolian vowel separator */
	{ 0x200b, 0x200f },   /* zero width, direction marks */
	{ 0x2028, 0x202e },   /* line and paragraph separators, bidi embedding and override */
	{ 0x2060, 0x206f },   /* word joiner, invisible operators, bidi isolates */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xfff9, 0xfffb },   /* interlinear annotation */
	{ 0xe0000, 0xe007f }, /* tags */
};

static bool is_unseen(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
		if (c >= unseen[i].first && c <= unseen[i].last)
			return true;
	}
	return false;
}

/* Bytes of the valid UTF-8 character at in, which is put into *c; 0 if there is none. */
static size_t character_at(const unsigned char *in, size_t len, uint32_t *c)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t bytes;
	uint32_t value;

	if (in[0] < 0x80) {
		*c = in[0];
		return 1;
	}
	if ((in[0] & 0xe0) == 0xc0)
		bytes = 2;
	else if ((in[0] & 0xf0) == 0xe0)
		bytes = 3;
	else if ((in[0] & 0xf8) == 0xf0)
		bytes = 4;
	else
		return 0;
	if (bytes > len)
		return 0;

	value = in[0] & (0x7fU >> bytes);
	for (size_t i = 1; i < bytes; i++) {
		if ((in[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (in[i] & 0x3f);
	}
	if (value < smallest[bytes] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*c = value;
	return bytes;
}

static size_t put_hex(char *out, const unsigned char *in, size_t bytes)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes; i++) {
		*out++ = '\\';
		*out++ = 'x';
		*out++ = digit[in[i] >> 4];
		*out++ = digit[in[i] & 15];
	}
	return bytes * 4;
}

static size_t convert(char *out, size_t size, const char *in, size_t len, bool for_terminal)
{
	const unsigned char *from = (const unsigned char *)in;
	size_t done = 0;
	size_t used = 0;

	if (size == 0)
		return 0;
	while (done < len) {
		char piece[16]; /* four bytes as \xNN */
		uint32_t c = 0;
		size_t bytes = character_at(from + done, len - done, &c);
		size_t room;

		if (bytes == 0) {
			bytes = 1;
			room = put_hex(piece, from + done, bytes);
		} else if (for_terminal ? is_unseen(c) : c == 0) {
			room = put_hex(piece, from + done, bytes);
		} else if (for_terminal && c == '\\') {
			memset(piece, '\\', 2);
			room = 2;
		} else {
			memcpy(piece, from + done, bytes);
			room = bytes;
		}
		if (room >= size - used)
			break;
		memcpy(out + used, piece, room);
		used += room;
		done += bytes;
	}
	out[used] = '\0';
	return used;
}

size_t text_escape(char *out, size_t size, const char *in, size_t len)
{
	return convert(out, size, in, len, true);
}

size_t text_utf8(char *out, size_t size, const char *in, size_t len)
{
	return convert(out, size, in, len, false);
}

size_t text_join_args(char *buf, size_t len)
{
	while (len > 0 && buf[len - 1] == '\0')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\0')
			buf[i] = ' ';
	}
	return len;
}
