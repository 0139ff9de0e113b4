// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent looks at the dead child with WNOWAIT and keeps it. */
#include "scenario.h"

static void peek(pid_t pid, int flags)
{
	siginfo_t si;

	if (waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT | flags))
		sc_die("waitid");
}

static void sick(void)
{
	pid_t pid = sc_exits(1);

	peek(pid, 0);
	sc_expect(pid);
	sc_ready();
}

static void sick_any(void)
{
	pid_t pid = sc_exits(1);
	siginfo_t si;

	sc_await_state(pid, 'Z');
	waitid(P_ALL, 0, &si, WEXITED | WNOWAIT);
	sc_expect(pid);
	sc_ready();
}

static void sick_polls(void)
{
	pid_t pid = sc_exits(1);

	sc_await_state(pid, 'Z');
	sc_expect(pid);
	for (int n = 0;; n++) {
		peek(pid, WNOHANG);
		if (n == 2)
			sc_ready();
		sc_nap(100);
	}
}

static void *peek_in_thread(void *arg)
{
	peek(*(pid_t *)arg, 0);
	sc->step = 1;
	for (;;)
		sc_nap(300);
	return NULL;
}

static void sick_threads(void)
{
	static pid_t pid;

	pid = sc_exits(1);
	sc_thread(peek_in_thread, &pid);
	sc_await(&sc->step, 1);
	sc_expect(pid);
	sc_ready();
	for (;;)
		sc_nap(300);
}

/* As systemd: look, take notes, then collect. */
static void twin(void)
{
	for (;;) {
		pid_t pid = sc_exits(1);

		peek(pid, 0);
		sc_nap(150);
		waitpid(pid, NULL, 0);
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-any", .actor = sick_any },
	{ .name = "sick-polls", .actor = sick_polls },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "held", variants);
}
