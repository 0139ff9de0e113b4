// SPDX-License-Identifier: GPL-2.0-or-later
#include "inherited.h"

#include <signal.h>
#include <stdbool.h>

static sigset_t mask;
static bool ignored[NSIG];

void inherited_remember(void)
{
	struct sigaction action;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int sig = 1; sig < NSIG; sig++)
		ignored[sig] = !sigaction(sig, NULL, &action) && action.sa_handler == SIG_IGN;
}

void inherited_restore(void)
{
	struct sigaction action = {};

	for (int sig = 1; sig < NSIG; sig++) {
		action.sa_handler = ignored[sig] ? SIG_IGN : SIG_DFL;
		sigaction(sig, &action, NULL);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
}
