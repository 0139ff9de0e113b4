// SPDX-License-Identifier: GPL-2.0-or-later
#include "hooks.h"

#include <stdlib.h>
#include <string.h>

/* What rests on knowing all that a parent did. */
#define CONDUCT                                                                                    \
	"sigchld-merged, late-handler, handler-ran-no-wait, wrong-thread, handler-replaced, "      \
	"kills-never-waits, asked-too-early, sigchld-blocked-inherited"

const struct hook hooks[] = {
	{ "dw_pass", "iter/task", HOOK_NEEDED, HOOK_PASS, false, "every finding" },
	{ "dw_fork", "sched_process_fork", HOOK_BASE, HOOK_HISTORY, false,
	  "clone-parent, storm, asked-too-early" },
	{ "dw_exec", "sched_process_exec", HOOK_BASE, HOOK_HISTORY, true, CONDUCT },
	{ "dw_exit", "sched_process_exit", HOOK_BASE, HOOK_HISTORY, true,
	  CONDUCT ", auto-reaped, orphan, how long ago a process died" },
	{ "dw_signal", "signal_generate", HOOK_BASE, HOOK_HISTORY, true, CONDUCT },
	{ "dw_deliver", "signal_deliver", HOOK_BASE, HOOK_HISTORY, true, CONDUCT },
	{ "dw_wait", "sched_process_wait", HOOK_BASE, HOOK_HISTORY, true,
	  CONDUCT ", auto-reaped, held" },
	{ "dw_mark", "iter/task", HOOK_NEEDED, HOOK_FAMILY, false, "run and --family" },
	{ "dw_free", "sched_process_free", HOOK_BASE, HOOK_TRACE, false, "reap in trace" },
	{ "dw_release", "release_task", HOOK_EXACT, HOOK_HISTORY, false,
	  "status-stolen, who reaped a process and when, times to reap" },
	{ "dw_wait4_done", "the end of wait4", HOOK_EXACT, HOOK_HISTORY, false,
	  "interrupted-wait, status-stolen" },
	{ "dw_waitid_done", "the end of waitid", HOOK_EXACT, HOOK_HISTORY, false,
	  "interrupted-wait, status-stolen" },
	{ NULL, NULL, 0, 0, false, NULL },
};

_Static_assert(sizeof(hooks) / sizeof(hooks[0]) <= HOOKS_MAX + 1, "HOOKS_MAX");

int hooks_find(const char *program)
{
	for (int i = 0; hooks[i].program; i++)
		if (!strcmp(hooks[i].program, program))
			return i;
	return -1;
}

bool hooks_switched_off(const char *program)
{
	const char *list = getenv("DEADWAIT_OFF");
	size_t len = strlen(program);

	while (list && *list) {
		size_t word = strcspn(list, ",");

		if (word == len && !memcmp(list, program, len))
			return true;
		list += word + (list[word] == ',');
	}
	return false;
}
