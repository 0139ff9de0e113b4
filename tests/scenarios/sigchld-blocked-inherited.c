// SPDX-License-Identifier: GPL-2.0-or-later
/* The program was started with SIGCHLD blocked by whoever exec'd it, and does not know. */
#include "scenario.h"

static void reap_all(int sig)
{
	(void)sig;
	sc_reap_all();
}

/* The careless launcher. */
static void launch_sick(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_exec("@program");
}

/* A program that is right in itself. */
static void program(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	sc_expect(sc_exits(0));
	sc_expect(sc_exits(1));
	sc_ready();
}

static void *nap_forever(void *arg)
{
	for (;;)
		sc_nap(300);
	return arg;
}

static void launch_sick_threads(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_exec("@program-threads");
}

static void program_threads(void)
{
	sc_thread(nap_forever, NULL);
	program();
	nap_forever(NULL);
}

static bool blocked_and_pending(void)
{
	return sc_all_zombies() && sc_mask_has(sc->parent, "SigBlk", SIGCHLD) &&
	       sc_mask_has(sc->parent, "ShdPnd", SIGCHLD);
}

static void launch_twin(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_exec("@program-unblocks");
}

/* The same start, and a program that sets its own mask. */
static void program_unblocks(void)
{
	sc_mask(SIG_UNBLOCK, SIGCHLD);
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	for (;;) {
		sc_exits(0);
		sc_round(150);
	}
}

static void launch_twin_waits(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_exec("@program-waits");
}

/* The mask stays as inherited; a blocking wait does not need the signal. */
static void program_waits(void)
{
	for (;;) {
		waitpid(sc_exits(0), NULL, 0);
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = launch_sick, .established = blocked_and_pending },
	{ .name = "sick-threads",
	  .actor = launch_sick_threads,
	  .established = blocked_and_pending },
	{ .name = "twin", .actor = launch_twin },
	{ .name = "twin-waits", .actor = launch_twin_waits },
	{ .name = "@program", .actor = program },
	{ .name = "@program-threads", .actor = program_threads },
	{ .name = "@program-unblocks", .actor = program_unblocks },
	{ .name = "@program-waits", .actor = program_waits },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "sigchld-blocked-inherited", variants);
}
