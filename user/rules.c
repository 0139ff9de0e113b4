// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules.h"

#include <inttypes.h>

#include "rules_parts.h"

#define ROW(cause, flags, holds, tell, contradicted)                                               \
	{                                                                                          \
		CAUSE_##cause, flags, rule_holds_##holds, rule_tell_##tell, rule_##contradicted    \
	}

#define HISTORY RULE_HISTORY
#define LIKELY RULE_LIKELY
#define PATIENT RULE_PATIENT
#define ALONE RULE_ALONE

/*
 * In order of priority: the first row that holds names the cause, the others
 * that hold are listed as `also`. A cause may have several rows.
 */
/* clang-format off */
static const struct rule rules[] = {
	/*  cause                      how sure           holds              tells              until                 */
	ROW(NAMESPACE_TEARDOWN,        LIKELY,            teardown,          teardown,          not_dying),
	ROW(EXIT_STUCK,                PATIENT,           exit_stuck,        exit_stuck,        not_dying),
	ROW(LEADER_EXITED,             0,                 leader,            leader,            not_leader),
	ROW(TRACED,                    0,                 traced,            traced,            free_untraced),
	ROW(PARENT_STOPPED,            0,                 stopped,           stopped,           free_running),
	ROW(PARENT_STOPPED,            LIKELY,            traced_stop,       stopped,           free_running),
	ROW(AUTO_REAPED,               0,                 auto_reaped,       auto_reaped,       nothing),
	ROW(AUTO_REAPED,               LIKELY,            no_child,          auto_reaped,       nothing),
	ROW(STATUS_STOLEN,             0,                 stolen,            stolen,            nothing),
	ROW(HELD,                      PATIENT,           held,              held,              match_since),
	ROW(HANDLER_STUCK,             0,                 handler_stuck,     handler_stuck,     not_in_handler),
	ROW(HANDLER_STUCK,             LIKELY,            in_handler,        handler_stuck,     not_in_handler),
	ROW(WAITS_FOR_PIPE,            0,                 pipe,              pipe,              match_since),
	ROW(WAITS_FOR_PIPE,            LIKELY,            pipe_by_group,     pipe,              match_since),
	ROW(PARENT_STUCK,              PATIENT,           stuck,             stuck,             ran_since),
	ROW(EXIT_SIGNAL,               PATIENT,           exit_signal,       exit_signal,       match_since),
	ROW(SIGCHLD_MERGED,            HISTORY,           merged,            merged,            loops_now),
	ROW(SIGCHLD_MERGED,            LIKELY | HISTORY,  merged_before,     merged,            loops_now),
	ROW(SIGCHLD_MERGED,            HISTORY,           merged_by_pid,     merged,            match_since),
	ROW(SLOW_REAPER,               ALONE,             slow,              slow,              nothing),
	ROW(SIGCHLD_BLOCKED,           PATIENT,           blocked,           blocked,           unblocked),
	ROW(SIGCHLD_BLOCKED_INHERITED, PATIENT,           blocked_inherited, blocked,           unblocked),
	ROW(EXEC_INHERITED,            PATIENT,           exec_inherited,    exec_inherited,    match_since),
	ROW(INIT_IGNORES_ADOPTED,      PATIENT,           init,              init,              acts_as_reaper),
	ROW(SUBREAPER_IGNORES_ADOPTED, PATIENT,           subreaper,         subreaper,         acts_as_reaper),
	ROW(CLONE_PARENT,              PATIENT,           clone_parent,      clone_parent,      match_since),
	ROW(LATE_HANDLER,              PATIENT | HISTORY, late_handler,      late_handler,      acted_since),
	ROW(WAITS_FOR_OTHERS,          PATIENT,           others,            others,            match_since),
	ROW(HANDLER_REPLACED,          PATIENT | HISTORY, replaced,          replaced,          not_taken),
	ROW(WRONG_THREAD,              PATIENT | HISTORY, wrong_thread,      wrong_thread,      not_taken),
	ROW(HANDLER_RAN_NO_WAIT,       PATIENT | HISTORY, taken,             taken,             not_taken),
	ROW(SLOW_REAPER,               ALONE | LIKELY,    seen_to_reap,      slow,              nothing),
	ROW(KILLS_NEVER_WAITS,         PATIENT,           killed,            killed,            match_since),
	ROW(INTERRUPTED_WAIT,          PATIENT | HISTORY, interrupted,       interrupted,       match_since),
	ROW(WAITS_FOR_OTHERS,          PATIENT | LIKELY,  others_by_habit,   others_by_habit,   match_since),
	ROW(ASKED_TOO_EARLY,           PATIENT,           too_early,         too_early,         any_wait_since),
	ROW(NEVER_WAITS,               PATIENT | HISTORY | ALONE, never,             never,             began_to_act),
};
/* clang-format on */

const struct rule *rules_table(size_t *count)
{
	*count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}

void rules_tell_unknown(const struct facts *f, struct verdict *out)
{
	if (!f->has_parent) {
		rule_say(out, "the parent's state could not be read");
		return;
	}
	rule_tell_since(f, out);
	rule_tell_disposition(f, out);
	if (f->threads_blocking)
		rule_say(out,
			 "SIGCHLD is blocked in %" PRIu32 " of %" PRIu32 " threads and %spending",
			 f->threads_blocking, f->threads, f->pending ? "" : "not ");
	rule_tell_zombies(f, out);
}

void rules_tell_end(const struct facts *f, struct verdict *out)
{
	if (f->parent_ended)
		rule_say(out, "the parent has ended and left it unreaped to its adopter");
}
