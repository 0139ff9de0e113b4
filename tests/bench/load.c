// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * load KIND COUNT [JOBS]: does one thing COUNT times in each of JOBS processes that run at once, each on
 * a CPU of its own as far as they go round, and prints how long that took: { "kind", "ops" (of all jobs),
 * "elapsed_ns", "ns_per_op" }. Of the loop, cut into parts, ns_per_op is the median of all parts as one
 * job sees them: what else happens on the machine then disturbs some parts and not the result.
 * `shared-life` has threads of one process in place of jobs.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX 100000000L
#define JOBS_MAX 256L
#define PARTS 100L

/* ns per operation in each part of each job; shared with the jobs. */
static double (*parts)[PARTS];

static void die(const char *what)
{
	fprintf(stderr, "load: cannot %s: %s\n", what, strerror(errno));
	_exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void life(long ops)
{
	while (ops--) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			die("fork and wait");
	}
}

static void *nothing(void *arg)
{
	return arg;
}

static void thread(long ops)
{
	while (ops--) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
			die("create and join a thread");
	}
}

static void spawn(long ops)
{
	char *const argv[] = { "true", NULL }, *const envp[] = { NULL };

	while (ops--) {
		pid_t child;

		if (posix_spawn(&child, "/bin/true", NULL, NULL, argv, envp) ||
		    waitpid(child, NULL, 0) != child)
			die("spawn /bin/true");
	}
}

static void on_signal(int sig)
{
	(void)sig;
}

static void signals(long ops)
{
	signal(SIGUSR1, on_signal);
	while (ops--)
		if (kill(getpid(), SIGUSR1))
			die("signal itself");
}

static void getppids(long ops)
{
	while (ops--)
		syscall(SYS_getppid);
}

/* One byte there and back, between two processes: the other is made once and ends with this one. */
static void pingpong(long ops)
{
	static int there[2], back[2];
	char byte = 0;

	if (!there[1]) {
		pid_t other = pipe(there) || pipe(back) ? -1 : fork();

		if (other < 0)
			die("open pipes and fork");
		if (other == 0) {
			close(there[1]);
			while (read(there[0], &byte, 1) == 1)
				if (write(back[1], &byte, 1) != 1)
					break;
			_exit(0);
		}
	}
	while (ops--)
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			die("play ping-pong");
}

static const struct kind {
	const char *name;
	void (*loop)(long ops);
	int shared; /* threads of one process instead of processes */
} kinds[] = {
	{ "life", life, 0 },	     { "shared-life", life, 1 }, { "thread", thread, 0 },
	{ "spawn", spawn, 0 },	     { "signal", signals, 0 },	 { "getppid", getppids, 0 },
	{ "pingpong", pingpong, 0 },
};

static const struct kind *kind;
static long count, jobs;

static void pin(long job)
{
	cpu_set_t allowed, one;
	long turn;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	turn = job % CPU_COUNT(&allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || turn--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static void run_job(long job)
{
	pin(job);
	for (long part = 0; part < PARTS; part++) {
		long ops = count * (part + 1) / PARTS - count * part / PARTS;
		uint64_t start = now_ns();

		if (ops)
			kind->loop(ops);
		parts[job][part] = ops ? (double)(now_ns() - start) / (double)ops : 0;
	}
}

static void *run_thread(void *arg)
{
	run_job((long)arg);
	return NULL;
}

/* Jobs are made first, wait on a pipe, and start together when its other end is closed. */
static void run_processes(void)
{
	int gate[2], status, failed = 0;
	char byte;

	if (pipe2(gate, O_CLOEXEC))
		die("open a pipe");
	for (long job = 0; job < jobs; job++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(gate[1]);
			if (read(gate[0], &byte, 1) < 0)
				die("read a pipe");
			close(gate[0]);
			run_job(job);
			_exit(0);
		}
	}
	close(gate[0]);
	close(gate[1]);
	while (wait(&status) > 0)
		failed |= status;
	if (failed)
		exit(1);
}

static void run_threads(void)
{
	pthread_t threads[JOBS_MAX];

	for (long job = 0; job < jobs; job++)
		if (pthread_create(&threads[job], NULL, run_thread, (void *)job))
			die("create a thread");
	for (long job = 0; job < jobs; job++)
		pthread_join(threads[job], NULL);
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Parts without an operation, of a count below PARTS, are 0 and come first. */
static double median(void)
{
	double *all = parts[0];
	size_t number = (size_t)(jobs * PARTS), empty = 0;

	qsort(all, number, sizeof(*all), compare);
	while (empty < number && all[empty] == 0)
		empty++;
	return all[empty + (number - empty) / 2];
}

int main(int argc, char **argv)
{
	uint64_t start;

	count = argc > 2 ? atol(argv[2]) : 0;
	jobs = argc > 3 ? atol(argv[3]) : 1;
	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kind = &kinds[i];
	if (!kind || count < 1 || count > COUNT_MAX || jobs < 1 || jobs > JOBS_MAX) {
		fprintf(stderr,
			"usage: load life|shared-life|thread|spawn|signal|getppid|pingpong COUNT [JOBS]\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_DFL);
	parts = mmap(NULL, (size_t)jobs * sizeof(*parts), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (parts == MAP_FAILED)
		die("map memory");
	start = now_ns();
	if (kind->shared)
		run_threads();
	else
		run_processes();
	printf("{\"kind\":\"%s\",\"ops\":%ld,\"elapsed_ns\":%llu,\"ns_per_op\":%.2f}\n", kind->name,
	       count * jobs, (unsigned long long)(now_ns() - start), median());
	return 0;
}
