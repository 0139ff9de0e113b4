// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * explain: what each cause means, how to confirm it and how to mend it. The
 * pages are user/explain/<cause>.txt, built in.
 */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "causes.h"
#include "output.h"
#include "say.h"

static const struct {
	const char *cause;
	const char *text;
} pages[] = {
#include "explain_pages.inc"
};

#define PAGES (sizeof(pages) / sizeof(pages[0]))

static const char *page_of(const char *cause)
{
	for (size_t i = 0; i < PAGES; i++)
		if (!strcmp(pages[i].cause, cause))
			return pages[i].text;
	return "";
}

static void print(const char *text)
{
	output_write(text, strlen(text));
}

static void list_causes(void)
{
	char line[256];

	/* The one that is none comes last. */
	for (unsigned int i = 1; i <= CAUSE_COUNT; i++) {
		enum cause cause = i % CAUSE_COUNT;

		snprintf(line, sizeof(line), "%-26s the parent %s\n", cause_text(cause)->name,
			 cause_text(cause)->summary);
		print(line);
	}
}

static void explain(enum cause cause)
{
	const struct cause_text *text = cause_text(cause);
	char head[512];

	snprintf(head, sizeof(head), "%s: the parent %s\n\nIN SHORT\n  %s\n\n", text->name,
		 text->summary, text->advice);
	print(head);
	print(page_of(text->name));
}

int command_explain(const struct options *options)
{
	enum cause cause;

	if (!options->cause) {
		list_causes();
		return command_output_status(output_failed());
	}
	cause = cause_by_name(options->cause);
	if (cause == CAUSE_COUNT) {
		say_error("unknown cause '%s'; 'deadwait explain' lists them", options->cause);
		return EXIT_USAGE;
	}
	explain(cause);
	return command_output_status(output_failed());
}
