// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hints: what /proc adds to the facts. Asked only for parents whose children
 * are about to be reported or are reported already, at most once a second, and
 * only what a verdict may turn on.
 */
#ifndef DEADWAIT_HINTS_H
#define DEADWAIT_HINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "dw_pass.h"
#include "facts.h"
#include "pass.h"

/* Where hints come from. */
struct hints_source {
	int proc; /* procfs_open()'s descriptor */
	/* The present pass: who is dead in it need not be asked. NULL: there is none. */
	const struct pass *pass;
	/*
	 * Looks up the latest process of that tgid in the history: true and *out filled, or
	 * false. NULL: there is no history.
	 */
	bool (*life)(void *arg, uint32_t tgid, struct dw_life *out);
	/*
	 * How many waits a process, dead or alive, has entered, by the history: true and *waits
	 * filled, or false. NULL: there is no history.
	 */
	bool (*waits)(void *arg, uint32_t tgid, uint64_t start_ns, uint32_t *waits);
	/*
	 * The exact record of a process that was seen being reaped: true and *out filled, or false.
	 * NULL: there is no exact tier.
	 */
	bool (*reaped)(void *arg, uint32_t tgid, uint64_t start_ns, struct dw_exact *out);
	void *arg;
};

#define HINTS_PIPES_MAX 64
#define HINTS_HOLDERS_MAX 8

/* A process that holds the write end of a pipe that the parent reads. */
struct hints_holder {
	uint32_t tgid;
	uint32_t family; /* the parent's child that it descends from; 0: not known */
	uint32_t ppid;	 /* its parent now */
	uint32_t session;
	uint64_t start_ns; /* CLOCK_BOOTTIME, to a clock tick */
	char comm[DW_COMM_LEN];
};

struct hints {
	uint8_t signalfd;		    /* enum known: it has a signalfd for SIGCHLD */
	uint8_t target_alive[DW_WAITS_MAX]; /* enum known, for each wait in flight */
	bool waited_tid_lives;		    /* the thread that last waited for any child */
	uint8_t handler_frame;		    /* enum known: a thread is inside its SIGCHLD handler */
	char handler_in[DW_COMM_LEN];	    /* the system call that this thread sleeps in */
	uint32_t threads_locked;	    /* in an untimed wait for a mutex */
	uint32_t threads_writing;	    /* asleep in a write to a pipe */
	uint32_t threads_vforking;	    /* wait for their vfork child */
	uint32_t threads_idle;		    /* in another untimed futex */
	uint32_t vfork_child;		    /* one that is waited for; 0: none */
	char vfork_comm[DW_COMM_LEN];
	bool reads_pipe;     /* a thread is in a read of a pipe; else it polls */
	bool reads_own_pipe; /* blocked reading a pipe whose write end it has itself */
	struct hints_holder holders[HINTS_HOLDERS_MAX];
	uint32_t holders_count;
	bool walked; /* all processes were looked at for those */
};

/*
 * Asks about a parent. Fills *out in any case; what cannot be read stays
 * unknown. Who holds a pipe that it reads takes a walk over all processes: only
 * with pipes, else what *out held before stands.
 */
void hints_ask(struct hints *out, const struct hints_source *source,
	       const struct dw_pass_parent *parent, bool pipes);

/* Adds the hints on a parent to the facts of one of its dead children. */
void hints_complete(struct facts *facts, const struct hints *hints,
		    const struct dw_pass_dead *child, const struct dw_pass_parent *parent);

/* Adds what /proc tells of a process that hangs in its exit. */
void hints_of_dying(struct facts *facts, const struct hints_source *source,
		    const struct dw_who *dying);

/* --- parts, each in a file of its own --- */

/* hints_stack.c: handler_frame and handler_in. */
void hints_ask_stack(struct hints *out, int proc, const struct dw_pass_parent *parent);

/* hints_pipe.c: holders and reads_own_pipe. */
void hints_ask_pipes(struct hints *out, const struct hints_source *source,
		     const struct dw_pass_parent *parent);

/* Name of a system call that threads sleep in, or "a system call". */
const char *hints_syscall_name(int64_t nr);

#endif
