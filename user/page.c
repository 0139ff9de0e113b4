// SPDX-License-Identifier: GPL-2.0-or-later
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "output.h"

void page_add(struct page *page, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(page->text + page->len, sizeof(page->text) - page->len, format, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(page->text) - page->len)
		len = (int)(sizeof(page->text) - page->len - 1);
	page->len += (size_t)len;
	page->column += (size_t)len;
}

void page_newline(struct page *page)
{
	page_add(page, "\n");
	page->column = 0;
}

static void set_colour(struct page *page, enum page_colour colour)
{
	static const char *const codes[] = { "0", "1;31", "32", "1;33" };
	size_t column = page->column;

	if (!page->colour)
		return;
	page_add(page, "\033[%sm", codes[colour]);
	page->column = column;
}

void page_send(struct page *page)
{
	output_write(page->text, page->len);
	page->len = 0;
	page->column = 0;
}

/* Adds words, going on in the next line, behind the indent, where the line is full. */
static void wrap(struct page *page, const char *words, size_t indent)
{
	while (*words) {
		size_t word = strcspn(words, " ");

		/* Longer than a line: only what a hostile name makes of itself. */
		if (word > PAGE_COLUMNS - 1 - indent)
			word = PAGE_COLUMNS - 1 - indent;
		if (page->column > indent && page->column + 1 + word > PAGE_COLUMNS - 1) {
			page_newline(page);
			page_add(page, "%*s", (int)indent, "");
		} else if (page->column > indent) {
			page_add(page, " ");
		}
		page_add(page, "%.*s", (int)word, words);
		words += word;
		words += strspn(words, " ");
	}
}

void page_wrap(struct page *page, const char *words)
{
	wrap(page, words, PAGE_INDENT);
}

void page_flow(struct page *page, const char *words)
{
	wrap(page, words, PAGE_HANG);
}

size_t page_head_width(const struct page *page)
{
	return page->stamp ? strlen("2026-11-21T19:05:11.123+01:00 ") + PAGE_HANG - PAGE_INDENT :
			     PAGE_HANG;
}

/* A paragraph of its own below the head line. */
void page_below(struct page *page, const char *label, const char *words)
{
	page_add(page, "%*s", PAGE_INDENT, "");
	if (*label)
		page_wrap(page, label);
	page_wrap(page, words);
	page_newline(page);
}

void page_head(struct page *page, uint64_t time_ns, const char *label, enum page_colour colour)
{
	char stamp[CLOCK_TEXT_MAX];

	if (page->stamp)
		clock_format_stamp(stamp, sizeof(stamp), time_ns);
	else
		clock_format_local(stamp, sizeof(stamp), time_ns);
	page_add(page, "%s ", stamp);
	set_colour(page, colour);
	page_add(page, "%s", label);
	set_colour(page, PLAIN);
	page_add(page, "%*s", (int)(8 - strlen(label)), "");
}

/* A part of the head line, in the next line if this one is full. */
void page_part(struct page *page, const char *part)
{
	if (page->column + 2 + strlen(part) > PAGE_COLUMNS - 1) {
		page_newline(page);
		page_add(page, "%*s", PAGE_HANG, "");
	} else {
		page_add(page, "  ");
	}
	page_add(page, "%s", part);
}

/* Takes what was put together out of the message. NULL: no memory. */
char *page_take(struct page *page)
{
	char *taken = strndup(page->text, page->len);

	page->len = 0;
	page->column = 0;
	return taken;
}
