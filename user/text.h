// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text: makes bytes that come from other processes safe to show and to store.
 *
 * The input is never trusted: it may hold any byte and need not end in NUL. Nothing here allocates,
 * prints or depends on the locale.
 */
#ifndef DEADWAIT_TEXT_H
#define DEADWAIT_TEXT_H

#include <stddef.h>

/* Room that always suffices for the escaped form of len bytes, the final NUL included. */
#define TEXT_MAX(len) ((len)*4 + 1)

/*
 * For a terminal. Valid, visible UTF-8 is copied. As \xNN, two lower-case hex digits for each byte,
 * appear: control characters (C0, DEL, C1), every byte that is not part of valid UTF-8, and
 * characters that are invisible or turn the writing direction (zero width, bidi, line separators,
 * byte order mark, tags). A backslash becomes two, so the result has one reading only.
 *
 * Stops before the first character that does not fit: never inside an escape or a character.
 * Returns the bytes written without the NUL, which is always there unless size is 0.
 */
size_t text_escape(char *out, size_t size, const char *in, size_t len);

/*
 * For JSON: the same, but only what a JSON string cannot hold is changed: bytes that are not valid
 * UTF-8 and NUL (many parsers refuse \u0000) become the four characters \xNN. Control characters
 * are left to the JSON writer, which escapes them. A backslash stays single, so that ordinary names
 * read back as they are; the price is that the text "\xff" and the byte 0xff look the same.
 */
size_t text_utf8(char *out, size_t size, const char *in, size_t len);

/*
 * Turns an argument vector as /proc shows it (each argument ends in NUL) into one line, in place:
 * NULs at the end are dropped, the others become blanks. Returns the new length; adds no NUL.
 */
size_t text_join_args(char *buf, size_t len);

#endif
