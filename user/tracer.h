// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tracer: the BPF side, loaded, attached and read. The only module that knows
 * libbpf. It says itself, in one line, why a kernel or privileges do not
 * suffice; it judges no process.
 */
#ifndef DEADWAIT_TRACER_H
#define DEADWAIT_TRACER_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/types.h>

#include "dw_trace.h"
#include "hooks.h"
#include "pass.h"

struct tracer;

/* Whose events a trace tells: each part that is set must be met. */
struct tracer_filter {
	const pid_t *pids; /* none: any */
	size_t pids_count;
	bool by_user;
	uint32_t uid;
	uint64_t cgroup;       /* id, version 2; 0: any */
	struct dw_names names; /* of names_compile() */
};

/* Room for events of a run or a trace, unless the user says otherwise. */
#define TRACER_RING_BYTES (8U << 20)

struct tracer_config {
	bool hooks;   /* attach the hooks and keep a history; else only passes */
	bool orphans; /* with hooks: tell of orphans */
	bool family;  /* count and tell only of the processes given to tracer_mark() */
	bool trace;   /* with hooks: an event for everything that happens */
	const struct tracer_filter *filter; /* with trace; NULL: tell of all */
	bool verbose;			    /* pass on libbpf's words */
	bool quiet;			    /* say nothing if it cannot be opened */
	uint32_t history;		    /* records, a power of two; 0: chosen from pid_max */
	uint32_t ring_bytes; /* room for events, a power of two; 0: what watch needs */
};

/*
 * Loads and attaches. On success *out is the caller's, to be given to
 * tracer_close(). Returns -EPERM: a privilege is missing, -EREMOTE: this is not
 * the host's pid namespace, -ENOTSUP: the kernel lacks something or refuses a
 * program, or another negative errno; one line on stderr has then named the
 * thing and the remedy.
 */
int tracer_open(const struct tracer_config *config, struct tracer **out);

/* The reason for an error of tracer_open(), in words that need no more; not to be freed. */
const char *tracer_refusal(int err);

/* Detaches: nothing is told or counted any more, what was can still be read. */
void tracer_detach(struct tracer *tracer);

/* Detaches and frees. NULL is allowed. */
void tracer_close(struct tracer *tracer);

/*
 * One pass over the task list into *pass, which is cleared before and finished
 * after. Returns 0; -EIO if the kernel ended it early; or a negative errno.
 * After a failure the pass is not complete and proves nothing.
 */
int tracer_pass(struct tracer *tracer, struct pass *pass);

/*
 * Descriptor that becomes readable when an event is there, owned by the
 * tracer; -1 without hooks.
 */
int tracer_events_fd(const struct tracer *tracer);

/*
 * Hands each event that is there to take, valid during the call only, until
 * take returns something else than 0. Returns how many, what take returned, or
 * a negative errno.
 */
int tracer_take_events(struct tracer *tracer,
		       int (*take)(void *arg, const struct dw_event_head *event), void *arg);

/* Events that found no room so far. Reads memory, makes no system call. */
uint32_t tracer_events_lost(const struct tracer *tracer);

/*
 * Makes these processes and all that they have started, or will, the family.
 * Returns 0, -ESRCH if there is none of them, or another negative errno.
 */
int tracer_mark(struct tracer *tracer, const pid_t *roots, size_t count);

/*
 * Whether a process may have died since the last pass began: always, without
 * the hook that sees it. Reads memory, makes no system call.
 */
bool tracer_died(const struct tracer *tracer);

/* The counters of all CPUs, added up, since the start. */
void tracer_counters(const struct tracer *tracer, struct dw_cpu *sum);

/* A BPF program of ours and the time that the kernel has accounted for it. */
struct tracer_run {
	const char *name; /* valid until tracer_close() */
	uint64_t run_ns;  /* since it was loaded, while kernel.bpf_stats_enabled was set */
};

/* Tells of at most max programs. Returns how many; each costs a system call. */
unsigned int tracer_runs(const struct tracer *tracer, struct tracer_run *out, unsigned int max);

/* Of those counters: records that the history gave up, or had no place for. */
uint64_t tracer_history_lost(const struct dw_cpu *sum);

/*
 * The history's latest record of a process with this tgid. Returns true and
 * fills *out, or false: none, or no hooks. Fits hints_source.life; arg is the
 * struct tracer.
 */
bool tracer_life(void *arg, uint32_t tgid, struct dw_life *out);

/* Waits entered so far by that very process. Fits hints_source.waits. */
bool tracer_waits(void *arg, uint32_t tgid, uint64_t start_ns, uint32_t *waits);

/*
 * Whether the exact tier is on: reaping is seen, at its moment. Then the
 * counters of times to reap are kept too.
 */
bool tracer_exact(const struct tracer *tracer);

/*
 * The exact record of that very process if it was seen being reaped. Returns
 * true and fills *out, or false. Fits hints_source.reaped.
 */
bool tracer_reaped(void *arg, uint32_t tgid, uint64_t start_ns, struct dw_exact *out);

/* How the hook of a row fared; *error is the errno of one that was refused. */
enum hook_state tracer_hook(const struct tracer *tracer, int row, int *error);

/* Whether all hooks are attached that see what parents do. */
bool tracer_sees_conduct(const struct tracer *tracer);

/* Sizes of what the kernel side keeps. */
struct tracer_sizes {
	uint32_t records; /* that the history has room for */
	uint32_t ways;	  /* records of a set; 1: each pid has its own */
	uint64_t history_bytes;
	uint32_t ring_bytes;
};

void tracer_sizes(const struct tracer *tracer, struct tracer_sizes *out);

#endif
