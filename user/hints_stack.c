// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hints_stack: whether a thread is inside its SIGCHLD handler, from the signal
 * frame that the kernel put on its stack: it is known by what it begins with
 * or must hold, and has the mask to restore.
 */
#include "hints.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "procfs.h"

#define SIGCHLD_BIT (1ULL << (SIGCHLD - 1))

/* How far up from the stack pointer a frame is looked for. */
#define STACK_BYTES 65536

/* Without a record of the thread: this many threads are looked at. */
#define THREADS_MAX 16

/* struct rt_sigframe: offsets from its beginning. */
#if defined(__x86_64__)
/* arch/x86/include/asm/sigframe.h; it begins with the address of sa_restorer. */
#define FRAME_SP 168	  /* uc.uc_mcontext.sp: the stack pointer before the handler */
#define FRAME_CS 192	  /* uc.uc_mcontext.cs */
#define FRAME_MASK 304	  /* uc.uc_sigmask: the mask before the handler */
#define FRAME_SIGINFO 312 /* info.si_signo, with SA_SIGINFO */
#define FRAME_BYTES 320

static bool begins_frame(const unsigned char *at, const struct dw_pass_parent *parent)
{
	uint64_t restorer;
	uint16_t cs;

	memcpy(&restorer, at, sizeof(restorer));
	memcpy(&cs, at + FRAME_CS, sizeof(cs));
	/* Not every word that looks like the restorer begins a frame: __USER_CS, __USER32_CS. */
	return restorer == parent->restorer && (cs == 0x33 || cs == 0x23);
}

/* Without SA_RESTORER, which libc always sets, there is no frame to be known. */
static bool has_frames(const struct dw_pass_parent *parent)
{
	return parent->restorer;
}
#elif defined(__aarch64__)
/* arch/arm64/kernel/signal.c; the address of the code that ends the handler is in a register. */
#define FRAME_SIGINFO 0	 /* info.si_signo, with SA_SIGINFO */
#define FRAME_MASK 168	 /* uc.uc_sigmask */
#define FRAME_SP 560	 /* uc.uc_mcontext.sp */
#define FRAME_PSTATE 576 /* uc.uc_mcontext.pstate */
#define FRAME_FPSIMD 592 /* the first record after it: struct fpsimd_context */
#define FRAME_BYTES 600
#define PSTATE_MODE 0x1fU /* 0: of a user's program, of 64 bits */

static bool begins_frame(const unsigned char *at, const struct dw_pass_parent *parent)
{
	uint64_t pstate;
	uint32_t head[2];

	(void)parent;
	memcpy(head, at + FRAME_FPSIMD, sizeof(head));
	memcpy(&pstate, at + FRAME_PSTATE, sizeof(pstate));
	return head[0] == FPSIMD_MAGIC && head[1] == sizeof(struct fpsimd_context) &&
	       !(pstate & PSTATE_MODE);
}

static bool has_frames(const struct dw_pass_parent *parent)
{
	(void)parent;
	return true;
}
#endif

#ifdef FRAME_BYTES
/*
 * A frame of SIGCHLD's handler that is at work. Its remains may lie on the
 * stack long after: so SIGCHLD must be blocked now and not in the mask that
 * the frame restores, or with SA_NODEFER the frame must name the signal.
 */
static bool is_live_frame(const unsigned char *frame, bool blocked,
			  const struct dw_pass_parent *parent)
{
	uint64_t mask, sp;
	int32_t signo;

	memcpy(&sp, frame + FRAME_SP, sizeof(sp));
	memcpy(&mask, frame + FRAME_MASK, sizeof(mask));
	if (!sp || (mask & SIGCHLD_BIT))
		return false;
	if (blocked)
		return true;
	memcpy(&signo, frame + FRAME_SIGINFO, sizeof(signo));
	return (parent->flags & DW_PARENT_NODEFER) &&
	       (!(parent->flags & DW_PARENT_SIGINFO) || signo == SIGCHLD);
}

/* Looks for a live frame on the stack of a thread that sleeps. */
static uint8_t search_stack(int proc, const struct dw_pass_parent *parent, uint64_t sp,
			    bool blocked)
{
	unsigned char *stack = malloc(STACK_BYTES);
	uint8_t found = KNOWN_NOT;
	size_t got;

	if (stack && !procfs_memory(proc, (pid_t)parent->who.tgid, sp, stack, STACK_BYTES, &got)) {
		found = KNOWN_NO;
		for (size_t at = 0; at + FRAME_BYTES <= got; at += sizeof(uint64_t)) {
			if (begins_frame(stack + at, parent) &&
			    is_live_frame(stack + at, blocked, parent)) {
				found = KNOWN_YES;
				break;
			}
		}
	}
	free(stack);
	return found;
}

static void ask_thread(struct hints *out, int proc, const struct dw_pass_parent *parent, pid_t tid)
{
	pid_t tgid = (pid_t)parent->who.tgid;
	struct proc_status status;
	struct proc_syscall call;
	uint8_t frame;
	bool blocked;

	if (procfs_status(proc, tgid, tid, &status) || procfs_syscall(proc, tgid, tid, &call) ||
	    call.running)
		return;
	blocked = status.blocked & SIGCHLD_BIT;
	if (!blocked && !(parent->flags & DW_PARENT_NODEFER))
		return;
	frame = search_stack(proc, parent, call.sp, blocked);
	if (frame <= out->handler_frame)
		return;
	out->handler_frame = frame;
	if (frame == KNOWN_YES)
		snprintf(out->handler_in, sizeof(out->handler_in), "%s",
			 hints_syscall_name(call.nr));
}

void hints_ask_stack(struct hints *out, int proc, const struct dw_pass_parent *parent)
{
	pid_t tids[THREADS_MAX], tgid = (pid_t)parent->who.tgid;
	size_t count;

	/* SIG_DFL and SIG_IGN have no frames. */
	if (parent->handler <= 1 || !has_frames(parent))
		return;
	if (!parent->threads.blocking && !(parent->flags & DW_PARENT_NODEFER))
		return;
	if (parent->has_record && parent->record.conduct.delivered_tid) {
		ask_thread(out, proc, parent, (pid_t)parent->record.conduct.delivered_tid);
		return;
	}
	if (procfs_threads(proc, tgid, tids, THREADS_MAX, &count))
		return;
	for (size_t i = 0; i < count && i < THREADS_MAX && out->handler_frame != KNOWN_YES; i++)
		ask_thread(out, proc, parent, tids[i]);
}
#else
/* No layout of this architecture's frame is known here. */
void hints_ask_stack(struct hints *out, int proc, const struct dw_pass_parent *parent)
{
	(void)proc;
	(void)parent;
	out->handler_frame = KNOWN_NOT;
}
#endif
