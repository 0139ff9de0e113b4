// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "facts_json.h"
#include "output.h"
#include "status.h"
#include "text.h"

#define COLUMNS 100
#define INDENT 9 /* under "19:05:11 " */

/* Findings of one parent that a tick shows; the rest is only counted. */
#define FLOOD_MAX 20
/* Parents whose findings are counted in a tick; those of further ones all show. */
#define FLOOD_PARENTS 64

#define COMM_TEXT_MAX TEXT_MAX(DW_COMM_LEN)

struct flood {
	struct dw_who parent;
	uint64_t time_ns;
	uint64_t shown, held_back;
};

struct sink_text {
	struct sink sink;
	struct sink_text_config config;
	bool colour;
	char message[16384]; /* what is being put together */
	size_t len;
	size_t column; /* of the present line, colour codes not counted */
	struct flood floods[FLOOD_PARENTS];
	size_t floods_count;
};

enum colour { PLAIN, RED, GREEN, YELLOW, FAINT };

__attribute__((format(printf, 2, 3))) static void add(struct sink_text *text, const char *format,
						      ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text->message + text->len, sizeof(text->message) - text->len, format, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(text->message) - text->len)
		len = (int)(sizeof(text->message) - text->len - 1);
	text->len += (size_t)len;
	text->column += (size_t)len;
}

static void add_newline(struct sink_text *text)
{
	add(text, "\n");
	text->column = 0;
}

static void set_colour(struct sink_text *text, enum colour colour)
{
	static const char *const codes[] = { "0", "1;31", "32", "1;33", "2" };
	size_t column = text->column;

	if (!text->colour)
		return;
	add(text, "\033[%sm", codes[colour]);
	text->column = column;
}

static void send(struct sink_text *text)
{
	output_write(text->message, text->len);
	text->len = 0;
	text->column = 0;
}

/* Adds words, going on in the next line, indented, where the line is full. */
static void add_wrapped(struct sink_text *text, const char *words)
{
	while (*words) {
		size_t word = strcspn(words, " ");

		if (text->column > INDENT && text->column + 1 + word > COLUMNS - 1) {
			add_newline(text);
			add(text, "%*s", INDENT, "");
		} else if (text->column > INDENT) {
			add(text, " ");
		}
		add(text, "%.*s", (int)word, words);
		words += word;
		words += strspn(words, " ");
	}
}

/* A paragraph of its own below the head line. */
static void add_below(struct sink_text *text, const char *label, const char *words)
{
	add(text, "%*s", INDENT, "");
	if (*label)
		add_wrapped(text, label);
	add_wrapped(text, words);
	add_newline(text);
}

/* "4242 (worker)" */
static const char *name_of(char *out, size_t size, const struct dw_who *who)
{
	char comm[COMM_TEXT_MAX];

	text_escape(comm, sizeof(comm), who->comm, strnlen(who->comm, sizeof(who->comm)));
	snprintf(out, size, "%" PRIu32 " (%s)", who->tgid, comm[0] ? comm : "?");
	return out;
}

#define NAME_MAX_TEXT (COMM_TEXT_MAX + 16)

static void add_head(struct sink_text *text, uint64_t time_ns, const char *label, enum colour colour)
{
	char stamp[CLOCK_TEXT_MAX];

	if (text->config.stamp)
		clock_format_stamp(stamp, sizeof(stamp), time_ns);
	else
		clock_format_local(stamp, sizeof(stamp), time_ns);
	add(text, "%s ", stamp);
	set_colour(text, colour);
	add(text, "%s", label);
	set_colour(text, PLAIN);
	add(text, "%*s", (int)(8 - strlen(label)), "");
}

/* A part of the head line, in the next line if this one is full. */
static void add_part(struct sink_text *text, const char *part)
{
	if (text->column + 2 + strlen(part) > COLUMNS - 1) {
		add_newline(text);
		add(text, "%*s", INDENT + 8, "");
	} else {
		add(text, "  ");
	}
	add(text, "%s", part);
}

