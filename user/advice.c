// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice.h"

#include <signal.h>

/* The parent may not reap it yet, or has nothing to reap: no advice about the parent fits. */
static bool parent_is_blameless(enum cause cause)
{
	return cause == CAUSE_TRACED || cause == CAUSE_LEADER_EXITED || cause == CAUSE_EXIT_STUCK ||
	       cause == CAUSE_NAMESPACE_TEARDOWN || cause == CAUSE_AUTO_REAPED;
}

unsigned int advice_notes(enum cause cause, const struct facts *facts,
			  const char *out[ADVICE_NOTES_MAX])
{
	unsigned int count = 0;

	if (parent_is_blameless(cause) || !facts->has_parent)
		return 0;
	/* In a container: the usual advice, and wrong while the parent lives. */
	if (facts->parent_ns_level && !facts->parent_ns_init && !facts->parent_ended)
		out[count++] = "an init that reaps (docker --init, tini) does not help: the parent "
			       "lives, and only it can reap";
	if (facts->disposition == DISPOSITION_IGNORE && facts->exit_signal == SIGCHLD &&
	    facts->since_death && facts->own_sigchld != DW_SIGCHLD_NONE)
		out[count++] = "SIGCHLD was set to SIG_IGN too late: that reaps nothing that is "
			       "dead already";
	return count;
}
