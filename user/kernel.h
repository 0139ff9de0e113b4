// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel: what the running kernel is, as far as it decides whether BPF programs
 * can be loaded at all.
 */
#ifndef DEADWAIT_KERNEL_H
#define DEADWAIT_KERNEL_H

#include <stdbool.h>

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"
#define KERNEL_LOCKDOWN_MAX 32

/* Whether its types can be read (CONFIG_DEBUG_INFO_BTF); if not, errno tells why. */
bool kernel_has_btf(void);

/* "none", "integrity" or "confidentiality"; empty: not known, as without securityfs. */
void kernel_lockdown(char out[KERNEL_LOCKDOWN_MAX]);

/* Whether it lets nobody read its memory: no program that looks at a task is loaded. */
bool kernel_is_confidential(void);

#endif
