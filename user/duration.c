// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * duration: spans of time as people type and read them. See duration.h.
 */
#include "duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define S DURATION_NS_PER_S
#define MINUTE (60 * S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ms", DURATION_NS_PER_MS }, { "s", S }, { "m", MINUTE }, { "h", HOUR }, { "d", DAY },
};

static uint64_t unit_ns(const char *name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(name, units[i].name) == 0)
			return units[i].ns;
	}
	return 0;
}

/* Not isdigit(), which knows locales and refuses negative chars. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int duration_parse(const char *word, uint64_t *ns)
{
	const char *whole = word;
	const char *fraction = "";
	uint64_t total = 0;
	uint64_t unit;
	bool over = false;

	if (strcmp(word, "0") == 0) {
		*ns = 0;
		return 0;
	}
	if (!is_digit(*word))
		return -EINVAL;
	word += strspn(word, "0123456789");
	if (*word == '.') {
		fraction = ++word;
		if (!is_digit(*word))
			return -EINVAL;
		word += strspn(word, "0123456789");
	}
	unit = unit_ns(word);
	if (unit == 0)
		return -EINVAL;

	for (; is_digit(*whole); whole++) {
		over = over || __builtin_mul_overflow(total, 10, &total) ||
		       __builtin_add_overflow(total, (uint64_t)(*whole - '0'), &total);
	}
	over = over || __builtin_mul_overflow(total, unit, &total);
	for (; is_digit(*fraction); fraction++) {
		if (unit % 10 != 0)
			return -EINVAL;
		unit /= 10;
		over = over ||
		       __builtin_add_overflow(total, unit * (uint64_t)(*fraction - '0'), &total);
	}
	if (over || total > INT64_MAX)
		return -ERANGE;
	*ns = total;
	return 0;
}

const char *duration_format(char *out, size_t size, uint64_t ns)
{
	if (ns < MINUTE)
		snprintf(out, size, "%" PRIu64 ".%" PRIu64 "s", ns / S, ns % S / (S / 10));
	else if (ns < HOUR)
		snprintf(out, size, "%" PRIu64 "m%02" PRIu64 "s", ns / MINUTE, ns % MINUTE / S);
	else if (ns < DAY)
		snprintf(out, size, "%" PRIu64 "h%02" PRIu64 "m", ns / HOUR, ns % HOUR / MINUTE);
	else
		snprintf(out, size, "%" PRIu64 "d%02" PRIu64 "h", ns / DAY, ns % DAY / HOUR);
	return out;
}
