// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent asked once with WNOHANG, while the child still ran, and never again. */
#include "scenario.h"

static void sick(void)
{
	pid_t pid = sc_exits_after(&sc->go, 0);

	if (waitpid(pid, NULL, WNOHANG) != 0)
		sc_die("the child died too early");
	sc->go = 1;
	sc_expect(pid);
	sc_ready();
}

static void sick_any(void)
{
	pid_t a = sc_exits_after(&sc->go, 0), b = sc_exits_after(&sc->go, 1);

	waitpid(-1, NULL, WNOHANG);
	sc->go = 1;
	sc_expect(a);
	sc_expect(b);
	sc_ready();
}

static void sick_waitid(void)
{
	pid_t pid = sc_exits_after(&sc->go, 0);
	siginfo_t si;

	waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG);
	sc->go = 1;
	sc_expect(pid);
	sc_ready();
}

static void *ask_once(void *arg)
{
	waitpid(*(pid_t *)arg, NULL, WNOHANG);
	sc->go = 1;
	for (;;)
		sc_nap(300);
	return NULL;
}

static void sick_threads(void)
{
	static pid_t pid;

	pid = sc_exits_after(&sc->go, 0);
	sc_thread(ask_once, &pid);
	sc_expect(pid);
	sc_ready();
	for (;;)
		sc_nap(300);
}

/* Asks ten times a second. */
static void twin(void)
{
	for (;;) {
		pid_t pid = sc_lives(50);

		while (waitpid(pid, NULL, WNOHANG) == 0)
			sc_nap(100);
		sc_round(0);
	}
}

/* A supervisor that looks once a second: its zombies live for up to that second. */
static void supervisor(void)
{
	for (;;) {
		sc_lives(100);
		sc_lives(400);
		if (++sc->rounds == 2)
			sc_ready();
		sc_nap(1000);
		sc_reap_all();
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-any", .actor = sick_any },
	{ .name = "sick-waitid", .actor = sick_waitid },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-supervisor", .actor = supervisor, .age = "2s" },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "asked-too-early", variants);
}
