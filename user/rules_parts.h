// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules_parts: the functions behind the rows of the table in rules.c. For each
 * cause rule_holds_*, whether the facts support it, and rule_tell_*, which adds
 * the evidence to the verdict; and the questions that several of them share.
 */
#ifndef DEADWAIT_RULES_PARTS_H
#define DEADWAIT_RULES_PARTS_H

#include "rules.h"
#include "text.h"

#define NAME_TEXT_MAX TEXT_MAX(FACTS_NAME_LEN)

/* --- rules_parts.c: what several rules ask --- */

/* Adds a line of evidence; beyond VERDICT_LINES it is dropped. */
__attribute__((format(printf, 2, 3))) void rule_say(struct verdict *out, const char *format, ...);
/* A name of another process, of at most room bytes, safe to show. Returns out, of NAME_TEXT_MAX bytes. */
const char *rule_show(char *out, const char *name, size_t room);
/* "" for one, else "s". */
const char *rule_plural(uint32_t count);
/* It is dead and waits for a parent whose state is known. */
bool rule_is_zombie(const struct facts *f);
/* Likewise, and no wait that would take it was entered since, nor is in flight. */
bool rule_no_match(const struct facts *f);
/* SIGCHLDs that reached the parent since, by handler or fetched. */
uint32_t rule_signals_taken(const struct facts *f);
/* It was seen to reap others, and not because it asks for each by its pid. */
bool rule_reaps_any(const struct facts *f);
/* Every live thread of the parent is stopped or frozen. */
bool rule_all_halted(const struct facts *f);
/* What contradicts a cause: nothing but a new parent; a wait that would take the child; any wait; any act at all. */
bool rule_nothing(const struct facts *f);
bool rule_match_since(const struct facts *f);
bool rule_any_wait_since(const struct facts *f);
bool rule_unblocked(const struct facts *f);
bool rule_began_to_act(const struct facts *f);
bool rule_not_taken(const struct facts *f);
bool rule_acted_since(const struct facts *f);
/* Evidence that fits many causes: the waits since, the other zombies, the disposition. */
void rule_tell_since(const struct facts *f, struct verdict *out);
void rule_tell_zombies(const struct facts *f, struct verdict *out);
void rule_tell_disposition(const struct facts *f, struct verdict *out);

/* --- rules_state.c --- */

bool rule_holds_teardown(const struct facts *f);
void rule_tell_teardown(const struct facts *f, struct verdict *out);
bool rule_holds_exit_stuck(const struct facts *f);
void rule_tell_exit_stuck(const struct facts *f, struct verdict *out);
bool rule_not_dying(const struct facts *f);
bool rule_holds_leader(const struct facts *f);
void rule_tell_leader(const struct facts *f, struct verdict *out);
bool rule_not_leader(const struct facts *f);
bool rule_holds_traced(const struct facts *f);
void rule_tell_traced(const struct facts *f, struct verdict *out);
bool rule_free_untraced(const struct facts *f);
bool rule_holds_stopped(const struct facts *f);
bool rule_holds_traced_stop(const struct facts *f);
void rule_tell_stopped(const struct facts *f, struct verdict *out);
bool rule_free_running(const struct facts *f);
bool rule_holds_handler_stuck(const struct facts *f);
bool rule_holds_in_handler(const struct facts *f);
void rule_tell_handler_stuck(const struct facts *f, struct verdict *out);
bool rule_not_in_handler(const struct facts *f);
bool rule_holds_pipe(const struct facts *f);
bool rule_holds_pipe_by_group(const struct facts *f);
void rule_tell_pipe(const struct facts *f, struct verdict *out);
bool rule_holds_stuck(const struct facts *f);
void rule_tell_stuck(const struct facts *f, struct verdict *out);
bool rule_ran_since(const struct facts *f);

/* --- rules_signal.c --- */

bool rule_holds_merged(const struct facts *f);
bool rule_holds_merged_before(const struct facts *f);
bool rule_holds_merged_by_pid(const struct facts *f);
void rule_tell_merged(const struct facts *f, struct verdict *out);
bool rule_loops_now(const struct facts *f);
bool rule_holds_blocked(const struct facts *f);
bool rule_holds_blocked_inherited(const struct facts *f);
void rule_tell_blocked(const struct facts *f, struct verdict *out);
bool rule_holds_late_handler(const struct facts *f);
void rule_tell_late_handler(const struct facts *f, struct verdict *out);
bool rule_holds_taken(const struct facts *f);
void rule_tell_taken(const struct facts *f, struct verdict *out);
bool rule_holds_replaced(const struct facts *f);
void rule_tell_replaced(const struct facts *f, struct verdict *out);
bool rule_holds_wrong_thread(const struct facts *f);
void rule_tell_wrong_thread(const struct facts *f, struct verdict *out);

/* --- rules_wait.c --- */

bool rule_holds_held(const struct facts *f);
void rule_tell_held(const struct facts *f, struct verdict *out);
bool rule_holds_auto_reaped(const struct facts *f);
bool rule_holds_no_child(const struct facts *f);
void rule_tell_auto_reaped(const struct facts *f, struct verdict *out);
bool rule_holds_stolen(const struct facts *f);
void rule_tell_stolen(const struct facts *f, struct verdict *out);
bool rule_holds_interrupted(const struct facts *f);
void rule_tell_interrupted(const struct facts *f, struct verdict *out);
bool rule_holds_exit_signal(const struct facts *f);
void rule_tell_exit_signal(const struct facts *f, struct verdict *out);
bool rule_holds_seen_to_reap(const struct facts *f);
bool rule_holds_slow(const struct facts *f);
void rule_tell_slow(const struct facts *f, struct verdict *out);
bool rule_holds_others(const struct facts *f);
void rule_tell_others(const struct facts *f, struct verdict *out);
bool rule_holds_others_by_habit(const struct facts *f);
void rule_tell_others_by_habit(const struct facts *f, struct verdict *out);
bool rule_holds_killed(const struct facts *f);
void rule_tell_killed(const struct facts *f, struct verdict *out);
bool rule_holds_too_early(const struct facts *f);
void rule_tell_too_early(const struct facts *f, struct verdict *out);
bool rule_holds_never(const struct facts *f);
void rule_tell_never(const struct facts *f, struct verdict *out);

/* --- rules_family.c --- */

bool rule_holds_exec_inherited(const struct facts *f);
void rule_tell_exec_inherited(const struct facts *f, struct verdict *out);
bool rule_holds_init(const struct facts *f);
void rule_tell_init(const struct facts *f, struct verdict *out);
bool rule_holds_subreaper(const struct facts *f);
void rule_tell_subreaper(const struct facts *f, struct verdict *out);
bool rule_acts_as_reaper(const struct facts *f);
bool rule_holds_clone_parent(const struct facts *f);
void rule_tell_clone_parent(const struct facts *f, struct verdict *out);

#endif
