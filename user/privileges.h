// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * privileges: which capabilities deadwait needs, and giving up the others.
 */
#ifndef DEADWAIT_PRIVILEGES_H
#define DEADWAIT_PRIVILEGES_H

#include <stdbool.h>

/*
 * Whether BPF programs may be loaded: CAP_BPF and CAP_PERFMON, or
 * CAP_SYS_ADMIN, in the host's namespaces. Returns 0, -EPERM, or -EREMOTE: the
 * pids that the kernel side tells would be those of another /proc. Unless
 * quiet, one line on stderr names what is missing.
 */
int privileges_check_bpf(bool quiet);

/* The capabilities that matter here. */
struct privilege {
	const char *name;
	const char *use; /* what for */
	bool held;
};

#define PRIVILEGES 4

/* Fills in all PRIVILEGES of them. Returns 0 or -EPERM: they cannot be read. */
int privileges_list(struct privilege out[PRIVILEGES]);

/* Whether this is the host's pid namespace: it is, or that is not known. */
bool privileges_of_host(void);

/* Says once what cannot be known without the capabilities that /proc of other users takes. */
void privileges_warn_proc(void);

/*
 * Gives up, for good, every capability that is not needed once the hooks are
 * attached. Kept, where held: CAP_BPF (each pass is a bpf call),
 * CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (/proc of other users), and what
 * `uses` asks for. Returns 0 or -errno.
 */
int privileges_drop(unsigned int uses);

/* What else it will do, a mask. */
#define PRIVILEGES_FILES (1U << 0)  /* reopen a log, replace a file of metrics: CAP_DAC_OVERRIDE */
#define PRIVILEGES_SIGNAL (1U << 1) /* pass signals on to a command of another user: CAP_KILL */

#endif
