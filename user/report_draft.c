// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_draft: the text of a report in the making. See report_draft.h.
 */
#include "report_draft.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "report_render.h"
#include "text.h"

/* Of a name; then comes an ellipsis. */
#define NAME_MAX_BYTES (DRAFT_NAME_MAX - 4)

const char *draft_show(char *out, const char *name)
{
	char whole[TEXT_MAX(ORIGIN_TEXT_MAX)];

	if (text_escape(whole, sizeof(whole), name, strlen(name)) < NAME_MAX_BYTES)
		return strcpy(out, whole[0] ? whole : "?");
	text_escape(out, NAME_MAX_BYTES, name, strlen(name));
	return strcat(out, "…");
}

void draft_end_row(struct draft *draft)
{
	page_newline(&draft->page);
	fwrite(draft->page.text, 1, draft->page.len, draft->file);
	draft->page.len = 0;
}

void draft_put(struct draft *draft, const char *format, ...)
{
	char words[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (draft->page.column < PAGE_HANG)
		page_add(&draft->page, "%*s", (int)(PAGE_HANG - draft->page.column), "");
	page_flow(&draft->page, words);
}

void draft_figure(struct draft *draft, const char *figure)
{
	page_add(&draft->page, "%*s  ", PAGE_HANG - 2, figure);
}

void draft_count(struct draft *draft, uint64_t count)
{
	char figure[24];

	snprintf(figure, sizeof(figure), "%" PRIu64, count);
	draft_figure(draft, figure);
}

void draft_title(struct draft *draft, const char *title)
{
	fprintf(draft->file, "\n%s\n", title);
}

const char *draft_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void draft_ends(struct draft *draft, const struct report_sum *sum)
{
	draft_put(draft, "%" PRIu64 " reaped, %" PRIu64 " still there", sum->reaped, sum->left);
	if (sum->ended)
		draft_put(draft, "%" PRIu64 " ended otherwise", sum->ended);
	if (sum->unknown)
		draft_put(draft, "%" PRIu64 " not followed to the end", sum->unknown);
}

void draft_rate(struct draft *draft, const struct report_sum *sum)
{
	double hours = report_hours(draft->report);

	if (hours > 0)
		draft_put(draft, "%.1f an hour;", (double)sum->zombies / hours);
}

void draft_kinds(struct draft *draft, const struct report_father *father)
{
	static const char *const kinds[LOG_ORPHAN_KINDS] = { "zombie", "abandoned", "daemonized",
							     "background", "other" };
	const char *comma = "";

	for (unsigned int i = 0; i < LOG_ORPHAN_KINDS; i++) {
		if (!father->kinds[i])
			continue;
		page_add(&draft->page, "%s", comma);
		draft_put(draft, "%" PRIu64 " %s", father->kinds[i], kinds[i]);
		comma = ",";
	}
}
