// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * status: names for signals, wait statuses and wait calls. Decodes, and judges nothing.
 *
 * All functions write into the caller's buffer, cut to size, always NUL-terminated (size must not
 * be 0), and return that buffer so that they can stand in a printf argument.
 */
#ifndef DEADWAIT_STATUS_H
#define DEADWAIT_STATUS_H

#include <stddef.h>
#include <stdint.h>

/* Room for any text of this module. */
#define STATUS_TEXT_MAX 192

/* Which call a thread waits with. The numbers are those of enum dw_wait_call in dw_history.h. */
enum wait_call {
	WAIT_CALL_WAIT4 = 1, /* wait, wait3, wait4, waitpid */
	WAIT_CALL_WAITID = 2,
	WAIT_CALL_OTHER = 3, /* not known; options of 0 are not known either */
};

/* Whom it waits for, as enum dw_wait_target. (<sys/wait.h> has a macro WAIT_ANY.) */
enum wait_target {
	WAIT_TARGET_ANY = 0,
	WAIT_TARGET_PID = 1,
	WAIT_TARGET_GROUP = 2,
	WAIT_TARGET_PIDFD = 3,
};

struct wait_form {
	uint8_t call;	  /* enum wait_call */
	uint8_t target;	  /* enum wait_target */
	int32_t id;	  /* process or process group; 0 = not known, -1 = the caller's group */
	int32_t fd;	  /* WAIT_TARGET_PIDFD: the descriptor, -1 = not known; else unused */
	uint32_t options; /* W* bits as the caller or the kernel has them */
};

/* SIGKILL, SIGRTMIN, SIGRTMIN+3; "signal 99" if it has no name. */
const char *status_signal_name(int sig, char *out, size_t size);

/*
 * A status as wait(2) stores it and as the kernel keeps it in exit_code (the low 16 bits count):
 * "exit 3", "killed by SIGSEGV (core dumped)", "stopped by SIGTSTP", "continued".
 */
const char *status_format(char *out, size_t size, int status);

/*
 * A wait as one would write the call: waitpid(-1, WNOHANG|WUNTRACED), waitpid(-77, 0) for a group,
 * waitpid(0, 0) for a group not known, waitid(P_PIDFD, 5→4242, WEXITED), waitid(P_ALL, WEXITED).
 * A part not known is "?". WEXITED is not shown for waitpid, where the kernel adds it itself.
 * Any other call: wait(any, …), wait(pid 4242, …), wait(group 77, …), wait(pidfd 5→4242, …).
 */
const char *status_wait_format(char *out, size_t size, const struct wait_form *form);

/* The name of one bit of a wait's options, as for wait4; NULL: it has none. */
const char *status_option_name(uint32_t bit);

#endif
