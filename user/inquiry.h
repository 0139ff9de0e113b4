// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inquiry: what /proc tells of a parent that is reported, for the report.
 * Read only for those, never for every process; no verdict turns on it.
 */
#ifndef DEADWAIT_INQUIRY_H
#define DEADWAIT_INQUIRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pass.h"

/* Live siblings of the dead children that are named; the others are only counted. */
#define INQUIRY_SIBLINGS_MAX 5

struct inquiry_sibling {
	uint32_t tgid;
	char comm[DW_COMM_LEN]; /* raw bytes, NUL-terminated */
};

struct inquiry {
	bool done;	 /* the rest was read; else it could not be */
	char state;	 /* of the main thread, as in ps; 0: not known */
	char *cmdline;	 /* raw bytes, NUL-terminated; NULL: not known or none */
	char *cgroup;	 /* path; NULL: not known */
	char *unit;	 /* systemd's unit in that path; NULL: none */
	char *container; /* id in that path; NULL: none */
	bool live_children_known;
	uint32_t live_children; /* not dead; beyond INQUIRY_CHILDREN_MAX not counted */
	struct inquiry_sibling siblings[INQUIRY_SIBLINGS_MAX]; /* the first of them */
	bool pids_known;       /* it is in a cgroup with a pids controller: */
	uint64_t pids_current; /* tasks in the tightest cgroup on the way up */
	uint64_t pids_max;     /* UINT64_MAX: no limit */
};

#define INQUIRY_CHILDREN_MAX 4096

/*
 * Asks /proc (a descriptor of procfs_open()) for a process. If the pid belongs
 * to another process by now, or is gone, out->done stays false. Frees what an
 * earlier inquiry left in *out. pass: who is dead in it is not asked; or NULL.
 */
void inquiry_make(struct inquiry *out, int proc, const struct dw_who *who, const struct pass *pass);

/* Frees what *inquiry holds and clears it. */
void inquiry_free(struct inquiry *inquiry);

/* Whether that very process (tgid and start time) still lives; a zombie does not. */
bool inquiry_alive(int proc, const struct dw_who *who);

/* Whether that very process is there, dead or alive. */
bool inquiry_exists(int proc, const struct dw_who *who);

/* The name of a process, raw bytes, empty if it is gone. Returns out. */
const char *inquiry_comm(int proc, uint32_t tgid, char *out, size_t size);

#endif
