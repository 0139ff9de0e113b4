// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * say: the program's own messages, on stderr. Findings never go through here.
 */
#ifndef DEADWAIT_SAY_H
#define DEADWAIT_SAY_H

/*
 * Prints "deadwait: <message>\n" with a single write, control bytes and the like as \xNN (see
 * text_escape); the format has no newline. Messages over 2 KiB are cut. Keeps errno. If stderr
 * cannot be written, nothing happens.
 */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
