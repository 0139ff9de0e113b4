// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent has a good handler, and SIGCHLD blocked in every thread: it stays pending. */
#include "scenario.h"

static void reap_all(int sig)
{
	(void)sig;
	sc_reap_all();
}

/* Blocked around the fork, and the unblocking was forgotten. */
static void sick(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_expect(sc_exits(2));
	sc_expect(sc_exits(0));
	sc_ready();
}

static void *work(void *arg)
{
	for (;;)
		sc_nap(200);
	return arg;
}

/* Blocked before the threads were made, so that no thread is left to take it. */
static void sick_threads(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_thread(work, NULL);
	sc_thread(work, NULL);
	sc_expect(sc_exits(0));
	sc_ready();
	work(NULL);
}

static bool blocked_and_pending(void)
{
	return sc_all_zombies() && sc_mask_has(sc->parent, "SigBlk", SIGCHLD) &&
	       sc_mask_has(sc->parent, "ShdPnd", SIGCHLD);
}

/* Blocked while it forks, unblocked after: the classic cure for the late handler. */
static void twin(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	for (;;) {
		sc_mask(SIG_BLOCK, SIGCHLD);
		sc_await_state(sc_exits(0), 'Z');
		sc_nap(100);
		sc_mask(SIG_UNBLOCK, SIGCHLD);
		sc_round(150);
	}
}

/* Blocked always, and opened only inside of sigsuspend. */
static void twin_sigsuspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	for (;;) {
		sc_exits(0);
		sigsuspend(&none);
		sc_round(150);
	}
}

/* Blocked always and never in a handler: fetched through a descriptor. */
static void twin_signalfd(void)
{
	struct signalfd_siginfo si;
	int fd;

	sc_mask(SIG_BLOCK, SIGCHLD);
	fd = sc_signalfd(0);
	for (;;) {
		sc_exits(0);
		if (read(fd, &si, sizeof(si)) == sizeof(si))
			sc_reap_all();
		sc_round(150);
	}
}

/* As systemd does: the signal is fetched late, when the event loop comes round to it. */
static void twin_signalfd_slow(void)
{
	struct signalfd_siginfo si;
	int fd;

	sc_mask(SIG_BLOCK, SIGCHLD);
	fd = sc_signalfd(SFD_NONBLOCK);
	for (;;) {
		sc_exits(0);
		sc_nap(300);
		if (read(fd, &si, sizeof(si)) == sizeof(si))
			sc_reap_all();
		sc_round(0);
	}
}

static void *sigwaiter(void *arg)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		sigwait(&set, &sig);
		sc_reap_all();
		sc->step++;
	}
	return arg;
}

/* Blocked in every thread; one of them sits in sigwait. */
static void twin_sigwait(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_thread(sigwaiter, NULL);
	for (;;) {
		sc_exits(0);
		sc_await(&sc->step, sc->rounds + 1);
		sc_round(150);
	}
}

/* Blocked and pending for good; a plain wait loop collects without looking at the signal. */
static void twin_polls(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	for (;;) {
		sc_exits(0);
		sc_nap(200);
		sc_reap_all();
		sc_round(0);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = blocked_and_pending },
	{ .name = "sick-threads", .actor = sick_threads, .established = blocked_and_pending },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-sigsuspend", .actor = twin_sigsuspend },
	{ .name = "twin-signalfd", .actor = twin_signalfd },
	{ .name = "twin-signalfd-slow", .actor = twin_signalfd_slow },
	{ .name = "twin-sigwait", .actor = twin_sigwait },
	{ .name = "twin-polls", .actor = twin_polls },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "sigchld-blocked", variants);
}
