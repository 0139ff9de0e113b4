// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child died while SIGCHLD was at its default; the handler that would have collected it came
 * after.
 */
#include "scenario.h"

static void reap_all(int sig)
{
	(void)sig;
	sc_reap_all();
}

static void reap_all_siginfo(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)si;
	(void)context;
	sc_reap_all();
}

static void sick(void)
{
	pid_t pid = sc_exits(0);

	sc_await_state(pid, 'Z');
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	sc_expect(pid);
	sc_ready();
}

static void sick_siginfo(void)
{
	struct sigaction sa = { .sa_sigaction = reap_all_siginfo,
				.sa_flags = SA_SIGINFO | SA_NOCLDSTOP };
	pid_t a = sc_exits(0), b = sc_exits(1);

	sc_await_state(a, 'Z');
	sc_await_state(b, 'Z');
	sigaction(SIGCHLD, &sa, NULL);
	sc_expect(a);
	sc_expect(b);
	sc_ready();
}

/* Unblocked while no handler is set: perl's fork() does so, and the child may be dead by then. */
static void sick_blocked(void)
{
	pid_t pid;

	sc_mask(SIG_BLOCK, SIGCHLD);
	pid = sc_exits(0);
	sc_await_state(pid, 'Z');
	sc_mask(SIG_UNBLOCK, SIGCHLD);
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	sc_expect(pid);
	sc_ready();
}

static void *install(void *arg)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	return arg;
}

/* Another thread installs it: a library that comes up while the first helper has already ended. */
static void sick_threads(void)
{
	pid_t pid = sc_exits(0);

	sc_await_state(pid, 'Z');
	pthread_join(sc_thread(install, NULL), NULL);
	sc_expect(pid);
	sc_ready();
}

static bool caught_now(void)
{
	return sc_all_zombies() && sc_mask_has(sc->parent, "SigCgt", SIGCHLD) &&
	       !sc_mask_has(sc->parent, "ShdPnd", SIGCHLD);
}

/*
 * The handler comes after the fork too, and the signal is blocked from before the fork until then.
 */
static void twin(void)
{
	for (;;) {
		pid_t pid;

		sc_handle(SIGCHLD, SIG_DFL, 0);
		sc_mask(SIG_BLOCK, SIGCHLD);
		pid = sc_exits(0);
		sc_await_state(pid, 'Z');
		sc_handle(SIGCHLD, reap_all, SA_RESTART);
		sc_mask(SIG_UNBLOCK, SIGCHLD);
		sc_round(150);
	}
}

/* As late as the sick one, and it collects once by hand after installing. */
static void twin_sweep(void)
{
	for (;;) {
		sc_handle(SIGCHLD, SIG_DFL, 0);
		sc_await_state(sc_exits(0), 'Z');
		sc_handle(SIGCHLD, reap_all, SA_RESTART);
		sc_reap_all();
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = caught_now },
	{ .name = "sick-siginfo", .actor = sick_siginfo, .established = caught_now },
	{ .name = "sick-blocked", .actor = sick_blocked, .established = caught_now },
	{ .name = "sick-threads", .actor = sick_threads, .established = caught_now },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-sweep", .actor = twin_sweep },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "late-handler", variants);
}
