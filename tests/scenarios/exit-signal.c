// SPDX-License-Identifier: GPL-2.0-or-later
/* The child was cloned with another exit signal than SIGCHLD: a plain wait never takes it. */
#include "scenario.h"

static pid_t clone_child(int exit_signal)
{
	pid_t pid = sc_clone((unsigned long)exit_signal);

	if (pid < 0)
		sc_die("clone");
	if (pid == 0)
		_exit(1);
	return pid;
}

static void count(int sig)
{
	(void)sig;
	sc->step++;
}

static void reap_plainly(int sig)
{
	sc_reap_all();
	count(sig);
}

/* No signal at all, and nobody waits. */
static void sick_zero(void)
{
	sc_expect(clone_child(0));
	sc_ready();
}

/* A plain wait loop: ECHILD every time. */
static void sick(void)
{
	sc_handle(SIGUSR1, count, SA_RESTART);
	sc_expect(clone_child(SIGUSR1));
	for (int n = 0;; n++) {
		waitpid(-1, NULL, WNOHANG);
		if (n == 2)
			sc_ready();
		sc_nap(100);
	}
}

static void sick_handler(void)
{
	sc_handle(SIGUSR1, reap_plainly, SA_RESTART);
	sc_expect(clone_child(SIGUSR1));
	sc_await(&sc->step, 1);
	sc_ready();
}

static void *nap_forever(void *arg)
{
	for (;;)
		sc_nap(300);
	return arg;
}

static void sick_threads(void)
{
	sc_thread(nap_forever, NULL);
	sc_expect(clone_child(0));
	sc_ready();
	nap_forever(NULL);
}

static void twin(void)
{
	sc_handle(SIGUSR1, count, SA_RESTART);
	for (;;) {
		waitpid(clone_child(SIGUSR1), NULL, __WALL);
		sc_round(150);
	}
}

static void twin_wclone(void)
{
	for (;;) {
		while (waitpid(clone_child(0), NULL, __WCLONE) < 0)
			;
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-zero", .actor = sick_zero },
	{ .name = "sick-handler", .actor = sick_handler },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-wclone", .actor = twin_wclone },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "exit-signal", variants);
}
