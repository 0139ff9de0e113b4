// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs: parses single files of one process. See procfs.h.
 */
#include "procfs.h"

#include "procfs_file.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

int procfs_open(const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Copies len bytes and a NUL, cut to size. */
static void copy_text(char *out, size_t size, const char *in, size_t len)
{
	if (len > size - 1)
		len = size - 1;
	memcpy(out, in, len);
	out[len] = '\0';
}

/* A field of stat that may be negative. */
static bool parse_int(const char *word, int *out)
{
	bool negative = *word == '-';
	uint64_t value;

	if (!procfs_file_number(word + negative, 10, INT_MAX, &value))
		return false;
	*out = negative ? -(int)value : (int)value;
	return true;
}

/* Fields of stat, numbered as in proc(5): what follows the comm begins with the third. */
enum {
	STAT_STATE = 3,
	STAT_PPID = 4,
	STAT_PGRP = 5,
	STAT_SESSION = 6,
	STAT_FLAGS = 9,
	STAT_START = 22,
	STAT_EXIT_SIGNAL = 38,
	STAT_EXIT_CODE = 52,
	STAT_FIELDS = 53,
};

static int split_stat(char *rest, char *fields[STAT_FIELDS])
{
	for (int i = STAT_STATE; i < STAT_FIELDS; i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i])
			return -EPROTO;
	}
	return 0;
}

/*
 * A comm may hold blanks, newlines and ")": only the last ")" of the file ends it, as nothing but
 * numbers and the state letter follows.
 */
int procfs_stat(int proc, pid_t tgid, pid_t tid, struct proc_stat *out)
{
	char buf[2048];
	char *fields[STAT_FIELDS];
	struct proc_stat stat = { 0 };
	char *open_paren, *close_paren;
	uint64_t flags;
	size_t len;
	int err;

	err = procfs_file_read(proc, tgid, tid, "stat", buf, sizeof(buf), &len);
	if (err)
		return err;
	if (len == 0 || buf[len - 1] != '\n')
		return -EPROTO;
	buf[len - 1] = '\0';
	open_paren = strstr(buf, " (");
	close_paren = strrchr(buf, ')');
	if (!open_paren || !close_paren || close_paren < open_paren + 2 || close_paren[1] != ' ')
		return -EPROTO;
	*open_paren = '\0';
	err = split_stat(close_paren + 2, fields);
	if (err)
		return err;

	if (strlen(fields[STAT_STATE]) != 1 || !parse_int(buf, &stat.pid) ||
	    !parse_int(fields[STAT_PPID], &stat.ppid) ||
	    !parse_int(fields[STAT_PGRP], &stat.pgrp) ||
	    !parse_int(fields[STAT_SESSION], &stat.session) ||
	    !procfs_file_number(fields[STAT_FLAGS], 10, UINT32_MAX, &flags) ||
	    !procfs_file_number(fields[STAT_START], 10, UINT64_MAX, &stat.start_ticks) ||
	    !parse_int(fields[STAT_EXIT_SIGNAL], &stat.exit_signal) ||
	    !parse_int(fields[STAT_EXIT_CODE], &stat.exit_code))
		return -EPROTO;
	stat.flags = (uint32_t)flags;
	stat.state = fields[STAT_STATE][0];
	copy_text(stat.comm, sizeof(stat.comm), open_paren + 2,
		  (size_t)(close_paren - open_paren - 2));
	*out = stat;
	return 0;
}

enum {
	STATUS_TGID,
	STATUS_PPID,
	STATUS_TRACER,
	STATUS_UID,
	STATUS_THREADS,
	STATUS_PENDING,
	STATUS_SHARED,
	STATUS_BLOCKED,
	STATUS_IGNORED,
	STATUS_CAUGHT,
	STATUS_KEYS,
};

