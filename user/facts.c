// SPDX-License-Identifier: GPL-2.0-or-later
#include "facts.h"

#include <signal.h>
#include <sys/wait.h>

/* In <linux/wait.h>, which does not go together with <sys/wait.h>. */
#ifndef __WNOTHREAD
#define __WNOTHREAD 0x20000000
#endif

/* The kernel's eligible_child() (kernel/exit.c): does the exit signal suit the flags? */
static bool options_suit(uint32_t options, const struct dw_pass_dead *child)
{
	bool clone_child = child->exit_signal != SIGCHLD;
	bool own_tracee = child->tracer_tgid && child->tracer_tgid == child->parent_tgid;

	if (!(options & WEXITED))
		return false;
	if ((options & __WALL) || own_tracee)
		return true;
	return clone_child == !!(options & __WCLONE);
}

static bool target_suits(uint8_t target, uint32_t id, const struct dw_pass_dead *child)
{
	switch (target) {
	case DW_TARGET_ANY:
		return true;
	case DW_TARGET_GROUP:
		return id && id == child->group;
	default:
		return id && id == child->who.tgid;
	}
}

bool facts_wait_matches(uint8_t target, uint32_t id, uint32_t options,
			const struct dw_pass_dead *child)
{
	return target_suits(target, id, child) && options_suit(options, child) &&
	       !(options & (WNOWAIT | __WNOTHREAD));
}

/* Whether this wait was entered after the counts were taken. */
static bool wait_since(const struct dw_wait *wait, const struct dw_counts *then)
{
	return wait->call && (int32_t)(wait->sequence - then->waits) > 0;
}

static bool wait_takes(const struct dw_wait *wait, const struct dw_pass_dead *child)
{
	uint32_t options = wait->options;

	/* __WNOTHREAD: only what this very thread forked. */
	if (wait->tid == child->parent_tid)
		options &= ~(uint32_t)__WNOTHREAD;
	return wait->call && facts_wait_matches(wait->target, wait->id, options, child);
}

/* Likewise, but with WNOWAIT: it would only look. */
static bool wait_peeks(const struct dw_wait *wait, const struct dw_pass_dead *child)
{
	return wait->call && (wait->options & WNOWAIT) &&
	       facts_wait_matches(wait->target, wait->id, wait->options & ~(uint32_t)WNOWAIT,
				  child);
}

static void join_child(struct facts *out, const struct dw_pass_dead *child)
{
	const struct dw_life *life = &child->life;
	const struct dw_death *death = &life->death;

	out->dead_kind = (uint8_t)child->kind;
	out->exit_signal = child->exit_signal;
	out->status = child->status;
	out->traced = child->tracer_tgid && child->tracer_tgid != child->parent_tgid;
	out->ns_init = child->flags & DW_DEAD_NS_INIT;
	if (!child->has_life)
		return;
	out->death_seen = death->died_jiffies && child->kind != DW_DEAD_LEADER;
	out->own_sigchld = death->sigchld;
	/* It died of that signal, or of its own accord after a SIGTERM. */
	if (death->kill_signal && ((child->status & 0x7f) == death->kill_signal ||
				   (!(child->status & 0x7f) && death->kill_signal == SIGTERM))) {
		out->kill_signal = death->kill_signal;
		out->killed_by_parent = death->killer_tgid == child->parent_tgid;
	}
	if (life->flags & DW_LIFE_BIRTH_SEEN) {
		out->adopted = life->birth_parent_tgid != child->parent_tgid ? KNOWN_YES : KNOWN_NO;
		out->cloned_for_parent = life->forker_tgid != life->birth_parent_tgid;
	} else if (out->death_seen && death->parent_tgid != child->parent_tgid) {
		out->adopted = KNOWN_YES;
	}
	if (wait_takes(&life->asked, child)) {
		out->asked_before = life->asked_before;
		out->asked_since = life->asked_since;
	}
	out->was_blocked = death->flags & DW_DEATH_PARENT_BLOCKED;
	out->was_pending = death->flags & DW_DEATH_PARENT_PENDING;
}

