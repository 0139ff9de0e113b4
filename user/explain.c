// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * explain: what each cause means.
 */
#include "command.h"

#include <stdio.h>

#include "causes.h"
#include "say.h"

static void list_causes(void)
{
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		printf("%-26s the parent %s\n", cause_text(cause)->name, cause_text(cause)->summary);
}

int command_explain(const struct options *options)
{
	enum cause cause;

	if (!options->cause) {
		list_causes();
		return EXIT_OK;
	}
	cause = cause_by_name(options->cause);
	if (cause == CAUSE_COUNT) {
		say_error("unknown cause '%s'; 'deadwait explain' lists them", options->cause);
		return EXIT_USAGE;
	}
	printf("%s: the parent %s\n\nfix: %s\n", cause_text(cause)->name,
	       cause_text(cause)->summary, cause_text(cause)->advice);
	return EXIT_OK;
}
