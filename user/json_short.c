// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_short.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "json_parts.h"

/* In the order in which they are missed the least. */
static const struct {
	const char *object; /* NULL: of the line itself */
	const char *key;
	const char *name;
} bulky[] = {
	{ NULL, "facts", "facts" },
	{ "parent", "cmdline", "parent.cmdline" },
	{ "parent", "cgroup", "parent.cgroup" },
	{ "parent", "live_siblings", "parent.live_siblings" },
};

char *json_short(const char *line, size_t max)
{
	json_t *object = json_loads(line, 0, NULL), *left_out = json_array();
	char *text = NULL;

	part_set(object, "left_out", left_out);
	for (size_t i = 0; object && i < sizeof(bulky) / sizeof(bulky[0]); i++) {
		json_t *holder =
			bulky[i].object ? json_object_get(object, bulky[i].object) : object;

		if (json_object_del(holder, bulky[i].key))
			continue;
		json_array_append_new(left_out, json_string(bulky[i].name));
		text = part_dump(object);
		if (text && strlen(text) <= max)
			break;
		free(text);
		text = NULL;
	}
	json_decref(object);
	return text;
}
