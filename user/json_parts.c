// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_parts.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "status.h"
#include "text.h"

/* A name or path that another process chose; NULL: null. */
json_t *part_bytes(const char *bytes, size_t len)
{
	char *text;
	json_t *string;

	if (!bytes)
		return json_null();
	text = malloc(TEXT_MAX(len));
	if (!text)
		return json_null();
	text_utf8(text, TEXT_MAX(len), bytes, len);
	string = json_string(text);
	free(text);
	return string;
}

json_t *part_text(const char *text)
{
	return part_bytes(text, text ? strlen(text) : 0);
}

json_t *part_comm(const struct dw_who *who)
{
	size_t len = strnlen(who->comm, sizeof(who->comm));

	return len ? part_bytes(who->comm, len) : json_null();
}

json_t *part_moment(uint64_t boot_ns)
{
	char text[CLOCK_TEXT_MAX];

	return boot_ns ? json_string(clock_format_utc(text, sizeof(text), boot_ns)) : json_null();
}

/* Seconds to the millisecond. */
json_t *part_seconds(uint64_t ns)
{
	return json_real((double)(ns / 1000000) / 1000.0);
}

json_t *part_signal(int sig)
{
	char name[STATUS_TEXT_MAX];

	return sig ? json_string(status_signal_name(sig, name, sizeof(name))) : json_null();
}

char *part_dump(const json_t *line)
{
	return json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
}

void part_set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new_nocheck(object, key, value);
}

void part_set_identity(json_t *object, const struct dw_who *who)
{
	part_set(object, "pid", json_integer(who->tgid));
	part_set(object, "start_ns", json_integer((json_int_t)who->start_ns));
	part_set(object, "ns_pid", who->ns_pid ? json_integer(who->ns_pid) : json_null());
	part_set(object, "comm", part_comm(who));
}
