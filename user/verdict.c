// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict.h"

#include <stddef.h>

#include "rules.h"

#define NS_PER_S 1000000000ULL

/* A parent that is merely slow looks like one that never acts, until it acts. */
#define PATIENCE_LIKELY_NS (10 * NS_PER_S)
#define PATIENCE_CERTAIN_NS (60 * NS_PER_S)

/* So many zombies of a parent that never waited in its life need no patience. */
#define PATIENCE_ZOMBIES 3

static enum confidence lower(enum confidence confidence)
{
	return confidence == CONFIDENCE_POSSIBLE ? confidence : confidence - 1;
}

/* One that never waited in its life and has several: a step surer, but it may still begin to. */
static bool many_unwaited(const struct facts *facts)
{
	return facts->whole_life && !facts->waits_life && !facts->delivered_life &&
	       !facts->fetched_life && facts->zombies >= PATIENCE_ZOMBIES;
}

static enum confidence patient(const struct facts *facts)
{
	/* An adopter has had the child only since the adoption. */
	uint64_t age_ns = facts->under_ns && facts->under_ns < facts->age_ns ? facts->under_ns :
									       facts->age_ns;
	bool many = many_unwaited(facts);

	if (facts->parent_ended)
		return CONFIDENCE_CERTAIN;
	if (!facts->age_known || age_ns < PATIENCE_LIKELY_NS)
		return many ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	if (age_ns < PATIENCE_CERTAIN_NS)
		return many ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
	return CONFIDENCE_CERTAIN;
}

static enum confidence weigh(const struct rule *rule, const struct facts *facts)
{
	enum confidence confidence = rule->flags & RULE_PATIENT ? patient(facts) :
				     rule->flags & RULE_LIKELY	? CONFIDENCE_LIKELY :
								  CONFIDENCE_CERTAIN;

	if ((rule->flags & RULE_LIKELY) && confidence > CONFIDENCE_LIKELY)
		confidence = CONFIDENCE_LIKELY;
	/* All patient rules say that no wait came: not without seeing the waits in flight. */
	if ((rule->flags & RULE_PATIENT) && !facts->flights_known &&
	    facts->dead_kind == DW_DEAD_ZOMBIE)
		confidence = CONFIDENCE_POSSIBLE;
	/* A gap: what was not seen may have been the very thing that matters. */
	if ((rule->flags & RULE_HISTORY) && !(facts->has_history && facts->since_death))
		confidence = lower(confidence);
	return confidence;
}

void verdict_judge(const struct facts *facts, struct verdict *out)
{
	const struct rule *primary = NULL;
	size_t count;
	const struct rule *rules = rules_table(&count);

	*out = (struct verdict){ .cause = CAUSE_UNKNOWN, .confidence = CONFIDENCE_POSSIBLE };
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = &rules[i];

		if (primary && (rule->flags & RULE_ALONE))
			continue;
		if (!rule->holds(facts))
			continue;
		if (!primary) {
			primary = rule;
			out->cause = rule->cause;
			out->confidence = weigh(rule, facts);
		} else if (rule->cause != primary->cause) {
			out->also |= CAUSE_BIT(rule->cause);
		}
	}
	if (primary)
		primary->tell(facts, out);
	else
		rules_tell_unknown(facts, out);
	rules_tell_end(facts, out);
}

bool verdict_contradicts(enum cause cause, const struct facts *facts)
{
	size_t count;
	const struct rule *rules = rules_table(&count);

	for (size_t i = 0; i < count; i++)
		if (rules[i].cause == cause)
			return rules[i].contradicted(facts);
	/* Whatever the facts decide is better than unknown. */
	return true;
}

const char *verdict_confidence_name(enum confidence confidence)
{
	static const char *const names[] = { "possible", "likely", "certain" };

	return names[confidence];
}
