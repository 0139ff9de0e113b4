// SPDX-License-Identifier: GPL-2.0-or-later
#include "hints.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "duration.h"
#include "procfs.h"

/* Threads of a parent whose system calls are looked at. */
#define THREADS_MAX 64

/*
 * glibc's mutexes: the value that a waiter leaves there (lll_lock). In musl it
 * may be a condition as well: there it tells nothing.
 */
#define LOCKED_WITH_WAITERS 2

static bool thread_lives(int proc, pid_t tgid, uint32_t tid)
{
	struct proc_stat stat;

	return tid && !procfs_stat(proc, tgid, (pid_t)tid, &stat) && stat.state != 'Z' &&
	       stat.state != 'X';
}

const char *hints_syscall_name(int64_t nr)
{
	static const struct {
		long nr;
		const char *name;
	} names[] = {
		{ SYS_futex, "futex" },
		{ SYS_read, "read" },
		{ SYS_write, "write" },
		{ SYS_wait4, "wait4" },
		{ SYS_waitid, "waitid" },
		{ SYS_nanosleep, "nanosleep" },
		{ SYS_clock_nanosleep, "clock_nanosleep" },
		{ SYS_rt_sigsuspend, "rt_sigsuspend" },
		{ SYS_ppoll, "ppoll" },
		{ SYS_pselect6, "pselect6" },
		{ SYS_epoll_pwait, "epoll_pwait" },
		{ SYS_recvfrom, "recvfrom" },
		{ SYS_recvmsg, "recvmsg" },
		{ SYS_sendto, "sendto" },
		{ SYS_sendmsg, "sendmsg" },
		{ SYS_accept, "accept" },
		{ SYS_connect, "connect" },
		{ SYS_fsync, "fsync" },
		{ SYS_flock, "flock" },
#ifdef SYS_poll
		{ SYS_poll, "poll" },
		{ SYS_select, "select" },
		{ SYS_pause, "pause" },
		{ SYS_epoll_wait, "epoll_wait" },
#endif
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].nr == nr)
			return names[i].name;
	return "a system call";
}

/* An untimed futex: a mutex that somebody holds, or a condition that may come at any time. */
static void add_futex(struct hints *out, int proc, pid_t tgid, const struct proc_syscall *call)
{
	int command = (int)call->args[1] & FUTEX_CMD_MASK;

	if (call->args[3])
		return; /* it wakes by itself */
	if (command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2)
		out->threads_locked++;
	else if (command == FUTEX_WAIT && (uint32_t)call->args[2] == LOCKED_WITH_WAITERS &&
		 procfs_maps(proc, tgid, "/libc.so.6"))
		out->threads_locked++;
	else if (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET)
		out->threads_idle++;
}

static bool is_vfork(int64_t nr)
{
#ifdef SYS_vfork
	if (nr == SYS_vfork)
		return true;
#endif
	return nr == SYS_clone || nr == SYS_clone3;
}

/* The child that a thread waits for in vfork: the last that it made and that lives. */
static void find_vfork_child(struct hints *out, int proc, pid_t tgid)
{
	pid_t children[256];
	size_t count;

	if (procfs_children(proc, tgid, children, 256, &count))
		return;
	for (size_t i = count < 256 ? count : 256; i > 0 && !out->vfork_child; i--)
		if (procfs_lives(proc, children[i - 1]))
			out->vfork_child = (uint32_t)children[i - 1];
	if (out->vfork_child)
		procfs_comm(proc, (pid_t)out->vfork_child, 0, out->vfork_comm,
			    sizeof(out->vfork_comm));
}

static void add_thread(struct hints *out, int proc, pid_t tgid, pid_t tid)
{
	struct proc_syscall call;
	struct proc_pipe pipe;

	if (procfs_syscall(proc, tgid, tid, &call) || call.running)
		return;
	if (call.nr == SYS_futex) {
		add_futex(out, proc, tgid, &call);
	} else if ((call.nr == SYS_write || call.nr == SYS_writev) &&
		   !procfs_pipe(proc, tgid, (int)call.args[0], &pipe)) {
		out->threads_writing++;
	} else if (is_vfork(call.nr)) {
		/* It returns at once, unless the child borrowed the parent's memory. */
		out->threads_vforking++;
		find_vfork_child(out, proc, tgid);
	}
}

static void ask_threads(struct hints *out, int proc, pid_t tgid)
{
	pid_t tids[THREADS_MAX];
	size_t count;

	if (procfs_threads(proc, tgid, tids, THREADS_MAX, &count) || count > THREADS_MAX)
		return;
	for (size_t i = 0; i < count; i++)
		add_thread(out, proc, tgid, tids[i]);
}

static uint32_t flights_of(const struct dw_pass_parent *parent)
{
	return parent->flights < DW_WAITS_MAX ? parent->flights : DW_WAITS_MAX;
}

