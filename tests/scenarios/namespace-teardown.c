// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The init of a pid namespace is dying and waits for the rest of its namespace: one member's real
 * parent is outside (it came in by setns) and does not collect it. The init is neither alive nor a
 * zombie.
 */
#include "scenario.h"

static pid_t start_init(void)
{
	pid_t pid = sc_clone(CLONE_NEWPID | SIGCHLD);

	if (pid < 0)
		sc_die("clone");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sc_await(&sc->go, 1);
		_exit(0);
	}
	return pid;
}

/*
 * From outside, puts a process into the namespace of `init`. Collects it after `collect_after_ms`;
 * -1: never.
 */
static pid_t start_joiner(pid_t init, long collect_after_ms)
{
	pid_t joiner = sc_fork();

	if (joiner == 0) {
		int fd = (int)syscall(SYS_pidfd_open, init, 0);
		pid_t member;

		if (fd < 0 || setns(fd, CLONE_NEWPID))
			sc_die("setns");
		close(fd);
		member = fork();
		if (member == 0)
			sc_sleep_forever();
		sc->step = member;
		if (collect_after_ms >= 0) {
			sc_await_death(member);
			sc_nap(collect_after_ms);
			waitpid(member, NULL, 0);
			_exit(0);
		}
		sc_sleep_forever();
	}
	return joiner;
}

/* Whoever waits for the init is blameless. */
static void sick(void)
{
	pid_t init = start_init(), joiner = start_joiner(init, -1);

	sc_await(&sc->step, 1);
	sc_expect(init);
	sc_healthy(joiner);
	sc_expect_other(sc->step, joiner, "never-waits");
	sc_ready();
	sc->go = 1;
	waitpid(init, NULL, 0);
}

static bool init_hangs(void)
{
	return sc->go && sc_exiting(sc->dead[0]) && sc_state(sc->dead[0]) != 'Z' &&
	       sc_state(sc->other[0].child) == 'Z';
}

static void twin(void)
{
	for (;;) {
		pid_t init, joiner;

		sc->go = sc->step = 0;
		init = start_init();
		joiner = start_joiner(init, 200);
		sc_await(&sc->step, 1);
		sc->go = 1;
		waitpid(init, NULL, 0);
		waitpid(joiner, NULL, 0);
		sc_round(100);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = init_hangs },
	{ .name = "twin", .actor = twin },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "namespace-teardown", variants);
}
