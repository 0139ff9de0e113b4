// SPDX-License-Identifier: GPL-2.0-or-later
/* The main thread is dead and others live: shown as Z, cannot be waited for yet, is not a leak. */
#include "scenario.h"

static void *live_for(void *arg)
{
	sc_nap((long)arg);
	return NULL;
}

static void leader_ends(int threads, long ms)
{
	for (int i = 0; i < threads; i++)
		sc_thread(live_for, (void *)ms);
	pthread_exit(NULL);
}

static pid_t headless_child(int threads, long ms)
{
	pid_t pid = fork();

	if (pid < 0)
		sc_die("fork");
	if (pid == 0)
		leader_ends(threads, ms);
	return pid;
}

static void sick(void)
{
	pid_t pid = headless_child(1, SC_LIFETIME_S * 1000);

	sc_expect(pid);
	sc_ready();
	waitpid(pid, NULL, 0);
}

/* Three live threads, and a parent that never waits: still not the parent's fault. */
static void sick_threads(void)
{
	sc_expect(headless_child(3, SC_LIFETIME_S * 1000));
	sc_ready();
}

/* The rest ends soon; then the parent gets the status. */
static void twin(void)
{
	for (;;) {
		waitpid(headless_child(2, 150), NULL, 0);
		sc_round(100);
	}
}

static void twin_polls(void)
{
	for (;;) {
		headless_child(1, 100);
		while (sc_reap_all() == 0)
			sc_nap(50);
		sc_round(100);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-polls", .actor = twin_polls },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "leader-exited", variants);
}