static void add_death(struct sink_text *text, const struct finding *finding)
{
	char name[NAME_MAX_TEXT], age[DURATION_TEXT_MAX], status[STATUS_TEXT_MAX];
	const char *at_least = finding->age_known ? "" : "at least ";

	duration_format(age, sizeof(age), finding->age_ns);
	add(text, "%s ", name_of(name, sizeof(name), finding->child));
	switch (finding->dead_kind) {
	case DW_DEAD_DYING:
		add(text, "exiting for %s%s", at_least, age);
		break;
	case DW_DEAD_LEADER:
		add(text, "main thread dead %s%s", at_least, age);
		break;
	default:
		add(text, "dead %s%s, %s", at_least, age,
		    finding->status_known ?
			    status_format(status, sizeof(status), (int)finding->status) :
			    "status not known");
	}
}

static void add_also(struct sink_text *text, uint64_t also)
{
	char names[512] = "";
	size_t len = 0;

	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		if (also & CAUSE_BIT(cause))
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
						len ? ", " : "", cause_text(cause)->name);
	if (len)
		add_below(text, "also:", names);
}

static void add_facts(struct sink_text *text, const struct facts *facts)
{
	json_t *object = facts_to_json(facts);
	char *dump = object ? json_dumps(object, JSON_COMPACT) : NULL;
	char *spaced = dump;

	/* Broken after the commas, so that it wraps. */
	for (; spaced && *spaced; spaced++)
		if (*spaced == ',' || *spaced == '"')
			*spaced = ' ';
	if (dump)
		add_below(text, "facts:", dump);
	free(dump);
	json_decref(object);
}

static void show_finding(struct sink_text *text, const struct finding *finding)
{
	char part[NAME_MAX_TEXT + 64], name[NAME_MAX_TEXT];
	bool update = finding->state == FINDING_UPDATE;

	add_head(text, finding->time_ns, update ? "UPDATE" : "ZOMBIE", update ? YELLOW : RED);
	add_death(text, finding);
	snprintf(part, sizeof(part), "parent %s", name_of(name, sizeof(name), finding->parent));
	add_part(text, part);
	snprintf(part, sizeof(part), "cause %s, %s", cause_text(finding->cause)->name,
		 verdict_confidence_name(finding->confidence));
	add_part(text, part);
	add_newline(text);
	if (finding->adopted_from) {
		snprintf(part, sizeof(part), "adopted from %s",
			 name_of(name, sizeof(name), finding->adopted_from));
		add_below(text, "", part);
	}
	if (finding->tracer_tgid) {
		char comm[TEXT_MAX(sizeof(finding->tracer_comm))];

		text_escape(comm, sizeof(comm), finding->tracer_comm, strlen(finding->tracer_comm));
		add(text, "%*straced by %" PRIu32 " (%s)", INDENT, "", finding->tracer_tgid, comm);
		add_newline(text);
	}
	for (unsigned int i = 0; i < finding->verdict->lines; i++)
		add_below(text, "", finding->verdict->evidence[i]);
	add_also(text, finding->also);
	add_below(text, "fix:", cause_text(finding->cause)->advice);
	if (text->config.verbose)
		add_facts(text, finding->facts);
}

static void show_closed(struct sink_text *text, const struct finding *finding)
{
	char name[NAME_MAX_TEXT], age[DURATION_TEXT_MAX];

	add_head(text, finding->time_ns, "REAPED", GREEN);
	add(text, "%s after %s%s", name_of(name, sizeof(name), finding->child),
	    finding->age_known ? "" : "at least ",
	    duration_format(age, sizeof(age), finding->age_ns));
	if (finding->closed_by == FINDING_ADOPTED_AND_REAPED) {
		const struct dw_who *former =
			finding->adopted_from ? finding->adopted_from : finding->parent;

		add(text, " by its adopter; its parent %s has died",
		    name_of(name, sizeof(name), former));
	}
	add_newline(text);
}

/* The count of a parent's findings in this tick; NULL: too many parents to count. */
static struct flood *flood_of(struct sink_text *text, const struct finding *finding)
{
	struct flood *flood = text->floods;

	for (size_t i = 0; i < text->floods_count; i++, flood++)
		if (flood->parent.tgid == finding->parent->tgid &&
		    flood->parent.start_ns == finding->parent->start_ns)
			return flood;
	if (text->floods_count == FLOOD_PARENTS)
		return NULL;
	text->floods_count++;
	*flood = (struct flood){ .parent = *finding->parent, .time_ns = finding->time_ns };
	return flood;
}

