// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics_accept: which format the Accept header of a scrape asks for (RFC
 * 9110, 12.5.1). Pure; what it does not understand it takes for no wish.
 */
#include "metrics_text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define OPENMETRICS_VERSION "1.0.0"

/* A part of the header, without the blanks around it. */
struct word {
	const char *start;
	size_t len;
};

/* Takes the text up to the separator from *rest, which moves behind it; false: nothing is left. */
static bool take_word(struct word *rest, char separator, struct word *out)
{
	const char *end;

	if (!rest->len)
		return false;
	end = memchr(rest->start, separator, rest->len);
	out->start = rest->start;
	out->len = end ? (size_t)(end - rest->start) : rest->len;
	rest->start += out->len + (end != NULL);
	rest->len -= out->len + (end != NULL);
	while (out->len && strchr(" \t", out->start[0])) {
		out->start++;
		out->len--;
	}
	while (out->len && strchr(" \t", out->start[out->len - 1]))
		out->len--;
	return true;
}

static bool is(struct word word, const char *text)
{
	return word.len == strlen(text) && !strncasecmp(word.start, text, word.len);
}

/* version="1.0.0" is as good as version=1.0.0. */
static struct word unquoted(struct word word)
{
	if (word.len >= 2 && word.start[0] == '"' && word.start[word.len - 1] == '"')
		return (struct word){ word.start + 1, word.len - 2 };
	return word;
}

/* "0.75" in thousandths; 0 if it is no such number. */
static unsigned int parse_weight(struct word word)
{
	unsigned int weight = 0, unit = 1000;

	if (!word.len || (word.start[0] != '0' && word.start[0] != '1') ||
	    (word.len > 1 && word.start[1] != '.'))
		return 0;
	for (size_t i = 0; i < word.len && i < 5; i++) {
		if (i == 1)
			continue;
		if (word.start[i] < '0' || word.start[i] > '9')
			return 0;
		weight += (unsigned int)(word.start[i] - '0') * unit;
		unit /= 10;
	}
	return weight > 1000 ? 1000 : weight;
}

/* The weight of one entry, in thousandths, and whether a version that we speak satisfies it. */
static unsigned int read_parameters(struct word entry, bool *version_fits)
{
	struct word parameter, name;
	unsigned int weight = 1000;

	*version_fits = true;
	while (take_word(&entry, ';', &parameter)) {
		take_word(&parameter, '=', &name);
		if (is(name, "q"))
			weight = parse_weight(parameter);
		else if (is(name, "version"))
			*version_fits = is(unquoted(parameter), OPENMETRICS_VERSION);
	}
	return weight;
}

static void raise_to(unsigned int *best, unsigned int weight)
{
	if (weight > *best)
		*best = weight;
}

enum metrics_format metrics_text_wanted(const char *accept)
{
	struct word rest = { accept, accept ? strlen(accept) : 0 }, entry, type;
	unsigned int openmetrics = 0, text = 0;

	while (take_word(&rest, ',', &entry)) {
		bool version_fits;
		unsigned int weight;

		if (!take_word(&entry, ';', &type))
			continue;
		weight = read_parameters(entry, &version_fits);
		if (is(type, "application/openmetrics-text") && version_fits)
			raise_to(&openmetrics, weight);
		else if (is(type, "text/plain") || is(type, "text/*") || is(type, "*/*"))
			raise_to(&text, weight);
	}
	return openmetrics && openmetrics >= text ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}

const char *metrics_text_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS ?
		       "application/openmetrics-text; version=" OPENMETRICS_VERSION
		       "; charset=utf-8" :
		       "text/plain; version=0.0.4; charset=utf-8";
}
