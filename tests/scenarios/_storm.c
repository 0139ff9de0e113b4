// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * _storm lives CPU…: for each number N on a line of standard input, on each of these CPUs one
 * process that forks N children, one after the other, each of which exits at once and is waited
 * for. With one CPU it is this process itself. Then it prints how long that took, in seconds.
 *
 * _storm bomb SECONDS: forks as fast as it can, and so do its children, until fork fails or the
 * time is over. To be run inside a cgroup that limits it, and a pid namespace that ends it.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void give_up(const char *what)
{
	fprintf(stderr, "storm: cannot %s: %s\n", what, strerror(errno));
	_exit(99);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		give_up("stay on one CPU");
}

static void live(long count)
{
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit((int)(i & 0xff));
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			give_up("fork and wait");
	}
}

/* One process for each CPU; all begin at about the same time. */
static void live_on_all(long count, int cpus, char **cpu)
{
	for (int i = 0; i < cpus; i++) {
		pid_t pid = fork();

		if (pid < 0)
			give_up("fork");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pin(atoi(cpu[i]));
			live(count);
			_exit(0);
		}
	}
	for (int i = 0; i < cpus; i++)
		if (wait(NULL) < 0)
			give_up("wait");
}

static void lives(int cpus, char **cpu)
{
	char line[32];

	if (cpus == 1)
		pin(atoi(cpu[0]));
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		double begin = now();

		if (cpus == 1)
			live(atol(line));
		else
			live_on_all(atol(line), cpus, cpu);
		printf("%.6f\n", now() - begin);
		fflush(stdout);
	}
}

static void bomb(double seconds)
{
	double end = now() + seconds;
	pid_t root = getpid();

	signal(SIGCHLD, SIG_IGN);
	while (now() < end) {
		if (fork() >= 0)
			continue;
		if (getpid() != root)
			_exit(0);
		sched_yield();
	}
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "lives"))
		lives(argc - 2, argv + 2);
	else if (argc == 3 && !strcmp(argv[1], "bomb"))
		bomb(atof(argv[2]));
	else
		return 99;
	return 0;
}
