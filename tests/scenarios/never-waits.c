// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent leaves SIGCHLD at its default and never calls wait. */
#include "scenario_uring.h"

static void sick(void)
{
	sc_expect(sc_exits(3));
	sc_ready();
}

static void sick_three(void)
{
	for (int i = 0; i < 3; i++)
		sc_expect(sc_exits(i));
	sc_ready();
}

/* The killer is the child itself, so this is not kills-never-waits. */
static void sick_killed(void)
{
	pid_t pid = sc_fork();

	if (pid == 0)
		kill(getpid(), SIGKILL);
	sc_expect(pid);
	sc_ready();
}

static void *fork_and_end(void *arg)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(4);
	sc_expect(pid);
	return arg;
}

static void *nap_forever(void *arg)
{
	for (;;)
		sc_nap(1000);
	return arg;
}

/* A thread forks and ends; the child belongs to the process. */
static void sick_threads(void)
{
	sc_thread(nap_forever, NULL);
	pthread_join(sc_thread(fork_and_end, NULL), NULL);
	sc_ready();
	nap_forever(NULL);
}

/* SIG_IGN collects nothing that is dead already. */
static void sick_ignored_late(void)
{
	pid_t pid = sc_exits(0);

	sc_await_state(pid, 'Z');
	signal(SIGCHLD, SIG_IGN);
	sc_expect(pid);
	sc_ready();
}

/* It reads a pipe whose writer is another child: that is not what keeps the dead one. */
static void sick_unrelated_pipe(void)
{
	int fd[2];
	pid_t writer;
	char c;

	if (pipe(fd))
		sc_die("pipe");
	writer = sc_fork();
	if (writer == 0) {
		close(fd[0]);
		sc_sleep_forever();
	}
	close(fd[1]);
	sc_healthy(writer);
	sc_expect(sc_exits(0));
	sc_ready();
	while (read(fd[0], &c, 1) < 0)
		;
}

static void *exec_true(void *arg)
{
	execl("/bin/true", "true", NULL);
	_exit(127);
	return arg;
}

/* exec by a thread that is not the leader: the old leader's end is not the process's death. */
static void sick_exec_thread(void)
{
	pid_t pid = sc_fork();

	if (pid == 0) {
		sc_thread(exec_true, NULL);
		sc_sleep_forever();
	}
	sc_expect(pid);
	sc_ready();
}

/*
 * Two pid namespaces below the host's when it runs inside `contain`; the parent is not the
 * namespace's init.
 */
static void sick_nested_init(void)
{
	if (sc_fork() == 0) {
		sc_exits(5);
		sc_sleep_forever();
	}
	sc_ready();
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static bool nested_established(void)
{
	pid_t init = sc->parent, parent = sc_find_inside(init, 2), child = sc_find_inside(init, 3);

	if (!parent || !child || sc_state(child) != 'Z')
		return false;
	sc->parent = parent;
	sc_expect(child);
	return true;
}

/* The parent is the tracer of its own child: no one else holds the dead one. */
static void sick_own_tracer(void)
{
	pid_t pid = sc_exits_after(&sc->go, 0);

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		sc_die("ptrace");
	sc->go = 1;
	sc_expect(pid);
	sc_ready();
}

static void twin(void)
{
	for (;;) {
		pid_t pid = sc_exits(3);

		waitpid(pid, NULL, 0);
		sc_round(150);
	}
}

static void *reaper(void *arg)
{
	for (;;)
		if (waitpid(-1, NULL, 0) > 0)
			sc->step++;
		else
			sc_nap(5);
	return arg;
}

/* One thread forks, another collects. */
static void twin_reaper_thread(void)
{
	sc_thread(reaper, NULL);
	for (;;) {
		sc_exits(3);
		sc_await(&sc->step, sc->rounds + 1);
		sc_round(150);
	}
}

static void *exec_sleep(void *arg)
{
	execl("/bin/sleep", "sleep", "300", NULL);
	_exit(127);
	return arg;
}

static void twin_exec_thread(void)
{
	pid_t pid = sc_fork();

	if (pid == 0) {
		sc_thread(exec_sleep, NULL);
		sc_sleep_forever();
	}
	sc_healthy(pid);
	sc_ready();
	waitpid(pid, NULL, 0);
}

/* The last child lives; all are waited for in order, blocking. */
static void twin_batch(void)
{
	for (;;) {
		for (int i = 0; i < 4; i++)
			sc_lives(10 * i);
		while (waitpid(-1, NULL, 0) > 0)
			;
		sc_round(150);
	}
}

/* Reaps by io_uring, which no tracepoint shows. */
static void twin_uring(void)
{
	struct sc_uring ring = { 0 };
	int result = 0;

	for (bool open = sc_uring_open(&ring); open && !result;) {
		sc_uring_ask(&ring, sc_lives(100));
		result = sc_uring_answer(&ring);
		if (result == -EINVAL)
			snprintf(sc->skip, sizeof(sc->skip), "no IORING_OP_WAITID (Linux 6.7)");
		else if (result)
			sc_die("waitid by io_uring");
		else
			sc_round(100);
	}
	sc_ready();
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick },
	{ .name = "sick-three", .actor = sick_three },
	{ .name = "sick-killed", .actor = sick_killed },
	{ .name = "sick-threads", .actor = sick_threads },
	{ .name = "sick-ignored-late", .actor = sick_ignored_late },
	{ .name = "sick-unrelated-pipe", .actor = sick_unrelated_pipe },
	{ .name = "sick-exec-thread", .actor = sick_exec_thread },
	{ .name = "sick-nested",
	  .actor = sick_nested_init,
	  .established = nested_established,
	  .new_pidns = true },
	{ .name = "sick-own-tracer", .actor = sick_own_tracer },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-reaper-thread", .actor = twin_reaper_thread },
	{ .name = "twin-exec-thread", .actor = twin_exec_thread },
	{ .name = "twin-batch", .actor = twin_batch },
	{ .name = "twin-uring", .actor = twin_uring },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "never-waits", variants);
}
