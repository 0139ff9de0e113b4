// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parent collects one child for each SIGCHLD that it gets, and several deaths made one signal.
 */
#include "scenario.h"

#define BATCH 3

static volatile sig_atomic_t slow; /* the handler goes on only when all of its batch is dead */
static volatile sig_atomic_t waits;
static pid_t batch[BATCH + 2];
static int in_batch;

static void wait_once(int sig)
{
	int err = errno;

	(void)sig;
	sc->step = 1;
	if (slow)
		for (int i = 0; i < in_batch; i++)
			while (sc_state(batch[i]) != 'Z' && sc_state(batch[i]) != 0)
				sc_nap(1);
	waitpid(-1, NULL, WNOHANG);
	waits = waits + 1;
	errno = err;
}

static void reap_all(int sig)
{
	(void)sig;
	sc_reap_all();
}

static void die_together(int n)
{
	in_batch = n;
	for (int i = 0; i < n; i++)
		batch[i] = sc_exits_after(&sc->go, i);
	sc->go = 1;
}

static void await_batch(void)
{
	for (int i = 0; i < in_batch; i++)
		sc_await_state(batch[i], 'Z');
}

/* wait takes the eldest first, so the youngest are left. */
static void expect_all_but(int collected)
{
	for (int i = collected; i < in_batch; i++)
		sc_expect(batch[i]);
	sc_ready();
}

/*
 * All three die while the signal is blocked for a moment, as it is around every fork of a careful
 * program.
 */
static void sick(void)
{
	sc_handle(SIGCHLD, wait_once, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	die_together(BATCH);
	await_batch();
	sc_mask(SIG_UNBLOCK, SIGCHLD);
	expect_all_but(1);
}

/* Three more die while the handler of the first runs: two deliveries, two waits, two left. */
static void sick_slow_handler(void)
{
	slow = 1;
	sc_handle(SIGCHLD, wait_once, SA_RESTART);
	in_batch = 4;
	for (int i = 0; i < in_batch; i++)
		batch[i] = sc_exits_after(i ? &sc->step : &sc->go, i);
	sc->go = 1;
	while (waits < 2)
		sc_nap(1);
	expect_all_but(2);
}

static void *sleep_on(void *arg)
{
	for (;;)
		sc_nap(1000);
	return arg;
}

/* The handler runs in main; other threads have it blocked. */
static void sick_threads(void)
{
	sc_handle(SIGCHLD, wait_once, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_thread(sleep_on, NULL);
	die_together(BATCH);
	await_batch();
	sc_mask(SIG_UNBLOCK, SIGCHLD);
	expect_all_but(1);
	sleep_on(NULL);
}

static sigset_t chld_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return set;
}

/* An init in miniature: one sigwaitinfo, one wait. There is no handler and never a delivery. */
static void sick_sigwait(void)
{
	sigset_t set = chld_set();

	sc_mask(SIG_BLOCK, SIGCHLD);
	die_together(BATCH);
	await_batch();
	expect_all_but(1);
	for (;;)
		if (sigwaitinfo(&set, NULL) > 0)
			waitpid(-1, NULL, WNOHANG);
}

/* Waits for the child that the signal names, and for no other. */
static void sick_signalfd(void)
{
	struct signalfd_siginfo si;
	int fd;

	sc_mask(SIG_BLOCK, SIGCHLD);
	fd = sc_signalfd(0);
	die_together(BATCH);
	await_batch();
	while (read(fd, &si, sizeof(si)) == sizeof(si)) {
		waitpid((pid_t)si.ssi_pid, NULL, WNOHANG);
		for (int i = 0; i < BATCH; i++)
			if (batch[i] != (pid_t)si.ssi_pid)
				sc_expect(batch[i]);
		sc_ready();
	}
}

static void collect_rounds(void (*collect)(int fd), int fd)
{
	for (;;) {
		sc->go = 0;
		die_together(BATCH);
		await_batch();
		collect(fd);
		while (waitpid(-1, NULL, WNOHANG) >= 0)
			sc_nap(1);
		sc_round(150);
	}
}

static void by_handler(int fd)
{
	(void)fd;
	sc_mask(SIG_UNBLOCK, SIGCHLD);
	sc_mask(SIG_BLOCK, SIGCHLD);
}

static void by_signalfd(int fd)
{
	struct signalfd_siginfo si;

	if (read(fd, &si, sizeof(si)) == sizeof(si))
		sc_reap_all();
}

static void by_sigwait(int fd)
{
	sigset_t set = chld_set();

	(void)fd;
	if (sigwaitinfo(&set, NULL) > 0)
		sc_reap_all();
}

/* The same merging, and a loop in the handler. */
static void twin(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	sc_mask(SIG_BLOCK, SIGCHLD);
	collect_rounds(by_handler, -1);
}

static void twin_signalfd(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	collect_rounds(by_signalfd, sc_signalfd(0));
}

static void twin_sigwait(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	collect_rounds(by_sigwait, -1);
}

/* Deaths during the handler itself, with SA_NODEFER: it nests, and collects all the same. */
static void twin_nodefer(void)
{
	sc_handle(SIGCHLD, reap_all, SA_NODEFER);
	for (;;) {
		for (int i = 0; i < 6; i++)
			sc_exits(i);
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-slow-handler", .actor = sick_slow_handler },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "sick-sigwait", .actor = sick_sigwait },
	{ .name = "sick-signalfd", .actor = sick_signalfd },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-signalfd", .actor = twin_signalfd },
	{ .name = "twin-sigwait", .actor = twin_sigwait },
	{ .name = "twin-nodefer", .actor = twin_nodefer },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "sigchld-merged", variants);
}
