// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json_short: a line of JSON made to fit where lines are limited, by leaving out its bulky members.
 */
#ifndef DEADWAIT_JSON_SHORT_H
#define DEADWAIT_JSON_SHORT_H

#include <stddef.h>

/*
 * The line with as few as possible of facts, parent.cmdline, parent.cgroup and parent.live_siblings
 * left out, so that it has at most max bytes, and "left_out", a list of them; for the caller to
 * free(). NULL: it would still be longer, or is no line of ours, or no memory.
 */
char *json_short(const char *line, size_t max);

#endif
