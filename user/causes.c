// SPDX-License-Identifier: GPL-2.0-or-later
#include "causes.h"

#include <string.h>

static const struct cause_text texts[CAUSE_COUNT] = {
	[CAUSE_UNKNOWN] = {
		"unknown",
		"does not reap it, and the facts do not decide why",
		"look at the evidence; start deadwait before the next child dies, its history decides",
	},
	[CAUSE_NEVER_WAITS] = {
		"never-waits",
		"has not called wait since the death",
		"call waitpid() for each child, or set SIGCHLD to SIG_IGN before the first fork",
	},
	[CAUSE_KILLS_NEVER_WAITS] = {
		"kills-never-waits",
		"killed the child itself and never waited for it",
		"after kill() call waitpid() for that pid: a killed child must be reaped too",
	},
	[CAUSE_LATE_HANDLER] = {
		"late-handler",
		"installed its SIGCHLD handler after the child had died",
		"install the handler before fork(), or after it call waitpid(-1, …, WNOHANG) until 0 or -1",
	},
	[CAUSE_SIGCHLD_MERGED] = {
		"sigchld-merged",
		"reaps one child per SIGCHLD, and SIGCHLDs were merged",
		"on each SIGCHLD call waitpid(-1, …, WNOHANG) until it returns 0 or -1",
	},
	[CAUSE_SIGCHLD_BLOCKED] = {
		"sigchld-blocked",
		"has SIGCHLD blocked and pending, and nobody fetches it",
		"unblock SIGCHLD once the critical section is over, or read it with signalfd or sigwait",
	},
	[CAUSE_SIGCHLD_BLOCKED_INHERITED] = {
		"sigchld-blocked-inherited",
		"was exec'd with SIGCHLD already blocked",
		"unblock SIGCHLD between fork() and exec() in the program that starts this one",
	},
	[CAUSE_HANDLER_RAN_NO_WAIT] = {
		"handler-ran-no-wait",
		"got the SIGCHLD and did not wait",
		"wait where the signal is taken: in the handler or after signalfd, sigwait or the flag",
	},
	[CAUSE_WRONG_THREAD] = {
		"wrong-thread",
		"had SIGCHLD delivered in a thread that never waits",
		"block SIGCHLD in all threads but the one that waits",
	},
	[CAUSE_HANDLER_REPLACED] = {
		"handler-replaced",
		"had another SIGCHLD handler when it last reaped",
		"find the library that replaced the handler; let it call the former one",
	},
	[CAUSE_WAITS_FOR_OTHERS] = {
		"waits-for-others",
		"waits, but only for other children",
		"wait for every child: waitpid(-1, …), or for this pid as well",
	},
	[CAUSE_ASKED_TOO_EARLY] = {
		"asked-too-early",
		"polled once before the death and never again",
		"ask again: poll until waitpid() returns the pid, or wait when SIGCHLD comes",
	},
	[CAUSE_SLOW_REAPER] = {
		"slow-reaper",
		"does reap, later than its children die",
		"reap all that are dead each time, until waitpid() returns 0 or -1, and sooner",
	},
	[CAUSE_HANDLER_STUCK] = {
		"handler-stuck",
		"is still inside its SIGCHLD handler",
		"call only async-signal-safe functions in the handler: no mutex, no malloc, no printf",
	},
	[CAUSE_PARENT_STUCK] = {
		"parent-stuck",
		"is asleep where it does not wake",
		"end what it waits for: the deadlock, the full pipe, the vfork child, the hung disk",
	},
	[CAUSE_PARENT_STOPPED] = {
		"parent-stopped",
		"is stopped or frozen and cannot run",
		"let the parent run: kill -CONT it, detach the debugger or thaw its cgroup",
	},
	[CAUSE_WAITS_FOR_PIPE] = {
		"waits-for-pipe",
		"reads to the end of a pipe first, and something the child started holds it open",
		"let daemons close the pipe (>/dev/null), or watch a pidfd of the child beside it",
	},
	[CAUSE_INIT_IGNORES_ADOPTED] = {
		"init-ignores-adopted",
		"is init of its pid namespace and does not reap what it adopts",
		"run an init that reaps as pid 1 (tini, docker --init), or wait for any child there",
	},
	[CAUSE_SUBREAPER_IGNORES_ADOPTED] = {
		"subreaper-ignores-adopted",
		"is a child subreaper and does not reap what it adopts",
		"call waitpid(-1, …) there, or do not set PR_SET_CHILD_SUBREAPER",
	},
	[CAUSE_EXEC_INHERITED] = {
		"exec-inherited",
		"was exec'd over the program that forked the child and does not know of it",
		"do not exec over a program with children: keep the shell (no exec), or double fork",
	},
	[CAUSE_CLONE_PARENT] = {
		"clone-parent",
		"did not fork it: a child of its made it with CLONE_PARENT",
		"tell the parent its pid so that it waits for it, or fork without CLONE_PARENT",
	},
	[CAUSE_TRACED] = {
		"traced",
		"cannot see it: a tracer holds it",
		"let the tracer wait for it (kill -CONT it if it is stopped), or end the tracer",
	},
	[CAUSE_LEADER_EXITED] = {
		"leader-exited",
		"cannot reap it yet: the child's main thread ended, its other threads live",
		"nothing: not a leak; it can be reaped when its last thread ends",
	},
	[CAUSE_NAMESPACE_TEARDOWN] = {
		"namespace-teardown",
		"must wait: the child is an init that waits for its pid namespace to die",
		"let the parent of the member from outside (nsenter, docker exec) wait for it, or end that",
	},
	[CAUSE_EXIT_STUCK] = {
		"exit-stuck",
		"must wait: the child itself hangs in its exit",
		"look where the child hangs (/proc/CHILD/stack): often a dead network file system",
	},
	[CAUSE_EXIT_SIGNAL] = {
		"exit-signal",
		"needs __WALL or __WCLONE: the child was cloned with another exit signal",
		"wait with __WALL, or clone with SIGCHLD as the exit signal",
	},
	[CAUSE_AUTO_REAPED] = {
		"auto-reaped",
		"ignores SIGCHLD, so that the kernel reaps its children and a wait fails with ECHILD",
		"set SIGCHLD to SIG_DFL before fork() if you want the status; the default keeps it",
	},
	[CAUSE_HELD] = {
		"held",
		"keeps it on purpose: it waits with WNOWAIT",
		"after looking with WNOWAIT, wait once more without it",
	},
	[CAUSE_INTERRUPTED_WAIT] = {
		"interrupted-wait",
		"had its wait cut short by a signal and did not wait again",
		"call wait again when it fails with EINTR, or install the handlers with SA_RESTART",
	},
	[CAUSE_STATUS_STOLEN] = {
		"status-stolen",
		"waits for a child that another of its threads, or a tracer, has reaped",
		"let one place reap each child: no waitpid(-1) where others wait for their own pids",
	},
};

const struct cause_text *cause_text(enum cause cause)
{
	return &texts[cause < CAUSE_COUNT ? cause : CAUSE_UNKNOWN];
}

enum cause cause_by_name(const char *name)
{
	enum cause cause = 0;

	while (cause < CAUSE_COUNT && strcmp(texts[cause].name, name))
		cause++;
	return cause;
}