static const struct {
	const char *key;
	int base;
	uint64_t max;
} status_keys[STATUS_KEYS] = {
	[STATUS_TGID] = { "Tgid", 10, INT_MAX },
	[STATUS_PPID] = { "PPid", 10, INT_MAX },
	[STATUS_TRACER] = { "TracerPid", 10, INT_MAX },
	[STATUS_UID] = { "Uid", 10, UINT32_MAX },
	[STATUS_THREADS] = { "Threads", 10, UINT32_MAX },
	[STATUS_PENDING] = { "SigPnd", 16, UINT64_MAX },
	[STATUS_SHARED] = { "ShdPnd", 16, UINT64_MAX },
	[STATUS_BLOCKED] = { "SigBlk", 16, UINT64_MAX },
	[STATUS_IGNORED] = { "SigIgn", 16, UINT64_MAX },
	[STATUS_CAUGHT] = { "SigCgt", 16, UINT64_MAX },
};

/* NSpid lists a pid per namespace, this /proc's first, the process's own last. */
static int parse_ns_pids(char *list, struct proc_status *status)
{
	uint32_t count = 0;
	uint64_t value = 0;
	char *word;

	while ((word = strsep(&list, "\t"))) {
		if (!procfs_file_number(word, 10, INT_MAX, &value))
			return -EPROTO;
		count++;
	}
	status->ns_pid = (pid_t)value;
	status->ns_level = count - 1;
	return 0;
}

static int parse_status_line(char *line, uint64_t values[], uint32_t *seen,
			     struct proc_status *status)
{
	char *value = line;
	const char *key = strsep(&value, ":");

	if (!value)
		return 0;
	value += strspn(value, "\t ");
	if (strcmp(key, "NSpid") == 0)
		return parse_ns_pids(value, status);
	for (int i = 0; i < STATUS_KEYS; i++) {
		if (strcmp(key, status_keys[i].key) != 0)
			continue;
		/* Uid: real, effective, saved, file system. */
		if (!procfs_file_number(strsep(&value, "\t"), status_keys[i].base,
					status_keys[i].max, &values[i]))
			return -EPROTO;
		*seen |= 1U << i;
	}
	return 0;
}

/*
 * The only text of another process's choice is Name:, where the kernel writes a newline as "\n"
 * (proc_task_name() escapes "\n\\"): a true line start is the kernel's own.
 */
int procfs_status(int proc, pid_t tgid, pid_t tid, struct proc_status *out)
{
	struct procfs_lines lines = { .fd = procfs_file_open(proc, tgid, tid, "status") };
	struct proc_status status = { 0 };
	uint64_t values[STATUS_KEYS];
	uint32_t seen = 0;
	char *line;
	int got;

	if (lines.fd < 0)
		return lines.fd;
	while ((got = procfs_lines_next(&lines, &line)) == 1) {
		got = parse_status_line(line, values, &seen, &status);
		if (got)
			break;
	}
	close(lines.fd);
	if (got)
		return got;
	if (seen != (1U << STATUS_KEYS) - 1)
		return -EPROTO;
	if (values[STATUS_TGID] == 0)
		return -ESRCH; /* it lost its pid while it was read */

	status.tgid = (pid_t)values[STATUS_TGID];
	status.ppid = (pid_t)values[STATUS_PPID];
	status.tracer = (pid_t)values[STATUS_TRACER];
	status.uid = (uid_t)values[STATUS_UID];
	status.threads = (uint32_t)values[STATUS_THREADS];
	if (status.ns_pid == 0) /* a kernel without pid namespaces */
		status.ns_pid = tid ? tid : status.tgid;
	status.pending = values[STATUS_PENDING];
	status.shared_pending = values[STATUS_SHARED];
	status.blocked = values[STATUS_BLOCKED];
	status.ignored = values[STATUS_IGNORED];
	status.caught = values[STATUS_CAUGHT];
	*out = status;
	return 0;
}

bool procfs_lives(int proc, pid_t tgid)
{
	struct proc_status status;
	struct proc_stat stat;

	if (procfs_stat(proc, tgid, 0, &stat) || stat.state == 'X')
		return false;
	return stat.state != 'Z' || (!procfs_status(proc, tgid, 0, &status) && status.threads > 1);
}

