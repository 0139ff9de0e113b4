// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walltime: points in time as text. See walltime.h.
 */
#include "walltime.h"

#include "duration.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S DURATION_NS_PER_S
#define YEAR_FIRST 1970
#define YEAR_LAST 2199
#define S_PER_DAY 86400

struct parts {
	int year, month, day;
	int hour, minute, second;
	uint64_t fraction_ns;
	bool has_time, has_second, has_zone;
	int offset_s; /* east of UTC */
};

/* Reads count digits, which make a number from min to max. NULL: they do not. */
static const char *digits(const char *at, int count, int min, int max, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++, at++) {
		if (*at < '0' || *at > '9')
			return NULL;
		value = value * 10 + (*at - '0');
	}
	*out = value;
	return value < min || value > max ? NULL : at;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to a date from then on. */
static int64_t days_to(int year, int month, int day)
{
	int64_t before = year - 1;
	int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;

	for (int m = 1; m < month; m++)
		days += days_in(year, m);
	return days + day - 1;
}

static const char *read_date(const char *at, struct parts *out)
{
	at = digits(at, 4, 0, 9999, &out->year);
	if (!at || *at++ != '-')
		return NULL;
	at = digits(at, 2, 1, 12, &out->month);
	if (!at || *at++ != '-')
		return NULL;
	return digits(at, 2, 1, days_in(out->year, out->month), &out->day);
}

static const char *read_fraction(const char *at, uint64_t *ns)
{
	uint64_t unit = NS_PER_S / 10;

	*ns = 0;
	if (*at < '0' || *at > '9')
		return NULL;
	for (; *at >= '0' && *at <= '9'; at++, unit /= 10) {
		if (!unit)
			return NULL;
		*ns += unit * (uint64_t)(*at - '0');
	}
	return at;
}

static const char *read_zone(const char *at, struct parts *out)
{
	int hours, minutes = 0, sign = *at == '-' ? -1 : 1;

	out->has_zone = true;
	if (*at == 'Z')
		return at + 1;
	at = digits(at + 1, 2, 0, 23, &hours);
	if (!at || *at++ != ':')
		return NULL;
	at = digits(at, 2, 0, 59, &minutes);
	out->offset_s = sign * (hours * 3600 + minutes * 60);
	return at;
}

static const char *read_time(const char *at, struct parts *out)
{
	out->has_time = true;
	at = digits(at, 2, 0, 23, &out->hour);
	if (!at || *at++ != ':')
		return NULL;
	at = digits(at, 2, 0, 59, &out->minute);
	if (at && *at == ':') {
		out->has_second = true;
		at = digits(at + 1, 2, 0, 60, &out->second); /* 60: a leap second */
		if (at && *at == '.')
			at = read_fraction(at + 1, &out->fraction_ns);
	}
	if (at && (*at == 'Z' || *at == '+' || *at == '-'))
		at = read_zone(at, out);
	return at;
}

static int read_parts(const char *text, struct parts *out)
{
	const char *at;

	*out = (struct parts){};
	at = read_date(text, out);
	if (at && (*at == 'T' || *at == ' '))
		at = read_time(at + 1, out);
	if (!at || *at)
		return -EINVAL;
	return out->year < YEAR_FIRST || out->year > YEAR_LAST ? -ERANGE : 0;
}

static int join_parts(const struct parts *parts, uint64_t *ns)
{
	int64_t s = days_to(parts->year, parts->month, parts->day) * S_PER_DAY +
		    parts->hour * 3600 + parts->minute * 60 + parts->second - parts->offset_s;

	if (s < 0)
		return -ERANGE;
	*ns = (uint64_t)s * NS_PER_S + parts->fraction_ns;
	return 0;
}

static int join_local(const struct parts *parts, uint64_t *ns)
{
	struct tm local = { .tm_year = parts->year - 1900,
			    .tm_mon = parts->month - 1,
			    .tm_mday = parts->day,
			    .tm_hour = parts->hour,
			    .tm_min = parts->minute,
			    .tm_sec = parts->second,
			    .tm_isdst = -1 };
	time_t s = mktime(&local);

	if (s < 0)
		return -ERANGE;
	*ns = (uint64_t)s * NS_PER_S + parts->fraction_ns;
	return 0;
}

int walltime_parse(const char *text, uint64_t *ns)
{
	struct parts parts;
	int err = read_parts(text, &parts);

	if (err)
		return err;
	if (text[10] != 'T' || !parts.has_second || !parts.has_zone)
		return -EINVAL;
	return join_parts(&parts, ns);
}

int walltime_parse_bound(const char *word, struct walltime_bound *out)
{
	struct parts parts;
	uint64_t ns;
	int err = duration_parse(word, &ns);

	if (!err) {
		*out = (struct walltime_bound){ WALLTIME_AGO, ns };
		return 0;
	}
	if (err == -ERANGE)
		return err;
	err = read_parts(word, &parts);
	if (!err)
		err = parts.has_zone ? join_parts(&parts, &ns) : join_local(&parts, &ns);
	if (!err)
		*out = (struct walltime_bound){ WALLTIME_AT, ns };
	return err;
}

uint64_t walltime_of_bound(const struct walltime_bound *bound, uint64_t now_ns, uint64_t otherwise)
{
	switch (bound->kind) {
	case WALLTIME_AT:
		return bound->ns;
	case WALLTIME_AGO:
		return bound->ns < now_ns ? now_ns - bound->ns : 0;
	default:
		return otherwise;
	}
}

uint64_t walltime_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static struct tm parts_of(uint64_t ns)
{
	time_t s = (time_t)(ns / NS_PER_S);
	struct tm parts = {};

	gmtime_r(&s, &parts);
	return parts;
}

const char *walltime_format(char *out, size_t size, uint64_t ns)
{
	struct tm parts = parts_of(ns);

	if (!strftime(out, size, "%Y-%m-%d %H:%M:%SZ", &parts))
		snprintf(out, size, "?");
	return out;
}

const char *walltime_format_minute(char *out, size_t size, uint64_t ns)
{
	struct tm parts = parts_of(ns);

	if (!strftime(out, size, "%Y-%m-%d %H:%MZ", &parts))
		snprintf(out, size, "?");
	return out;
}

const char *walltime_format_iso(char *out, size_t size, uint64_t ns)
{
	char whole[WALLTIME_TEXT_MAX - 12] = "";
	struct tm parts = parts_of(ns);

	strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(out, size, "%s.%09uZ", whole, (unsigned int)(ns % NS_PER_S));
	return out;
}
