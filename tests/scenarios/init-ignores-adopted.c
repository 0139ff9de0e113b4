// SPDX-License-Identifier: GPL-2.0-or-later
/* Pid 1 of a pid namespace does not collect what it adopts. The actor is that init. */
#include "scenario.h"

static pid_t app;

/*
 * Double fork: the inner child is adopted by the caller's init, which is pid 1 here. Returns its
 * pid.
 */
static pid_t orphan(_Atomic int *dies_after, bool dead_when_handed_over)
{
	_Atomic pid_t *slot = &sc->dead[0];
	pid_t mid = fork();

	if (mid == 0) {
		pid_t leaf = fork();

		if (leaf == 0) {
			if (!dead_when_handed_over)
				sc_await(dies_after, 1);
			_exit(6);
		}
		if (dead_when_handed_over)
			sc_await_death(leaf);
		*slot = leaf;
		_exit(0);
	}
	waitpid(mid, NULL, 0);
	sc->n_dead = 1;
	return sc->dead[0];
}

static bool dies_adopted(void)
{
	sc->go = 1;
	return sc_all_zombies();
}

static void sick(void)
{
	orphan(&sc->go, false);
	sc_ready();
}

/* It was a zombie already when its father died. */
static void sick_handed_over(void)
{
	orphan(&sc->go, true);
	sc_ready();
}

/* The usual container: pid 1 runs one application and waits for that. */
static void sick_waits_for_app(void)
{
	app = sc_stays();
	orphan(&sc->go, false);
	sc_ready();
	waitpid(app, NULL, 0);
}

static void wait_for_app(int sig)
{
	(void)sig;
	waitpid(app, NULL, WNOHANG);
}

/* A handler that knows only its own child. */
static void sick_handler(void)
{
	app = sc_stays();
	orphan(&sc->go, false);
	sc_handle(SIGCHLD, wait_for_app, SA_RESTART);
	sc_ready();
}

/* The application: leaves orphans behind without end. */
static void make_orphans(void)
{
	for (;;) {
		pid_t mid = fork();

		if (mid == 0) {
			if (fork() == 0) {
				sc_nap(20);
				_exit(0);
			}
			_exit(0);
		}
		waitpid(mid, NULL, 0);
		sc_round(150);
	}
}

static void start_app(void)
{
	if (sc_fork() == 0)
		make_orphans();
}

static void twin(void)
{
	start_app();
	for (;;)
		waitpid(-1, NULL, 0);
}

static void reap_all(int sig)
{
	(void)sig;
	sc_reap_all();
}

static void twin_handler(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART | SA_NOCLDSTOP);
	start_app();
}

/* As tini: a signal or a second, then collect. */
static void twin_sigtimedwait(void)
{
	struct timespec second = { .tv_sec = 1 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sc_mask(SIG_BLOCK, SIGCHLD);
	start_app();
	for (;;) {
		sigtimedwait(&set, NULL, &second);
		sc_reap_all();
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = dies_adopted, .new_pidns = true },
	{ .name = "sick-handed-over",
	  .actor = sick_handed_over,
	  .established = dies_adopted,
	  .new_pidns = true },
	{ .name = "sick-waits-for-app",
	  .actor = sick_waits_for_app,
	  .established = dies_adopted,
	  .new_pidns = true },
	{ .name = "sick-handler",
	  .actor = sick_handler,
	  .established = dies_adopted,
	  .new_pidns = true },
	{ .name = "twin", .actor = twin, .new_pidns = true },
	{ .name = "twin-handler", .actor = twin_handler, .new_pidns = true },
	{ .name = "twin-sigtimedwait", .actor = twin_sigtimedwait, .new_pidns = true },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "init-ignores-adopted", variants);
}
