// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread waits for one child and finds that another thread, or a tracer, has taken its status.
 * There is no zombie; the loss happens over and over. Seen with the exact tier only.
 */
#include "scenario.h"

static void must_fail(int result)
{
	if (result != -1 || errno != ECHILD)
		sc_die("the wait did not fail with ECHILD");
	sc_round(200);
}

static void await_gone(pid_t pid)
{
	while (sc_state(pid) != 0)
		sc_nap(1);
}

/* Takes whatever dies. */
static void *take_any(void *arg)
{
	for (;;)
		if (wait(NULL) < 0)
			sc_nap(1);
	return arg;
}

/* The status is gone before it is asked for. */
static void sick(void)
{
	sc_thread(take_any, NULL);
	for (;;) {
		pid_t pid = sc_exits(1);

		await_gone(pid);
		must_fail(waitpid(pid, NULL, 0));
	}
}

static void sick_waitid(void)
{
	sc_thread(take_any, NULL);
	for (;;) {
		pid_t pid = sc_exits(1);
		siginfo_t si;

		await_gone(pid);
		must_fail(waitid(P_PID, (id_t)pid, &si, WEXITED));
	}
}

/* By its descriptor, which outlives the child. */
static void sick_pidfd(void)
{
	sc_thread(take_any, NULL);
	for (;;) {
		pid_t pid = sc_exits_after(&sc->go, 1);
		int fd = (int)syscall(SYS_pidfd_open, pid, 0);
		siginfo_t si;

		sc->go = 1;
		await_gone(pid);
		sc->go = 0;
		must_fail((int)syscall(SYS_waitid, 3 /* P_PIDFD */, fd, &si, WEXITED, NULL));
		close(fd);
	}
}

static void *take_one(void *arg)
{
	waitpid(*(pid_t *)arg, NULL, 0);
	return NULL;
}

/* Both are in a wait for it when it dies; one of them comes too late. */
static void sick_in_flight(void)
{
	for (;;) {
		pid_t pid = sc_lives(100);
		pthread_t other = sc_thread(take_one, &pid);

		waitpid(pid, NULL, 0);
		pthread_join(other, NULL);
		/* One of the two has lost it, whichever that is. */
		sc_round(100);
	}
}

/* Follows the child to its end, as strace -p would. */
static pid_t tracer_of(pid_t pid)
{
	pid_t tracer = sc_fork();

	if (tracer)
		return tracer;
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		sc_die("seize");
	sc->go = 1;
	while (waitpid(pid, NULL, __WALL) == pid && sc_state(pid))
		;
	_exit(0);
}

/* The parent ignores SIGCHLD: what its tracer has waited for is gone. */
static void sick_tracer(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		pid_t pid = sc_exits_after(&sc->go, 1);

		tracer_of(pid);
		await_gone(pid);
		sc->go = 0;
		must_fail(waitpid(pid, NULL, 0));
	}
}

/* One thread reaps all, and nobody else asks. */
static void twin(void)
{
	sc_thread(take_any, NULL);
	for (;;) {
		await_gone(sc_exits(1));
		sc_round(150);
	}
}

static void *own_children(void *arg)
{
	for (;;)
		waitpid(sc_lives(20), NULL, 0);
	return arg;
}

/* Each thread waits for its own. */
static void twin_owners(void)
{
	sc_thread(own_children, NULL);
	for (;;) {
		waitpid(sc_lives(20), NULL, 0);
		sc_round(100);
	}
}

/* Reaps what is dead in one go, and asks for each once more. */
static void twin_twice(void)
{
	for (;;) {
		pid_t pid = sc_exits(1);

		while (wait(NULL) > 0)
			;
		waitpid(pid, NULL, 0);
		sc_round(100);
	}
}

/* A pid that never was a child of its. */
static void twin_stranger(void)
{
	for (;;) {
		waitpid(sc->director, NULL, WNOHANG);
		waitpid(sc_exits(0), NULL, 0);
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-waitid", .actor = sick_waitid },
	{ .name = "sick-pidfd", .actor = sick_pidfd },
	{ .name = "sick-in-flight", .actor = sick_in_flight },
	{ .name = "sick-tracer", .actor = sick_tracer },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-owners", .actor = twin_owners },
	{ .name = "twin-twice", .actor = twin_twice },
	{ .name = "twin-stranger", .actor = twin_stranger },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "status-stolen", variants);
}
