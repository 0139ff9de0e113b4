// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json_parts: values that several kinds of line have in common, for json.c.
 * Each returns a new reference, json null for what is not known.
 */
#ifndef DEADWAIT_JSON_PARTS_H
#define DEADWAIT_JSON_PARTS_H

#include <jansson.h>

#include "finding.h"

/* Bytes, or text, that another process chose; NULL: null. */
json_t *part_bytes(const char *bytes, size_t len);
json_t *part_text(const char *text);
json_t *part_comm(const struct dw_who *who);

/* A moment of boot time as UTC; 0: null. */
json_t *part_moment(uint64_t boot_ns);

/* Seconds, to the millisecond. */
json_t *part_seconds(uint64_t ns);

/* The name of a signal; 0: null. */
json_t *part_signal(int sig);

/* The text of a line, pure ASCII, for the caller to free(). NULL: no memory. */
char *part_dump(const json_t *line);

/* Adds a member; takes over the value. */
void part_set(json_t *object, const char *key, json_t *value);

/* Adds pid, start_ns, ns_pid and comm. */
void part_set_identity(json_t *object, const struct dw_who *who);

/* The parent of a finding; short where the finding is closed. */
json_t *part_parent(const struct finding *finding);

#endif
