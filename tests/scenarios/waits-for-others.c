// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent does wait, but no wait of its would take the child that is dead. */
#include "scenario_uring.h"

#include <linux/wait.h>

/* The director lets the child die only once the parent is inside its wait. */
static bool waits_then_dies(void)
{
	int nr = sc_syscall(sc->parent, sc->parent);

	if (sc->ready && (nr == SYS_wait4 || nr == SYS_waitid))
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

static void victim(void)
{
	sc_expect(sc_exits_after(&sc->go, 7));
}

static void sick(void)
{
	pid_t other;

	victim();
	other = sc_stays();
	sc_ready();
	waitpid(other, NULL, 0);
}

static void sick_group(void)
{
	pid_t other;

	victim();
	other = sc_stays();
	setpgid(other, other);
	sc_ready();
	waitpid(-other, NULL, 0);
}

/* Only clone children, of which there is one that lives. */
static void sick_wclone(void)
{
	pid_t other;

	victim();
	other = sc_clone(0);
	if (other == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sc_sleep_forever();
	}
	sc_healthy(other);
	sc_ready();
	waitpid(-1, NULL, __WCLONE);
}

static void *fork_victim(void *arg)
{
	victim();
	sc->step = 1;
	for (;;)
		sc_nap(1000);
	return arg;
}

/* Main waits for the children of its own thread; the dead one belongs to another thread. */
static void sick_wnothread(void)
{
	sc_thread(fork_victim, NULL);
	sc_await(&sc->step, 1);
	sc_stays();
	sc_ready();
	waitpid(-1, NULL, __WNOTHREAD);
}

/* Job control only: stops and continues, no exits. */
static void sick_no_wexited(void)
{
	siginfo_t si;

	victim();
	sc_stays();
	sc_ready();
	while (waitid(P_ALL, 0, &si, WSTOPPED | WCONTINUED) == 0)
		;
}

/* It polls the one it knows; the other is nobody's business. */
static void sick_polls(void)
{
	pid_t other;

	victim();
	other = sc_stays();
	sc_ready();
	sc->go = 1;
	while (waitpid(other, NULL, WNOHANG) == 0)
		sc_nap(100);
}

static void *wait_for(void *arg)
{
	waitpid(*(pid_t *)arg, NULL, 0);
	return NULL;
}

/* A thread waits for the one, main is busy; nobody waits for the other. */
static void sick_threads(void)
{
	static pid_t other;

	victim();
	other = sc_stays();
	sc_thread(wait_for, &other);
	sc_ready();
	sc->go = 1;
	for (;;)
		sc_nap(300);
}

/* In order: first the one that lives longer, then the one that is dead already. */
static void twin(void)
{
	for (;;) {
		pid_t dead = sc_exits(7), other = sc_lives(250);

		waitpid(other, NULL, 0);
		waitpid(dead, NULL, 0);
		sc_round(0);
	}
}

static void twin_group(void)
{
	for (;;) {
		pid_t dead = sc_exits(7), other = sc_lives(250);

		setpgid(other, other);
		while (waitpid(-other, NULL, 0) > 0)
			;
		waitpid(dead, NULL, 0);
		sc_round(0);
	}
}

static void twin_wait_any(void)
{
	for (;;) {
		sc_exits(7);
		sc_lives(250);
		while (wait(NULL) > 0)
			;
		sc_round(0);
	}
}

/* A wait by io_uring: no tracepoint shows it, but it is in flight. */
static void sick_uring(void)
{
	struct sc_uring ring = { 0 };
	pid_t pid;

	if (sc_uring_open(&ring)) {
		sc_uring_ask(&ring, sc_exits(0));
		if (sc_uring_answer(&ring) == -EINVAL)
			snprintf(sc->skip, sizeof(sc->skip), "no IORING_OP_WAITID (Linux 6.7)");
	}
	if (!sc->skip[0]) {
		pid = sc_exits_after(&sc->go, 1);
		sc_uring_ask(&ring, sc_stays());
		sc->go = 1;
		sc_expect(pid);
	}
	sc_ready();
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = waits_then_dies },
	{ .name = "sick-group", .actor = sick_group, .established = waits_then_dies },
	{ .name = "sick-wclone", .actor = sick_wclone, .established = waits_then_dies },
	{ .name = "sick-wnothread", .actor = sick_wnothread, .established = waits_then_dies },
	{ .name = "sick-no-wexited", .actor = sick_no_wexited, .established = waits_then_dies },
	{ .name = "sick-polls", .actor = sick_polls },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "sick-uring", .actor = sick_uring },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-group", .actor = twin_group },
	{ .name = "twin-wait-any", .actor = twin_wait_any },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "waits-for-others", variants);
}
