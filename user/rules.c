// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "duration.h"
#include "status.h"

/* Once free to run for so long, a parent that was stopped has had its chance. */
#define CHANCE_NS (10 * DURATION_NS_PER_S)

__attribute__((format(printf, 2, 3))) static void say(struct verdict *out, const char *format, ...)
{
	va_list args;

	if (out->lines >= VERDICT_LINES)
		return;
	va_start(args, format);
	vsnprintf(out->evidence[out->lines++], VERDICT_LINE_MAX, format, args);
	va_end(args);
}

static const char *plural(uint32_t count)
{
	return count == 1 ? "" : "s";
}

/* --- what several rules ask --- */

static bool is_zombie(const struct facts *f)
{
	return f->dead_kind == DW_DEAD_ZOMBIE && f->has_parent;
}

/* No wait that would take the child was entered since, nor is in flight. */
static bool no_match(const struct facts *f)
{
	return is_zombie(f) && !f->matches_since && !f->flights_match;
}

static uint32_t signals_taken(const struct facts *f)
{
	return f->delivered_since + f->fetched_since;
}

static bool all_halted(const struct facts *f)
{
	return f->threads && f->threads_stopped + f->threads_frozen >= f->threads;
}

static bool match_since(const struct facts *f)
{
	return f->matches_since > 0;
}

static bool any_wait_since(const struct facts *f)
{
	return f->waits_since > 0;
}

static bool acted_since(const struct facts *f)
{
	return f->waits_since || signals_taken(f);
}

static void tell_since(const struct facts *f, struct verdict *out)
{
	const char *from = f->since_death ? "its death" : "it was first seen dead";

	if (!f->has_history)
		say(out, "no history: deadwait has not seen what the parent did");
	else if (!f->waits_since)
		say(out, "no wait by the parent since %s, %" PRIu32 " in all", from, f->waits_life);
	else
		say(out, "%" PRIu32 " wait%s by the parent since %s, %" PRIu32 " of them for this child",
		    f->waits_since, plural(f->waits_since), from, f->matches_since);
}

static void tell_zombies(const struct facts *f, struct verdict *out)
{
	if (f->zombies > 1)
		say(out, "the parent has %" PRIu32 " zombies", f->zombies);
}

static void tell_disposition(const struct facts *f, struct verdict *out)
{
	switch (f->disposition) {
	case DISPOSITION_DEFAULT:
		say(out, "SIGCHLD is at its default, which does not collect anything");
		break;
	case DISPOSITION_IGNORE:
		say(out, "SIGCHLD is ignored now, but was not when the child died: too late for it");
		break;
	case DISPOSITION_HANDLER:
		say(out, "a SIGCHLD handler is set%s",
		    f->threads_blocking == f->threads ? ", and SIGCHLD is blocked" : "");
		break;
	}
}

/* --- D. may not yet collect --- */

static bool holds_teardown(const struct facts *f)
{
	return f->dead_kind == DW_DEAD_DYING && f->ns_init;
}

static void tell_teardown(const struct facts *f, struct verdict *out)
{
	(void)f;
	say(out, "it is the init of a pid namespace and has been exiting since");
	say(out, "an init ends only when every process in its namespace has been collected");
}

static bool holds_exit_stuck(const struct facts *f)
{
	return f->dead_kind == DW_DEAD_DYING && !f->ns_init;
}

static void tell_exit_stuck(const struct facts *f, struct verdict *out)
{
	(void)f;
	say(out, "all its threads are exiting and it is not a zombie yet");
}

static bool not_dying(const struct facts *f)
{
	return f->dead_kind != DW_DEAD_DYING;
}

static bool holds_leader(const struct facts *f)
{
	return f->dead_kind == DW_DEAD_LEADER;
}

static void tell_leader(const struct facts *f, struct verdict *out)
{
	(void)f;
	say(out, "the main thread has ended, other threads of the process live on");
}

static bool not_leader(const struct facts *f)
{
	return f->dead_kind != DW_DEAD_LEADER;
}

