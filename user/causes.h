// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * causes: the names of the causes and what is said about each: one source for
 * findings, `explain` and the README's table. Knows no process.
 */
#ifndef DEADWAIT_CAUSES_H
#define DEADWAIT_CAUSES_H

#include <stdint.h>

/* The numbers are stored in logs as names only; new causes go before CAUSE_COUNT. */
enum cause {
	CAUSE_UNKNOWN = 0,
	CAUSE_NEVER_WAITS,
	CAUSE_KILLS_NEVER_WAITS,
	CAUSE_LATE_HANDLER,
	CAUSE_SIGCHLD_MERGED,
	CAUSE_SIGCHLD_BLOCKED,
	CAUSE_SIGCHLD_BLOCKED_INHERITED,
	CAUSE_HANDLER_RAN_NO_WAIT,
	CAUSE_WRONG_THREAD,
	CAUSE_HANDLER_REPLACED,
	CAUSE_WAITS_FOR_OTHERS,
	CAUSE_ASKED_TOO_EARLY,
	CAUSE_SLOW_REAPER,
	CAUSE_HANDLER_STUCK,
	CAUSE_PARENT_STUCK,
	CAUSE_PARENT_STOPPED,
	CAUSE_WAITS_FOR_PIPE,
	CAUSE_INIT_IGNORES_ADOPTED,
	CAUSE_SUBREAPER_IGNORES_ADOPTED,
	CAUSE_EXEC_INHERITED,
	CAUSE_CLONE_PARENT,
	CAUSE_TRACED,
	CAUSE_LEADER_EXITED,
	CAUSE_NAMESPACE_TEARDOWN,
	CAUSE_EXIT_STUCK,
	CAUSE_EXIT_SIGNAL,
	CAUSE_AUTO_REAPED,
	CAUSE_HELD,
	CAUSE_INTERRUPTED_WAIT,
	CAUSE_STATUS_STOLEN,
	CAUSE_COUNT,
};

/* A set of causes. */
#define CAUSE_BIT(cause) (1ULL << (cause))

struct cause_text {
	const char *name; /* stable identifier, as in JSON */
	const char
		*summary; /* what the parent does, to follow "the parent …"; README and explain */
	const char *advice; /* one line: what ends the leak */
};

/* The texts of a cause; never NULL for a cause below CAUSE_COUNT. */
const struct cause_text *cause_text(enum cause cause);

/* Returns the cause of that name, or CAUSE_COUNT. */
enum cause cause_by_name(const char *name);

#endif
