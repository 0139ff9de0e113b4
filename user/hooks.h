// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hooks: the BPF programs, what each is attached to, and what cannot be told
 * without it. The loader decides from this table and doctor prints it.
 */
#ifndef DEADWAIT_HOOKS_H
#define DEADWAIT_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

enum hook_tier {
	HOOK_NEEDED, /* nothing works without it */
	HOOK_BASE,   /* tracepoints, on every kernel */
	HOOK_EXACT,  /* where the kernel allows fentry */
};

/* Which runs attach it, a mask. */
#define HOOK_PASS (1U << 0)    /* all of them, scan included */
#define HOOK_HISTORY (1U << 1) /* those that keep a history */
#define HOOK_FAMILY (1U << 2)  /* those that follow a family */
#define HOOK_TRACE (1U << 3)   /* those that tell every event */

struct hook {
	const char *program; /* its name in the kernel, begins with dw_ */
	const char *target;  /* what it is attached to */
	enum hook_tier tier;
	unsigned int runs;
	bool conduct;	     /* what parents do is seen by it: without it there is no history */
	const char *without; /* names of causes and kinds, or words, with commas between them */
};

/* Ended by a row without a program. */
extern const struct hook hooks[];

/* How a hook fared. */
enum hook_state {
	HOOK_NOT_WANTED, /* by this run */
	HOOK_ATTACHED,
	HOOK_SWITCHED_OFF, /* by the environment: DEADWAIT_OFF=dw_wait,dw_fork */
	HOOK_REFUSED,	   /* by the kernel */
};

/* The row of a program, or -1. */
int hooks_find(const char *program);

/* Whether the environment switches a program off. */
bool hooks_switched_off(const char *program);

/* Most rows of the table. */
#define HOOKS_MAX 16

#endif
