// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * privileges: which capabilities deadwait needs, and giving up the others.
 */
#ifndef DEADWAIT_PRIVILEGES_H
#define DEADWAIT_PRIVILEGES_H

#include <stdbool.h>

/*
 * Whether BPF programs may be loaded: CAP_BPF and CAP_PERFMON, or
 * CAP_SYS_ADMIN. Returns 0 or -EPERM; unless quiet, one line on stderr names
 * the capability that is missing.
 */
int privileges_check_bpf(bool quiet);

/*
 * Gives up, for good, every capability that is not needed once the hooks are
 * attached. Kept, where held: CAP_BPF (each pass is a bpf call),
 * CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (/proc of other users), and with
 * keep_files CAP_DAC_OVERRIDE (a log is reopened). Returns 0 or -errno.
 */
int privileges_drop(bool keep_files);

#endif