static bool holds_traced(const struct facts *f)
{
	return is_zombie(f) && f->traced;
}

static void tell_traced(const struct facts *f, struct verdict *out)
{
	(void)f;
	say(out, "a process that is not its parent traces it; the parent's wait does not see it");
}

static bool free_untraced(const struct facts *f)
{
	return !f->traced && f->free_ns >= CHANCE_NS;
}

/* --- B. cannot collect --- */

/* A tracer stops its tracee again and again: that it stays so takes two looks to know. */
static bool holds_stopped(const struct facts *f)
{
	return is_zombie(f) && all_halted(f) &&
	       (f->switches_known ? !f->ran : !f->threads_traced);
}

static bool holds_traced_stop(const struct facts *f)
{
	return is_zombie(f) && all_halted(f) && !f->switches_known && f->threads_traced;
}

static void tell_stopped(const struct facts *f, struct verdict *out)
{
	if (f->threads_frozen)
		say(out, "all %" PRIu32 " thread%s of the parent are frozen by its cgroup",
		    f->threads, plural(f->threads));
	else
		say(out, "all %" PRIu32 " thread%s of the parent are stopped%s", f->threads,
		    plural(f->threads), f->threads_traced ? " by a tracer" : "");
	tell_zombies(f, out);
}

static bool free_running(const struct facts *f)
{
	return !all_halted(f) && f->free_ns >= CHANCE_NS;
}

/* --- F. keeps it --- */

static bool holds_held(const struct facts *f)
{
	return no_match(f) && f->peeked_since;
}

static void tell_held(const struct facts *f, struct verdict *out)
{
	(void)f;
	say(out, "it was looked at with WNOWAIT since its death, and no wait took it");
}

/* --- A. does not collect --- */

static bool holds_exit_signal(const struct facts *f)
{
	return no_match(f) && f->exit_signal != SIGCHLD;
}

static void tell_exit_signal(const struct facts *f, struct verdict *out)
{
	char name[STATUS_TEXT_MAX];

	if (f->exit_signal)
		say(out, "it was cloned with exit signal %s in place of SIGCHLD",
		    status_signal_name(f->exit_signal, name, sizeof(name)));
	else
		say(out, "it was cloned with no exit signal: the parent gets none at its death");
	say(out, "a plain wait does not see it; %" PRIu32 " were entered since", f->others_since);
}

/* One wait at the most for each signal: those that were merged away are never made up for. */
static bool holds_merged(const struct facts *f)
{
	return is_zombie(f) && signals_taken(f) && f->matches_since && f->merged_life &&
	       f->waits_since <= signals_taken(f);
}

/* It asks only for the pid that a signal names, and this child's signal was merged away. */
static bool holds_merged_by_pid(const struct facts *f)
{
	return no_match(f) && f->own_sigchld == DW_SIGCHLD_MERGED && signals_taken(f) &&
	       f->others_since && f->others_since <= signals_taken(f) && !f->flights_other;
}

static void tell_merged(const struct facts *f, struct verdict *out)
{
	say(out, "%" PRIu32 " child%s died, %" PRIu32 " SIGCHLD%s reached the parent, %" PRIu32 " merged",
	    f->deaths_life, f->deaths_life == 1 ? "" : "ren", f->delivered_life + f->fetched_life,
	    plural(f->delivered_life + f->fetched_life), f->merged_life);
	say(out, "it waited %" PRIu32 " time%s for %" PRIu32 " signal%s since this death",
	    f->waits_since, plural(f->waits_since), signals_taken(f), plural(signals_taken(f)));
}

static bool loops_now(const struct facts *f)
{
	return f->waits_since > signals_taken(f);
}

static bool holds_slow(const struct facts *f)
{
	if (!is_zombie(f))
		return false;
	if (f->matches_since || f->flights_match)
		return true;
	/* It was seen to reap others, and not because it asks for each by its pid. */
	return f->reaped && !f->others_since && !f->flights_other &&
	       !(f->whole_life && f->waits_life && !f->waits_any_life);
}

