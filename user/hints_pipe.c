// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hints_pipe: who holds open the pipes that a parent waits to read: it sees
 * the end of one only when the last writer has gone, and a writer that the
 * dead child started may live on.
 */
#include "hints.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "procfs.h"

#define THREADS_MAX 64

/* Generations between a holder and the parent's child. */
#define FAMILY_DEPTH 16

struct search {
	const struct hints_source *source;
	const struct dw_pass_parent *parent;
	struct hints *out;
	uint64_t inodes[HINTS_PIPES_MAX]; /* pipes whose end the parent waits for */
	size_t inodes_count;
};

static void add_inode(struct search *search, const struct proc_pipe *pipe)
{
	if (pipe->reads && search->inodes_count < HINTS_PIPES_MAX)
		search->inodes[search->inodes_count++] = pipe->inode;
}

static bool polls(int64_t nr)
{
	switch (nr) {
	case SYS_ppoll:
	case SYS_pselect6:
	case SYS_epoll_pwait:
#ifdef SYS_epoll_pwait2
	case SYS_epoll_pwait2:
#endif
#ifdef SYS_poll
	case SYS_poll:
	case SYS_select:
	case SYS_epoll_wait:
#endif
		return true;
	default:
		return false;
	}
}

/* The pipes that a thread waits to read: the one that it reads, or any when it polls. */
static bool add_pipes_of_thread(struct search *search, pid_t tid, bool *polling)
{
	pid_t tgid = (pid_t)search->parent->who.tgid;
	struct proc_syscall call;
	struct proc_pipe pipe;

	if (procfs_syscall(search->source->proc, tgid, tid, &call) || call.running)
		return false;
	if (call.nr == SYS_read || call.nr == SYS_readv) {
		if (procfs_pipe(search->source->proc, tgid, (int)call.args[0], &pipe))
			return false;
		add_inode(search, &pipe);
		return true;
	}
	if (polls(call.nr))
		*polling = true;
	return false;
}

/* The write end in the parent's own hands; of use only to a thread that reads, not polls. */
static bool writes_itself(const struct search *search)
{
	struct proc_pipe pipes[HINTS_PIPES_MAX];
	size_t count;

	if (procfs_pipes(search->source->proc, (pid_t)search->parent->who.tgid, pipes,
			 HINTS_PIPES_MAX, &count))
		return false;
	for (size_t i = 0; i < count && i < HINTS_PIPES_MAX; i++)
		if (pipes[i].writes && pipes[i].inode == search->inodes[0])
			return true;
	return false;
}

/*
 * The child of the parent that a process descends from, by births: adoption
 * changes parents, not births. 0: not its family, or the history does not reach.
 */
static uint32_t family_of(const struct search *search, const struct proc_stat *stat, bool *known)
{
	uint32_t tgid = (uint32_t)stat->pid;
	struct dw_life life;

	*known = false;
	for (int depth = 0; depth < FAMILY_DEPTH; depth++) {
		if (!search->source->life ||
		    !search->source->life(search->source->arg, tgid, &life) ||
		    !(life.flags & DW_LIFE_BIRTH_SEEN))
			return 0;
		if (!depth && procfs_ns_to_ticks(life.start_ns) != stat->start_ticks)
			return 0;
		*known = true;
		if (life.birth_parent_tgid == search->parent->who.tgid)
			return tgid;
		tgid = life.birth_parent_tgid;
	}
	return 0;
}

static bool holds_write_end(const struct search *search, pid_t tgid)
{
	struct proc_pipe pipes[256];
	size_t count;

	if (procfs_pipes(search->source->proc, tgid, pipes, 256, &count))
		return false;
	for (size_t i = 0; i < count && i < 256; i++)
		for (size_t j = 0; pipes[i].writes && j < search->inodes_count; j++)
			if (pipes[i].inode == search->inodes[j])
				return true;
	return false;
}

/* Looks at the descriptors of those only that may belong to the family. */
static int visit(pid_t tgid, void *arg)
{
	struct search *search = arg;
	struct hints_holder *holder;
	struct proc_stat stat;
	uint32_t family;
	bool known;

	if (tgid == (pid_t)search->parent->who.tgid ||
	    pass_is_dead(search->source->pass, (uint32_t)tgid) ||
	    procfs_stat(search->source->proc, tgid, 0, &stat) || stat.state == 'Z')
		return 0;
	family = family_of(search, &stat, &known);
	if ((known && !family) || !holds_write_end(search, tgid))
		return 0;
	holder = &search->out->holders[search->out->holders_count++];
	holder->tgid = (uint32_t)tgid;
	holder->family = family;
	holder->ppid = (uint32_t)stat.ppid;
	holder->session = (uint32_t)stat.session;
	holder->start_ns = procfs_ticks_to_ns(stat.start_ticks);
	memcpy(holder->comm, stat.comm, sizeof(holder->comm));
	return search->out->holders_count == HINTS_HOLDERS_MAX ? -ENOSPC : 0;
}

void hints_ask_pipes(struct hints *out, const struct hints_source *source,
		     const struct dw_pass_parent *parent)
{
	struct search search = { .source = source, .parent = parent, .out = out };
	struct proc_pipe pipes[HINTS_PIPES_MAX];
	pid_t tids[THREADS_MAX], tgid = (pid_t)parent->who.tgid;
	bool polling = false, reading = false;
	size_t count;

	if (procfs_threads(source->proc, tgid, tids, THREADS_MAX, &count))
		return;
	for (size_t i = 0; i < count && i < THREADS_MAX; i++)
		reading |= add_pipes_of_thread(&search, tids[i], &polling);
	if (polling && !procfs_pipes(source->proc, tgid, pipes, HINTS_PIPES_MAX, &count))
		for (size_t i = 0; i < count && i < HINTS_PIPES_MAX; i++)
			add_inode(&search, &pipes[i]);
	if (!search.inodes_count)
		return;
	out->walked = true;
	out->reads_pipe = reading;
	procfs_walk(source->proc, visit, &search);
	/* With a handler, the write end may be for the handler: a self-pipe. */
	out->reads_own_pipe = reading && parent->handler <= 1 && writes_itself(&search);
}
