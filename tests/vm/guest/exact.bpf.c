// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The smallest program of the exact tier: whether the kernel lets it be
 * attached is what tests/vm/guest/test_kernel.py asks.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("fentry/release_task")
int dw_exact(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
