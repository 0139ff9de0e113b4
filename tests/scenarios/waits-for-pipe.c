// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parent reads until the pipe of its child ends, and something that the child started still
 * holds it open.
 */
#include "scenario.h"

#include <sys/epoll.h>

static int fds[2];

/* The grandchild inherits the write end. It is the holder that must be named. */
static void child_leaves_holder(void)
{
	pid_t pid;

	if (pipe(fds))
		sc_die("pipe");
	pid = sc_fork();
	if (pid == 0) {
		pid_t holder = fork();

		close(fds[0]);
		if (holder == 0) {
			prctl(PR_SET_NAME, "dw-holder");
			sc_stay_orphan();
		}
		sc_healthy(holder);
		sc_await(&sc->go, 1);
		_exit(0);
	}
	close(fds[1]);
	sc_expect(pid);
}

static void read_to_the_end(void)
{
	char buf[512];

	sc_ready();
	while (read(fds[0], buf, sizeof(buf)) > 0)
		;
	sc_reap_all();
}

static bool waits_for_input(int nr)
{
#ifdef SYS_poll
	/* Architectures that came late have no such calls. */
	if (nr == SYS_poll || nr == SYS_epoll_wait)
		return true;
#endif
	return nr == SYS_read || nr == SYS_ppoll || nr == SYS_epoll_pwait;
}

/* The child dies only once its parent is asleep on the pipe. */
static bool asleep_then_dies(void)
{
	if (sc->ready && sc->n_healthy >= 3 && waits_for_input(sc_syscall(sc->parent, sc->parent)))
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

static void sick(void)
{
	child_leaves_holder();
	read_to_the_end();
}

/* As bash and make do, with SIGCHLD blocked meanwhile: the mask is not the cause. */
static void sick_blocked(void)
{
	sc_mask(SIG_BLOCK, SIGCHLD);
	child_leaves_holder();
	read_to_the_end();
}

static void sick_poll(void)
{
	struct pollfd p;

	child_leaves_holder();
	p = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	sc_ready();
	poll(&p, 1, -1);
	sc_reap_all();
}

static void sick_epoll(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	child_leaves_holder();
	epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &e);
	sc_ready();
	epoll_wait(ep, &e, 1, -1);
	sc_reap_all();
}

static void *nap_forever(void *arg)
{
	for (;;)
		sc_nap(300);
	return arg;
}

static void sick_threads(void)
{
	sc_thread(nap_forever, NULL);
	child_leaves_holder();
	read_to_the_end();
}

/* The parent forgot to close its own write end: it waits for itself. */
static void sick_self(void)
{
	if (pipe(fds))
		sc_die("pipe");
	sc_stays();
	sc_expect(sc_exits_after(&sc->go, 0));
	read_to_the_end();
}

/* The same family, and the grandchild lets go of the pipe. */
static void twin(void)
{
	for (;;) {
		char c;
		pid_t pid;

		if (pipe(fds))
			sc_die("pipe");
		pid = sc_fork();
		if (pid == 0) {
			if (fork() == 0) {
				close(fds[1]);
				sc_nap(300);
				_exit(0);
			}
			_exit(0);
		}
		close(fds[1]);
		while (read(fds[0], &c, 1) > 0)
			;
		close(fds[0]);
		waitpid(pid, NULL, 0);
		sc_round(150);
	}
}

/* The holder lives a little longer than the child. */
static void twin_short(void)
{
	for (;;) {
		char c;
		pid_t pid;

		if (pipe(fds))
			sc_die("pipe");
		pid = sc_fork();
		if (pid == 0) {
			if (fork() == 0)
				sc_nap(200);
			_exit(0);
		}
		close(fds[1]);
		while (read(fds[0], &c, 1) > 0)
			;
		close(fds[0]);
		waitpid(pid, NULL, 0);
		sc_round(100);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = asleep_then_dies },
	{ .name = "sick-blocked", .actor = sick_blocked, .established = asleep_then_dies },
	{ .name = "sick-poll", .actor = sick_poll, .established = asleep_then_dies },
	{ .name = "sick-epoll", .actor = sick_epoll, .established = asleep_then_dies },
	{ .name = "sick-threads", .actor = sick_threads, .established = asleep_then_dies },
	{ .name = "sick-self", .actor = sick_self, .established = asleep_then_dies },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-short", .actor = twin_short },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "waits-for-pipe", variants);
}
