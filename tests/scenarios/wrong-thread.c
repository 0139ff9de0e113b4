// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The thread that collects counts on being interrupted by SIGCHLD; the signal goes to another
 * thread.
 */
#include "scenario.h"

static _Atomic int flag;

static void note(int sig)
{
	(void)sig;
	flag = 1;
	sc->step++;
}

/* Collects whenever a signal wakes it. */
static void *collector(void *arg)
{
	sigset_t none;

	sigemptyset(&none);
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc->go = 1;
	for (;;) {
		sigsuspend(&none);
		sc_reap_all();
		sc->rounds++;
	}
	return arg;
}

static void *idle(void *arg)
{
	for (;;)
		sc_nap(250);
	return arg;
}

/*
 * While main blocks the signal all is well; then something unblocks it there, and the kernel
 * prefers main.
 */
static void sick(void)
{
	pid_t pid;

	sc_handle(SIGCHLD, note, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_thread(collector, NULL);
	sc_await(&sc->go, 1);
	pid = sc_exits(0);
	while (sc_state(pid) != 0)
		sc_nap(1);
	sc_mask(SIG_UNBLOCK, SIGCHLD);
	sc_expect(sc_exits(1));
	sc_await(&sc->step, 2);
	sc_ready();
	idle(NULL);
}

/* The same with a pool beside; it is again main that gets the signal. */
static void sick_pool(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	for (int i = 0; i < 3; i++)
		sc_thread(idle, NULL);
	sick();
}

/* All threads but the collector block it for good. */
static void twin(void)
{
	sc_handle(SIGCHLD, note, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_thread(collector, NULL);
	for (int done = 0;; done++) {
		sc_exits(0);
		sc_await(&sc->rounds, done + 1);
		if (done == 2)
			sc_ready();
		sc_nap(150);
	}
}

static void *poll_flag(void *arg)
{
	for (;;) {
		sc_nap(200);
		if (atomic_exchange(&flag, 0))
			sc_reap_all();
	}
	return arg;
}

/*
 * The signal is delivered in main, another thread looks at a flag five times a second and collects.
 */
static void twin_flag_polled(void)
{
	sc_handle(SIGCHLD, note, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_thread(poll_flag, NULL);
	sc_mask(SIG_UNBLOCK, SIGCHLD);
	for (;;) {
		sc_exits(0);
		sc_round(300);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-pool", .actor = sick_pool },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-flag-polled", .actor = twin_flag_polled },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "wrong-thread", variants);
}