static void tell_slow(const struct facts *f, struct verdict *out)
{
	char text[DURATION_TEXT_MAX];

	tell_since(f, out);
	if (f->reaped)
		say(out, "it has reaped %" PRIu32 " other zombie%s, up to %s old", f->reaped,
		    plural(f->reaped), duration_format(text, sizeof(text), f->reap_age_ns));
	tell_zombies(f, out);
}

static bool stuck_blocked(const struct facts *f)
{
	return no_match(f) && f->threads && f->threads_blocking == f->threads && f->pending &&
	       !f->threads_sigwaiting && f->signalfd != KNOWN_YES && !f->flights_other &&
	       !f->others_since && !signals_taken(f);
}

/* With SIGCHLD at its default, one that inherited the mask never meant to take it. */
static bool holds_blocked(const struct facts *f)
{
	return stuck_blocked(f) && !f->blocked_at_exec;
}

static bool holds_blocked_inherited(const struct facts *f)
{
	return stuck_blocked(f) && f->blocked_at_exec && f->disposition == DISPOSITION_HANDLER;
}

static void tell_blocked(const struct facts *f, struct verdict *out)
{
	if (f->threads == 1)
		say(out, "SIGCHLD is pending and the parent's one thread blocks it");
	else
		say(out, "SIGCHLD is pending and all %" PRIu32 " threads of the parent block it",
		    f->threads);
	say(out, "no thread is in sigwait%s", f->signalfd == KNOWN_NO ?
					       ", and it has no signalfd for it" : "");
	if (f->blocked_at_exec)
		say(out, "it was blocked already when the parent was exec'd");
	tell_since(f, out);
}

static bool holds_exec_inherited(const struct facts *f)
{
	return no_match(f) && f->parent_execed && f->adopted == KNOWN_NO && !f->others_since;
}

static void tell_exec_inherited(const struct facts *f, struct verdict *out)
{
	say(out, "the parent has called exec since it forked the child");
	tell_since(f, out);
}

static bool holds_init(const struct facts *f)
{
	return no_match(f) && f->parent_ns_init && f->adopted != KNOWN_NO && !f->reaped;
}

static void tell_init(const struct facts *f, struct verdict *out)
{
	if (f->adopted == KNOWN_YES)
		say(out, "it was born to another process; this one, init of its namespace, adopted it");
	else
		say(out, "the parent is init of its pid namespace; it may have adopted the child");
	tell_since(f, out);
	tell_zombies(f, out);
}

static bool holds_subreaper(const struct facts *f)
{
	return no_match(f) && f->parent_subreaper && !f->parent_ns_init &&
	       f->adopted == KNOWN_YES && !f->reaped;
}

static void tell_subreaper(const struct facts *f, struct verdict *out)
{
	say(out, "it was born to another process; this one, a child subreaper, adopted it");
	tell_since(f, out);
	tell_zombies(f, out);
}

static bool acts_as_reaper(const struct facts *f)
{
	return f->matches_since || f->reaped;
}

static bool holds_clone_parent(const struct facts *f)
{
	return no_match(f) && f->cloned_for_parent && f->adopted == KNOWN_NO;
}

static void tell_clone_parent(const struct facts *f, struct verdict *out)
{
	say(out, "another process forked it with CLONE_PARENT: its parent did not");
	tell_since(f, out);
}

static bool holds_late_handler(const struct facts *f)
{
	return no_match(f) && f->own_sigchld == DW_SIGCHLD_IGNORED &&
	       f->disposition == DISPOSITION_HANDLER && !signals_taken(f);
}

static void tell_late_handler(const struct facts *f, struct verdict *out)
{
	say(out, "its SIGCHLD was ignored: no handler was set when it died");
	say(out, "a handler is set now and has not run since");
	tell_since(f, out);
}

