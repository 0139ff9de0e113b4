// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program that forked the child has exec'd another over itself, which does not know that it has
 * a child.
 */
#include "scenario.h"

/* A wrapper with waits of its own, which must not be counted for the program after it. */
static void wrapper_waits(void)
{
	for (int i = 0; i < 5; i++)
		waitpid(sc_exits(0), NULL, 0);
}

/* `helper & exec program` */
static void sick(void)
{
	wrapper_waits();
	sc_expect(sc_exits_after(&sc->go, 0));
	sc_exec("@sleeps");
}

static void sick_dead_before(void)
{
	pid_t pid = sc_exits(0);

	sc_await_state(pid, 'Z');
	sc_expect(pid);
	sc_exec("@sleeps");
}

static void sick_waits_for_own(void)
{
	sc_expect(sc_exits_after(&sc->go, 0));
	sc_exec("@waits-for-own");
}

static void sick_handler(void)
{
	pid_t pid = sc_exits(0);

	sc_await_state(pid, 'Z');
	sc_expect(pid);
	sc_exec("@reaps-by-handler");
}

static void *exec_it(void *arg)
{
	sc_exec("@sleeps");
	return arg;
}

/* exec by a thread that is not the leader: the process keeps its pid, and the child. */
static void sick_threads(void)
{
	pid_t pid = fork(); /* not bound to a thread's life */

	if (pid == 0) {
		sc_await(&sc->go, 1);
		_exit(0);
	}
	sc_expect(pid);
	sc_thread(exec_it, NULL);
}

static void sleeps(void)
{
	sc->go = 1;
	sc_ready();
}

static void waits_for_own(void)
{
	pid_t own = sc_stays();

	sc->go = 1;
	sc_ready();
	waitpid(own, NULL, 0);
}

static void reap_all(int sig)
{
	(void)sig;
	sc_reap_all();
}

/* It would collect what it is told of; of this one it is never told. */
static void reaps_by_handler(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	sc_ready();
}

/* An init that re-executes itself, and collects whatever it finds. */
static void twin(void)
{
	sc_lives(200);
	sc_exits(0);
	sc_exec(sc->rounds++ < 5 ? "@again" : "@waits-for-any");
}

static void twin_again(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
	twin();
}

static void waits_for_any(void)
{
	for (;;) {
		while (waitpid(-1, NULL, 0) > 0)
			;
		sc_ready();
		sc_nap(50);
		sc_exits(0);
	}
}

/* The wrapper waits for its helper before it execs. */
static void twin_wrapper(void)
{
	wrapper_waits();
	sc_exec("@waits-for-any");
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-dead-before", .actor = sick_dead_before },
	{ .name = "sick-waits-for-own", .actor = sick_waits_for_own },
	{ .name = "sick-handler", .actor = sick_handler },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-wrapper", .actor = twin_wrapper },
	{ .name = "@sleeps", .actor = sleeps },
	{ .name = "@waits-for-own", .actor = waits_for_own },
	{ .name = "@reaps-by-handler", .actor = reaps_by_handler },
	{ .name = "@again", .actor = twin_again },
	{ .name = "@waits-for-any", .actor = waits_for_any },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "exec-inherited", variants);
}
