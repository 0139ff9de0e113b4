// SPDX-License-Identifier: GPL-2.0-or-later
#include "filter.h"

#include <fnmatch.h>
#include <stdio.h>

#include "procfs.h"

static bool has_pid(const struct options *options, uint32_t tgid)
{
	for (size_t i = 0; i < options->pids_count; i++)
		if ((uint32_t)options->pids[i] == tgid)
			return true;
	return false;
}

static bool has_name(const struct options *options, const struct dw_who *who)
{
	char comm[DW_COMM_LEN + 1];

	/* A comm fills its field without a NUL at the end only if the kernel errs. */
	snprintf(comm, sizeof(comm), "%.*s", DW_COMM_LEN, who->comm);
	for (size_t i = 0; i < options->names_count; i++)
		if (!fnmatch(options->names[i], comm, 0))
			return true;
	return false;
}

bool filter_needs_cgroup(const struct options *options)
{
	return options->cgroup != NULL;
}

bool filter_wants(const struct options *options, const struct dw_who *child,
		  const struct dw_who *parent, const char *cgroup)
{
	if (options->pids_count && !has_pid(options, child->tgid) &&
	    !has_pid(options, parent->tgid))
		return false;
	if (options->names_count && !has_name(options, child) && !has_name(options, parent))
		return false;
	/* Of a parent that no pass could read, the uid is not known. */
	if (options->has_uid && (!parent->ns_pid || parent->uid != options->uid))
		return false;
	if (options->cgroup && !(cgroup && procfs_cgroup_within(cgroup, options->cgroup)))
		return false;
	return true;
}
