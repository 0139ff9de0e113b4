// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent is still inside of its SIGCHLD handler, which waits for something that cannot come. */
#include "scenario.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int full_pipe[2];

static void lock_and_reap(int sig)
{
	(void)sig;
	sc->step++;
	pthread_mutex_lock(&mutex);
	sc_reap_all();
	pthread_mutex_unlock(&mutex);
}

static void lock_and_reap_siginfo(int sig, siginfo_t *si, void *context)
{
	(void)si;
	(void)context;
	lock_and_reap(sig);
}

static void log_and_reap(int sig)
{
	char line[4096] = { 0 };

	(void)sig;
	sc->step++;
	if (write(full_pipe[1], line, sizeof(line)) > 0)
		sc_reap_all();
}

/* The child dies while the thread that gets the signal holds the mutex. */
static void dies_in_critical_section(void)
{
	pthread_mutex_lock(&mutex);
	sc_expect(sc_exits_after(&sc->go, 0));
	sc->go = 1;
	for (;;)
		sc_nap(100);
}

static void sick(void)
{
	sc_handle(SIGCHLD, lock_and_reap, SA_RESTART);
	dies_in_critical_section();
}

static void sick_siginfo(void)
{
	struct sigaction sa = { .sa_sigaction = lock_and_reap_siginfo,
				.sa_flags = SA_SIGINFO | SA_RESTART };

	sigaction(SIGCHLD, &sa, NULL);
	dies_in_critical_section();
}

/* SIGCHLD is not blocked inside of this handler: the mask says nothing. */
static void sick_nodefer(void)
{
	sc_handle(SIGCHLD, lock_and_reap, SA_NODEFER);
	dies_in_critical_section();
}

/* The handler writes to a log that no one reads. */
static void sick_write(void)
{
	char block[4096] = { 0 };

	if (pipe(full_pipe))
		sc_die("pipe");
	fcntl(full_pipe[1], F_SETFL, O_NONBLOCK);
	while (write(full_pipe[1], block, sizeof(block)) > 0)
		;
	fcntl(full_pipe[1], F_SETFL, 0);
	sc_handle(SIGCHLD, log_and_reap, SA_RESTART);
	dies_in_critical_section();
}

static void *take_signals(void *arg)
{
	sc_mask(SIG_UNBLOCK, SIGCHLD);
	dies_in_critical_section();
	return arg;
}

/* The stuck thread is not main, and main works on with SIGCHLD blocked. */
static void sick_threads(void)
{
	sc_handle(SIGCHLD, lock_and_reap, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_thread(take_signals, NULL);
	for (;;)
		sc_nap(100);
}

struct stuck_query {
	pid_t pid;
	int nr;
};

static bool thread_in(pid_t tid, void *arg)
{
	struct stuck_query *q = arg;

	return sc_syscall(q->pid, tid) == q->nr;
}

static bool stuck_in(int nr)
{
	struct stuck_query q = { .pid = sc->parent, .nr = nr };
	char dir[64];

	snprintf(dir, sizeof(dir), "/proc/%d/task", sc->parent);
	if (sc->step && sc_each_number(dir, thread_in, &q))
		sc_ready();
	return sc_all_zombies();
}

static bool stuck_in_futex(void)
{
	return stuck_in(SYS_futex);
}

static bool stuck_in_write(void)
{
	return stuck_in(SYS_write);
}

/* The same mutex, and SIGCHLD blocked for as long as it is held. */
static void twin(void)
{
	sc_handle(SIGCHLD, lock_and_reap, SA_RESTART);
	for (;;) {
		sc_mask(SIG_BLOCK, SIGCHLD);
		pthread_mutex_lock(&mutex);
		sc_exits(0);
		sc_nap(100);
		pthread_mutex_unlock(&mutex);
		sc_mask(SIG_UNBLOCK, SIGCHLD);
		sc_round(150);
	}
}

static void slow_handler(int sig)
{
	(void)sig;
	sc_nap(150);
	sc_reap_all();
}

/* A handler that takes its time, with SA_NODEFER, and does collect. */
static void twin_nodefer(void)
{
	sc_handle(SIGCHLD, slow_handler, SA_NODEFER | SA_RESTART);
	for (;;) {
		sc_exits(0);
		sc_exits(0);
		sc_round(300);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = stuck_in_futex },
	{ .name = "sick-siginfo", .actor = sick_siginfo, .established = stuck_in_futex },
	{ .name = "sick-nodefer", .actor = sick_nodefer, .established = stuck_in_futex },
	{ .name = "sick-write", .actor = sick_write, .established = stuck_in_write },
	{ .name = "sick-threads", .actor = sick_threads, .established = stuck_in_futex },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-nodefer", .actor = twin_nodefer },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "handler-stuck", variants);
}
