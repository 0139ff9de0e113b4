// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The floor: programs that do nothing on the tracepoints that deadwait's hooks use. What they cost is the
 * price of being called at all, and of the kernel's own accounting; no tool can be cheaper.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EMPTY(name, tracepoint)                                                                    \
	SEC("tp_btf/" tracepoint)                                                                  \
	int name(void *ctx)                                                                        \
	{                                                                                          \
		return 0;                                                                          \
	}

EMPTY(floor_fork, "sched_process_fork")
EMPTY(floor_exec, "sched_process_exec")
EMPTY(floor_exit, "sched_process_exit")
EMPTY(floor_wait, "sched_process_wait")
EMPTY(floor_signal, "signal_generate")
EMPTY(floor_deliver, "signal_deliver")

char LICENSE[] SEC("license") = "GPL";
