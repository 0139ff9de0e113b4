// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules_wait: causes that lie in how the parent waits, or that it does not (A, E, F).
 */
#include "rules_parts.h"

#include <inttypes.h>
#include <signal.h>

#include "duration.h"
#include "status.h"

bool rule_holds_held(const struct facts *f)
{
	return rule_no_match(f) && f->peeked_since;
}

void rule_tell_held(const struct facts *f, struct verdict *out)
{
	(void)f;
	rule_say(out, "it was looked at with WNOWAIT since its death, and no wait took it");
}

bool rule_holds_auto_reaped(const struct facts *f)
{
	return f->lost_how == DW_LOST_GONE || f->lost_how == DW_LOST_IN_FLIGHT;
}

/* With no child at all: it may be how it waits for all to end, one by one. */
bool rule_holds_no_child(const struct facts *f)
{
	return f->lost_how == DW_LOST_NO_CHILD;
}

void rule_tell_auto_reaped(const struct facts *f, struct verdict *out)
{
	static const char *const how[] = {
		[DW_LOST_GONE] = "it waited for a child that the kernel had reaped already: ECHILD",
		[DW_LOST_NO_CHILD] = "it waited for any child and had none left: ECHILD",
		[DW_LOST_IN_FLIGHT] =
			"it was in a wait for the child when the kernel reaped it: ECHILD",
	};

	if (f->lost_how < sizeof(how) / sizeof(how[0]))
		rule_say(out, "%s", how[f->lost_how]);
	rule_say(out, "%s: the kernel has reaped %" PRIu32 " child%s for it, with their statuses",
		 f->nocldwait ? "SA_NOCLDWAIT is set" : "SIGCHLD is ignored (SIG_IGN)",
		 f->autoreaped, f->autoreaped == 1 ? "" : "ren");
	if (f->lost > 1)
		rule_say(out, "%" PRIu32 " of its waits have failed so", f->lost);
}

bool rule_holds_stolen(const struct facts *f)
{
	return f->lost_how == DW_LOST_STOLEN;
}

void rule_tell_stolen(const struct facts *f, struct verdict *out)
{
	if (f->taker_traces)
		rule_say(out,
			 "thread %" PRIu32 " waited for a child that its tracer (%" PRIu32
			 ") had reaped: ECHILD",
			 f->waiter_tid, f->taker_tid);
	else
		rule_say(out,
			 "thread %" PRIu32 " waited for a child that thread %" PRIu32
			 " had reaped: ECHILD",
			 f->waiter_tid, f->taker_tid);
	if (f->lost > 1)
		rule_say(out, "%" PRIu32 " of its waits have failed so", f->lost);
}

bool rule_holds_interrupted(const struct facts *f)
{
	return rule_no_match(f) && f->interrupted;
}

void rule_tell_interrupted(const struct facts *f, struct verdict *out)
{
	rule_say(out, "its last wait for this child was cut short by a signal before the death");
	if (f->interrupts > 1)
		rule_say(out, "%" PRIu32 " of its waits were cut short in all", f->interrupts);
	rule_tell_since(f, out);
}

bool rule_holds_exit_signal(const struct facts *f)
{
	return rule_no_match(f) && f->exit_signal != SIGCHLD;
}

void rule_tell_exit_signal(const struct facts *f, struct verdict *out)
{
	char name[STATUS_TEXT_MAX];

	if (f->exit_signal)
		rule_say(out, "it was cloned with exit signal %s in place of SIGCHLD",
			 status_signal_name(f->exit_signal, name, sizeof(name)));
	else
		rule_say(out,
			 "it was cloned with no exit signal: the parent gets none at its death");
	rule_say(out, "a plain wait does not see it; %" PRIu32 " were entered since",
		 f->others_since);
}

bool rule_holds_seen_to_reap(const struct facts *f)
{
	return rule_is_zombie(f) && rule_reaps_any(f) && !f->others_since && !f->flights_other &&
	       !f->parent_ended;
}

/* It waits, or waited before at ages such as this one's: its turn is still to come. */
bool rule_holds_slow(const struct facts *f)
{
	return rule_is_zombie(f) &&
	       (f->matches_since || f->flights_match ||
		(rule_holds_seen_to_reap(f) && f->age_ns <= 2 * f->reap_age_ns));
}

void rule_tell_slow(const struct facts *f, struct verdict *out)
{
	char text[DURATION_TEXT_MAX];

	if (f->waits_life || !f->reaped)
		rule_tell_since(f, out);
	else
		rule_say(out, "it reaps by a way that shows no wait (io_uring, perhaps)");
	if (f->reaped)
		rule_say(out, "it has reaped %" PRIu32 " other zombie%s, up to %s old", f->reaped,
			 rule_plural(f->reaped),
			 duration_format(text, sizeof(text), f->reap_age_ns));
	rule_tell_zombies(f, out);
}

bool rule_holds_others(const struct facts *f)
{
	if (!rule_no_match(f))
		return false;
	if (f->flights_other)
		return f->other_alive != KNOWN_NO;
	return f->others_since || f->was_waiting_for_others;
}

void rule_tell_others(const struct facts *f, struct verdict *out)
{
	if (f->flights_other)
		rule_say(out, "%" PRIu32 " thread%s in a wait that does not match this child",
			 f->flights_other, f->flights_other == 1 ? " is" : "s are");
	else if (f->was_waiting_for_others)
		rule_say(out, "when it died the parent was in a wait for another child");
	rule_tell_since(f, out);
}

/* Every wait of its life named a pid, and never this one. */
bool rule_holds_others_by_habit(const struct facts *f)
{
	return rule_no_match(f) && f->whole_life && f->waits_life && !f->waits_any_life &&
	       !f->asked_before && !f->asked_since;
}

void rule_tell_others_by_habit(const struct facts *f, struct verdict *out)
{
	rule_say(out, "all %" PRIu32 " wait%s of its life named other children, never this one",
		 f->waits_life, rule_plural(f->waits_life));
	rule_tell_since(f, out);
}

bool rule_holds_killed(const struct facts *f)
{
	return rule_no_match(f) && f->killed_by_parent && !f->others_since;
}

void rule_tell_killed(const struct facts *f, struct verdict *out)
{
	char name[STATUS_TEXT_MAX];

	rule_say(out, "the parent itself sent it %s",
		 status_signal_name(f->kill_signal, name, sizeof(name)));
	rule_tell_since(f, out);
}

bool rule_holds_too_early(const struct facts *f)
{
	return rule_no_match(f) && f->polled_before && !f->waits_since;
}

void rule_tell_too_early(const struct facts *f, struct verdict *out)
{
	rule_say(out, "the parent asked for it with WNOHANG before it died, and not since");
	rule_tell_zombies(f, out);
}

bool rule_holds_never(const struct facts *f)
{
	if (!rule_no_match(f) || f->flights_other || f->waits_since || rule_signals_taken(f))
		return false;
	/* Live state alone: a handler may have run before anyone looked. */
	return f->since_death || f->disposition == DISPOSITION_DEFAULT ||
	       f->disposition == DISPOSITION_IGNORE;
}

void rule_tell_never(const struct facts *f, struct verdict *out)
{
	rule_tell_since(f, out);
	rule_tell_disposition(f, out);
	rule_tell_zombies(f, out);
}
