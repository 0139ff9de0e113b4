// SPDX-License-Identifier: GPL-2.0-or-later
#include "facts_json.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum field_type { FIELD_BOOL, FIELD_UNSIGNED, FIELD_SIGNED, FIELD_NAME };

struct field {
	const char *name;
	size_t offset;
	size_t bytes;
	enum field_type type;
};

#define FIELD(member)                                                                              \
	{                                                                                          \
#member, offsetof(struct facts, member), sizeof(((struct facts *)0)->member),      \
			_Generic(((struct facts *)0)->member,                                      \
				bool: FIELD_BOOL,                                                  \
				int32_t: FIELD_SIGNED,                                             \
				char *: FIELD_NAME,                                                \
				default: FIELD_UNSIGNED)               \
	}

/* In the order of the struct; a unit test holds that none is missing. */
static const struct field fields[] = {
	FIELD(age_ns),
	FIELD(age_known),
	FIELD(dead_kind),
	FIELD(death_seen),
	FIELD(since_death),
	FIELD(own_sigchld),
	FIELD(exit_signal),
	FIELD(status),
	FIELD(adopted),
	FIELD(cloned_for_parent),
	FIELD(traced),
	FIELD(ns_init),
	FIELD(kill_signal),
	FIELD(killed_by_parent),
	FIELD(parent_execed),
	FIELD(asked_before),
	FIELD(asked_since),
	FIELD(peeked_since),
	FIELD(hangs_in),
	FIELD(in_zap),
	FIELD(blocker),
	FIELD(blocker_parent),
	FIELD(blocker_comm),
	FIELD(was_blocked),
	FIELD(was_pending),
	FIELD(was_waiting_for_others),
	FIELD(has_history),
	FIELD(whole_life),
	FIELD(waits_life),
	FIELD(waits_any_life),
	FIELD(delivered_life),
	FIELD(fetched_life),
	FIELD(merged_life),
	FIELD(deaths_life),
	FIELD(waits_since),
	FIELD(matches_since),
	FIELD(others_since),
	FIELD(delivered_since),
	FIELD(fetched_since),
	FIELD(discarded_since),
	FIELD(merged_since),
	FIELD(queued_since),
	FIELD(deaths_since),
	FIELD(polled_before),
	FIELD(interrupted),
	FIELD(interrupts),
	FIELD(blocked_at_exec),
	FIELD(delivered_no_wait),
	FIELD(delivered_tid),
	FIELD(waited_tid),
	FIELD(waited_tid_lives),
	FIELD(handler_replaced),
	FIELD(zombies),
	FIELD(reaped),
	FIELD(reap_age_ns),
	FIELD(has_parent),
	FIELD(parent_ended),
	FIELD(disposition),
	FIELD(nocldwait),
	FIELD(pending),
	FIELD(parent_ns_level),
	FIELD(parent_ns_init),
	FIELD(parent_subreaper),
	FIELD(parent_younger),
	FIELD(switches_known),
	FIELD(ran),
	FIELD(free_ns),
	FIELD(asleep_ns),
	FIELD(blocked_ns),
	FIELD(under_ns),
	FIELD(threads),
	FIELD(threads_stopped),
	FIELD(threads_traced),
	FIELD(threads_frozen),
	FIELD(threads_uninterruptible),
	FIELD(threads_running),
	FIELD(threads_blocking),
	FIELD(threads_sigwaiting),
	FIELD(flights_known),
	FIELD(flights_match),
	FIELD(flights_other),
	FIELD(other_alive),
	FIELD(signalfd),
	FIELD(handler_frame),
	FIELD(handler_in),
	FIELD(threads_locked),
	FIELD(threads_writing),
	FIELD(threads_vforking),
	FIELD(threads_idle),
	FIELD(vfork_child),
	FIELD(vfork_comm),
	FIELD(pipe_writer),
	FIELD(pipe_holder),
	FIELD(pipe_holder_comm),
	FIELD(lost_how),
	FIELD(lost),
	FIELD(autoreaped),
	FIELD(waiter_tid),
	FIELD(taker_tid),
	FIELD(taker_traces),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static uint64_t read_unsigned(const void *at, size_t bytes)
{
	uint64_t wide = 0;
	uint32_t narrow;
	uint8_t byte;

	switch (bytes) {
	case sizeof(byte):
		memcpy(&byte, at, sizeof(byte));
		return byte;
	case sizeof(narrow):
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	default:
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
}

static void write_unsigned(void *at, size_t bytes, uint64_t value)
{
	uint32_t narrow = (uint32_t)value;
	uint8_t byte = (uint8_t)value;

	switch (bytes) {
	case sizeof(byte):
		memcpy(at, &byte, sizeof(byte));
		break;
	case sizeof(narrow):
		memcpy(at, &narrow, sizeof(narrow));
		break;
	default:
		memcpy(at, &value, sizeof(value));
	}
}

/* A name as text; NULL: it is empty. */
static json_t *name_to_json(const char *name, size_t bytes)
{
	char text[TEXT_MAX(FACTS_NAME_LEN)];
	size_t len = strnlen(name, bytes);

	if (!len)
		return NULL;
	text_utf8(text, sizeof(text), name, len);
	return json_string(text);
}

json_t *facts_to_json(const struct facts *facts)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < FIELDS; i++) {
		const struct field *field = &fields[i];
		const char *at = (const char *)facts + field->offset;
		uint64_t value;
		json_t *member;

		if (field->type == FIELD_NAME) {
			member = name_to_json(at, field->bytes);
			if (member)
				json_object_set_new_nocheck(object, field->name, member);
			continue;
		}
		value = read_unsigned(at, field->bytes);
		if (!value)
			continue;
		if (field->type == FIELD_BOOL)
			member = json_true();
		else if (field->type == FIELD_SIGNED)
			member = json_integer((int32_t)value);
		else
			member = json_integer((json_int_t)value);
		json_object_set_new_nocheck(object, field->name, member);
	}
	return object;
}

/* Whether a member is of the field's type and fits it. */
static int read_member(const struct field *field, const json_t *member, struct facts *out)
{
	void *at = (char *)out + field->offset;
	json_int_t value;

	if (field->type == FIELD_BOOL) {
		if (!json_is_boolean(member))
			return -EINVAL;
		write_unsigned(at, sizeof(bool), json_is_true(member));
		return 0;
	}
	if (field->type == FIELD_NAME) {
		if (!json_is_string(member))
			return -EINVAL;
		/* Escaped it may have grown: what does not fit is cut. */
		snprintf(at, field->bytes, "%s", json_string_value(member));
		return 0;
	}
	if (!json_is_integer(member))
		return -EINVAL;
	value = json_integer_value(member);
	if (field->type == FIELD_SIGNED) {
		if (value < INT32_MIN || value > INT32_MAX)
			return -EINVAL;
	} else if (value < 0 || (field->bytes < 8 && (uint64_t)value >> (field->bytes * 8))) {
		return -EINVAL;
	}
	write_unsigned(at, field->bytes, (uint64_t)value);
	return 0;
}

int facts_from_json(const json_t *object, struct facts *out)
{
	struct facts facts = {};
	int err;

	if (!json_is_object(object))
		return -EINVAL;
	for (size_t i = 0; i < FIELDS; i++) {
		const json_t *member = json_object_get(object, fields[i].name);

		if (!member)
			continue;
		err = read_member(&fields[i], member, &facts);
		if (err)
			return err;
	}
	*out = facts;
	return 0;
}
