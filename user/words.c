// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "duration.h"
#include "facts_json.h"
#include "status.h"

/* A limit on tasks is worth a line when this share of it is used. */
#define LIMIT_SHARE_PERCENT 50

#define COMM_TEXT_MAX TEXT_MAX(DW_COMM_LEN)

/* "4242 (worker)" */
const char *words_name(char *out, size_t size, const struct dw_who *who)
{
	char comm[COMM_TEXT_MAX];

	text_escape(comm, sizeof(comm), who->comm, strnlen(who->comm, sizeof(who->comm)));
	snprintf(out, size, "%" PRIu32 " (%s)", who->tgid, comm[0] ? comm : "?");
	return out;
}

static void add_death(struct page *page, const struct finding *finding)
{
	char name[WORDS_NAME_MAX], age[DURATION_TEXT_MAX], status[STATUS_TEXT_MAX];
	char words[STATUS_TEXT_MAX + DURATION_TEXT_MAX + 64];
	const char *at_least = finding->age_known ? "" : "at least ";

	duration_format(age, sizeof(age), finding->age_ns);
	switch (finding->dead_kind) {
	case DW_DEAD_DYING:
		snprintf(words, sizeof(words), "exiting for %s%s", at_least, age);
		break;
	case DW_DEAD_LEADER:
		snprintf(words, sizeof(words), "main thread dead %s%s", at_least, age);
		break;
	default:
		snprintf(words, sizeof(words), "dead %s%s, %s", at_least, age,
			 finding->status_known ?
				 status_format(status, sizeof(status), (int)finding->status) :
				 "status not known");
	}
	page_add(page, "%s", words_name(name, sizeof(name), finding->child));
	page_flow(page, words);
}

static void add_also(struct page *page, uint64_t also)
{
	char names[512] = "";
	size_t len = 0;

	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		if (also & CAUSE_BIT(cause))
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
						len ? ", " : "", cause_text(cause)->name);
	if (len)
		page_below(page, "also:", names);
}

static void add_facts(struct page *page, const struct facts *facts)
{
	json_t *object = facts_to_json(facts);
	char *dump = object ? json_dumps(object, JSON_COMPACT) : NULL;
	char *spaced = dump;

	/* Broken after the commas, so that it wraps. */
	for (; spaced && *spaced; spaced++)
		if (*spaced == ',' || *spaced == '"')
			*spaced = ' ';
	if (dump)
		page_below(page, "facts:", dump);
	free(dump);
	json_decref(object);
}

static void add_limit(struct page *page, const char *what, uint64_t current, uint64_t max)
{
	char words[160];

	if (!max || max > INT64_MAX || current < max / 100 * LIMIT_SHARE_PERCENT)
		return;
	snprintf(words, sizeof(words), "%" PRIu64 " of %" PRIu64 " tasks are used: %s", current,
		 max, what);
	page_below(page, "", words);
}

static void add_limits(struct page *page, const struct finding *finding)
{
	const struct dw_pass_parent *live = finding->parent_live;
	const struct inquiry *inquiry = finding->inquiry;

	if (inquiry && inquiry->pids_known)
		add_limit(page, "pids.max of its cgroup", inquiry->pids_current, inquiry->pids_max);
	if (live && live->user_tasks >= 0)
		add_limit(page, "RLIMIT_NPROC of its user", (uint64_t)live->user_tasks,
			  live->user_tasks_max);
	add_limit(page, "pid_max of the host", finding->tasks, finding->tasks_max);
}

/* Who is looked after by the parent: before any advice that touches it. */
static void add_siblings(struct page *page, const struct inquiry *inquiry)
{
	char words[(sizeof("4194304 (), ") + COMM_TEXT_MAX) * INQUIRY_SIBLINGS_MAX + 32] = "";
	char comm[COMM_TEXT_MAX];
	uint32_t shown = 0;
	size_t len = 0;

	if (!inquiry || !inquiry->live_children)
		return;
	for (; shown < inquiry->live_children && shown < INQUIRY_SIBLINGS_MAX; shown++) {
		const struct inquiry_sibling *sibling = &inquiry->siblings[shown];

		text_escape(comm, sizeof(comm), sibling->comm, strlen(sibling->comm));
		len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%" PRIu32 " (%s)",
					shown ? ", " : "", sibling->tgid, comm);
	}
	if (inquiry->live_children > shown)
		snprintf(words + len, sizeof(words) - len, " and %" PRIu32 " more",
			 inquiry->live_children - shown);
	page_below(page, "live siblings:", words);
}

void words_reasons(struct page *page, const struct finding *finding, bool facts)
{
	const char *notes[ADVICE_NOTES_MAX];
	unsigned int count = advice_notes(finding->cause, finding->facts, notes);

	for (unsigned int i = 0; i < finding->verdict->lines; i++)
		page_below(page, "", finding->verdict->evidence[i]);
	add_also(page, finding->also);
	add_limits(page, finding);
	add_siblings(page, finding->inquiry);
	page_below(page, "fix:", cause_text(finding->cause)->advice);
	for (unsigned int i = 0; i < count; i++)
		page_below(page, "note:", notes[i]);
	if (facts)
		add_facts(page, finding->facts);
}

