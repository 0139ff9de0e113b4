// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace_words.h"

#include "status.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const char *trace_event_name(unsigned int kind)
{
	static const char *const names[] = {
		[DW_EVENT_ORPHAN] = "reparent", [DW_TRACE_FORK] = "fork",
		[DW_TRACE_EXEC] = "exec",	[DW_TRACE_EXIT] = "exit",
		[DW_TRACE_STOP] = "stop",	[DW_TRACE_CONTINUE] = "continue",
		[DW_TRACE_SIGCHLD] = "sigchld", [DW_TRACE_DELIVER] = "deliver",
		[DW_TRACE_WAIT] = "wait",	[DW_TRACE_REAP] = "reap",
	};

	return kind < COUNT_OF(names) ? names[kind] : NULL;
}

const char *trace_code_name(const struct dw_trace_sigchld *sigchld)
{
	/* include/uapi/asm-generic/siginfo.h */
	static const char *const children[] = { "SI_USER",	"CLD_EXITED",  "CLD_KILLED",
						"CLD_DUMPED",	"CLD_TRAPPED", "CLD_STOPPED",
						"CLD_CONTINUED" };
	static const char *const others[] = {
		[1] = "SI_QUEUE",   [2] = "SI_TIMER", [3] = "SI_MESGQ",
		[4] = "SI_ASYNCIO", [5] = "SI_SIGIO", [6] = "SI_TKILL"
	};
	int code = sigchld->code;

	if (sigchld->result == DW_SIGCHLD_NONE)
		return NULL;
	if (code == 0x80)
		return "SI_KERNEL";
	if (code >= 0)
		return (size_t)code < COUNT_OF(children) ? children[code] : NULL;
	return -(long)code < (long)COUNT_OF(others) ? others[-code] : NULL;
}

const char *trace_result_name(unsigned int result)
{
	/* The kernel's results beyond: the queue is full, or its info was lost. */
	static const char *const names[] = { "none",   "queued", "ignored",
					     "merged", "queued", "queued" };

	return result < COUNT_OF(names) ? names[result] : "none";
}

const char *trace_target_name(unsigned int target)
{
	static const char *const names[] = { "any", "pid", "group", "pidfd" };

	return target < COUNT_OF(names) ? names[target] : NULL;
}

const char *trace_wait_call(char *out, size_t size, const struct dw_wait *wait)
{
	const struct wait_form form = {
		.call = wait->call,
		.target = wait->target,
		.id = wait->own_group ? -1 : (int32_t)wait->id,
		.fd = wait->fd,
		.options = wait->options,
	};

	return status_wait_format(out, size, &form);
}
