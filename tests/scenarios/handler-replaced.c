// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent collected well, until something installed another SIGCHLD handler over its own. */
#include "scenario.h"

static struct sigaction before;

static void reap_all(int sig)
{
	(void)sig;
	sc_reap_all();
}

/* A library that is only interested in children of its own. */
static void library_handler(int sig)
{
	(void)sig;
	sc->step++;
}

static void chaining_handler(int sig)
{
	if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
		before.sa_handler(sig);
	sc->step++;
}

static void one_is_collected(void)
{
	pid_t pid = sc_exits(0);

	while (sc_state(pid) != 0)
		sc_nap(1);
}

static void sick(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	one_is_collected();
	one_is_collected();
	sc_handle(SIGCHLD, library_handler, SA_RESTART);
	sc_expect(sc_exits(1));
	sc_await(&sc->step, 1);
	sc_ready();
}

static void *library_init(void *arg)
{
	sc_handle(SIGCHLD, library_handler, SA_RESTART);
	for (;;)
		sc_nap(300);
	return arg;
}

static void sick_threads(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	one_is_collected();
	sc_thread(library_init, NULL);
	while (sigaction(SIGCHLD, NULL, &before) || before.sa_handler != library_handler)
		sc_nap(1);
	sc_expect(sc_exits(1));
	sc_await(&sc->step, 1);
	sc_ready();
}

/* The library calls the handler that was there before it. */
static void twin(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	one_is_collected();
	sigaction(SIGCHLD, NULL, &before);
	sc_handle(SIGCHLD, chaining_handler, SA_RESTART);
	for (;;) {
		sc_exits(1);
		sc_round(150);
	}
}

/* Two handlers take turns, and both collect. */
static void twin_alternates(void)
{
	before.sa_handler = reap_all;
	for (;;) {
		sc_handle(SIGCHLD, sc->rounds % 2 ? reap_all : chaining_handler, SA_RESTART);
		sc_exits(1);
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-alternates", .actor = twin_alternates },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "handler-replaced", variants);
}