static void on_finding(struct sink *sink, const struct finding *finding)
{
	struct sink_text *text = (struct sink_text *)sink;
	struct flood *flood;

	if (finding->closed_by == FINDING_EXIT)
		return; /* the summary tells how many are left */
	flood = flood_of(text, finding);
	if (flood && flood->shown >= FLOOD_MAX) {
		flood->held_back++;
		return;
	}
	if (flood)
		flood->shown++;
	if (finding->state == FINDING_CLOSED)
		show_closed(text, finding);
	else
		show_finding(text, finding);
	send(text);
}

static void on_tick(struct sink *sink)
{
	struct sink_text *text = (struct sink_text *)sink;
	char name[NAME_MAX_TEXT];

	for (size_t i = 0; i < text->floods_count; i++) {
		const struct flood *flood = &text->floods[i];

		if (!flood->held_back)
			continue;
		add_head(text, flood->time_ns, "MORE", YELLOW);
		add(text, "%" PRIu64 " more of parent %s in this moment, not shown; -o json has all",
		    flood->held_back, name_of(name, sizeof(name), &flood->parent));
		add_newline(text);
		send(text);
	}
	text->floods_count = 0;
}

static void on_lost(struct sink *sink, const struct finding_lost *lost)
{
	struct sink_text *text = (struct sink_text *)sink;

	add_head(text, lost->time_ns, "LOST", YELLOW);
	add(text, "%" PRIu64 " (%s): verdicts may be less certain; %s", lost->count, lost->reason,
	    lost->remedy);
	add_newline(text);
	send(text);
}

static void add_causes(struct sink_text *text, const struct finding_summary *summary)
{
	char line[64];

	if (!summary->found)
		return;
	add(text, "%*s", INDENT, "");
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		if (!summary->by_cause[cause])
			continue;
		snprintf(line, sizeof(line), "%s %" PRIu64, cause_text(cause)->name,
			 summary->by_cause[cause]);
		add_wrapped(text, line);
	}
	add_newline(text);
}

static void on_summary(struct sink *sink, const struct finding_summary *summary)
{
	struct sink_text *text = (struct sink_text *)sink;
	char span[DURATION_TEXT_MAX];

	if (text->config.quiet)
		return;
	add(text, "summary: ");
	if (summary->duration_ns)
		add(text, "watched for %s: ",
		    duration_format(span, sizeof(span), summary->duration_ns));
	add(text, "%" PRIu64 " zombie%s found", summary->found, summary->found == 1 ? "" : "s");
	if (summary->duration_ns)
		add(text, ", %" PRIu64 " reaped, %" PRIu64 " still there", summary->reaped,
		    summary->open);
	add_newline(text);
	add_causes(text, summary);
	if (summary->has_counters) {
		add(text, "%*s%" PRIu64 " processes started, %" PRIu64 " died; SIGCHLDs: %" PRIu64
			  " queued, %" PRIu64 " merged, %" PRIu64 " ignored",
		    INDENT, "", summary->forks, summary->exits, summary->queued, summary->merged,
		    summary->ignored);
		add_newline(text);
	}
	if (summary->lost_history || summary->lost_log) {
		add(text, "%*slost: %" PRIu64 " history records, %" PRIu64 " log lines", INDENT, "",
		    summary->lost_history, summary->lost_log);
		add_newline(text);
	}
	send(text);
}

static int failed(const struct sink *sink)
{
	(void)sink;
	return output_failed();
}

static void on_free(struct sink *sink)
{
	free(sink);
}

static const struct sink_ops ops = {
	.finding = on_finding,
	.lost = on_lost,
	.tick = on_tick,
	.summary = on_summary,
	.failed = failed,
	.free = on_free,
};

struct sink *sink_text_new(const struct sink_text_config *config)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct sink_text *text = calloc(1, sizeof(*text));

	if (!text)
		return NULL;
	text->sink.ops = &ops;
	text->config = *config;
	text->colour = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
		       !(term && !strcmp(term, "dumb"));
	return &text->sink;
}
