// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules_state: causes that lie in the state of the child or its parent: it may
 * not reap yet (D), or cannot (B).
 */
#include "rules_parts.h"

#include <inttypes.h>

#include "duration.h"

/* Once free to run for so long, a parent that was stopped has had its chance. */
#define CHANCE_NS (10 * DURATION_NS_PER_S)

bool rule_holds_teardown(const struct facts *f)
{
	return f->dead_kind == DW_DEAD_DYING && f->ns_init && (f->in_zap || !f->hangs_in[0]);
}

void rule_tell_teardown(const struct facts *f, struct verdict *out)
{
	char name[NAME_TEXT_MAX];

	rule_say(out,
		 "it is the init of a pid namespace: it ends when all others in there are reaped");
	if (f->hangs_in[0])
		rule_say(out, "it sleeps in %s", rule_show(name, f->hangs_in, sizeof(f->hangs_in)));
	if (f->blocker)
		rule_say(out, "%" PRIu32 " (%s) is in it from outside: %" PRIu32 " must reap it",
			 f->blocker, rule_show(name, f->blocker_comm, sizeof(f->blocker_comm)),
			 f->blocker_parent);
}

bool rule_holds_exit_stuck(const struct facts *f)
{
	return f->dead_kind == DW_DEAD_DYING && !rule_holds_teardown(f);
}

void rule_tell_exit_stuck(const struct facts *f, struct verdict *out)
{
	char name[NAME_TEXT_MAX];

	rule_say(out, "all its threads are exiting and it is not a zombie yet");
	if (f->hangs_in[0])
		rule_say(out, "it sleeps in %s", rule_show(name, f->hangs_in, sizeof(f->hangs_in)));
}

bool rule_not_dying(const struct facts *f)
{
	return f->dead_kind != DW_DEAD_DYING;
}

bool rule_holds_leader(const struct facts *f)
{
	return f->dead_kind == DW_DEAD_LEADER;
}

void rule_tell_leader(const struct facts *f, struct verdict *out)
{
	(void)f;
	rule_say(out, "the main thread has ended, other threads of the process live on");
}

bool rule_not_leader(const struct facts *f)
{
	return f->dead_kind != DW_DEAD_LEADER;
}

bool rule_holds_traced(const struct facts *f)
{
	return rule_is_zombie(f) && f->traced;
}

void rule_tell_traced(const struct facts *f, struct verdict *out)
{
	(void)f;
	rule_say(out,
		 "a process that is not its parent traces it; the parent's wait does not see it");
}

bool rule_free_untraced(const struct facts *f)
{
	return !f->traced && f->free_ns >= CHANCE_NS;
}

/* A tracer stops its tracee again and again: that it stays so takes two looks to know. */
bool rule_holds_stopped(const struct facts *f)
{
	return rule_is_zombie(f) && rule_all_halted(f) &&
	       (f->switches_known ? !f->ran : !f->threads_traced);
}

bool rule_holds_traced_stop(const struct facts *f)
{
	return rule_is_zombie(f) && rule_all_halted(f) && !f->switches_known && f->threads_traced;
}

void rule_tell_stopped(const struct facts *f, struct verdict *out)
{
	const char *how = f->threads_frozen ? "frozen by its cgroup" :
			  f->threads_traced ? "stopped by a tracer" :
					      "stopped";

	if (f->threads == 1)
		rule_say(out, "the parent's only thread is %s", how);
	else
		rule_say(out, "all %" PRIu32 " threads of the parent are %s", f->threads, how);
	rule_tell_zombies(f, out);
}

bool rule_free_running(const struct facts *f)
{
	return !rule_all_halted(f) && f->free_ns >= CHANCE_NS;
}

/* A frame may be the remains of a handler that is long done: its delivery must fit. */
bool rule_holds_handler_stuck(const struct facts *f)
{
	return rule_is_zombie(f) && f->handler_frame == KNOWN_YES && !f->flights_match &&
	       f->has_history && f->delivered_no_wait;
}

