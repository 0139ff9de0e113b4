// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parent's wait for the child is cut short by a signal, the child dies later, and nobody waits
 * again. Seen with the exact tier only.
 */
#include "scenario.h"

#include <sys/time.h>

static void note(int sig)
{
	(void)sig;
}

/* SIGALRM again and again: the first may come before the wait. */
static void alarm_every(long ms, int flags)
{
	struct itimerval timer = { .it_interval.tv_usec = ms * 1000,
				   .it_value.tv_usec = ms * 1000 };

	sc_handle(SIGALRM, note, flags);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void alarm_stop(void)
{
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
}

/* What the wait said; then the child may die. */
static void must_be_cut_short(int result)
{
	if (result != -1 || errno != EINTR)
		sc_die("the wait was not cut short");
	alarm_stop();
	sc->go = 1;
}

static void sick(void)
{
	pid_t pid = sc_exits_after(&sc->go, 0);

	alarm_every(50, 0);
	must_be_cut_short(waitpid(pid, NULL, 0));
	sc_expect(pid);
	sc_ready();
}

static void sick_any(void)
{
	pid_t a = sc_exits_after(&sc->go, 0), b = sc_exits_after(&sc->go, 1);

	alarm_every(50, 0);
	must_be_cut_short(wait(NULL));
	sc_expect(a);
	sc_expect(b);
	sc_ready();
}

static void sick_waitid(void)
{
	pid_t pid = sc_exits_after(&sc->go, 0);
	siginfo_t si;

	alarm_every(50, 0);
	must_be_cut_short(waitid(P_PID, (id_t)pid, &si, WEXITED));
	sc_expect(pid);
	sc_ready();
}

static void sick_pidfd(void)
{
	pid_t pid = sc_exits_after(&sc->go, 0);
	siginfo_t si;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	alarm_every(50, 0);
	must_be_cut_short((int)syscall(SYS_waitid, 3 /* P_PIDFD */, fd, &si, WEXITED, NULL));
	sc_expect(pid);
	sc_ready();
}

static void *wait_once(void *arg)
{
	sc_mask(SIG_UNBLOCK, SIGALRM);
	must_be_cut_short(waitpid(*(pid_t *)arg, NULL, 0));
	for (;;)
		sc_nap(300);
	return NULL;
}

/* The signal reaches the thread that waits. */
static void sick_threads(void)
{
	static pid_t pid;

	pid = sc_exits_after(&sc->go, 0);
	sc_mask(SIG_BLOCK, SIGALRM);
	sc_thread(wait_once, &pid);
	alarm_every(50, 0);
	sc_expect(pid);
	sc_await(&sc->go, 1);
	sc_ready();
	for (;;)
		sc_nap(300);
}

/* Asks again. */
static void twin(void)
{
	alarm_every(50, 0);
	for (;;) {
		pid_t pid = sc_lives(200), got;

		do
			got = waitpid(pid, NULL, 0);
		while (got < 0 && errno == EINTR);
		sc_round(0);
	}
}

/* The kernel asks again. */
static void twin_restart(void)
{
	alarm_every(50, SA_RESTART);
	for (;;) {
		if (waitpid(sc_lives(200), NULL, 0) < 0)
			sc_die("the wait was cut short");
		sc_round(0);
	}
}

/* A timeout: what is too slow is killed, and waited for all the same. */
static void twin_timeout(void)
{
	for (;;) {
		pid_t pid = sc_lives(5000);

		alarm_every(50, 0);
		if (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
			alarm_stop();
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-any", .actor = sick_any },
	{ .name = "sick-waitid", .actor = sick_waitid },
	{ .name = "sick-pidfd", .actor = sick_pidfd },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-restart", .actor = twin_restart },
	{ .name = "twin-timeout", .actor = twin_timeout },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "interrupted-wait", variants);
}