static bool holds_others(const struct facts *f)
{
	if (!no_match(f))
		return false;
	if (f->flights_other)
		return f->other_alive != KNOWN_NO;
	return f->others_since || f->was_waiting_for_others;
}

static void tell_others(const struct facts *f, struct verdict *out)
{
	if (f->flights_other)
		say(out, "%" PRIu32 " thread%s in a wait that does not match this child",
		    f->flights_other, f->flights_other == 1 ? " is" : "s are");
	else if (f->was_waiting_for_others)
		say(out, "when it died the parent was in a wait for another child");
	tell_since(f, out);
}

/* Every wait of its life named a pid, and never this one. */
static bool holds_others_by_habit(const struct facts *f)
{
	return no_match(f) && f->whole_life && f->waits_life && !f->waits_any_life &&
	       !f->asked_before && !f->asked_since;
}

static void tell_others_by_habit(const struct facts *f, struct verdict *out)
{
	say(out, "all %" PRIu32 " wait%s of its life named other children, never this one",
	    f->waits_life, plural(f->waits_life));
	tell_since(f, out);
}

/* Signals were taken since and no wait followed: the next three differ in why. */
static bool took_no_wait(const struct facts *f)
{
	return no_match(f) && signals_taken(f) && !f->waits_since;
}

static void tell_taken(const struct facts *f, struct verdict *out)
{
	if (f->delivered_since)
		say(out, "SIGCHLD reached the handler %" PRIu32 " time%s since, in thread %" PRIu32,
		    f->delivered_since, plural(f->delivered_since), f->delivered_tid);
	if (f->fetched_since)
		say(out, "%" PRIu32 " SIGCHLD%s fetched by signalfd or sigwait since",
		    f->fetched_since, f->fetched_since == 1 ? " was" : "s were");
	tell_since(f, out);
}

static bool holds_replaced(const struct facts *f)
{
	return took_no_wait(f) && f->delivered_since && f->handler_replaced;
}

static void tell_replaced(const struct facts *f, struct verdict *out)
{
	say(out, "the handler that ran is not the one that was set at the last wait");
	tell_taken(f, out);
}

static bool holds_wrong_thread(const struct facts *f)
{
	return took_no_wait(f) && f->delivered_since && f->waited_tid && f->waited_tid_lives &&
	       f->waited_tid != f->delivered_tid;
}

static void tell_wrong_thread(const struct facts *f, struct verdict *out)
{
	say(out, "SIGCHLD went to thread %" PRIu32 ", the thread that waits is %" PRIu32,
	    f->delivered_tid, f->waited_tid);
	tell_taken(f, out);
}

static bool holds_killed(const struct facts *f)
{
	return no_match(f) && f->killed_by_parent && !f->others_since;
}

static void tell_killed(const struct facts *f, struct verdict *out)
{
	char name[STATUS_TEXT_MAX];

	say(out, "the parent itself sent it %s",
	    status_signal_name(f->kill_signal, name, sizeof(name)));
	tell_since(f, out);
}

static bool holds_too_early(const struct facts *f)
{
	return no_match(f) && f->polled_before && !f->waits_since;
}

static void tell_too_early(const struct facts *f, struct verdict *out)
{
	say(out, "the parent asked for it with WNOHANG before it died, and not since");
	tell_zombies(f, out);
}

static bool holds_never(const struct facts *f)
{
	if (!no_match(f) || f->flights_other || f->waits_since || signals_taken(f))
		return false;
	/* Live state alone: a handler may have run before anyone looked. */
	return f->since_death || f->disposition == DISPOSITION_DEFAULT ||
	       f->disposition == DISPOSITION_IGNORE;
}

static void tell_never(const struct facts *f, struct verdict *out)
{
	tell_since(f, out);
	tell_disposition(f, out);
	tell_zombies(f, out);
}

/*
 * In order of priority: the first row that holds names the cause, the others
 * that hold are listed as `also`. A cause may have several rows.
 */
