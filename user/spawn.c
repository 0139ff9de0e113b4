// SPDX-License-Identifier: GPL-2.0-or-later
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inherited.h"

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* In the child. A byte opens the gate; if it ends without, deadwait has ended. */
static void become(char *const *argv, int gate, int report)
{
	char byte;
	ssize_t got;
	int err;

	do {
		got = read(gate, &byte, 1);
	} while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(127);
	inherited_restore();
	execvp(argv[0], argv);
	err = errno;
	/* Should the report fail as well, the exit status is all there is. */
	got = write(report, &err, sizeof(err));
	_exit(err == ENOENT ? 127 : 126);
}

int spawn_hold(char *const *argv, struct spawn *out)
{
	int gate[2], report[2], err;

	if (pipe2(gate, O_CLOEXEC))
		return -errno;
	if (pipe2(report, O_CLOEXEC)) {
		err = -errno;
		close(gate[0]);
		close(gate[1]);
		return err;
	}
	out->pid = fork();
	err = out->pid < 0 ? -errno : 0;
	if (!out->pid) {
		close(gate[1]);
		close(report[0]);
		become(argv, gate[0], report[1]);
	}
	close(gate[0]);
	close(report[1]);
	out->gate = gate[1];
	out->report = report[0];
	if (err) {
		close_end(&out->gate);
		close_end(&out->report);
	}
	return err;
}

static void reap(struct spawn *spawn)
{
	while (waitpid(spawn->pid, NULL, 0) < 0 && errno == EINTR)
		;
	spawn->pid = -1;
}

int spawn_go(struct spawn *spawn)
{
	ssize_t got;
	int err = 0;

	do {
		got = write(spawn->gate, "", 1);
	} while (got < 0 && errno == EINTR);
	close_end(&spawn->gate);
	do {
		got = read(spawn->report, &err, sizeof(err));
	} while (got < 0 && errno == EINTR);
	close_end(&spawn->report);
	if (got != sizeof(err))
		return 0;
	reap(spawn);
	return -err;
}

void spawn_signals(sigset_t *signals)
{
	static const int passed[] = { SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(signals);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		sigaddset(signals, passed[i]);
}

/*
 * What the terminal sends, it has sent to the command as well; but a hang-up
 * goes to the leader of the session alone (__tty_hangup()).
 */
static bool is_for_the_command(const struct signalfd_siginfo *info)
{
	return info->ssi_code <= 0 || (info->ssi_signo == SIGHUP && getsid(0) == getpid());
}

bool spawn_signal(struct spawn *spawn, const struct signalfd_siginfo *info)
{
	int sig = (int)info->ssi_signo;

	if (sig == SIGCHLD) {
		if (!spawn->ended && waitpid(spawn->pid, &spawn->status, WNOHANG) > 0)
			spawn->ended = true;
		return true;
	}
	if (spawn->ended)
		return false;
	if (is_for_the_command(info))
		kill(spawn->pid, sig);
	return true;
}

int spawn_exit_status(const struct spawn *spawn)
{
	return WIFSIGNALED(spawn->status) ? 128 + WTERMSIG(spawn->status) :
					    WEXITSTATUS(spawn->status);
}

void spawn_abandon(struct spawn *spawn)
{
	if (spawn->pid > 0 && spawn->gate >= 0) {
		kill(spawn->pid, SIGKILL);
		reap(spawn);
	}
	close_end(&spawn->gate);
	close_end(&spawn->report);
}
