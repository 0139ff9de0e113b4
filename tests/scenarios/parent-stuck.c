// SPDX-License-Identifier: GPL-2.0-or-later
/* No thread of the parent has run since the death: all sleep where nothing wakes them. */
#include "scenario.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int holders;

static void *lock_b_then_a(void *arg)
{
	pthread_mutex_lock(&b);
	holders++;
	sc_await(&holders, 2);
	pthread_mutex_lock(&a);
	return arg;
}

/* Two threads, each waits for the other's mutex. */
static void sick(void)
{
	sc_expect(sc_exits_after(&sc->go, 0));
	sc_thread(lock_b_then_a, NULL);
	pthread_mutex_lock(&a);
	holders++;
	sc_ready();
	sc_await(&holders, 2);
	pthread_mutex_lock(&b);
}

static bool deadlocked(void)
{
	if (sc->ready && sc_all_threads_in(sc->parent, SYS_futex, 2))
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

/* Its log goes to a pipe that no one reads. */
static void sick_pipe(void)
{
	char block[4096] = { 0 };
	int fd[2];

	if (pipe(fd))
		sc_die("pipe");
	sc_expect(sc_exits_after(&sc->go, 0));
	sc_ready();
	while (write(fd[1], block, sizeof(block)) > 0)
		;
}

static bool pipe_is_full(void)
{
	if (sc->ready && sc_all_threads_in(sc->parent, SYS_write, 1) && sc_state(sc->parent) == 'S')
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
/* A vfork child that never execs keeps the parent in D. */
static void sick_vfork(void)
{
	sc_expect(sc_exits_after(&sc->go, 0));
	sc_ready();
	if (vfork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sc_healthy((pid_t)syscall(SYS_getpid));
		sc->step = 1;
		for (;;)
			pause();
	}
}
#pragma GCC diagnostic pop

static bool in_vfork(void)
{
	if (sc->step && sc_state(sc->parent) == 'D')
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

static void *reaper(void *arg)
{
	for (;;) {
		while (waitpid(-1, NULL, 0) > 0)
			;
		sc_nap(20);
	}
	return arg;
}

static void *forker(void *arg)
{
	for (;;) {
		sc_exits(0);
		sc_round(150);
	}
	return arg;
}

/* Main sleeps in an untimed futex for ever, and two others do the work. */
static void twin(void)
{
	pthread_cond_t never = PTHREAD_COND_INITIALIZER;

	sc_thread(reaper, NULL);
	sc_thread(forker, NULL);
	pthread_mutex_lock(&a);
	for (;;)
		pthread_cond_wait(&never, &a);
}

static void *poller(void *arg)
{
	for (;;) {
		sc_exits(0);
		sc_round(200);
		sc_reap_all();
	}
	return arg;
}

/* pthread_join in main beside a thread that sleeps and polls. */
static void twin_join(void)
{
	pthread_join(sc_thread(poller, NULL), NULL);
}

/* posix_spawn is a vfork: short, over and over, while another child is dead. */
static void twin_vfork(void)
{
	for (;;) {
		pid_t dead = sc_exits(0), pid = vfork();

		if (pid == 0) {
			struct timespec t = { .tv_nsec = 100000000 };

			syscall(SYS_nanosleep, &t, NULL);
			_exit(0);
		}
		waitpid(dead, NULL, 0);
		waitpid(pid, NULL, 0);
		sc_round(100);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = deadlocked },
	{ .name = "sick-pipe", .actor = sick_pipe, .established = pipe_is_full },
	{ .name = "sick-vfork", .actor = sick_vfork, .established = in_vfork },
	{ .name = "twin", .actor = twin },
	{ .name = "twin-join", .actor = twin_join },
	{ .name = "twin-vfork", .actor = twin_vfork },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "parent-stuck", variants);
}
