// SPDX-License-Identifier: GPL-2.0-or-later
#include "inquiry.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "procfs.h"

bool inquiry_alive(int proc, const struct dw_who *who)
{
	struct proc_stat stat;

	return !procfs_stat(proc, (pid_t)who->tgid, 0, &stat) &&
	       stat.start_ticks == procfs_ns_to_ticks(who->start_ns);
}

const char *inquiry_comm(int proc, uint32_t tgid, char *out, size_t size)
{
	if (procfs_comm(proc, (pid_t)tgid, 0, out, size))
		out[0] = '\0';
	return out;
}

static bool lives(int proc, pid_t tgid)
{
	struct proc_stat stat;

	return !procfs_stat(proc, tgid, 0, &stat) && stat.state != 'Z' && stat.state != 'X';
}

static void count_children(struct inquiry *out, int proc, pid_t tgid)
{
	static pid_t children[INQUIRY_CHILDREN_MAX];
	size_t count, listed;

	if (procfs_children(proc, tgid, children, INQUIRY_CHILDREN_MAX, &count))
		return;
	listed = count < INQUIRY_CHILDREN_MAX ? count : INQUIRY_CHILDREN_MAX;
	for (size_t i = 0; i < listed; i++)
		out->live_children += lives(proc, children[i]);
	out->live_children_known = true;
}

static void name_cgroup(struct inquiry *out, const char *cgroup)
{
	char container[PROCFS_CONTAINER_MAX], unit[PROCFS_UNIT_MAX];

	out->cgroup = strdup(cgroup);
	if (procfs_unit_of(cgroup, unit, sizeof(unit)))
		out->unit = strdup(unit);
	if (procfs_container_of(cgroup, container, sizeof(container)))
		out->container = strdup(container);
}

void inquiry_make(struct inquiry *out, int proc, const struct dw_who *who)
{
	char cgroup[PROCFS_CGROUP_MAX];
	static struct proc_cmdline cmdline;
	pid_t tgid = (pid_t)who->tgid;
	struct proc_stat stat;
	uint64_t mask;

	inquiry_free(out);
	if (!inquiry_alive(proc, who) || procfs_stat(proc, tgid, 0, &stat))
		return;
	out->done = true;
	out->state = stat.state;
	if (!procfs_cmdline(proc, tgid, &cmdline) && cmdline.len)
		out->cmdline = strdup(cmdline.text);
	if (!procfs_cgroup(proc, tgid, cgroup, sizeof(cgroup)))
		name_cgroup(out, cgroup);
	if (!procfs_signalfd_mask(proc, tgid, &mask))
		out->signalfd = mask & (1ULL << (SIGCHLD - 1)) ? KNOWN_YES : KNOWN_NO;
	count_children(out, proc, tgid);
}

void inquiry_free(struct inquiry *inquiry)
{
	free(inquiry->cmdline);
	free(inquiry->cgroup);
	free(inquiry->unit);
	free(inquiry->container);
	*inquiry = (struct inquiry){};
}

void inquiry_complete(struct facts *facts, const struct inquiry *inquiry, int proc,
		      const struct dw_pass_dead *child, const struct dw_pass_parent *parent)
{
	uint32_t count = parent->flights < DW_WAITS_MAX ? parent->flights : DW_WAITS_MAX;

	facts->signalfd = inquiry->signalfd;
	for (uint32_t i = 0; i < count; i++) {
		const struct dw_flight *flight = &parent->flight[i];

		if (facts_wait_matches(flight->target, flight->id, flight->options, child))
			continue;
		/* Only a pid can be dead; a group or "any" of another kind is open. */
		if (flight->target != DW_TARGET_PID || lives(proc, (pid_t)flight->id))
			facts->other_alive = KNOWN_YES;
		else if (facts->other_alive != KNOWN_YES)
			facts->other_alive = KNOWN_NO;
	}
}