int procfs_comm(int proc, pid_t tgid, pid_t tid, char *out, size_t size)
{
	char buf[PROCFS_COMM_MAX + 1];
	size_t len;
	int err;

	err = procfs_file_read(proc, tgid, tid, "comm", buf, sizeof(buf), &len);
	if (err)
		return err;
	/* The kernel adds one newline; those before it belong to the name. */
	if (len == 0 || (buf[len - 1] != '\n' && len < sizeof(buf) - 1))
		return -EPROTO;
	if (buf[len - 1] == '\n')
		len--;
	copy_text(out, size, buf, len);
	return 0;
}

int procfs_cmdline(int proc, pid_t tgid, struct proc_cmdline *out)
{
	char buf[PROCFS_CMDLINE_MAX + 2]; /* one byte more than is kept shows that there is more */
	size_t len;
	int err;

	err = procfs_file_read(proc, tgid, 0, "cmdline", buf, sizeof(buf), &len);
	if (err)
		return err;
	/* The NUL that ends the last argument is not text that is missing. */
	out->truncated = len > PROCFS_CMDLINE_MAX && buf[PROCFS_CMDLINE_MAX] != '\0';
	if (len > PROCFS_CMDLINE_MAX)
		len = PROCFS_CMDLINE_MAX;
	out->len = text_join_args(buf, len);
	copy_text(out->text, sizeof(out->text), buf, out->len);
	return 0;
}

int procfs_wchan(int proc, pid_t tgid, pid_t tid, char *out, size_t size)
{
	char buf[PROCFS_WCHAN_MAX];
	size_t len;
	int err;

	err = procfs_file_read(proc, tgid, tid, "wchan", buf, sizeof(buf), &len);
	if (err)
		return err;
	len = strcspn(buf, "\n");
	if (len == 1 && buf[0] == '0')
		len = 0;
	copy_text(out, size, buf, len);
	return 0;
}

static bool parse_hex_word(char **rest, uint64_t *out)
{
	const char *word = strsep(rest, " ");

	return word && strncmp(word, "0x", 2) == 0 &&
	       procfs_file_number(word + 2, 16, UINT64_MAX, out);
}

int procfs_syscall(int proc, pid_t tgid, pid_t tid, struct proc_syscall *out)
{
	struct proc_syscall call = { 0 };
	char buf[256];
	char *rest = buf;
	uint64_t nr;
	size_t len;
	int err;

	err = procfs_file_read(proc, tgid, tid, "syscall", buf, sizeof(buf), &len);
	if (err)
		return err;
	if (len == 0 || buf[len - 1] != '\n')
		return -EPROTO;
	buf[len - 1] = '\0';
	if (strcmp(buf, "running") == 0) {
		call.running = true;
		call.nr = -1;
		*out = call;
		return 0;
	}

	if (strncmp(buf, "-1 ", 3) == 0) {
		call.nr = -1;
		rest += 3;
	} else {
		if (!procfs_file_number(strsep(&rest, " "), 10, INT64_MAX, &nr))
			return -EPROTO;
		call.nr = (int64_t)nr;
		for (int i = 0; i < 6; i++) {
			if (!parse_hex_word(&rest, &call.args[i]))
				return -EPROTO;
		}
	}
	if (!parse_hex_word(&rest, &call.sp) || !parse_hex_word(&rest, &call.pc) || rest)
		return -EPROTO;
	*out = call;
	return 0;
}

/* The kernel makes ticks by dividing, so a tick's nanoseconds are a whole number (USER_HZ 100). */
static uint64_t ns_per_tick(void)
{
	long per_second = sysconf(_SC_CLK_TCK);

	return per_second > 0 ? NS_PER_S / (uint64_t)per_second : NS_PER_S / 100;
}

uint64_t procfs_ticks_to_ns(uint64_t ticks)
{
	uint64_t ns;

	return __builtin_mul_overflow(ticks, ns_per_tick(), &ns) ? UINT64_MAX : ns;
}

uint64_t procfs_ns_to_ticks(uint64_t ns)
{
	return ns / ns_per_tick();
}
