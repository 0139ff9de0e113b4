// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules_family: causes that lie in whose child it is (C).
 */
#include "rules_parts.h"

#include <inttypes.h>

bool rule_holds_exec_inherited(const struct facts *f)
{
	return rule_no_match(f) && f->parent_execed && f->adopted == KNOWN_NO;
}

void rule_tell_exec_inherited(const struct facts *f, struct verdict *out)
{
	rule_say(out, "the parent has called exec since it forked the child");
	rule_tell_since(f, out);
}

bool rule_holds_init(const struct facts *f)
{
	return rule_no_match(f) && f->parent_ns_init && f->adopted != KNOWN_NO &&
	       !rule_reaps_any(f);
}

void rule_tell_init(const struct facts *f, struct verdict *out)
{
	if (f->adopted == KNOWN_YES)
		rule_say(
			out,
			"it was born to another process; this one, init of its namespace, adopted it");
	else
		rule_say(out,
			 "the parent is init of its pid namespace; it may have adopted the child");
	rule_tell_since(f, out);
	rule_tell_zombies(f, out);
}

bool rule_holds_subreaper(const struct facts *f)
{
	return rule_no_match(f) && f->parent_subreaper && !f->parent_ns_init &&
	       f->adopted == KNOWN_YES && !rule_reaps_any(f);
}

void rule_tell_subreaper(const struct facts *f, struct verdict *out)
{
	rule_say(out, "it was born to another process; this one, a child subreaper, adopted it");
	rule_tell_since(f, out);
	rule_tell_zombies(f, out);
}

bool rule_acts_as_reaper(const struct facts *f)
{
	return f->matches_since || rule_reaps_any(f);
}

bool rule_holds_clone_parent(const struct facts *f)
{
	return rule_no_match(f) && f->cloned_for_parent && f->adopted == KNOWN_NO;
}

void rule_tell_clone_parent(const struct facts *f, struct verdict *out)
{
	rule_say(out, "another process forked it with CLONE_PARENT: its parent did not");
	rule_tell_since(f, out);
}