void hints_ask(struct hints *out, const struct hints_source *source,
	       const struct dw_pass_parent *parent, bool pipes)
{
	struct hints before = *out;
	const struct dw_threads *threads = &parent->threads;
	pid_t tgid = (pid_t)parent->who.tgid;
	uint64_t mask;

	*out = (struct hints){};
	/* A signalfd matters only where SIGCHLD is blocked. */
	if (threads->live && threads->blocking == threads->live &&
	    !procfs_signalfd_mask(source->proc, tgid, &mask))
		out->signalfd = mask & (1ULL << (SIGCHLD - 1)) ? KNOWN_YES : KNOWN_NO;
	/* Only a pid can be dead; a group, or any of another kind, is open. */
	for (uint32_t i = 0; i < flights_of(parent); i++)
		out->target_alive[i] =
			parent->flight[i].target != DW_TARGET_PID ||
					procfs_lives(source->proc, (pid_t)parent->flight[i].id) ?
				KNOWN_YES :
				KNOWN_NO;
	if (parent->has_record)
		out->waited_tid_lives =
			thread_lives(source->proc, tgid, parent->record.conduct.any.tid);
	ask_threads(out, source->proc, tgid);
	hints_ask_stack(out, source->proc, parent);
	if (pipes) {
		hints_ask_pipes(out, source, parent);
		return;
	}
	out->walked = before.walked;
	out->reads_pipe = before.reads_pipe;
	out->reads_own_pipe = before.reads_own_pipe;
	out->holders_count = before.holders_count;
	memcpy(out->holders, before.holders, sizeof(out->holders));
}

static void complete_flights(struct facts *facts, const struct hints *hints,
			     const struct dw_pass_dead *child, const struct dw_pass_parent *parent)
{
	for (uint32_t i = 0; i < flights_of(parent); i++) {
		if (!facts_flight_matches(&parent->flight[i], child, parent) &&
		    hints->target_alive[i] > facts->other_alive)
			facts->other_alive = hints->target_alive[i];
	}
}

/* Start times from /proc are rounded down to a tick: within two of them the pids decide. */
#define ROUNDED_NS (DURATION_NS_PER_S / 50)

static bool is_younger(const struct hints_holder *holder, const struct dw_pass_dead *child)
{
	if (holder->start_ns >= child->who.start_ns + ROUNDED_NS)
		return true;
	return holder->start_ns + ROUNDED_NS >= child->who.start_ns &&
	       holder->tgid > child->who.tgid;
}

/* How a process that holds the pipe is related to the dead child. */
static enum pipe_writer relation(const struct hints *hints, const struct hints_holder *holder,
				 const struct dw_pass_dead *child)
{
	if (holder->family)
		return holder->family == child->who.tgid ? PIPE_WRITER_FAMILY :
							   PIPE_WRITER_UNRELATED;
	/*
	 * No history of it: born after the child, in the child's session, an orphan by now, and
	 * the parent blocks on what it holds.
	 */
	return hints->reads_pipe && holder->ppid != child->parent_tgid &&
			       holder->session == child->session && is_younger(holder, child) ?
		       PIPE_WRITER_SIMILAR :
		       PIPE_WRITER_UNRELATED;
}

static void complete_pipe(struct facts *facts, const struct hints *hints,
			  const struct dw_pass_dead *child)
{
	if (hints->reads_own_pipe)
		facts->pipe_writer = PIPE_WRITER_SELF;
	for (uint32_t i = 0; i < hints->holders_count; i++) {
		const struct hints_holder *holder = &hints->holders[i];
		enum pipe_writer writer = relation(hints, holder, child);

		if (writer <= facts->pipe_writer)
			continue;
		facts->pipe_writer = writer;
		facts->pipe_holder = holder->tgid;
		memcpy(facts->pipe_holder_comm, holder->comm, sizeof(holder->comm));
	}
}

void hints_complete(struct facts *facts, const struct hints *hints,
		    const struct dw_pass_dead *child, const struct dw_pass_parent *parent)
{
	facts->signalfd = hints->signalfd;
	facts->waited_tid_lives = hints->waited_tid_lives;
	facts->handler_frame = hints->handler_frame;
	memcpy(facts->handler_in, hints->handler_in, sizeof(facts->handler_in));
	facts->threads_locked = hints->threads_locked;
	facts->threads_writing = hints->threads_writing;
	facts->threads_vforking = hints->threads_vforking;
	facts->threads_idle = hints->threads_idle;
	facts->vfork_child = hints->vfork_child;
	memcpy(facts->vfork_comm, hints->vfork_comm, sizeof(facts->vfork_comm));
	complete_flights(facts, hints, child, parent);
	complete_pipe(facts, hints, child);
}
