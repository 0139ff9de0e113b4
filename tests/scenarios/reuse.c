// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reuse: one dead child, then, after a line on standard input, it is collected and another child
 * dies under the very same pid, of the pid namespace in which reuse runs. One line of JSON for
 * each; ends at the end of standard input.
 */
#include "scenario.h"

#include <linux/sched.h>

static pid_t fork_as(pid_t pid)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = pid ? (uint64_t)(uintptr_t)&pid : 0,
				   .set_tid_size = pid ? 1 : 0 };

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static pid_t dies_as(pid_t wanted, int code)
{
	pid_t pid = fork_as(wanted);

	if (pid < 0)
		sc_die("clone3 with a chosen pid");
	if (pid == 0)
		_exit(code);
	sc_await_state(pid, 'Z');
	printf("{\"variant\":\"sick\",\"parent\":%d,\"children\":[%d],\"healthy\":[%d]}\n",
	       getpid(), pid, getpid());
	fflush(stdout);
	return pid;
}

int main(void)
{
	char line[64];
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	pid = dies_as(0, 1);
	if (read(STDIN_FILENO, line, sizeof(line)) > 0) {
		waitpid(pid, NULL, 0);
		dies_as(pid, 2);
		while (read(STDIN_FILENO, line, sizeof(line)) > 0)
			;
	}
	waitpid(pid, NULL, 0);
	return 0;
}
