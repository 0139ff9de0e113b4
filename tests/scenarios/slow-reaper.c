// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent does collect, later than its children die. */
#include "scenario.h"

#define BACKLOG 40
#define LAST 12

/*
 * Many die at once and one is collected every 400 ms, the eldest first: those at the end wait long.
 */
static void sick(void)
{
	pid_t pid[BACKLOG];

	for (int i = 0; i < BACKLOG; i++)
		pid[i] = sc_exits_after(&sc->go, 0);
	sc->go = 1;
	for (int i = BACKLOG - LAST; i < BACKLOG; i++)
		sc_expect(pid[i]);
	for (int n = 0;; n++) {
		if (n == 2)
			sc_ready();
		sc_nap(400);
		waitpid(-1, NULL, WNOHANG);
	}
}

static void *collect_slowly(void *arg)
{
	for (;;) {
		sc_nap(400);
		waitpid(-1, NULL, WNOHANG);
		sc->step++;
	}
	return arg;
}

/* The same by a thread of its own, while main is busy elsewhere. */
static void sick_threads(void)
{
	pid_t pid[BACKLOG];

	for (int i = 0; i < BACKLOG; i++)
		pid[i] = sc_exits_after(&sc->go, 0);
	sc->go = 1;
	for (int i = BACKLOG - LAST; i < BACKLOG; i++)
		sc_expect(pid[i]);
	sc_thread(collect_slowly, NULL);
	sc_await(&sc->step, 2);
	sc_ready();
	for (;;)
		sc_nap(300);
}

/*
 * Collects everything, every four seconds. Ready when it was seen to do so once and the next ones
 * are dead.
 */
static void sick_period(void)
{
	for (int n = 0;; n++) {
		pid_t a = sc_exits(0), b = sc_exits(1);

		if (n == 1) {
			sc_expect(a);
			sc_expect(b);
			sc_ready();
		}
		sc_nap(4000);
		sc_reap_all();
	}
}

/* As many deaths at once, and all are collected within the period. */
static void twin(void)
{
	for (;;) {
		for (int i = 0; i < 10; i++)
			sc_exits(0);
		sc_nap(300);
		sc_reap_all();
		sc_round(0);
	}
}

/* The same backlog, taken one by one, but fast. */
static void twin_one_by_one(void)
{
	for (;;) {
		for (int i = 0; i < 10; i++)
			sc_exits(0);
		while (waitpid(-1, NULL, WNOHANG) >= 0)
			sc_nap(20);
		sc_round(100);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "sick-period", .actor = sick_period },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-one-by-one", .actor = twin_one_by_one },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "slow-reaper", variants);
}
