// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hints_exit: where a process hangs in its exit, and if it is the init of a
 * pid namespace, who keeps that namespace alive.
 */
#include "hints.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "procfs.h"

#define THREADS_MAX 64

struct search {
	struct facts *facts;
	int proc;
	pid_t init;
	uint64_t ns;
};

/*
 * A member that entered from outside: the dying init cannot reap it, its own
 * parent must.
 */
static int visit(pid_t tgid, void *arg)
{
	struct search *search = arg;
	uint64_t ns, parent_ns;
	struct proc_stat stat;

	if (tgid == search->init || procfs_pid_namespace(search->proc, tgid, &ns) ||
	    ns != search->ns || procfs_stat(search->proc, tgid, 0, &stat) ||
	    procfs_pid_namespace(search->proc, stat.ppid, &parent_ns) || parent_ns == search->ns)
		return 0;
	search->facts->blocker = (uint32_t)tgid;
	search->facts->blocker_parent = (uint32_t)stat.ppid;
	memcpy(search->facts->blocker_comm, stat.comm, sizeof(search->facts->blocker_comm));
	return -EEXIST;
}

void hints_of_dying(struct facts *facts, const struct hints_source *source,
		    const struct dw_who *dying)
{
	pid_t tids[THREADS_MAX], tgid = (pid_t)dying->tgid;
	struct search search = { .facts = facts, .proc = source->proc, .init = tgid };
	char wchan[PROCFS_WCHAN_MAX];
	size_t count;

	if (procfs_threads(source->proc, tgid, tids, THREADS_MAX, &count))
		return;
	for (size_t i = 0; i < count && i < THREADS_MAX; i++) {
		if (procfs_wchan(source->proc, tgid, tids[i], wchan, sizeof(wchan)) || !wchan[0] ||
		    !strcmp(wchan, "0"))
			continue;
		snprintf(facts->hangs_in, sizeof(facts->hangs_in), "%.*s",
			 (int)sizeof(facts->hangs_in) - 1, wchan);
	}
	facts->in_zap = strstr(facts->hangs_in, "zap_pid_ns") != NULL;
	if (facts->ns_init && !procfs_pid_namespace(source->proc, tgid, &search.ns))
		procfs_walk(source->proc, visit, &search);
}
