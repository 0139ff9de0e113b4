// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spawn: the command of run or trace: started, held before its first
 * instruction until it is let go, sent the signals that are meant for it, and
 * reaped.
 */
#ifndef DEADWAIT_SPAWN_H
#define DEADWAIT_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

struct spawn {
	pid_t pid;
	bool ended; /* it is reaped: */
	int status; /* its wait status */
	int gate;   /* written to, to let it go */
	int report; /* the errno of an exec that failed comes from here */
};

/* None, for spawn_abandon(). */
#define SPAWN_NONE ((struct spawn){ .pid = -1, .gate = -1, .report = -1 })

/* Forks. argv ends in NULL and is found as by a shell. Returns 0 or -errno. */
int spawn_hold(char *const *argv, struct spawn *out);

/*
 * Lets it exec. Returns 0 once it has, or -errno of the exec: then it has ended
 * and is reaped.
 */
int spawn_go(struct spawn *spawn);

/*
 * The signals that a loop has to give to spawn_signal(): SIGCHLD, and those
 * that are meant for the command or would end deadwait before it. SIGCHLD is
 * set to its default, for ignored, as it may be inherited, it hides the end.
 */
void spawn_signals(sigset_t *signals);

/*
 * Takes note of the command's end, or passes a signal on to it, as env would
 * by being it. false: it has ended already, the signal is for deadwait.
 */
bool spawn_signal(struct spawn *spawn, const struct signalfd_siginfo *info);

/* The exit status that tells of the command's end as a shell does: 128 and the signal. */
int spawn_exit_status(const struct spawn *spawn);

/* Ends and reaps one that was not let go. */
void spawn_abandon(struct spawn *spawn);

#endif
