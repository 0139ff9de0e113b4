// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * words: what the text output says of one finding, put on a page.
 */
#ifndef DEADWAIT_WORDS_H
#define DEADWAIT_WORDS_H

#include "finding.h"
#include "page.h"
#include "text.h"

#define WORDS_NAME_MAX (TEXT_MAX(DW_COMM_LEN) + 16)

/* "4242 (worker)", safe to show. Returns out; WORDS_NAME_MAX suffices. */
const char *words_name(char *out, size_t size, const struct dw_who *who);

/* What happened to the child: its name, its age, its status, whose it was, who traces it. */
void words_child(struct page *page, const struct finding *finding);

/* Evidence, limits on tasks, live siblings, advice and notes, and with facts the facts. */
void words_reasons(struct page *page, const struct finding *finding, bool facts);

/*
 * Whole paragraphs: a status that is lost, lost SIGCHLDs, an orphan, a burst of forks, what
 * deadwait lost.
 */
void words_status(struct page *page, const struct finding *finding, bool facts);
void words_sigchld(struct page *page, const struct finding_sigchld *sigchld);
void words_orphan(struct page *page, const struct finding_orphan *orphan);
void words_storm(struct page *page, const struct finding_storm *storm);
void words_lost(struct page *page, const struct finding_lost *lost);

#endif
