// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tracer holds the dead child; the parent waits and cannot see it. The tracer is called
 * dw-tracer.
 */
#include "scenario.h"

static pid_t tracer;

/* The real parent: faultless. */
static void waits(void)
{
	sc_expect(sc_exits_after(&sc->go, 0));
	sc_ready();
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void *nap_forever(void *arg)
{
	for (;;)
		sc_nap(200);
	return arg;
}

/* The real parent polls, with threads beside. */
static void polls(void)
{
	sc_thread(nap_forever, NULL);
	sc_expect(sc_exits_after(&sc->go, 0));
	sc_ready();
	for (;;) {
		sc_reap_all();
		sc_nap(100);
	}
}

static void trace_by_seize(void)
{
	if (ptrace(PTRACE_SEIZE, sc->dead[0], NULL, NULL))
		sc_die("ptrace");
}

static void trace_by_attach(void)
{
	if (ptrace(PTRACE_ATTACH, sc->dead[0], NULL, NULL))
		sc_die("ptrace");
	waitpid(sc->dead[0], NULL, __WALL);
	ptrace(PTRACE_CONT, sc->dead[0], NULL, NULL);
}

/* Attaches, and then never waits again. */
static bool traced_then_dies(void (*attach)(void))
{
	if (!tracer && sc->ready) {
		tracer = fork();
		if (tracer == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			prctl(PR_SET_NAME, "dw-tracer");
			attach();
			sc->go = 1;
			sc_sleep_forever();
		}
		sc_healthy(tracer);
	}
	return sc->go && sc_all_zombies() && sc_tracer(sc->dead[0]) == tracer;
}

static bool seized(void)
{
	return traced_then_dies(trace_by_seize);
}

static bool attached(void)
{
	return traced_then_dies(trace_by_attach);
}

/* A tracer that collects its dead tracee; then the parent gets it. */
static void twin(void)
{
	for (;;) {
		pid_t child, helper;

		sc->go = 0;
		child = sc_exits_after(&sc->go, 0);
		helper = sc_fork();
		if (helper == 0) {
			if (ptrace(PTRACE_SEIZE, child, NULL, NULL))
				sc_die("ptrace");
			sc->go = 1;
			sc_nap(150);
			waitpid(child, NULL, __WALL);
			_exit(0);
		}
		waitpid(child, NULL, 0);
		waitpid(helper, NULL, 0);
		sc_round(100);
	}
}

/* The parent is the tracer, as in strace CMD. */
static void twin_own_tracer(void)
{
	for (;;) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			ptrace(PTRACE_TRACEME, 0, NULL, NULL);
			raise(SIGSTOP);
			_exit(0);
		}
		while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, NULL, NULL);
		sc_round(100);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = waits, .established = seized },
	{ .name = "sick-attach", .actor = waits, .established = attached },
	{ .name = "sick-threads", .actor = polls, .established = seized },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-own-tracer", .actor = twin_own_tracer },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "traced", variants);
}
