// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What runs in the kernel, in the order of a process's life: the hooks note
 * what happened in the history and, for trace, tell it; the pass reads who is
 * dead and joins it with that. Nothing here decides or formats anything.
 */
#include "birth.bpf.h"
#include "death.bpf.h"
#include "sigchld.bpf.h"
#include "wait.bpf.h"
#include "reap.bpf.h"
#include "pass.bpf.h"

char LICENSE[] SEC("license") = "GPL";
