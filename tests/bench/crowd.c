// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crowd zombies|sleepers COUNT: one parent with so many dead, or sleeping, children. Says `ready` when
 * all are there, and ends with all of them when its standard input does, or with whoever started it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_MAX 100000L
#define LIFETIME_S 300

static pid_t children[COUNT_MAX];

static void end_children(long count)
{
	for (long i = 0; i < count; i++)
		kill(children[i], SIGKILL);
	for (long i = 0; i < count; i++)
		waitpid(children[i], NULL, 0);
}

/* 0, or -1 with those made so far ended. */
static int make_children(long count, int sleep, int gone)
{
	for (long i = 0; i < count; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			if (!sleep)
				_exit(0);
			close(gone);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			alarm(LIFETIME_S);
			for (;;)
				pause();
		}
		if (children[i] < 0) {
			fprintf(stderr, "crowd: cannot make child %ld: %s\n", i + 1,
				strerror(errno));
			end_children(i);
			return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	int sleep = argc > 1 && strcmp(argv[1], "sleepers") == 0;
	long count = argc > 2 ? atol(argv[2]) : -1;
	siginfo_t info;
	int gone[2];
	char byte;

	if (argc < 3 || (!sleep && strcmp(argv[1], "zombies") != 0) || count < 0 ||
	    count > COUNT_MAX) {
		fprintf(stderr, "usage: crowd zombies|sleepers COUNT\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIFETIME_S);
	signal(SIGCHLD, SIG_DFL);
	if (pipe2(gone, O_CLOEXEC) || make_children(count, sleep, gone[1]))
		return 1;
	close(gone[1]);
	/* The end of the pipe: each has let go of it. Then the last one is a moment from being dead. */
	if (read(gone[0], &byte, 1) < 0)
		return 1;
	if (!sleep && count)
		waitid(P_PID, (id_t)children[count - 1], &info, WEXITED | WNOWAIT);
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	end_children(count);
	return 0;
}
