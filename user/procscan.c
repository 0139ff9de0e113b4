// SPDX-License-Identifier: GPL-2.0-or-later
#include "procscan.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "procfs.h"

#define SIGCHLD_BIT (1ULL << (SIGCHLD - 1))

/* A handler is set, at an address that /proc does not tell. */
#define HANDLER_SOMEWHERE UINT64_MAX

struct look {
	int proc;
	struct pass *pass;
	int err;
};

static void fill_who(struct dw_who *who, const struct proc_stat *stat,
		     const struct proc_status *status)
{
	who->tgid = (uint32_t)stat->pid;
	who->start_ns = procfs_ticks_to_ns(stat->start_ticks);
	who->ns_pid = (uint32_t)status->ns_pid;
	who->ns_level = status->ns_level;
	who->uid = status->uid;
	memcpy(who->comm, stat->comm, strnlen(stat->comm, sizeof(who->comm)));
}

/*
 * The wait that a thread is in, from its system call; false: none, or with
 * *unknown one that cannot be told.
 */
static bool read_flight(int proc, pid_t tgid, const struct proc_stat *thread, struct dw_flight *out,
			bool *unknown)
{
	struct proc_syscall call;
	int err = procfs_syscall(proc, tgid, thread->pid, &call);

	if (err == -EPERM || err == -EACCES)
		*unknown = true;
	if (err || call.running)
		return false;
	*out = (struct dw_flight){};
	if (call.nr == SYS_wait4) {
		int pid = (int)call.args[0];

		out->options = (uint32_t)call.args[2] | WEXITED;
		out->target = pid == -1 ? DW_TARGET_ANY : pid > 0 ? DW_TARGET_PID : DW_TARGET_GROUP;
		out->id = pid == -1 ? 0 : pid ? (uint32_t)abs(pid) : (uint32_t)thread->pgrp;
		return true;
	}
	if (call.nr == SYS_waitid) {
		int type = (int)call.args[0];

		/* P_PIDFD and what may come names a descriptor. */
		if (type != P_ALL && type != P_PID && type != P_PGID) {
			*unknown = true;
			return false;
		}
		out->options = (uint32_t)call.args[3];
		out->target = type == P_ALL  ? DW_TARGET_ANY :
			      type == P_PGID ? DW_TARGET_GROUP :
					       DW_TARGET_PID;
		out->id = type == P_ALL ? 0 : (uint32_t)call.args[1];
		if (type == P_PGID && !out->id)
			out->id = (uint32_t)thread->pgrp;
		return true;
	}
	return false;
}

/* Adds one thread of a parent to the counts. */
static void add_thread(int proc, pid_t tgid, pid_t tid, struct dw_pass_parent *out)
{
	struct dw_threads *threads = &out->threads;
	struct proc_status status;
	struct proc_stat stat;
	struct dw_flight flight;
	bool unknown = false;

	if (procfs_stat(proc, tgid, tid, &stat) || procfs_status(proc, tgid, tid, &status) ||
	    stat.state == 'Z' || stat.state == 'X')
		return;
	threads->live++;
	threads->stopped += stat.state == 'T' || stat.state == 't';
	threads->traced += stat.state == 't';
	threads->uninterruptible += stat.state == 'D';
	threads->running += stat.state == 'R';
	threads->blocking += (status.blocked & SIGCHLD_BIT) != 0;
	threads->pending += (status.pending & SIGCHLD_BIT) != 0;
	if (read_flight(proc, tgid, &stat, &flight, &unknown) && out->flights < DW_WAITS_MAX)
		out->flight[out->flights++] = flight;
	/* In a pid namespace of its own it names others than /proc does here. */
	if (out->who.ns_level && out->flights && out->flight[out->flights - 1].id)
		unknown = true;
	if (unknown)
		out->flags |= DW_PARENT_NO_FLIGHTS;
}

static int add_parent(const struct look *look, pid_t tgid)
{
	pid_t tids[DW_THREADS_MAX];
	struct dw_pass_parent *out;
	struct proc_status status;
	struct proc_stat stat;
	size_t count;

	/* It may be gone by now; then the child's parent is another one already. */
	if (procfs_stat(look->proc, tgid, 0, &stat) ||
	    procfs_status(look->proc, tgid, 0, &status) ||
	    procfs_threads(look->proc, tgid, tids, DW_THREADS_MAX, &count))
		return 0;
	out = pass_add_parent(look->pass);
	if (!out)
		return -ENOMEM;
	fill_who(&out->who, &stat, &status);
	out->ppid = (uint32_t)stat.ppid;
	out->user_tasks = -1;
	out->user_tasks_max = UINT64_MAX;
	out->handler = status.ignored & SIGCHLD_BIT ? 1 :
		       status.caught & SIGCHLD_BIT  ? HANDLER_SOMEWHERE :
						      0;
	if (status.shared_pending & SIGCHLD_BIT)
		out->flags |= DW_PARENT_PENDING_SHARED;
	if (status.ns_pid == 1)
		out->flags |= DW_PARENT_NS_INIT;
	out->threads.total = (uint32_t)count;
	out->threads.cut = count > DW_THREADS_MAX;
	for (size_t i = 0; i < count && i < DW_THREADS_MAX; i++)
		add_thread(look->proc, tgid, tids[i], out);
	return 0;
}

static int visit(pid_t tgid, void *arg)
{
	struct look *look = arg;
	struct proc_stat stat, parent;
	struct proc_status status;
	struct dw_pass_dead *out;

	look->pass->tasks++;
	if (procfs_stat(look->proc, tgid, 0, &stat) || stat.state != 'Z' ||
	    procfs_status(look->proc, tgid, 0, &status))
		return 0;
	out = pass_add_dead(look->pass);
	if (!out)
		return -ENOMEM;
	fill_who(&out->who, &stat, &status);
	out->kind = status.threads > 1 ? DW_DEAD_LEADER : DW_DEAD_ZOMBIE;
	out->status = (uint32_t)stat.exit_code;
	/* The kernel shows 0 to those who may not know. */
	if (!stat.exit_code && !procfs_may_inspect(look->proc, tgid))
		out->flags |= DW_DEAD_NO_STATUS;
	out->exit_signal = stat.exit_signal;
	out->group = (uint32_t)stat.pgrp;
	out->session = (uint32_t)stat.session;
	out->threads = status.threads;
	out->tracer_tgid = (uint32_t)status.tracer;
	out->parent_tgid = (uint32_t)stat.ppid;
	if (!procfs_stat(look->proc, stat.ppid, 0, &parent))
		out->parent_start_ns = procfs_ticks_to_ns(parent.start_ticks);
	return 0;
}

int procscan_pass(int proc, struct pass *pass)
{
	struct look look = { .proc = proc, .pass = pass };
	uint32_t last = 0;
	int err;

	pass_clear(pass);
	pass->boot_ns = clock_boot_ns();
	err = procfs_walk(proc, visit, &look);
	for (size_t i = 0; !err && i < pass->dead_count; i++) {
		uint32_t tgid = pass->dead[i].parent_tgid;

		/* Zombies of one parent mostly lie together; pass_finish() drops the rest. */
		if (tgid && tgid != last)
			err = add_parent(&look, (pid_t)tgid);
		last = tgid;
	}
	pass_finish(pass);
	pass->complete = !err;
	return err;
}
