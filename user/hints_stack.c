// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hints_stack: whether a thread is inside its SIGCHLD handler, from the signal
 * frame that the kernel put on its stack: it begins with the address of the
 * code that will end the handler (sa_restorer), and holds the mask to restore.
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

#if defined(__x86_64__)
/* struct rt_sigframe (arch/x86/include/asm/sigframe.h): offsets from the return address. */
#define FRAME_SP 168	  /* uc.uc_mcontext.sp: the stack pointer before the handler */
#define FRAME_CS 192	  /* uc.uc_mcontext.cs */
#define FRAME_MASK 304	  /* uc.uc_sigmask: the mask before the handler */
#define FRAME_SIGINFO 312 /* info.si_signo, with SA_SIGINFO */
#define FRAME_BYTES 320
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
	uint16_t cs;

	memcpy(&cs, frame + FRAME_CS, sizeof(cs));
	memcpy(&sp, frame + FRAME_SP, sizeof(sp));
	memcpy(&mask, frame + FRAME_MASK, sizeof(mask));
	/* Not every word that looks like the restorer begins a frame: __USER_CS, __USER32_CS. */
	if ((cs != 0x33 && cs != 0x23) || !sp)
		return false;
	if (mask & SIGCHLD_BIT)
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
	uint64_t word;
	size_t got;

	if (stack && !procfs_memory(proc, (pid_t)parent->who.tgid, sp, stack, STACK_BYTES, &got)) {
		found = KNOWN_NO;
		for (size_t at = 0; at + FRAME_BYTES <= got; at += sizeof(word)) {
			memcpy(&word, stack + at, sizeof(word));
			if (word == parent->restorer &&
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

	/* SIG_DFL and SIG_IGN have no frames; nor can one be told without the restorer. */
	if (parent->handler <= 1 || !parent->restorer)
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
