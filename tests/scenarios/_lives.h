/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of _lives.c: names for processes, and turns, so that each step is over before the next
 * begins. Waits by looking into /proc and at shared memory, for anything else would be told by a
 * trace.
 */
#ifndef LIVES_H
#define LIVES_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "scenario_proc.h"

#define NAMES_MAX 8
#define PATIENCE_S 20
#define AS_ONE_PROGRAM "exits" /* argv[1] of a program that only exits, with argv[2] */

struct shared {
	atomic_int turn;
	atomic_int handled; /* SIGCHLDs that a handler ran for */
	struct {
		char name[8];
		long value;
	} told[NAMES_MAX];
	atomic_int count;
};

static struct shared *shared;

static void give_up(const char *what)
{
	fprintf(stderr, "lives: cannot %s: %s\n", what, strerror(errno));
	_exit(99);
}

/* The line that is printed at the end calls this value by this name. */
static void tell(const char *name, long value)
{
	int place = atomic_fetch_add(&shared->count, 1);

	if (place >= NAMES_MAX)
		give_up("name so many");
	shared->told[place].value = value;
	snprintf(shared->told[place].name, sizeof(shared->told[place].name), "%s", name);
}

/* Holds still until the test has seen enough, and says so by a line. */
static inline void hold(void)
{
	char c;

	printf("held\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		;
}

/* Looks again and again, and never too long. */
#define AWAIT(condition)                                                                           \
	do {                                                                                       \
		for (int look = 0; !(condition); look++) {                                         \
			if (look == PATIENCE_S * 2000)                                             \
				give_up("see that " #condition);                                   \
			usleep(500);                                                               \
		}                                                                                  \
	} while (0)

/* What was told by this name; 0: nothing yet. */
static inline long value_of(const char *name)
{
	for (int i = 0; i < shared->count; i++)
		if (!strcmp(shared->told[i].name, name))
			return shared->told[i].value;
	return 0;
}

/* The process of this name, once it is told. */
static inline pid_t pid_of(const char *name)
{
	AWAIT(value_of(name));
	return (pid_t)value_of(name);
}

static inline void await_turn(int turn)
{
	AWAIT(shared->turn >= turn);
}

static inline void await_zombie(pid_t pid)
{
	AWAIT(sc_state(pid) == 'Z');
}

static inline void await_gone(pid_t pid)
{
	AWAIT(!sc_state(pid));
}

/* Asleep in a wait: what the process tells of it has been told. */
static inline void await_wait_of(pid_t pid)
{
	AWAIT(sc_syscall(pid, pid) == SYS_wait4 || sc_syscall(pid, pid) == SYS_waitid);
}

/* The child's name is told before it does anything. It dies with its father. */
static inline pid_t fork_as(const char *name, unsigned long flags)
{
	pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);

	if (pid < 0)
		give_up("fork");
	if (pid)
		tell(name, pid);
	return pid;
}

/* A child that exits with a code once it is its turn. */
static inline pid_t child_exits(const char *name, int turn, int code)
{
	pid_t pid = fork_as(name, SIGCHLD);

	if (!pid) {
		await_turn(turn);
		_exit(code);
	}
	return pid;
}

static inline void on_sigchld(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	if (sigaction(SIGCHLD, &action, NULL))
		give_up("set a handler");
}

static inline void count_it(int sig)
{
	(void)sig;
	shared->handled++;
}

/* Starts a thread whose stack and name nobody asks for, and waits for its end if so wanted. */
static inline void thread_does(void *(*body)(void *), void *arg, bool join)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, body, arg))
		give_up("start a thread");
	if (join)
		pthread_join(thread, NULL);
	else
		pthread_detach(thread);
}

#endif
