// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * many COUNT [NAME-IN-HEX [ARG…]]: one parent that never waits, with COUNT dead children. Parent
 * and children are called NAME, which may hold any bytes; the ARGs only show in the command line.
 * Protocol as in scenario.h, with "count" and only the first and the last of the children.
 */
#include "scenario.h"

static void set_name(const char *hex)
{
	char name[16] = { 0 };
	unsigned int byte;

	for (size_t i = 0; i < sizeof(name) - 1 && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
		name[i] = (char)byte;
	prctl(PR_SET_NAME, name);
}

int main(int argc, char **argv)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	long count = argc > 1 ? atol(argv[1]) : 0;
	pid_t first = 0, last = 0;

	if (count < 1) {
		fprintf(stderr, "usage: %s COUNT [NAME-IN-HEX [ARG…]]\n", argv[0]);
		return 2;
	}
	if (argc > 2)
		set_name(argv[2]);
	signal(SIGCHLD, SIG_DFL);
	for (long i = 0; i < count; i++) {
		last = fork();
		if (last < 0)
			sc_die("fork");
		if (last == 0)
			_exit(0);
		if (!first)
			first = last;
	}
	sc_await_state(last, 'Z');
	sc_await_state(first, 'Z');
	printf("{\"variant\":\"sick\",\"cause\":\"never-waits\",\"parent\":%d,\"children\":[%d,%d],\"healthy\":[%d],"
	       "\"count\":%ld}\n",
	       getpid(), first, last, getpid(), count);
	fflush(stdout);
	poll(&in, 1, SC_LIFETIME_S * 1000);
	signal(SIGCHLD, SIG_IGN);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return 0;
}