/* SIGCHLDs that became pending, were not delivered and are not pending any more were fetched. */
static uint32_t count_fetched(const struct dw_counts *now, const struct dw_counts *then,
			      bool pending_then, bool pending)
{
	uint32_t queued = now->queued_all - then->queued_all + (pending_then ? 1 : 0);
	uint32_t gone = now->delivered - then->delivered + now->discarded - then->discarded +
			(pending ? 1 : 0);

	return queued > gone ? queued - gone : 0;
}

static void join_life(struct facts *out, const struct dw_conduct *conduct)
{
	const struct dw_counts *now = &conduct->now, *then = &conduct->at_exec;

	out->waits_life = now->waits - then->waits;
	out->waits_any_life = now->waits_any - then->waits_any;
	out->delivered_life = now->delivered - then->delivered;
	out->merged_life = now->merged - then->merged;
	out->deaths_life = now->deaths - then->deaths;
	out->fetched_life = count_fetched(now, then, false, out->pending);
	out->delivered_tid = conduct->delivered_tid;
	out->delivered_no_wait = conduct->delivered_tid && conduct->delivered_waits == now->waits;
	out->waited_tid = conduct->any.tid;
	out->handler_replaced = conduct->any.call && conduct->delivered_handler &&
				conduct->any_handler != conduct->delivered_handler;
}

/* Whether a wait was entered since, or was the last before and may still have been in flight. */
static bool since_or_in_flight(const struct dw_wait *wait, const struct dw_pass_dead *child,
			       const struct dw_counts *then)
{
	return wait_since(wait, then) || ((child->life.death.flags & DW_DEATH_PARENT_WAITING) &&
					  wait->call && wait->sequence == then->waits);
}

static void join_waits_at_death(struct facts *out, const struct dw_pass_dead *child,
				const struct dw_conduct *conduct, const struct dw_counts *then)
{
	const struct dw_wait *last = &conduct->other;

	out->peeked_since = (since_or_in_flight(&conduct->peek, child, then) &&
			     wait_peeks(&conduct->peek, child)) ||
			    (since_or_in_flight(&child->life.asked_peek, child, then) &&
			     wait_peeks(&child->life.asked_peek, child));
	out->was_waiting_for_others = out->since_death && !wait_since(last, then) &&
				      since_or_in_flight(last, child, then) &&
				      !wait_takes(last, child) && !wait_peeks(last, child);
}

/* Whether a SIGCHLD was pending when the counts "since" begin: its own result tells best. */
static bool pending_then(const struct facts *f)
{
	if (!f->since_death || f->own_sigchld == DW_SIGCHLD_QUEUED)
		return false;
	return f->own_sigchld == DW_SIGCHLD_MERGED || f->was_pending;
}

static bool is_less(uint32_t now, uint32_t then)
{
	return (int32_t)(now - then) < 0; /* counters go round */
}

/* A record that was evicted and made anew counts from zero: then there is no "since". */
static bool went_back(const struct dw_counts *now, const struct dw_counts *then)
{
	return is_less(now->waits, then->waits) || is_less(now->delivered, then->delivered) ||
	       is_less(now->queued_all, then->queued_all) || is_less(now->merged, then->merged) ||
	       is_less(now->waits_any, then->waits_any);
}

