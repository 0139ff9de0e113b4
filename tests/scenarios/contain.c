// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contain CMD ARG…: runs CMD in a pid namespace of its own, with its own /proc, under an init that
 * collects every orphan at once. When CMD ends, all that it left behind is killed and contain ends
 * with CMD's status (128 + signal). It dies with its parent, and the namespace dies with it.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int die(const char *what)
{
	fprintf(stderr, "contain: cannot %s: %s\n", what, strerror(errno));
	return 125;
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The namespace's init. When it returns, the kernel kills the rest of the namespace. */
static int init_main(char **argv, int sync)
{
	pid_t cmd, pid;
	int status;
	char c = 0;

	/*
	 * The outer process answers only if it is still there after its death signal was asked for.
	 */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(sync, &c, 1) != 1 || read(sync, &c, 1) != 1)
		return 125;
	close(sync);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return die("mount /proc");
	cmd = fork();
	if (cmd < 0)
		return die("fork");
	if (cmd == 0) {
		execvp(argv[0], argv);
		fprintf(stderr, "contain: cannot run '%s': %s\n", argv[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	/* __WALL: a child that was cloned with another exit signal is collected too. */
	while ((pid = waitpid(-1, &status, __WALL)) != cmd)
		if (pid < 0 && errno != EINTR)
			return die("wait");
	return exit_status(status);
}

int main(int argc, char **argv)
{
	pid_t starter = getppid(), init;
	int sync[2], status;
	sigset_t none;
	char c;

	if (argc < 2) {
		fprintf(stderr, "usage: %s CMD [ARG…]\n", argv[0]);
		return 125;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != starter)
		return 125;
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sync))
		return die("make a socket pair");
	init = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL,
			      NULL);
	if (init < 0)
		return die("make a pid namespace");
	if (init == 0) {
		close(sync[0]);
		_exit(init_main(argv + 1, sync[1]));
	}
	close(sync[1]);
	if (read(sync[0], &c, 1) == 1 && write(sync[0], &c, 1) != 1)
		return die("start the namespace's init");
	close(sync[0]);
	while (waitpid(init, &status, 0) < 0)
		if (errno != EINTR)
			return die("wait");
	return exit_status(status);
}
