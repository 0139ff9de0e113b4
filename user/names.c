// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdint.h>
#include <string.h>

#define STATES 64
#define ELEMENT_MAX 256

struct compiler {
	struct dw_names names;
	unsigned int state; /* the next free one */
};

/* Bytes of the pattern's first element, which is no star. */
static size_t element_length(const char *pattern)
{
	const char *end;

	if (pattern[0] == '\\' && pattern[1])
		return 2;
	if (pattern[0] != '[')
		return 1;
	/* A ] that comes first belongs to the set; without an end [ is an ordinary character. */
	end = pattern + 1 + (pattern[1] == '!' || pattern[1] == '^');
	end += *end == ']';
	while (*end && *end != ']') {
		const char *inner = NULL;

		if (end[0] == '[' && end[1] && strchr(":.=", end[1]))
			inner = strchr(end + 2, end[1]);
		if (inner && inner[1] == ']')
			end = inner + 2;
		else
			end += end[0] == '\\' && end[1] ? 2 : 1;
	}
	return *end ? (size_t)(end - pattern) + 1 : 1;
}

/* Which bytes an element accepts is fnmatch's business. */
static int add_element(struct compiler *compiler, const char *element, size_t len)
{
	char text[ELEMENT_MAX];

	if (len >= sizeof(text) || compiler->state >= STATES - 1)
		return -E2BIG;
	memcpy(text, element, len);
	text[len] = '\0';
	if (!strcmp(text, "["))
		memcpy(text, "\\[", sizeof("\\["));
	for (unsigned int byte = 1; byte < 256; byte++) {
		const char name[2] = { (char)byte };

		if (!fnmatch(text, name, 0))
			compiler->names.step[byte] |= 1ULL << compiler->state;
	}
	compiler->state++;
	return 0;
}

static int add_pattern(struct compiler *compiler, const char *pattern)
{
	int err = 0;

	if (compiler->state >= STATES)
		return -E2BIG;
	compiler->names.begin |= 1ULL << compiler->state;
	while (*pattern && !err) {
		size_t len = 1;

		if (*pattern == '*') {
			compiler->names.stay |= 1ULL << compiler->state;
		} else {
			len = element_length(pattern);
			err = add_element(compiler, pattern, len);
		}
		pattern += len;
	}
	/* The state behind the last element; no byte leads out of it but by staying. */
	compiler->names.end |= 1ULL << compiler->state++;
	return err;
}

int names_compile(const char *const *patterns, size_t count, struct dw_names *out)
{
	struct compiler compiler = {};
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = add_pattern(&compiler, patterns[i]);
	if (!err)
		*out = compiler.names;
	return err;
}

bool names_match(const struct dw_names *names, const char comm[DW_COMM_LEN])
{
	uint64_t states = names->begin;

	for (size_t i = 0; i < DW_COMM_LEN && comm[i]; i++)
		states = ((states & names->step[(unsigned char)comm[i]]) << 1) |
			 (states & names->stay);
	return !names->begin || (states & names->end);
}