/* What passed since `then`. */
static void join_since(struct facts *out, const struct dw_pass_dead *child,
		       const struct dw_conduct *conduct, const struct dw_counts *then)
{
	const struct dw_counts *now = &conduct->now;
	const struct dw_wait *last = &conduct->other;
	uint32_t matches;

	out->waits_since = now->waits - then->waits;
	out->delivered_since = now->delivered - then->delivered;
	out->discarded_since = now->discarded - then->discarded;
	out->merged_since = now->merged - then->merged;
	out->queued_since = now->queued - then->queued;
	out->deaths_since = now->deaths - then->deaths;
	/* Who neither blocks it nor waits for it cannot fetch: it was read between two looks. */
	if (out->threads_blocking || out->threads_sigwaiting)
		out->fetched_since = count_fetched(now, then, pending_then(out), out->pending);
	/* A child with another exit signal is not taken by a plain wait for any. */
	matches = wait_takes(&conduct->any, child) ? now->waits_any - then->waits_any : 0;
	if (wait_since(&conduct->group, then) && wait_takes(&conduct->group, child))
		matches++;
	if (wait_since(last, then) && wait_takes(last, child) && last->target == DW_TARGET_ANY)
		matches++;
	out->matches_since = matches + out->asked_since;
	if (out->matches_since > out->waits_since)
		out->matches_since = out->waits_since;
	out->others_since =
		out->waits_since > out->matches_since ? out->waits_since - out->matches_since : 0;
	join_waits_at_death(out, child, conduct, then);
	out->polled_before =
		out->since_death &&
		((conduct->any.call && (conduct->any.options & WNOHANG) &&
		  wait_takes(&conduct->any, child) && !wait_since(&conduct->any, then) &&
		  (int32_t)(conduct->any.sequence - child->life.birth_parent_waits) > 0) ||
		 (out->asked_before && (child->life.asked.options & WNOHANG)));
}

/* Whether a wait was entered after another. */
static bool is_later(const struct dw_wait *wait, const struct dw_wait *than)
{
	return (int32_t)(wait->sequence - than->sequence) > 0;
}

/*
 * Whether the last wait before the death that would have taken the child was
 * cut short by a signal. One that the kernel enters again after the signal
 * (SA_RESTART) is a later one.
 */
static bool was_interrupted(const struct facts *f, const struct dw_pass_dead *child,
			    const struct dw_conduct *conduct, const struct dw_exact *exact)
{
	const struct dw_wait *cut = &exact->interrupted, *group = &conduct->group;
	const struct dw_life *life = &child->life;

	if (!f->since_death || f->matches_since || !wait_takes(cut, child))
		return false;
	/* Of this program's, and of a time when there was such a child. */
	if ((int32_t)(cut->sequence - conduct->at_exec.waits) <= 0 ||
	    ((life->flags & DW_LIFE_BIRTH_SEEN) && f->adopted != KNOWN_YES &&
	     (int32_t)(cut->sequence - life->birth_parent_waits) <= 0))
		return false;
	if (wait_takes(&conduct->any, child) && is_later(&conduct->any, cut))
		return false;
	if (wait_takes(group, child) && is_later(group, cut))
		return false;
	return !wait_takes(&life->asked, child) || !is_later(&life->asked, cut);
}

bool facts_flight_matches(const struct dw_flight *flight, const struct dw_pass_dead *child,
			  const struct dw_pass_parent *parent)
{
	uint32_t options = flight->options;

	/* Which thread it is of is not known; with one there is no doubt. */
	if (parent->threads.total == 1)
		options &= ~(uint32_t)__WNOTHREAD;
	return facts_wait_matches(flight->target, flight->id, options, child);
}

static void join_flights(struct facts *out, const struct dw_pass_dead *child,
			 const struct dw_pass_parent *parent)
{
	uint32_t count = parent->flights < DW_WAITS_MAX ? parent->flights : DW_WAITS_MAX;

	out->flights_known = !(parent->flags & DW_PARENT_NO_FLIGHTS);
	for (uint32_t i = 0; i < count; i++) {
		const struct dw_flight *flight = &parent->flight[i];

		if (facts_flight_matches(flight, child, parent))
			out->flights_match++;
		else
			out->flights_other++;
	}
}