static const struct rule rules[] = {
	{ CAUSE_NAMESPACE_TEARDOWN, RULE_LIKELY, holds_teardown, tell_teardown, not_dying },
	{ CAUSE_EXIT_STUCK, 0, holds_exit_stuck, tell_exit_stuck, not_dying },
	{ CAUSE_LEADER_EXITED, 0, holds_leader, tell_leader, not_leader },
	{ CAUSE_TRACED, 0, holds_traced, tell_traced, free_untraced },
	{ CAUSE_PARENT_STOPPED, 0, holds_stopped, tell_stopped, free_running },
	{ CAUSE_PARENT_STOPPED, RULE_LIKELY, holds_traced_stop, tell_stopped, free_running },
	{ CAUSE_HELD, RULE_PATIENT, holds_held, tell_held, match_since },
	{ CAUSE_EXIT_SIGNAL, 0, holds_exit_signal, tell_exit_signal, match_since },
	{ CAUSE_SIGCHLD_MERGED, RULE_HISTORY, holds_merged, tell_merged, loops_now },
	{ CAUSE_SIGCHLD_MERGED, RULE_HISTORY, holds_merged_by_pid, tell_merged, match_since },
	{ CAUSE_SLOW_REAPER, 0, holds_slow, tell_slow, NULL },
	{ CAUSE_SIGCHLD_BLOCKED, RULE_PATIENT, holds_blocked, tell_blocked, acted_since },
	{ CAUSE_SIGCHLD_BLOCKED_INHERITED, RULE_PATIENT, holds_blocked_inherited, tell_blocked,
	  acted_since },
	{ CAUSE_EXEC_INHERITED, RULE_PATIENT, holds_exec_inherited, tell_exec_inherited,
	  match_since },
	{ CAUSE_INIT_IGNORES_ADOPTED, RULE_PATIENT, holds_init, tell_init, acts_as_reaper },
	{ CAUSE_SUBREAPER_IGNORES_ADOPTED, RULE_PATIENT, holds_subreaper, tell_subreaper,
	  acts_as_reaper },
	{ CAUSE_CLONE_PARENT, RULE_PATIENT, holds_clone_parent, tell_clone_parent, match_since },
	{ CAUSE_LATE_HANDLER, RULE_HISTORY, holds_late_handler, tell_late_handler, acted_since },
	{ CAUSE_WAITS_FOR_OTHERS, RULE_PATIENT, holds_others, tell_others, match_since },
	{ CAUSE_HANDLER_REPLACED, RULE_HISTORY, holds_replaced, tell_replaced, any_wait_since },
	{ CAUSE_WRONG_THREAD, RULE_HISTORY, holds_wrong_thread, tell_wrong_thread,
	  any_wait_since },
	{ CAUSE_HANDLER_RAN_NO_WAIT, RULE_HISTORY, took_no_wait, tell_taken, any_wait_since },
	{ CAUSE_KILLS_NEVER_WAITS, RULE_PATIENT, holds_killed, tell_killed, match_since },
	{ CAUSE_WAITS_FOR_OTHERS, RULE_LIKELY, holds_others_by_habit, tell_others_by_habit,
	  match_since },
	{ CAUSE_ASKED_TOO_EARLY, RULE_PATIENT, holds_too_early, tell_too_early, any_wait_since },
	{ CAUSE_NEVER_WAITS, RULE_PATIENT | RULE_HISTORY | RULE_LAST, holds_never, tell_never,
	  acted_since },
};

const struct rule *rules_table(size_t *count)
{
	*count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}

void rules_tell_unknown(const struct facts *f, struct verdict *out)
{
	if (!f->has_parent) {
		say(out, "the parent's state could not be read");
		return;
	}
	tell_since(f, out);
	tell_disposition(f, out);
	if (f->threads_blocking)
		say(out, "SIGCHLD is blocked in %" PRIu32 " of %" PRIu32 " threads and %spending",
		    f->threads_blocking, f->threads, f->pending ? "" : "not ");
	tell_zombies(f, out);
}
