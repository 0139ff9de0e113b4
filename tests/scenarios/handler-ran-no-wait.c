// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parent was told of the death, by its handler or by fetching the signal, and then did not
 * wait.
 */
#include "scenario.h"

static volatile sig_atomic_t child_died;
static int self_pipe[2];

static void set_flag(int sig)
{
	(void)sig;
	child_died = 1;
	sc->step++;
}

static void write_pipe(int sig)
{
	int err = errno;

	(void)sig;
	if (write(self_pipe[1], "c", 1) == 1)
		sc->step++;
	errno = err;
}

static void one_child_dies(void)
{
	sc_expect(sc_exits(1));
	sc_await(&sc->step, 1);
	sc_ready();
}

/* The main loop never looks at the flag. */
static void sick(void)
{
	sc_handle(SIGCHLD, set_flag, SA_RESTART);
	one_child_dies();
}

/* A lost wake-up: the flag is looked at, the child dies, and only then the loop goes to sleep. */
static void sick_lost_wakeup(void)
{
	pid_t pid;

	sc_handle(SIGCHLD, set_flag, 0);
	pid = sc_exits_after(&sc->go, 0);
	for (;;) {
		if (child_died)
			sc_reap_all();
		if (!sc->go) {
			sc->go = 1;
			sc_await(&sc->step, 1);
			sc_expect(pid);
			sc_ready();
		}
		pause();
	}
}

/* The handler writes to a pipe that no one reads any more. */
static void sick_self_pipe(void)
{
	if (pipe(self_pipe))
		sc_die("pipe");
	sc_handle(SIGCHLD, write_pipe, SA_RESTART);
	one_child_dies();
}

/* The event loop fetches the signal and throws it away. */
static void sick_signalfd(void)
{
	struct signalfd_siginfo si;
	int fd;

	sc_mask(SIG_BLOCK, SIGCHLD);
	fd = sc_signalfd(0);
	sc_expect(sc_exits(1));
	while (read(fd, &si, sizeof(si)) == sizeof(si))
		sc_ready();
}

static void sick_sigwait(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sc_mask(SIG_BLOCK, SIGCHLD);
	sc_expect(sc_exits(1));
	for (;;)
		if (sigwaitinfo(&set, NULL) == SIGCHLD)
			sc_ready();
}

static void *nap_forever(void *arg)
{
	for (;;)
		sc_nap(500);
	return arg;
}

static void sick_threads(void)
{
	sc_handle(SIGCHLD, set_flag, SA_RESTART);
	sc_thread(nap_forever, NULL);
	sc_thread(nap_forever, NULL);
	one_child_dies();
}

/* The flag is looked at without a gap, thanks to ppoll. */
static void twin(void)
{
	struct timespec second = { .tv_sec = 1 };
	sigset_t none;

	sigemptyset(&none);
	sc_handle(SIGCHLD, set_flag, 0);
	sc_mask(SIG_BLOCK, SIGCHLD);
	for (;;) {
		sc_exits(1);
		while (!child_died)
			ppoll(NULL, 0, &second, &none);
		child_died = 0;
		sc_reap_all();
		sc_round(150);
	}
}

static void twin_self_pipe(void)
{
	char c;

	if (pipe(self_pipe))
		sc_die("pipe");
	sc_handle(SIGCHLD, write_pipe, SA_RESTART);
	for (;;) {
		sc_exits(1);
		while (read(self_pipe[0], &c, 1) != 1)
			;
		sc_reap_all();
		sc_round(150);
	}
}

/* A loop that looks at the flag five times a second. */
static void twin_flag_polled(void)
{
	sc_handle(SIGCHLD, set_flag, SA_RESTART);
	for (;;) {
		sc_exits(1);
		sc_nap(200);
		if (child_died) {
			child_died = 0;
			sc_reap_all();
		}
		sc_round(0);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-lost-wakeup", .actor = sick_lost_wakeup },
	{ .name = "sick-self-pipe", .actor = sick_self_pipe },
	{ .name = "sick-signalfd", .actor = sick_signalfd },
	{ .name = "sick-sigwait", .actor = sick_sigwait },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-self-pipe", .actor = twin_self_pipe },
	{ .name = "twin-flag-polled", .actor = twin_flag_polled },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "handler-ran-no-wait", variants);
}
