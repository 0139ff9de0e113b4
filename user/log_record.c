// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log_record: one line of a log as plain data. See log_record.h.
 */
#include "log_record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "facts_json.h"
#include "walltime.h"

#define SCHEMA_VERSION 1

/* More than any host will count or any zombie will live: such a number is damage. */
#define COUNT_MAX INT64_C(1000000000000000)
#define SECONDS_MAX 3.2e9 /* a hundred years */

struct parse {
	char *why;
	bool failed;
};

/* The first reason is the one that counts. */
static void refuse(struct parse *parse, const char *key, const char *what)
{
	if (!parse->failed)
		snprintf(parse->why, LOG_RECORD_WHY_MAX, "'%s' %s", key, what);
	parse->failed = true;
}

static const json_t *find(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

/* An object, or NULL where there is none. */
static const json_t *find_object(struct parse *parse, const json_t *object, const char *key)
{
	const json_t *value = find(object, key);

	if (!value || json_is_object(value))
		return value;
	refuse(parse, key, "is not an object");
	return NULL;
}

static const char *find_text(struct parse *parse, const json_t *object, const char *key)
{
	const json_t *value = find(object, key);

	if (!value)
		return "";
	if (json_is_string(value))
		return json_string_value(value);
	refuse(parse, key, "is not text");
	return "";
}

static const char *need_text(struct parse *parse, const json_t *object, const char *key)
{
	const char *text = find_text(parse, object, key);

	if (!*text)
		refuse(parse, key, "is missing");
	return text;
}

/* A number from 0 to max, 0 where there is none. */
static uint64_t find_count(struct parse *parse, const json_t *object, const char *key, int64_t max)
{
	const json_t *value = find(object, key);

	if (!value)
		return 0;
	if (!json_is_integer(value))
		refuse(parse, key, "is not a whole number");
	else if (json_integer_value(value) < 0 || json_integer_value(value) > max)
		refuse(parse, key, "is out of range");
	else
		return (uint64_t)json_integer_value(value);
	return 0;
}

static uint64_t find_seconds(struct parse *parse, const json_t *object, const char *key)
{
	const json_t *value = find(object, key);
	double s;

	if (!value)
		return 0;
	s = json_number_value(value);
	if (!json_is_number(value))
		refuse(parse, key, "is not a number");
	else if (!(s >= 0 && s <= SECONDS_MAX))
		refuse(parse, key, "is out of range");
	else
		return (uint64_t)(s * 1e9);
	return 0;
}

static void read_process(struct parse *parse, const json_t *line, const char *key,
			 struct log_process *out)
{
	const json_t *object = find_object(parse, line, key);

	*out = (struct log_process){ .comm = "" };
	if (!object)
		return;
	out->tgid = (uint32_t)find_count(parse, object, "pid", UINT32_MAX);
	out->start_ns = find_count(parse, object, "start_ns", INT64_MAX);
	out->comm = find_text(parse, object, "comm");
}

static void read_parent(struct parse *parse, const json_t *line, struct log_record *out)
{
	const json_t *parent = find_object(parse, line, "parent");

	read_process(parse, line, "parent", &out->parent);
	/* A closed finding tells no more than who it is. */
	out->has_place = json_object_get(parent, "cgroup") != NULL;
	out->unit = parent ? find_text(parse, parent, "unit") : "";
	out->container = parent ? find_text(parse, parent, "container") : "";
	out->cause = need_text(parse, line, "cause");
}

static void read_facts(struct parse *parse, const json_t *line, bool wanted, struct log_record *out)
{
	const json_t *facts = wanted ? find(line, "facts") : NULL;

	if (!facts)
		return;
	if (facts_from_json(facts, &out->facts))
		refuse(parse, "facts", "have a member of the wrong type or range");
	else
		out->has_facts = true;
}

/* "4242-81234567890" */
static bool read_id(const char *id, struct log_process *child)
{
	uint64_t parts[2] = { 0, 0 };

	for (int i = 0; i < 2; i++) {
		if (*id < '0' || *id > '9')
			return false;
		for (; *id >= '0' && *id <= '9'; id++)
			if (__builtin_mul_overflow(parts[i], 10, &parts[i]) ||
			    __builtin_add_overflow(parts[i], (uint64_t)(*id - '0'), &parts[i]))
				return false;
		if (*id++ != "-"[i])
			return false;
	}
	if (parts[0] > UINT32_MAX)
		return false;
	child->tgid = (uint32_t)parts[0];
	child->start_ns = parts[1];
	return true;
}

static void read_zombie_end(struct parse *parse, const json_t *line, struct log_record *out)
{
	const char *by = need_text(parse, line, "closed_by");
	uint64_t lived_ns = find_seconds(parse, line, "lived_s");

	if (lived_ns)
		out->age_ns = lived_ns;
	if (strcmp(by, "exit") == 0)
		out->state = LOG_ZOMBIE_LEFT;
	else if (strcmp(by, "reaped") == 0 || strcmp(by, "adopted-and-reaped") == 0)
		out->state = LOG_ZOMBIE_REAPED;
	else
		out->state = LOG_ZOMBIE_LIVES_ON;
}

static void read_zombie(struct parse *parse, const json_t *line, struct log_record *out)
{
	const char *state = need_text(parse, line, "state");

	read_process(parse, line, "child", &out->child);
	read_parent(parse, line, out);
	if (!read_id(need_text(parse, line, "id"), &out->child))
		refuse(parse, "id", "is not a pid and a start time");
	out->age_ns = find_seconds(parse, line, "age_s");
	if (strcmp(state, "closed") == 0)
		read_zombie_end(parse, line, out);
	else if (strcmp(state, "open") == 0 || strcmp(state, "update") == 0)
		out->state = LOG_ZOMBIE_OPEN;
	else
		refuse(parse, "state", "is neither open, update nor closed");
}

static void read_sigchld(struct parse *parse, const json_t *line, struct log_record *out)
{
	read_parent(parse, line, out);
	out->sent = find_count(parse, line, "sent", UINT32_MAX);
	out->lost = find_count(parse, line, "merged", UINT32_MAX) +
		    find_count(parse, line, "ignored", UINT32_MAX) +
		    find_count(parse, line, "pending", UINT32_MAX);
}

static void read_status(struct parse *parse, const json_t *line, struct log_record *out)
{
	const json_t *facts = find_object(parse, line, "facts");

	read_parent(parse, line, out);
	out->statuses = facts ? find_count(parse, facts, "lost", UINT32_MAX) : 0;
	if (!out->statuses)
		out->statuses = 1;
}

static void read_orphan(struct parse *parse, const json_t *line, struct log_record *out)
{
	static const char *const kinds[] = { "zombie", "abandoned", "daemonized", "background" };
	const char *kind = need_text(parse, line, "kind");
	const json_t *father = find_object(parse, line, "father");

	read_process(parse, line, "child", &out->child);
	read_process(parse, line, "father", &out->father);
	out->father_signal = father ? find_text(parse, father, "signal") : "";
	out->kind = LOG_ORPHAN_OTHER;
	for (unsigned int i = 0; i < LOG_ORPHAN_OTHER; i++)
		if (strcmp(kind, kinds[i]) == 0)
			out->kind = (enum log_orphan_kind)i;
}

static void read_lost(struct parse *parse, const json_t *line, struct log_record *out)
{
	out->reason = need_text(parse, line, "reason");
	out->remedy = find_text(parse, line, "remedy");
	out->count = find_count(parse, line, "count", COUNT_MAX);
}

static void read_summary(struct parse *parse, const json_t *line, struct log_record *out)
{
	const json_t *lost = find_object(parse, line, "lost");

	out->watched_ns = find_seconds(parse, line, "duration_s");
	out->lost_log_lines = lost ? find_count(parse, lost, "log_lines", COUNT_MAX) : 0;
}

static enum log_record_type type_of(const char *name)
{
	static const char *const names[] = { "zombie", "sigchld", "status", "orphan",
					     "lost",   "summary", "storm" };

	for (unsigned int i = 0; i < LOG_RECORD_OTHER; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum log_record_type)i;
	return LOG_RECORD_OTHER;
}

/* What every line begins with. */
static void read_head(struct parse *parse, const json_t *line, struct log_record *out)
{
	const json_t *version = json_object_get(line, "v");

	if (!json_is_integer(version))
		refuse(parse, "v", version ? "is not a whole number" : "is missing");
	else if (json_integer_value(version) != SCHEMA_VERSION)
		refuse(parse, "v", "is not 1: written by another version of deadwait");
	if (walltime_parse(need_text(parse, line, "time"), &out->time_ns))
		refuse(parse, "time", "is not a time");
	out->host = find_text(parse, line, "host");
	out->boot_id = find_text(parse, line, "boot_id");
	out->type = type_of(need_text(parse, line, "type"));
}

static void read_rest(struct parse *parse, const json_t *line, bool facts, struct log_record *out)
{
	switch (out->type) {
	case LOG_RECORD_ZOMBIE:
		read_zombie(parse, line, out);
		read_facts(parse, line, facts, out);
		break;
	case LOG_RECORD_STATUS:
		read_status(parse, line, out);
		read_facts(parse, line, facts, out);
		break;
	case LOG_RECORD_SIGCHLD:
		read_sigchld(parse, line, out);
		break;
	case LOG_RECORD_ORPHAN:
		read_orphan(parse, line, out);
		break;
	case LOG_RECORD_LOST:
		read_lost(parse, line, out);
		break;
	case LOG_RECORD_SUMMARY:
		read_summary(parse, line, out);
		break;
	default:
		break;
	}
}

int log_record_parse(const char *text, size_t len, bool facts, struct log_record *out,
		     char why[LOG_RECORD_WHY_MAX])
{
	struct log_record record = { .unit = "",
				     .container = "",
				     .cause = "",
				     .reason = "",
				     .remedy = "",
				     .father_signal = "",
				     .child = { .comm = "" },
				     .parent = { .comm = "" },
				     .father = { .comm = "" } };
	struct parse parse = { .why = why };
	json_error_t error;
	json_t *line = json_loadb(text, len, JSON_DECODE_ANY, &error);

	if (!line) {
		snprintf(why, LOG_RECORD_WHY_MAX, "not JSON: %.100s", error.text);
		return -EINVAL;
	}
	if (json_is_object(line)) {
		read_head(&parse, line, &record);
		if (!parse.failed)
			read_rest(&parse, line, facts, &record);
	} else {
		snprintf(why, LOG_RECORD_WHY_MAX, "not an object");
		parse.failed = true;
	}
	if (parse.failed) {
		json_decref(line);
		return -EINVAL;
	}
	record.line = line;
	*out = record;
	return 0;
}

void log_record_free(struct log_record *record)
{
	json_decref(record->line);
	record->line = NULL;
}
