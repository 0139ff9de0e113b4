// SPDX-License-Identifier: GPL-2.0-or-later
#include "options_set.h"

#include "duration.h"
#include "endpoint.h"
#include "users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PID_MAX_LIMIT 4194304 /* the kernel's, on 64 bits */
#define COMM_LEN 15
#define SYSLOG_SOCKET "/dev/log"
#define HISTORY_MIN 1024
#define HISTORY_MAX 1048576
#define BUFFER_MIN (64U << 10)
#define BUFFER_MAX (1U << 30)

static bool parse_number(const char *word, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (word[0] == '\0' || word[strspn(word, "0123456789")] != '\0')
		return false;
	for (; *word; word++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*word - '0'), &value))
			return false;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

/* Adds the pids of a list such as "4242,4300". */
static int add_pids(const char *argument, pid_t **pids, size_t *count, const char **why)
{
	for (;;) {
		size_t len = strcspn(argument, ",");
		char word[16] = "";
		uint64_t pid;
		pid_t *grown;

		if (len < sizeof(word))
			memcpy(word, argument, len);
		if (!parse_number(word, PID_MAX_LIMIT, &pid) || pid == 0) {
			*why = "not a list of pids such as 4242,4300";
			return -EINVAL;
		}
		if (*count == OPTIONS_LIST_MAX) {
			*why = "more than 1024 pids";
			return -EINVAL;
		}
		grown = reallocarray(*pids, *count + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		*pids = grown;
		(*pids)[(*count)++] = (pid_t)pid;
		if (argument[len] == '\0')
			return 0;
		argument += len + 1;
	}
}

int options_set_pids(struct options *options, const char *argument, const char **why)
{
	return add_pids(argument, &options->pids, &options->pids_count, why);
}

int options_set_family(struct options *options, const char *argument, const char **why)
{
	return add_pids(argument, &options->family, &options->family_count, why);
}

int options_set_name(struct options *options, const char *argument, const char **why)
{
	const char **grown;

	if (argument[0] == '\0') {
		*why = "empty";
		return -EINVAL;
	}
	if (strlen(argument) > COMM_LEN && !strpbrk(argument, "*?[\\")) {
		*why = "matches nothing, the kernel keeps 15 bytes of a name; shorten it and add '*'";
		return -EINVAL;
	}
	if (options->names_count == OPTIONS_LIST_MAX) {
		*why = "more than 1024 names";
		return -EINVAL;
	}
	grown = reallocarray(options->names, options->names_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	options->names = grown;
	options->names[options->names_count++] = argument;
	return 0;
}

/* A name goes first, as with chown(1): it may consist of digits. */
int options_set_user(struct options *options, const char *argument, const char **why)
{
	uint64_t number;

	if (users_find(argument, &options->uid)) {
		if (!parse_number(argument, UINT32_MAX - 1, &number)) {
			*why = USERS_NO_SUCH;
			return -EINVAL;
		}
		options->uid = (uid_t)number;
	}
	options->has_uid = true;
	return 0;
}

int options_set_cgroup(struct options *options, const char *argument, const char **why)
{
	if (argument[0] != '/') {
		*why = "not a path such as /system.slice/x.service";
		return -EINVAL;
	}
	options->cgroup = argument;
	return 0;
}

/* A name of a kind, and its bit. */
struct kind {
	const char *name;
	unsigned int bit;
};

/* Adds the bits of a list such as "zombie,orphan"; the list of kinds ends in a NULL name. */
static int add_kinds(const struct kind *kinds, const char *list, unsigned int *bits)
{
	for (;;) {
		size_t len = strcspn(list, ",");
		const struct kind *kind = kinds;

		while (kind->name && (strlen(kind->name) != len || memcmp(kind->name, list, len)))
			kind++;
		if (!kind->name)
			return -EINVAL;
		*bits |= kind->bit;
		if (list[len] == '\0')
			return 0;
		list += len + 1;
	}
}

int options_set_only(struct options *options, const char *argument, const char **why)
{
	static const struct kind kinds[] = { { "zombie", ONLY_ZOMBIE },
					     { "sigchld", ONLY_SIGCHLD },
					     { "orphan", ONLY_ORPHAN },
					     { "status", ONLY_STATUS },
					     { NULL, 0 } };

	*why = "not a list of zombie, sigchld, orphan, status";
	return add_kinds(kinds, argument, &options->only);
}

int options_set_orphans(struct options *options, const char *argument, const char **why)
{
	static const struct kind kinds[] = { { "zombie", ORPHANS_ZOMBIE },
					     { "abandoned", ORPHANS_ABANDONED },
					     { "daemonized", ORPHANS_DAEMONIZED },
					     { "background", ORPHANS_BACKGROUND },
					     { NULL, 0 } };

	*why = "not a list of zombie, abandoned, daemonized, background";
	return add_kinds(kinds, argument, &options->orphan_kinds);
}

static int set_duration(const char *argument, uint64_t *ns, const char **why)
{
	int err = duration_parse(argument, ns);

	if (err)
		*why = err == -ERANGE ? "too long" : "not a duration such as 250ms, 5s, 2m";
	return err;
}

int options_set_age(struct options *options, const char *argument, const char **why)
{
	return set_duration(argument, &options->age_ns, why);
}

int options_set_limit(struct options *options, const char *argument, const char **why)
{
	uint64_t ns;
	int err = set_duration(argument, &ns, why);

	if (err)
		return err;
	if (ns == 0) {
		*why = "must be more than 0";
		return -EINVAL;
	}
	options->duration_ns = ns;
	return 0;
}

int options_set_output(struct options *options, const char *argument, const char **why)
{
	if (strcmp(argument, "text") == 0) {
		options->output = OUTPUT_TEXT;
	} else if (strcmp(argument, "json") == 0) {
		options->output = OUTPUT_JSON;
	} else if (strcmp(argument, "csv") == 0) {
		options->output = OUTPUT_CSV;
	} else {
		*why = "not text, json or (report only) csv";
		return -EINVAL;
	}
	return 0;
}

int options_set_log(struct options *options, const char *argument, const char **why)
{
	if (argument[0] == '\0') {
		*why = "empty";
		return -EINVAL;
	}
	options->log = argument;
	return 0;
}

int options_set_config(struct options *options, const char *argument, const char **why)
{
	int err;

	config_close(&options->config);
	err = config_open(&options->config, argument);
	if (err)
		*why = err == -EFBIG  ? "larger than 64 KiB" :
		       err == -EINVAL ? "it holds a NUL, it is no text" :
					strerror(-err);
	return err;
}

int options_set_log_level(struct options *options, const char *argument, const char **why)
{
	if (strcmp(argument, "findings") == 0) {
		options->log_level = LOG_LEVEL_FINDINGS;
	} else if (strcmp(argument, "all") == 0) {
		options->log_level = LOG_LEVEL_ALL;
	} else {
		*why = "neither findings nor all";
		return -EINVAL;
	}
	return 0;
}

/* A socket that was named stands. */
int options_set_syslog(struct options *options, const char *argument, const char **why)
{
	(void)argument;
	(void)why;
	if (!options->syslog)
		options->syslog = SYSLOG_SOCKET;
	return 0;
}

int options_set_syslog_socket(struct options *options, const char *argument, const char **why)
{
	if (argument[0] != '/') {
		*why = "not a path such as /dev/log";
		return -EINVAL;
	}
	if (strlen(argument) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		*why = "too long for a socket";
		return -EINVAL;
	}
	options->syslog = argument;
	return 0;
}

int options_set_metrics(struct options *options, const char *argument, const char **why)
{
	struct endpoint endpoint;
	int err = endpoint_parse(argument, &endpoint);

	if (err) {
		*why = "not PORT, ADDR:PORT, [IPV6]:PORT or unix:/PATH with a numeric ADDR";
		return err;
	}
	options->metrics = argument;
	return 0;
}

int options_set_textfile(struct options *options, const char *argument, const char **why)
{
	if (argument[0] == '\0') {
		*why = "empty";
		return -EINVAL;
	}
	options->textfile = argument;
	return 0;
}

int options_set_exitcode(struct options *options, const char *argument, const char **why)
{
	uint64_t code;

	if (!parse_number(argument, 255, &code)) {
		*why = "not a number from 0 to 255";
		return -EINVAL;
	}
	options->error_exitcode = (int)code;
	return 0;
}

int options_set_history(struct options *options, const char *argument, const char **why)
{
	uint64_t wanted;
	uint32_t records = HISTORY_MIN;

	if (!parse_number(argument, HISTORY_MAX, &wanted) || (wanted && wanted < HISTORY_MIN)) {
		*why = "not 0 and not a number from 1024 to 1048576";
		return -EINVAL;
	}
	while (records < wanted)
		records *= 2;
	options->history = wanted ? records : 0;
	return 0;
}

/* A size in bytes, with K, M or G behind it; stored as the power of two that holds it. */
int options_set_buffer(struct options *options, const char *argument, const char **why)
{
	static const char units[] = "KMG";
	size_t digits = strspn(argument, "0123456789");
	const char *unit = argument[digits] ? strchr(units, argument[digits]) : NULL;
	char number[12] = "";
	uint64_t wanted;
	uint32_t bytes = BUFFER_MIN;

	if (digits < sizeof(number))
		memcpy(number, argument, digits);
	if ((argument[digits] && (!unit || argument[digits + 1])) ||
	    !parse_number(number, BUFFER_MAX, &wanted) ||
	    (wanted <<= unit ? 10 * (unit - units + 1) : 0) < BUFFER_MIN || wanted > BUFFER_MAX) {
		*why = "not a size from 64K to 1G";
		return -EINVAL;
	}
	while (bytes < wanted)
		bytes *= 2;
	options->buffer_bytes = bytes;
	return 0;
}

static int set_moment(const char *argument, struct walltime_bound *bound, const char **why)
{
	*why = "neither a time such as 2026-11-21T19:05:11Z or 2026-11-21 nor a duration such as 2h";
	return walltime_parse_bound(argument, bound);
}

int options_set_since(struct options *options, const char *argument, const char **why)
{
	return set_moment(argument, &options->since, why);
}

int options_set_until(struct options *options, const char *argument, const char **why)
{
	return set_moment(argument, &options->until, why);
}

int options_set_by(struct options *options, const char *argument, const char **why)
{
	static const struct {
		const char *name;
		enum report_by by;
	} all[] = { { "cause", REPORT_BY_CAUSE },
		    { "parent", REPORT_BY_PARENT },
		    { "host", REPORT_BY_HOST },
		    { "unit", REPORT_BY_UNIT } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(argument, all[i].name) == 0) {
			options->by = all[i].by;
			return 0;
		}
	}
	*why = "not cause, parent, host or unit";
	return -EINVAL;
}

/* An option without an argument. */
#define SETS_FLAG(flag)                                                                            \
	int options_set_##flag(struct options *options, const char *argument, const char **why)    \
	{                                                                                          \
		(void)argument;                                                                    \
		(void)why;                                                                         \
		options->flag = true;                                                              \
		return 0;                                                                          \
	}

SETS_FLAG(journal)
SETS_FLAG(follow)
SETS_FLAG(timestamp)
SETS_FLAG(quiet)
SETS_FLAG(verbose)
SETS_FLAG(rejudge)
