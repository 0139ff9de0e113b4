// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * brood COUNT live|dead: one parent with COUNT children that all live, or are all dead. Says
 * "ready\n" once it has them. At the end of its standard input the living are killed and reaped,
 * the dead are left behind; it ends with 4. Should it die first, so do its children.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t *children;

static void be_child(int live, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (live && getppid() == parent)
		pause();
	_exit(0);
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? atol(argv[1]) : 0;
	int live = argc == 3 && !strcmp(argv[2], "live");
	pid_t parent = getpid();
	char byte;

	children = count > 0 ? calloc((size_t)count, sizeof(*children)) : NULL;
	if (!children)
		return 2;
	for (long i = 0; i < count; i++) {
		children[i] = fork();
		if (children[i] < 0) {
			perror("brood: fork");
			return 1;
		}
		if (!children[i])
			be_child(live, parent);
	}
	/* Dead, each of them: looked at, not reaped. */
	for (long i = 0; !live && i < count; i++) {
		siginfo_t info;

		waitid(P_PID, (id_t)children[i], &info, WEXITED | WNOWAIT);
	}
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	for (long i = 0; live && i < count; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	return 4;
}