void words_child(struct page *page, const struct finding *finding)
{
	char words[TEXT_MAX(sizeof(finding->tracer_comm)) + 64], name[WORDS_NAME_MAX];
	char comm[TEXT_MAX(sizeof(finding->tracer_comm))];

	add_death(page, finding);
	if (finding->adopted_from) {
		snprintf(words, sizeof(words), "adopted from %s",
			 words_name(name, sizeof(name), finding->adopted_from));
		page_add(page, ",");
		page_flow(page, words);
	}
	if (finding->tracer_tgid) {
		text_escape(comm, sizeof(comm), finding->tracer_comm, strlen(finding->tracer_comm));
		snprintf(words, sizeof(words), "traced by %" PRIu32 " (%s)", finding->tracer_tgid,
			 comm);
		page_add(page, ",");
		page_flow(page, words);
	}
}

void words_status(struct page *page, const struct finding *finding, bool facts)
{
	char part[WORDS_NAME_MAX + 64], name[WORDS_NAME_MAX];

	page_head(page, finding->time_ns, "STATUS", RED);
	if (finding->child->ns_pid)
		page_add(page, "of child %" PRIu32 " lost", finding->child->ns_pid);
	else
		page_add(page, "of a child lost");
	snprintf(part, sizeof(part), "parent %s", words_name(name, sizeof(name), finding->parent));
	page_part(page, part);
	snprintf(part, sizeof(part), "cause %s, %s", cause_text(finding->cause)->name,
		 verdict_confidence_name(finding->confidence));
	page_part(page, part);
	page_newline(page);
	words_reasons(page, finding, facts);
}

/* "3 merged,", unless there are none. */
static void add_count(struct page *page, uint32_t count, const char *what)
{
	char words[64];

	if (!count)
		return;
	snprintf(words, sizeof(words), "%" PRIu32 " %s", count, what);
	page_flow(page, words);
}

void words_sigchld(struct page *page, const struct finding_sigchld *sigchld)
{
	const struct losses *losses = sigchld->losses;
	char words[256], name[WORDS_NAME_MAX];

	page_head(page, sigchld->time_ns, "SIGCHLD", RED);
	page_add(page, "%s", words_name(name, sizeof(name), sigchld->parent));
	snprintf(words, sizeof(words),
		 "lost %" PRIu32 " of %" PRIu32 " SIGCHLDs:", losses_lost(losses), losses->sent);
	page_flow(page, words);
	add_count(page, losses->merged, "merged,");
	add_count(page, losses->ignored, "ignored,");
	add_count(page, losses->pending, "stuck pending,");
	add_count(page, losses->delivered, "delivered,");
	add_count(page, losses->fetched, "fetched,");
	add_count(page, sigchld->unreaped,
		  sigchld->unreaped == 1 ? "child unreaped" : "children unreaped");
	snprintf(words, sizeof(words), "cause %s", cause_text(sigchld->cause)->name);
	page_part(page, words);
	page_newline(page);
}

void words_orphan(struct page *page, const struct finding_orphan *orphan)
{
	char words[TEXT_MAX(DW_COMM_LEN) + STATUS_TEXT_MAX + 64], name[WORDS_NAME_MAX];
	char status[STATUS_TEXT_MAX], comm[TEXT_MAX(DW_COMM_LEN)];

	page_head(page, orphan->time_ns, "ORPHAN", YELLOW);
	page_add(page, "%s", words_name(name, sizeof(name), orphan->child));
	snprintf(words, sizeof(words), "father %s %s",
		 words_name(name, sizeof(name), orphan->father),
		 status_format(status, sizeof(status), (int)orphan->father_status));
	page_part(page, words);
	text_escape(comm, sizeof(comm), orphan->adopter_comm,
		    strnlen(orphan->adopter_comm, DW_COMM_LEN));
	/* Only what was seen is a fact. */
	snprintf(words, sizeof(words), "%s %" PRIu32 " (%s)",
		 orphan->confirmed ? "adopted by" :
				     "it has ended since; its adopter must have been",
		 orphan->adopter_tgid, comm[0] ? comm : "?");
	page_part(page, words);
	page_part(page, finding_orphan_name(orphan->kind));
	page_newline(page);
}

void words_storm(struct page *page, const struct finding_storm *storm)
{
	char words[TEXT_MAX(DW_COMM_LEN) + 96], comm[TEXT_MAX(DW_COMM_LEN)];

	text_escape(comm, sizeof(comm), storm->root_comm, strnlen(storm->root_comm, DW_COMM_LEN));
	page_head(page, storm->time_ns, "STORM", RED);
	page_add(page, "%" PRIu32 " (%s)", storm->root_tgid, comm[0] ? comm : "?");
	snprintf(words, sizeof(words),
		 "and what it starts: about %" PRIu64 " processes, %" PRIu64 " forks a second",
		 storm->processes, storm->forks);
	page_flow(page, words);
	if (storm->limit_known) {
		snprintf(words, sizeof(words), "its cgroup has %" PRIu64 " of %" PRIu64 " tasks",
			 storm->pids_current, storm->pids_max);
		page_part(page, words);
	}
	page_newline(page);
}

void words_lost(struct page *page, const struct finding_lost *lost)
{
	char words[256];

	page_head(page, lost->time_ns, "LOST", YELLOW);
	snprintf(words, sizeof(words), "%" PRIu64 " (%s): verdicts may be less certain; %s",
		 lost->count, lost->reason, lost->remedy);
	page_flow(page, words);
	page_newline(page);
}
