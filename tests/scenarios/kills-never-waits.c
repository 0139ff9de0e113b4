// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent kills its child and takes that for the end of the matter. */
#include "scenario.h"

static pid_t victim(void)
{
	pid_t pid = sc_fork();

	if (pid == 0)
		sc_sleep_forever();
	return pid;
}

static void sick(void)
{
	pid_t pid = victim();

	kill(pid, SIGKILL);
	sc_expect(pid);
	sc_ready();
}

static void sick_term(void)
{
	pid_t pid = victim();

	kill(pid, SIGTERM);
	sc_expect(pid);
	sc_ready();
}

static void sick_group(void)
{
	pid_t a = victim(), b = victim();

	setpgid(a, a);
	setpgid(b, a);
	kill(-a, SIGTERM);
	sc_expect(a);
	sc_expect(b);
	sc_ready();
}

static void *kill_it(void *arg)
{
	kill(*(pid_t *)arg, SIGKILL);
	return NULL;
}

static void *nap_forever(void *arg)
{
	for (;;)
		sc_nap(300);
	return arg;
}

/* Another thread of the parent kills: the sender is the process. */
static void sick_threads(void)
{
	pid_t pid = victim();

	pthread_join(sc_thread(kill_it, &pid), NULL);
	sc_expect(pid);
	sc_ready();
	nap_forever(NULL);
}

/* Looks first whether it still runs, as many libraries do, then kills. */
static void sick_polls_first(void)
{
	pid_t pid = victim();

	if (waitpid(pid, NULL, WNOHANG) == 0)
		kill(pid, SIGKILL);
	sc_expect(pid);
	sc_ready();
}

static void twin(void)
{
	for (;;) {
		pid_t pid = victim();

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		sc_round(150);
	}
}

static void reap_all(int sig)
{
	(void)sig;
	sc_reap_all();
}

static void twin_handler(void)
{
	sc_handle(SIGCHLD, reap_all, SA_RESTART);
	for (;;) {
		kill(victim(), SIGTERM);
		sc_round(150);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-term", .actor = sick_term },
	{ .name = "sick-group", .actor = sick_group },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "sick-polls-first", .actor = sick_polls_first },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-handler", .actor = twin_handler },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "kills-never-waits", variants);
}