static void join_parent(struct facts *out, const struct dw_pass_dead *child,
			const struct dw_pass_parent *parent, const struct facts_earlier *earlier)
{
	const struct dw_threads *threads = &parent->threads;
	const struct dw_counts *then;

	out->has_parent = true;
	out->disposition = parent->handler == 0 ? DISPOSITION_DEFAULT :
			   parent->handler == 1 ? DISPOSITION_IGNORE :
						  DISPOSITION_HANDLER;
	out->nocldwait = parent->flags & DW_PARENT_NOCLDWAIT;
	out->pending = (parent->flags & DW_PARENT_PENDING_SHARED) || threads->pending;
	out->parent_ns_level = parent->who.ns_level;
	out->parent_ns_init = parent->flags & DW_PARENT_NS_INIT;
	out->parent_subreaper = parent->flags & DW_PARENT_SUBREAPER;
	out->parent_younger = parent->who.start_ns > child->who.start_ns;
	out->parent_execed = child->parent_exec_id != parent->exec_id;
	out->threads = threads->live;
	out->threads_stopped = threads->stopped;
	out->threads_traced = threads->traced;
	out->threads_frozen = threads->frozen;
	out->threads_uninterruptible = threads->uninterruptible;
	out->threads_running = threads->running;
	out->threads_blocking = threads->blocking;
	out->threads_sigwaiting = threads->sigwaiting;
	/* Only an init or a subreaper can adopt; a parent cannot be younger than its child. */
	if (out->parent_younger)
		out->adopted = KNOWN_YES;
	else if (out->adopted == KNOWN_NOT && !out->parent_ns_init && !out->parent_subreaper)
		out->adopted = KNOWN_NO;
	join_flights(out, child, parent);
	if (earlier->blind || (!parent->has_record && !earlier->watched))
		return;
	out->has_history = true;
	out->whole_life = parent->record.life.flags & (DW_LIFE_BIRTH_SEEN | DW_LIFE_EXEC_SEEN);
	out->blocked_at_exec = parent->record.life.flags & DW_LIFE_EXEC_BLOCKED;
	join_life(out, &parent->record.conduct);
	/* The counts noted at the death are those of the parent that it had then. */
	out->since_death = out->death_seen && child->life.death.parent_tgid == parent->who.tgid;
	then = out->since_death ? &child->life.death.parent_at : &earlier->parent_at;
	if (went_back(&parent->record.conduct.now, then)) {
		out->has_history = false;
		out->since_death = false;
		return;
	}
	join_since(out, child, &parent->record.conduct, then);
	if (!parent->has_exact)
		return;
	out->interrupts = parent->exact.interrupts;
	out->interrupted = was_interrupted(out, child, &parent->record.conduct, &parent->exact);
}

void facts_join(struct facts *out, const struct dw_pass_dead *child,
		const struct dw_pass_parent *parent, const struct facts_earlier *earlier,
		uint64_t now_ns)
{
	*out = (struct facts){};
	join_child(out, child);
	if (parent)
		join_parent(out, child, parent, earlier);
	if (earlier->died_boot_ns) {
		out->age_known = true;
		out->age_ns = now_ns > earlier->died_boot_ns ? now_ns - earlier->died_boot_ns : 0;
	} else if (child->ran_ago_ns) {
		out->age_known = true;
		out->age_ns = child->ran_ago_ns;
	}
	if (earlier->adopted)
		out->adopted = KNOWN_YES;
	out->zombies = earlier->zombies;
	out->reaped = earlier->reaped;
	out->reap_age_ns = earlier->reap_age_ns;
	out->switches_known = earlier->switches_known;
	out->ran = earlier->ran;
	out->free_ns = earlier->free_ns;
	out->asleep_ns = earlier->asleep_ns;
	out->blocked_ns = earlier->blocked_ns;
	out->under_ns = earlier->under_ns;
	out->parent_ended = earlier->parent_ended;
}

void facts_of_lost(struct facts *out, const struct dw_event_lost *event)
{
	bool stolen = event->how == DW_LOST_STOLEN, nocldwait = event->flags & DW_PARENT_NOCLDWAIT;

	*out = (struct facts){
		.lost_how = (uint8_t)event->how,
		.lost = event->lost,
		.autoreaped = event->autoreaped,
		.waiter_tid = event->wait.tid,
		.taker_tid = event->reaper_tid,
		.taker_traces = stolen && event->reaper_tgid != event->parent.tgid,
		.has_history = true,
		.has_parent = true,
		.nocldwait = nocldwait,
		.disposition = nocldwait || stolen ? DISPOSITION_UNKNOWN : DISPOSITION_IGNORE,
	};
}
