// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_syslog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "json_short.h"
#include "sink_record.h"

/*
 * rsyslog cuts what is longer than this unless it is told otherwise (maxMessageSize), and what is
 * cut is not JSON. syslog-ng takes 64 KiB.
 */
#define DATAGRAM_MAX 8096

/* RFC 5424: HOSTNAME is visible ASCII, or "-". */
static void get_host(char *host, size_t size)
{
	memset(host, 0, size);
	if (gethostname(host, size - 1) < 0 || !host[0])
		strcpy(host, "-");
	for (char *at = host; *at; at++)
		if (*at <= ' ' || *at > '~')
			*at = '?';
}

/* TIMESTAMP has at most six digits behind the point: the last three of nine go. */
static void get_time(char time[CLOCK_TEXT_MAX], uint64_t boot_ns)
{
	char *end;

	clock_format_utc(time, CLOCK_TEXT_MAX, boot_ns);
	end = strchr(time, 'Z');
	if (end && end - time > 3)
		strcpy(end - 3, "Z");
}

static char *encode(const struct record *record, size_t *len)
{
	char head[512], host[256], time[CLOCK_TEXT_MAX], *text, *cut = NULL;
	const char *json = record->json;
	int got, head_len;

	get_host(host, sizeof(host));
	get_time(time, record->time_ns);
	head_len = snprintf(head, sizeof(head), "<%d>1 %s %s deadwait %d %s - ",
			    LOG_MAKEPRI(LOG_DAEMON, record_priority(record)), time, host, getpid(),
			    record_name(record->kind));
	if ((size_t)head_len + strlen(json) > DATAGRAM_MAX)
		cut = json_short(json, DATAGRAM_MAX - (size_t)head_len);
	got = asprintf(&text, "%s%s", head, cut ? cut : json);
	free(cut);
	if (got < 0)
		return NULL;
	*len = (size_t)got;
	return text;
}

struct sink *sink_syslog_new(const char *path)
{
	const struct sink_record_config config = {
		.name = "syslog",
		.path = path,
		.reason = "syslog",
		.encode = encode,
	};

	return sink_record_new(&config);
}
