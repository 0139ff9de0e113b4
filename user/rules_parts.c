// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules_parts: what several rules ask and say.
 */
#include "rules_parts.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

void rule_say(struct verdict *out, const char *format, ...)
{
	va_list args;

	if (out->lines >= VERDICT_LINES)
		return;
	va_start(args, format);
	vsnprintf(out->evidence[out->lines++], VERDICT_LINE_MAX, format, args);
	va_end(args);
}

/* A name of another process, safe to show. Returns out, of NAME_TEXT_MAX bytes. */
const char *rule_show(char *out, const char *name, size_t room)
{
	text_escape(out, NAME_TEXT_MAX, name, strnlen(name, room));
	return out;
}

const char *rule_plural(uint32_t count)
{
	return count == 1 ? "" : "s";
}

bool rule_is_zombie(const struct facts *f)
{
	return f->dead_kind == DW_DEAD_ZOMBIE && f->has_parent;
}

/* No wait that would take the child was entered since, nor is in flight. */
bool rule_no_match(const struct facts *f)
{
	return rule_is_zombie(f) && !f->matches_since && !f->flights_match;
}

uint32_t rule_signals_taken(const struct facts *f)
{
	return f->delivered_since + f->fetched_since;
}

bool rule_all_halted(const struct facts *f)
{
	return f->threads && f->threads_stopped + f->threads_frozen >= f->threads;
}

bool rule_match_since(const struct facts *f)
{
	return f->matches_since > 0;
}

bool rule_any_wait_since(const struct facts *f)
{
	return f->waits_since > 0;
}

bool rule_acted_since(const struct facts *f)
{
	return f->waits_since || rule_signals_taken(f);
}

void rule_tell_since(const struct facts *f, struct verdict *out)
{
	const char *from = f->since_death ? "its death" : "it was first seen dead";

	if (!f->has_history)
		rule_say(out, "no history: deadwait has not seen what the parent did");
	else if (!f->waits_since)
		rule_say(out, "no wait by the parent since %s, %" PRIu32 " in all", from,
			 f->waits_life);
	else
		rule_say(out,
			 "%" PRIu32 " wait%s by the parent since %s, %" PRIu32
			 " able to take this child",
			 f->waits_since, rule_plural(f->waits_since), from, f->matches_since);
}

void rule_tell_zombies(const struct facts *f, struct verdict *out)
{
	if (f->zombies > 1)
		rule_say(out, "the parent has %" PRIu32 " zombies", f->zombies);
}

void rule_tell_disposition(const struct facts *f, struct verdict *out)
{
	switch (f->disposition) {
	case DISPOSITION_DEFAULT:
		rule_say(out, "SIGCHLD is at its default, which does not reap anything");
		break;
	case DISPOSITION_IGNORE:
		rule_say(out, "SIGCHLD is ignored now, but was not when the child died");
		break;
	case DISPOSITION_HANDLER:
		rule_say(out, "a SIGCHLD handler is set%s",
			 f->threads && f->threads_blocking == f->threads ?
				 ", and SIGCHLD is blocked" :
				 "");
		break;
	}
}

bool rule_reaps_any(const struct facts *f)
{
	return f->reaped && !(f->whole_life && f->waits_life && !f->waits_any_life);
}

bool rule_nothing(const struct facts *f)
{
	(void)f;
	return false;
}
