// SPDX-License-Identifier: GPL-2.0-or-later
/* A process asked to adopt orphans (PR_SET_CHILD_SUBREAPER) and does not collect them. */
#include "scenario.h"

static pid_t app;

static void be_subreaper(void)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		sc_die("prctl");
}

/* Double fork; the inner child falls to the subreaper and dies after that, or before. */
static void orphan(bool dead_when_handed_over)
{
	pid_t mid = sc_fork();

	if (mid == 0) {
		pid_t leaf = fork();

		if (leaf == 0) {
			if (!dead_when_handed_over)
				sc_await(&sc->go, 1);
			_exit(6);
		}
		if (dead_when_handed_over)
			sc_await_death(leaf);
		sc_expect(leaf);
		_exit(0);
	}
	waitpid(mid, NULL, 0);
}

static bool dies_adopted(void)
{
	if (sc->ready)
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

static void sick(void)
{
	be_subreaper();
	orphan(false);
	sc_ready();
}

static void sick_handed_over(void)
{
	be_subreaper();
	orphan(true);
	sc_ready();
}

static void sick_waits_for_app(void)
{
	be_subreaper();
	app = sc_stays();
	orphan(false);
	sc_ready();
	waitpid(app, NULL, 0);
}

static void wait_for_app(int sig)
{
	(void)sig;
	waitpid(app, NULL, WNOHANG);
}

static void sick_handler(void)
{
	be_subreaper();
	app = sc_stays();
	orphan(false);
	sc_handle(SIGCHLD, wait_for_app, SA_RESTART);
	sc_ready();
}

/* Leaves orphans behind without end. */
static void start_app(void)
{
	if (sc_fork() == 0)
		for (;;) {
			pid_t mid = sc_fork();

			if (mid == 0) {
				sc_lives(20);
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

static void twin(void)
{
	be_subreaper();
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
	be_subreaper();
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	start_app();
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = dies_adopted },
	{ .name = "sick-handed-over", .actor = sick_handed_over, .established = dies_adopted },
	{ .name = "sick-waits-for-app", .actor = sick_waits_for_app, .established = dies_adopted },
	{ .name = "sick-handler", .actor = sick_handler, .established = dies_adopted },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-handler", .actor = twin_handler },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "subreaper-ignores-adopted", variants);
}
