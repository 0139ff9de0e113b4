// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tracer_parts: what the files of tracer share. tracer_load.c gets the kernel
 * side into the kernel, tracer.c reads it.
 */
#ifndef DEADWAIT_TRACER_PARTS_H
#define DEADWAIT_TRACER_PARTS_H

#include <bpf/libbpf.h>

#include "tracer.h"

/* It needs the layouts that tracer.h brings. */
#include "deadwait.skel.h"

/* Room for a piece of a pass. */
#define TRACER_BUFFER_BYTES (256 * 1024)

struct tracer {
	struct deadwait_bpf *bpf;
	struct bpf_link *links[HOOKS_MAX]; /* by row of the table of hooks */
	enum hook_state states[HOOKS_MAX];
	int errors[HOOKS_MAX]; /* of those that were refused, as errno */
	int pass_link;	       /* the links of the task iterators; owned by links[] */
	int mark_link;
	struct ring_buffer *ring; /* NULL: no hooks */
	int (*take)(void *arg, const struct dw_event_head *event);
	void *take_arg;
	char *buffer;
	uint32_t history;
};

/* Marks each of the pids for a use (enum dw_pid_use). Returns 0 or a negative errno. */
int tracer_use_pids(struct tracer *tracer, const pid_t *pids, size_t count, uint32_t use);

/* The ring buffer's callback: hands one event to tracer->take. */
int tracer_on_event(void *arg, void *data, size_t len);

#endif
