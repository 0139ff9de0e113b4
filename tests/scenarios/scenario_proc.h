/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a scenario can see of other processes through /proc. It only reads; nothing here waits for a
 * child or changes a signal, because that would become part of the conduct that is being diagnosed.
 */
#ifndef SCENARIO_PROC_H
#define SCENARIO_PROC_H

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* Reads a small file of /proc as a string. Returns its length, -1 if it is gone. */
static inline ssize_t sc_read_file(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return -1;
	n = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[n] = '\0';
	return (ssize_t)n;
}

/*
 * Field `field` (as numbered in proc(5), from 3 on) of /proc/PID/stat; false if the process is
 * gone.
 */
static inline bool sc_stat(pid_t pid, int field, char *out, size_t size)
{
	char path[64], buf[1024], *p, *save = NULL;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (sc_read_file(path, buf, sizeof(buf)) <= 0 || !(p = strrchr(buf, ')')))
		return false;
	p = strtok_r(p + 1, " \n", &save);
	for (int i = 3; p && i < field; i++)
		p = strtok_r(NULL, " \n", &save);
	if (!p)
		return false;
	snprintf(out, size, "%s", p);
	return true;
}

/* The state letter of ps, 0 if the process is gone. */
static inline char sc_state(pid_t pid)
{
	char s[16];

	return sc_stat(pid, 3, s, sizeof(s)) ? s[0] : 0;
}

static inline pid_t sc_ppid(pid_t pid)
{
	char s[16];

	return sc_stat(pid, 4, s, sizeof(s)) ? atoi(s) : -1;
}

/* PF_EXITING: the process has begun to exit, wherever it hangs now. */
static inline bool sc_exiting(pid_t pid)
{
	char s[32];

	return sc_stat(pid, 9, s, sizeof(s)) && (strtoul(s, NULL, 10) & 0x4);
}

/* One line of /proc/PID/status, after "KEY:\t"; false if it is not there. */
static inline bool sc_status(pid_t pid, const char *key, char *out, size_t size)
{
	char path[64], line[512];
	size_t len = strlen(key);
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, len) || line[len] != ':')
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(out, size, "%s", line + len + 1 + strspn(line + len + 1, "\t "));
		found = true;
	}
	fclose(f);
	return found;
}

static inline pid_t sc_tracer(pid_t pid)
{
	char s[32];

	return sc_status(pid, "TracerPid", s, sizeof(s)) ? atoi(s) : -1;
}

/*
 * Is `sig` in the mask KEY (SigBlk, SigIgn, SigCgt, SigPnd, ShdPnd) of the process's main thread?
 */
static inline bool sc_mask_has(pid_t pid, const char *key, int sig)
{
	char s[32];

	return sc_status(pid, key, s, sizeof(s)) && (strtoull(s, NULL, 16) >> (sig - 1) & 1);
}

/* The pid that `pid` has in its own, innermost pid namespace. */
static inline pid_t sc_innermost_pid(pid_t pid)
{
	char s[256], *last;

	if (!sc_status(pid, "NSpid", s, sizeof(s)))
		return -1;
	last = strrchr(s, '\t');
	return atoi(last ? last + 1 : s);
}

/* The system call a thread sleeps in, -1 if it runs or is gone. */
static inline int sc_syscall(pid_t pid, pid_t tid)
{
	char path[64], s[256];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	if (sc_read_file(path, s, sizeof(s)) <= 0 || !isdigit((unsigned char)s[0]))
		return -1;
	return atoi(s);
}

/*
 * Calls `each` with every number in a directory of /proc, until it returns true. Returns whether it
 * did.
 */
static inline bool sc_each_number(const char *dir, bool (*each)(pid_t n, void *arg), void *arg)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool stop = false;

	if (!d)
		return false;
	while (!stop && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			stop = each(atoi(e->d_name), arg);
	closedir(d);
	return stop;
}

struct sc_threads_query {
	pid_t pid;
	int nr;
	int seen;
};

static inline bool sc_thread_elsewhere(pid_t tid, void *arg)
{
	struct sc_threads_query *q = arg;

	q->seen++;
	return sc_syscall(q->pid, tid) != q->nr;
}

/* Do at least `at_least` threads live, and do all of them sleep in system call `nr`? */
static inline bool sc_all_threads_in(pid_t pid, int nr, int at_least)
{
	struct sc_threads_query q = { .pid = pid, .nr = nr };
	char dir[64];

	snprintf(dir, sizeof(dir), "/proc/%d/task", pid);
	return !sc_each_number(dir, sc_thread_elsewhere, &q) && q.seen >= at_least;
}

struct sc_inside_query {
	pid_t above;
	pid_t ns_pid;
	pid_t found;
};

static inline bool sc_inside_matches(pid_t pid, void *arg)
{
	struct sc_inside_query *q = arg;
	pid_t up = pid;

	if (sc_innermost_pid(pid) != q->ns_pid)
		return false;
	for (int i = 0; i < 32 && up > 1 && up != q->above; i++)
		up = sc_ppid(up);
	if (up != q->above || pid == q->above)
		return false;
	q->found = pid;
	return true;
}

/*
 * The process below `above` that is called `ns_pid` in its own pid namespace; 0 if there is none.
 */
static inline pid_t sc_find_inside(pid_t above, pid_t ns_pid)
{
	struct sc_inside_query q = { .above = above, .ns_pid = ns_pid };

	sc_each_number("/proc", sc_inside_matches, &q);
	return q.found;
}

/* Sleeps for `ms` milliseconds, however many signals arrive. */
static inline void sc_nap(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

#endif
