// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SIGCHLD is ignored, so the kernel collects the children itself, and a wait for their status fails
 * with ECHILD. There is no zombie; the loss happens over and over until the scenario ends.
 */
#include "scenario.h"

static void ignore(void)
{
	signal(SIGCHLD, SIG_IGN);
}

static void no_cldwait(void)
{
	sc_handle(SIGCHLD, SIG_DFL, SA_NOCLDWAIT);
}

static void await_gone(pid_t pid)
{
	while (sc_state(pid) != 0)
		sc_nap(1);
}

static void must_fail(pid_t result)
{
	if (result != -1 || errno != ECHILD)
		sc_die("the wait did not fail with ECHILD");
	sc_round(300);
}

/* The pid is gone before the wait. */
static void lose_for_good(void)
{
	for (;;) {
		pid_t pid = sc_exits(1);

		await_gone(pid);
		must_fail(waitpid(pid, NULL, 0));
	}
}

static void sick(void)
{
	ignore();
	lose_for_good();
}

static void sick_nocldwait(void)
{
	no_cldwait();
	lose_for_good();
}

/* The wait is in flight when the child dies: it returns, empty-handed. */
static void sick_blocking(void)
{
	ignore();
	for (;;)
		must_fail(waitpid(sc_lives(100), NULL, 0));
}

/* With no child left; in flight at the last one's death it may be meant as a barrier. */
static void sick_any(void)
{
	ignore();
	for (;;) {
		await_gone(sc_exits(0));
		must_fail(wait(NULL));
		sc_round(50);
	}
}

static void sick_inherited(void)
{
	ignore();
	sc_exec("@program");
}

/* system(), popen() and the like in a program whose launcher ignored SIGCHLD. */
static void program(void)
{
	for (;;)
		must_fail(waitpid(sc_lives(50), NULL, 0));
}

static void *wait_in_thread(void *arg)
{
	must_fail(waitpid(*(pid_t *)arg, NULL, 0));
	return NULL;
}

static void sick_threads(void)
{
	ignore();
	for (;;) {
		pid_t pid = sc_exits_after(&sc->go, 0);
		pthread_t t = sc_thread(wait_in_thread, &pid);

		sc->go = 1;
		pthread_join(t, NULL);
	}
}

/* Fire and forget, which is what SIG_IGN is for. */
static void fire_and_forget(void)
{
	for (;;) {
		sc_exits(1);
		sc_round(150);
	}
}

static void twin(void)
{
	ignore();
	fire_and_forget();
}

static void twin_nocldwait(void)
{
	no_cldwait();
	fire_and_forget();
}

/* Children that reap themselves (Linux 7.1): nobody waits, and nothing is lost. */
static void twin_clone_autoreap(void)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	} args = { .flags = 1ULL << 34 /* CLONE_AUTOREAP */ };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		snprintf(sc->skip, sizeof(sc->skip), "no CLONE_AUTOREAP (Linux 7.1): %s",
			 strerror(errno));
	for (; pid >= 0; pid = syscall(SYS_clone3, &args, sizeof(args))) {
		if (!pid)
			_exit(1);
		await_gone((pid_t)pid);
		/* As with any child that has another exit signal, the pid is asked for so. */
		if (waitpid((pid_t)pid, NULL, __WALL) != -1 || errno != ECHILD)
			sc_die("it was not reaped");
		sc_round(150);
	}
	sc_ready();
}

/* A wait loop over healthy children ends with ECHILD too. */
static void twin_loop(void)
{
	for (;;) {
		sc_exits(0);
		sc_exits(1);
		while (wait(NULL) > 0)
			;
		sc_round(150);
	}
}

/* Ignored for fire and forget, then at its default for children that matter. */
static void twin_both(void)
{
	for (;;) {
		ignore();
		await_gone(sc_exits(0));
		signal(SIGCHLD, SIG_DFL);
		waitpid(sc_exits(1), NULL, 0);
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-nocldwait", .actor = sick_nocldwait },
	{ .name = "sick-blocking", .actor = sick_blocking },
	{ .name = "sick-any", .actor = sick_any },
	{ .name = "sick-inherited", .actor = sick_inherited },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-nocldwait", .actor = twin_nocldwait },
	{ .name = "twin-loop", .actor = twin_loop },
	{ .name = "twin-both", .actor = twin_both },
	{ .name = "twin-clone-autoreap", .actor = twin_clone_autoreap },
	{ .name = "@program", .actor = program },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "auto-reaped", variants);
}
