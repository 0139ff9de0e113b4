// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dead one is the parent's child, and the parent did not make it: a child of its did, with
 * CLONE_PARENT.
 */
#include "scenario.h"

/* A live helper that gives its own parent another child. */
static pid_t helper_with_sibling(_Atomic int *dies_after)
{
	pid_t helper = sc_fork();

	if (helper == 0) {
		pid_t pid = sc_clone(CLONE_PARENT | SIGCHLD);

		if (pid < 0)
			sc_die("clone");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			sc_await(dies_after, 1);
			_exit(9);
		}
		sc_expect(pid);
		sc->step = 1;
		sc_sleep_forever();
	}
	sc_healthy(helper);
	sc_await(&sc->step, 1);
	return helper;
}

static void sick(void)
{
	helper_with_sibling(&sc->go);
	sc->go = 1;
	sc_ready();
}

/* It waits for the one it made. */
static void sick_waits(void)
{
	pid_t helper = helper_with_sibling(&sc->go);

	sc_ready();
	waitpid(helper, NULL, 0);
}

static bool waits_then_dies(void)
{
	if (sc->ready && sc_syscall(sc->parent, sc->parent) == SYS_wait4)
		sc->go = 1;
	return sc->go && sc_all_zombies();
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
	sick();
	nap_forever(NULL);
}

/* As a container runtime: it knows of the gift and collects all. */
static void twin(void)
{
	for (;;) {
		if (sc_fork() == 0) {
			pid_t pid = sc_clone(CLONE_PARENT | SIGCHLD);

			if (pid == 0)
				sc_nap(20);
			_exit(0);
		}
		while (waitpid(-1, NULL, 0) > 0)
			;
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-waits", .actor = sick_waits, .established = waits_then_dies },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "clone-parent", variants);
}
