// SPDX-License-Identifier: GPL-2.0-or-later
#include "finding.h"

#include <inttypes.h>
#include <stdio.h>

const char *finding_id(char *out, size_t size, const struct dw_who *who)
{
	snprintf(out, size, "%" PRIu32 "-%" PRIu64, who->tgid, (uint64_t)who->start_ns);
	return out;
}

const char *finding_state_name(enum finding_state state)
{
	static const char *const names[] = { "open", "update", "closed" };

	return names[state];
}

const char *finding_orphan_name(enum orphan_kind kind)
{
	static const char *const names[] = { "zombie", "abandoned", "daemonized", "background" };

	return names[kind];
}

const char *finding_role_name(uint32_t role)
{
	static const char *const names[] = { NULL, "thread", "subreaper", "namespace-init",
					     "init" };

	return role < sizeof(names) / sizeof(names[0]) ? names[role] : NULL;
}
