// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cost CMD ARG…: runs CMD once, its output thrown away, and prints what it cost: { "status",
 * "elapsed_ns", "cpu_ns", "rss_kib" }. A program of its own and a small one: the kernel counts the
 * memory of whoever starts a command to the command's maximum, and python's would be all one sees.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

static void run(char **argv)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(126);
	execvp(argv[0], argv);
	fprintf(stderr, "cost: cannot run '%s': %s\n", argv[0], strerror(errno));
	_exit(127);
}

int main(int argc, char **argv)
{
	struct rusage usage;
	uint64_t start;
	int status;
	pid_t child;

	if (argc < 2) {
		fprintf(stderr, "usage: cost CMD ARG…\n");
		return 2;
	}
	start = now_ns();
	child = fork();
	if (child == 0)
		run(argv + 1);
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		fprintf(stderr, "cost: cannot wait: %s\n", strerror(errno));
		return 1;
	}
	printf("{\"status\":%d,\"elapsed_ns\":%llu,\"cpu_ns\":%llu,\"rss_kib\":%ld}\n",
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	       (unsigned long long)(now_ns() - start),
	       (unsigned long long)(timeval_ns(usage.ru_utime) + timeval_ns(usage.ru_stime)),
	       usage.ru_maxrss);
	return 0;
}
