// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules_signal: causes that lie in what became of the SIGCHLD (A).
 */
#include "rules_parts.h"

#include <inttypes.h>

#include "duration.h"

/* Blocked for less, in every look, it may be in passing. */
#define BLOCKED_NS (500 * DURATION_NS_PER_MS)

static uint32_t signals_taken_life(const struct facts *f)
{
	return f->delivered_life + f->fetched_life;
}

/*
 * No more waits than signals: what was merged away is never made up for. Over
 * its life as well, since a handler may have been at work when the child died.
 */
static bool waits_once_each(const struct facts *f)
{
	return f->waits_since <= rule_signals_taken(f) || f->waits_life <= signals_taken_life(f);
}

static bool waits_once_and_merged(const struct facts *f)
{
	return rule_is_zombie(f) && rule_signals_taken(f) && f->matches_since && f->merged_life &&
	       waits_once_each(f);
}

bool rule_holds_merged(const struct facts *f)
{
	return waits_once_and_merged(f) && (f->merged_since || f->own_sigchld == DW_SIGCHLD_MERGED);
}

/* The merge was earlier, and the parent has been one behind ever since; or is merely slow. */
bool rule_holds_merged_before(const struct facts *f)
{
	return waits_once_and_merged(f);
}

/* It asks only for the pid that a signal names, and this child's signal was merged away. */
bool rule_holds_merged_by_pid(const struct facts *f)
{
	return rule_no_match(f) && f->own_sigchld == DW_SIGCHLD_MERGED && rule_signals_taken(f) &&
	       f->others_since && waits_once_each(f) && !f->flights_other;
}

void rule_tell_merged(const struct facts *f, struct verdict *out)
{
	bool since = f->waits_since <= rule_signals_taken(f);
	uint32_t waits = since ? f->waits_since : f->waits_life;
	uint32_t taken = since ? rule_signals_taken(f) : signals_taken_life(f);

	rule_say(out,
		 "%" PRIu32 " child%s died, %" PRIu32 " SIGCHLD%s reached the parent, %" PRIu32
		 " merged",
		 f->deaths_life, f->deaths_life == 1 ? "" : "ren", signals_taken_life(f),
		 rule_plural(signals_taken_life(f)), f->merged_life);
	rule_say(out, "it waited %" PRIu32 " time%s for %" PRIu32 " signal%s%s", waits,
		 rule_plural(waits), taken, rule_plural(taken), since ? " since this death" : "");
}

bool rule_loops_now(const struct facts *f)
{
	return !waits_once_each(f);
}

static bool stuck_blocked(const struct facts *f)
{
	/* For a moment many do; fork() in perl and python for one. */
	return rule_no_match(f) && f->threads && f->threads_blocking == f->threads && f->pending &&
	       (f->blocked_ns >= BLOCKED_NS || !f->switches_known) && !f->threads_sigwaiting &&
	       f->signalfd != KNOWN_YES && !f->flights_other && !f->others_since &&
	       !rule_signals_taken(f);
}

/* With SIGCHLD at its default, one that inherited the mask never meant to take it. */
bool rule_holds_blocked(const struct facts *f)
{
	return stuck_blocked(f) && !f->blocked_at_exec;
}

bool rule_holds_blocked_inherited(const struct facts *f)
{
	return stuck_blocked(f) && f->blocked_at_exec && f->disposition == DISPOSITION_HANDLER;
}

void rule_tell_blocked(const struct facts *f, struct verdict *out)
{
	if (f->threads == 1)
		rule_say(out, "SIGCHLD is pending and the parent's one thread blocks it");
	else
		rule_say(out,
			 "SIGCHLD is pending and all %" PRIu32 " threads of the parent block it",
			 f->threads);
	rule_say(out, "no thread is in sigwait%s",
		 f->signalfd == KNOWN_NO ? ", and it has no signalfd for it" : "");
	if (f->blocked_at_exec)
		rule_say(out, "it was blocked already when the parent was exec'd");
	rule_tell_since(f, out);
}

/* The child's signal was ignored at once; or blocked, as in a fork, and came to nothing after. */
static bool came_to_nothing(const struct facts *f)
{
	return f->own_sigchld == DW_SIGCHLD_IGNORED ||
	       (f->own_sigchld == DW_SIGCHLD_QUEUED && f->discarded_since);
}

bool rule_holds_late_handler(const struct facts *f)
{
	return rule_no_match(f) && came_to_nothing(f) && f->disposition == DISPOSITION_HANDLER &&
	       !rule_signals_taken(f);
}

void rule_tell_late_handler(const struct facts *f, struct verdict *out)
{
	if (f->own_sigchld == DW_SIGCHLD_IGNORED)
		rule_say(out, "its SIGCHLD was ignored: no handler was set when it died");
	else
		rule_say(out, "its SIGCHLD, blocked at first, was taken while no handler was set");
	rule_say(out, "a handler is set now and has not run since");
	rule_tell_since(f, out);
}

/* Signals were taken since and no wait followed: the next three differ in why. */
bool rule_holds_taken(const struct facts *f)
{
	return rule_no_match(f) && rule_signals_taken(f) && !f->waits_since;
}

void rule_tell_taken(const struct facts *f, struct verdict *out)
{
	if (f->delivered_since)
		rule_say(out,
			 "SIGCHLD reached the handler %" PRIu32 " time%s since, in thread %" PRIu32,
			 f->delivered_since, rule_plural(f->delivered_since), f->delivered_tid);
	if (f->fetched_since)
		rule_say(out, "%" PRIu32 " SIGCHLD%s fetched by signalfd or sigwait since",
			 f->fetched_since, f->fetched_since == 1 ? " was" : "s were");
	rule_tell_since(f, out);
}

bool rule_holds_replaced(const struct facts *f)
{
	return rule_holds_taken(f) && f->delivered_since && f->handler_replaced;
}

void rule_tell_replaced(const struct facts *f, struct verdict *out)
{
	rule_say(out, "the handler that ran is not the one that was set at the last wait");
	rule_tell_taken(f, out);
}

bool rule_holds_wrong_thread(const struct facts *f)
{
	return rule_holds_taken(f) && f->delivered_since && f->waited_tid && f->waited_tid_lives &&
	       f->waited_tid != f->delivered_tid;
}

void rule_tell_wrong_thread(const struct facts *f, struct verdict *out)
{
	rule_say(out, "SIGCHLD went to thread %" PRIu32 ", the thread that waits is %" PRIu32,
		 f->delivered_tid, f->waited_tid);
	rule_tell_taken(f, out);
}

/* The signal is no more blocked and pending: delivered, fetched, or come to nothing. */
bool rule_unblocked(const struct facts *f)
{
	return rule_acted_since(f) || (f->threads_blocking < f->threads && !f->pending);
}

/* A wait came after all; or what seemed to be a fetch was not. */
bool rule_not_taken(const struct facts *f)
{
	return f->waits_since || !rule_signals_taken(f);
}

/* It acted; or it has a handler by now, which the child's signal came too early for. */
bool rule_began_to_act(const struct facts *f)
{
	return rule_acted_since(f) || rule_holds_late_handler(f);
}