/* Without a look at its delivery, or with a wait since; not while the signal still waits. */
bool rule_holds_in_handler(const struct facts *f)
{
	return rule_is_zombie(f) && f->handler_frame == KNOWN_YES && !f->flights_match &&
	       (f->has_history && f->since_death ? f->delivered_since > 0 :
						   !f->pending && !f->delivered_life);
}

void rule_tell_handler_stuck(const struct facts *f, struct verdict *out)
{
	rule_say(out, "a signal frame of the handler is live on the stack, asleep in %s",
		 f->handler_in);
	if (f->delivered_since)
		rule_say(out,
			 "SIGCHLD reached the handler in thread %" PRIu32
			 ", which has not returned",
			 f->delivered_tid);
	rule_tell_since(f, out);
}

bool rule_not_in_handler(const struct facts *f)
{
	return f->handler_frame == KNOWN_NO;
}

bool rule_holds_pipe(const struct facts *f)
{
	return rule_no_match(f) &&
	       (f->pipe_writer == PIPE_WRITER_FAMILY || f->pipe_writer == PIPE_WRITER_SELF);
}

bool rule_holds_pipe_by_group(const struct facts *f)
{
	return rule_no_match(f) && f->pipe_writer == PIPE_WRITER_SIMILAR;
}

void rule_tell_pipe(const struct facts *f, struct verdict *out)
{
	char name[NAME_TEXT_MAX];

	if (f->pipe_writer == PIPE_WRITER_SELF)
		rule_say(
			out,
			"the parent reads a pipe whose write end it holds itself: no end will come");
	else
		rule_say(out, "the parent waits to read a pipe that %" PRIu32 " (%s) holds open",
			 f->pipe_holder,
			 rule_show(name, f->pipe_holder_comm, sizeof(f->pipe_holder_comm)));
	if (f->pipe_writer == PIPE_WRITER_FAMILY)
		rule_say(out,
			 "that process was started by the dead child, or by one that it started");
	if (f->pipe_writer == PIPE_WRITER_SIMILAR)
		rule_say(out, "it was born after the child, in its session, and is an orphan now");
	rule_tell_since(f, out);
}

/* Every live thread waits for something that nothing in sight brings. */
bool rule_holds_stuck(const struct facts *f)
{
	uint32_t stuck = f->threads_locked + f->threads_writing + f->threads_uninterruptible;

	/* It is exiting itself, and hangs in that: its children are handed over when it is done. */
	if (!f->threads)
		return rule_no_match(f) && f->asleep_ns >= DURATION_NS_PER_S && !f->parent_ended;
	return rule_no_match(f) && !rule_reaps_any(f) && stuck &&
	       stuck + f->threads_idle >= f->threads && f->switches_known && !f->ran &&
	       (f->asleep_ns >= CHANCE_NS || f->asleep_ns + DURATION_NS_PER_S >= f->age_ns);
}

void rule_tell_stuck(const struct facts *f, struct verdict *out)
{
	char name[NAME_TEXT_MAX], span[DURATION_TEXT_MAX];

	if (!f->threads)
		rule_say(out, "the parent is exiting itself and has not come to the end of it");
	else if (f->threads_vforking && f->vfork_child)
		rule_say(out, "it waits in vfork for its child %" PRIu32 " (%s) to exec or exit",
			 f->vfork_child, rule_show(name, f->vfork_comm, sizeof(f->vfork_comm)));
	else if (f->threads_locked)
		rule_say(out, "%" PRIu32 " of %" PRIu32 " threads wait for a mutex, none runs",
			 f->threads_locked, f->threads);
	else if (f->threads_writing)
		rule_say(out, "it is asleep in a write to a pipe that is full and not read");
	else
		rule_say(out, "%" PRIu32 " of %" PRIu32 " threads are in uninterruptible sleep (D)",
			 f->threads_uninterruptible, f->threads);
	rule_say(out, "none of its threads has run for %s",
		 duration_format(span, sizeof(span), f->asleep_ns));
	rule_tell_since(f, out);
}

bool rule_ran_since(const struct facts *f)
{
	return f->waits_since || (f->switches_known && f->ran);
}
