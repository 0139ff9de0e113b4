// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings_judge: the verdict of one entry, and why an earlier one may stand.
 */
#include "findings_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "duration.h"

/* After an adoption the new parent gets this long, or the age if longer, before it is judged. */
#define SETTLE_NS (2 * DURATION_NS_PER_S)

void findings_judge(struct findings *findings, const struct entry *entry, struct parent *parent,
		    struct facts *facts, struct verdict *verdict)
{
	const struct dw_pass_dead *dead = entry->dead;
	const struct facts_earlier earlier = {
		.died_boot_ns = entry->died_ns,
		.adopted = entry->former != NULL,
		.watched = findings->config.watched,
		.blind = findings->config.blind,
		.parent_at = entry->parent_at,
		.zombies = parent->zombies,
		.reaped = parent->reaped,
		.reap_age_ns = parent->reap_age_ns,
		.switches_known = parent->switches_known,
		.ran = parent->ran,
		.free_ns = findings_since(findings, later(parent->halted_ns, entry->traced_ns)),
		.asleep_ns =
			parent->switches_known ? findings_since(findings, parent->awake_ns) : 0,
		.blocked_ns = parent->blocked_ns ? findings_since(findings, parent->blocked_ns) : 0,
		.under_ns = entry->former ? findings_since(findings, entry->parent_ns) + 1 : 0,
		.parent_ended = findings->leaving,
	};

	facts_join(facts, dead, parent->live, &earlier, findings->entries.now_ns);
	/* Where it hangs is evidence, no cause turns on it: asked once, for the report. */
	if (dead->kind == DW_DEAD_DYING && !entry->open) {
		hints_of_dying(facts, &findings->config.source, &dead->who);
	} else if (parent->live && !findings->leaving) {
		parents_hint(&findings->parents, parent, !entry->open);
		hints_complete(facts, &parent->hints, dead, parent->live);
	}
	verdict_judge(facts, verdict);
}

uint64_t findings_settle_ns(const struct findings *findings)
{
	return later(findings->config.options->age_ns, SETTLE_NS);
}

void findings_keep_cause(const struct findings *findings, const struct entry *entry,
			 const struct facts *facts, struct verdict *verdict)
{
	bool settling = entry->moved &&
			findings_since(findings, entry->parent_ns) < findings_settle_ns(findings);

	if (!entry->open || verdict->cause == entry->cause)
		return;
	/* At the parent's end the facts are complete. */
	if (findings->leaving && verdict->confidence > entry->confidence)
		return;
	/* Under a new parent the earlier cause was another's fault: judged anew, once. */
	if (!settling && (entry->moved || verdict_contradicts(entry->cause, facts)))
		return;
	if (verdict->cause != CAUSE_UNKNOWN)
		verdict->also |= CAUSE_BIT(verdict->cause);
	verdict->also &= ~CAUSE_BIT(entry->cause);
	verdict->cause = entry->cause;
	verdict->confidence = entry->confidence;
	/* The evidence at hand is about the new parent. */
	if (settling) {
		verdict->lines = 1;
		snprintf(verdict->evidence[0], VERDICT_LINE_MAX,
			 "just adopted: the cause is as judged under its former parent %" PRIu32,
			 entry->former->tgid);
	}
}
