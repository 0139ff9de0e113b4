// SPDX-License-Identifier: GPL-2.0-or-later
#include "inquiry.h"

#include <stdlib.h>
#include <string.h>

#include "procfs.h"

bool inquiry_exists(int proc, const struct dw_who *who)
{
	struct proc_stat stat;

	return !procfs_stat(proc, (pid_t)who->tgid, 0, &stat) &&
	       stat.start_ticks == procfs_ns_to_ticks(who->start_ns);
}

bool inquiry_alive(int proc, const struct dw_who *who)
{
	return inquiry_exists(proc, who) && procfs_lives(proc, (pid_t)who->tgid);
}

const char *inquiry_comm(int proc, uint32_t tgid, char *out, size_t size)
{
	if (procfs_comm(proc, (pid_t)tgid, 0, out, size))
		out[0] = '\0';
	return out;
}

static void list_children(struct inquiry *out, int proc, pid_t tgid, const struct pass *pass)
{
	static pid_t children[INQUIRY_CHILDREN_MAX];
	size_t count;

	if (procfs_children(proc, tgid, children, INQUIRY_CHILDREN_MAX, &count))
		return;
	for (size_t i = 0; i < count && i < INQUIRY_CHILDREN_MAX; i++) {
		struct inquiry_sibling *sibling;

		if (pass_is_dead(pass, (uint32_t)children[i]) || !procfs_lives(proc, children[i]))
			continue;
		if (out->live_children++ < INQUIRY_SIBLINGS_MAX) {
			sibling = &out->siblings[out->live_children - 1];
			sibling->tgid = (uint32_t)children[i];
			inquiry_comm(proc, sibling->tgid, sibling->comm, sizeof(sibling->comm));
		}
	}
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

void inquiry_make(struct inquiry *out, int proc, const struct dw_who *who, const struct pass *pass)
{
	char cgroup[PROCFS_CGROUP_MAX];
	static struct proc_cmdline cmdline;
	pid_t tgid = (pid_t)who->tgid;
	struct proc_limits limits;
	struct proc_stat stat;

	inquiry_free(out);
	if (!inquiry_alive(proc, who) || procfs_stat(proc, tgid, 0, &stat))
		return;
	out->done = true;
	out->state = stat.state;
	if (!procfs_cmdline(proc, tgid, &cmdline) && cmdline.len)
		out->cmdline = strdup(cmdline.text);
	if (!procfs_cgroup(proc, tgid, cgroup, sizeof(cgroup)))
		name_cgroup(out, cgroup);
	list_children(out, proc, tgid, pass);
	if (!procfs_limits(proc, tgid, &limits)) {
		out->pids_known = true;
		out->pids_current = limits.pids_current;
		out->pids_max = limits.pids_max;
	}
}

void inquiry_free(struct inquiry *inquiry)
{
	free(inquiry->cmdline);
	free(inquiry->cgroup);
	free(inquiry->unit);
	free(inquiry->container);
	*inquiry = (struct inquiry){};
}
