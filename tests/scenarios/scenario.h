/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of a scenario: a program that makes one situation on purpose, for deadwait to explain.
 *
 * A *director* (this frame) starts an *actor* (the parent that is sick, or its healthy twin). The
 * actor behaves as the real program would and does nothing else; the director looks on through
 * /proc until the situation really holds, prints one line of JSON, and ends everything at the end
 * of its standard input or after SC_LIFETIME_S seconds.
 *
 *     {"variant":"sick","cause":"never-waits","parent":12,"children":[13],"healthy":[11,12]}
 *
 * Optional: "age" (the -a this variant needs), "others" (further findings that are right here),
 * "skip" (a reason why this machine cannot make the situation). Pids are those of the pid namespace
 * in which the scenario runs.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "scenario_proc.h"

#define SC_LIFETIME_S 120
#define SC_SETUP_S 30
#define SC_MAX 64
#define SC_SHM_FD 97 /* survives exec, so that a second program of the same scenario finds it */

/* What director, actor and their children share. */
struct sc_shared {
	_Atomic int ready;  /* actor: everything is set up */
	_Atomic int go;	    /* director: now the children may die */
	_Atomic int step;   /* free for the variant */
	_Atomic int rounds; /* twin: how often it went through its whole life */
	_Atomic pid_t director, parent;
	_Atomic int n_dead, n_healthy, n_other;
	_Atomic pid_t dead[SC_MAX], healthy[SC_MAX];
	struct {
		pid_t child, parent;
		char cause[32];
	} other[4];
	char skip[128];
};

static struct sc_shared *sc;

struct sc_variant {
	const char *
		name; /* begins with "sick" or "twin"; with '@': a second program, reached by sc_exec() only */
	void (*actor)(void); /* the sick or healthy parent; when it returns it sleeps for good */
	bool (*established)(
		void); /* director: does the situation hold? It may push it forward. NULL: sc_all_zombies */
	void (*tick)(void);   /* director: every 20 ms while the situation is held */
	void (*finish)(void); /* director: before everything is killed */
	const char *age; /* the least -a at which the variant must be silent, if not the default */
	bool new_pidns;	 /* the actor is the init of a pid namespace */
};

__attribute__((noreturn, format(printf, 1, 2))) static inline void sc_die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	_exit(1);
}

/* ---- for actors ---- */

static inline void sc_add(_Atomic pid_t *list, _Atomic int *n, pid_t pid)
{
	int i = atomic_fetch_add(n, 1);

	if (i >= SC_MAX)
		sc_die("too many pids in one scenario");
	list[i] = pid;
}

/* This child must be found dead. */
static inline void sc_expect(pid_t pid)
{
	sc_add(sc->dead, &sc->n_dead, pid);
}

/* This process must never be reported. */
static inline void sc_healthy(pid_t pid)
{
	sc_add(sc->healthy, &sc->n_healthy, pid);
}

static inline void sc_expect_other(pid_t child, pid_t parent, const char *cause)
{
	int i = sc->n_other;

	sc->other[i].child = child;
	sc->other[i].parent = parent;
	snprintf(sc->other[i].cause, sizeof(sc->other[i].cause), "%s", cause);
	sc->n_other = i + 1;
}

static inline void sc_ready(void)
{
	sc->ready = 1;
}

/* A twin's end of a round: what it did was complete and healthy. */
static inline void sc_round(long pause_ms)
{
	if (++sc->rounds == 2)
		sc_ready();
	sc_nap(pause_ms);
}

static inline void sc_await(_Atomic int *flag, int at_least)
{
	for (int ms = 0; *flag < at_least; ms++) {
		if (ms > SC_LIFETIME_S * 1000)
			_exit(1);
		sc_nap(1);
	}
}

static inline void sc_await_state(pid_t pid, char state)
{
	while (sc_state(pid) != state)
		sc_nap(1);
}

/*
 * Until `pid` is dead, without a wait and without /proc: also right inside a pid namespace of its
 * own.
 */
static inline void sc_await_death(pid_t pid)
{
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };

	if (p.fd < 0)
		sc_die("pidfd_open");
	while (poll(&p, 1, -1) != 1)
		;
	close(p.fd);
}

/* Sleeps for good, whatever signals are handled meanwhile. */
__attribute__((noreturn)) static inline void sc_sleep_forever(void)
{
	for (;;)
		pause();
}

/*
 * fork() whose child dies with the *thread* that made it; returns as fork does. Do not use it where
 * that thread ends before the child may.
 */
static inline pid_t sc_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		sc_die("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* A child that ends at once. */
static inline pid_t sc_exits(int code)
{
	pid_t pid = sc_fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

/* A child that ends once `flag` is set. */
static inline pid_t sc_exits_after(_Atomic int *flag, int code)
{
	pid_t pid = sc_fork();

	if (pid == 0) {
		sc_await(flag, 1);
		_exit(code);
	}
	return pid;
}

/* A child that ends by itself after `ms`. */
static inline pid_t sc_lives(long ms)
{
	pid_t pid = sc_fork();

	if (pid == 0) {
		sc_nap(ms);
		_exit(0);
	}
	return pid;
}

/* A child that lives on and is nobody's fault. */
static inline pid_t sc_stays(void)
{
	pid_t pid = sc_fork();

	if (pid == 0)
		sc_sleep_forever();
	sc_healthy(pid);
	return pid;
}

/*
 * For a process that outlives its parent on purpose and is no descendant of the director any more.
 */
__attribute__((noreturn)) static inline void sc_stay_orphan(void)
{
	for (int ms = 0; ms < SC_LIFETIME_S * 1000 && kill(sc->director, 0) == 0; ms += 100)
		sc_nap(100);
	_exit(0);
}

/* clone() without a new stack, that is fork() with flags. */
static inline pid_t sc_clone(unsigned long flags)
{
	return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

static inline void sc_handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	if (sigaction(sig, &sa, NULL))
		sc_die("sigaction");
}

/* how: SIG_BLOCK or SIG_UNBLOCK, for the calling thread and those that it starts. */
static inline void sc_mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(how, &set, NULL);
}

static inline int sc_signalfd(int flags)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return signalfd(-1, &set, flags | SFD_CLOEXEC);
}

/* Collects all that is dead; returns how many. Fit for a handler. */
static inline int sc_reap_all(void)
{
	int n = 0, err = errno;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		n++;
	errno = err;
	return n;
}

static inline pthread_t sc_thread(void *(*body)(void *), void *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, body, arg))
		sc_die("pthread_create");
	return t;
}

/* Becomes the same program again, at its variant `stage` (which begins with '@'). */
__attribute__((noreturn)) static inline void sc_exec(const char *stage)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		execl(self, self, stage, NULL);
	}
	sc_die("exec");
}

/* ---- for the director ---- */

/* Everything is set up, and each expected child is a zombie of the parent that was named. */
static inline bool sc_all_zombies(void)
{
	for (int i = 0; i < sc->n_dead; i++)
		if (sc_state(sc->dead[i]) != 'Z' || sc_ppid(sc->dead[i]) != sc->parent)
			return false;
	return sc->ready;
}

int sc_direct(int argc, char **argv, const char *cause, const struct sc_variant *variants);

#include "scenario_director.h"

#endif
