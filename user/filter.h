// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter: which findings the user asked for (-p, -n, -u, -c).
 */
#ifndef DEADWAIT_FILTER_H
#define DEADWAIT_FILTER_H

#include <stdbool.h>

#include "dw_pass.h"
#include "options.h"

/* Whether filter_wants() will look at the parent's cgroup. */
bool filter_needs_cgroup(const struct options *options);

/*
 * Whether a finding about this child and parent is wanted. cgroup is the
 * parent's path or NULL if not known, which no -c matches.
 */
bool filter_wants(const struct options *options, const struct dw_who *child,
		  const struct dw_who *parent, const char *cgroup);

#endif
