// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inquiry: what /proc tells of a parent that will be reported, and of the
 * processes that it waits for. Read only for those, never for every process.
 */
#ifndef DEADWAIT_INQUIRY_H
#define DEADWAIT_INQUIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "dw_pass.h"
#include "facts.h"

struct inquiry {
	bool done;	   /* the rest was read; else it could not be */
	char state;	   /* of the main thread, as in ps; 0: not known */
	char *cmdline;	   /* raw bytes, NUL-terminated; NULL: not known or none */
	char *cgroup;	   /* path; NULL: not known */
	char *unit;	   /* systemd's unit in that path; NULL: none */
	char *container;   /* id in that path; NULL: none */
	bool live_children_known;
	uint32_t live_children; /* neither dead nor dying; beyond INQUIRY_CHILDREN_MAX not counted */
	uint8_t signalfd;  /* enum known: it has a signalfd for SIGCHLD */
};

#define INQUIRY_CHILDREN_MAX 4096

/*
 * Asks /proc (a descriptor of procfs_open()) for a process. If the pid belongs
 * to another process by now, or is gone, out->done stays false. Frees what an
 * earlier inquiry left in *out.
 */
void inquiry_make(struct inquiry *out, int proc, const struct dw_who *who);

/* Frees what *inquiry holds and clears it. */
void inquiry_free(struct inquiry *inquiry);

/* Whether that very process (tgid and start time) still exists. */
bool inquiry_alive(int proc, const struct dw_who *who);

/* The name of a process, raw bytes, empty if it is gone. Returns out. */
const char *inquiry_comm(int proc, uint32_t tgid, char *out, size_t size);

/*
 * Adds to the facts what only /proc tells: signalfd from the inquiry, and
 * other_alive for the waits in flight that do not match the child.
 */
void inquiry_complete(struct facts *facts, const struct inquiry *inquiry, int proc,
		      const struct dw_pass_dead *child, const struct dw_pass_parent *parent);

#endif
