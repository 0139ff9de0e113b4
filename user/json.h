// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json: findings as JSON, one object a line (the schema is in the README).
 * Strings of other processes go through text_utf8(), so every line parses, and
 * lines are pure ASCII, so that none can harm the terminal that shows a log.
 */
#ifndef DEADWAIT_JSON_H
#define DEADWAIT_JSON_H

#include "finding.h"

/*
 * Each returns one line without its newline, for the caller to free(), or
 * NULL: no memory.
 */
char *json_of_finding(const struct finding *finding);
char *json_of_sigchld(const struct finding_sigchld *sigchld);
char *json_of_orphan(const struct finding_orphan *orphan);
char *json_of_storm(const struct finding_storm *storm);
char *json_of_lost(const struct finding_lost *lost);
char *json_of_summary(const struct finding_summary *summary);

#endif
