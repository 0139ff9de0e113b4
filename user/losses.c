// SPDX-License-Identifier: GPL-2.0-or-later
#include "losses.h"

#include <errno.h>

int losses_count(const struct dw_pass_parent *parent, struct losses *out)
{
	const struct dw_counts *now = &parent->record.conduct.now;
	const struct dw_counts *then = &parent->record.conduct.at_exec;
	uint32_t queued = now->queued_all - then->queued_all, taken;
	bool pending = (parent->flags & DW_PARENT_PENDING_SHARED) || parent->threads.pending;
	struct losses losses;

	if (!parent->has_record)
		return -ENODATA;
	losses = (struct losses){
		.delivered = now->delivered - then->delivered,
		.merged = now->merged - then->merged,
		/* Queued while blocked, and come to nothing once unblocked: ignored late. */
		.ignored = now->ignored - then->ignored + now->discarded - then->discarded,
	};
	taken = losses.delivered + now->discarded - then->discarded;
	/* What became pending, was not delivered and is not pending any more was fetched. */
	losses.pending = pending && queued > taken;
	losses.fetched = queued > taken + losses.pending ? queued - taken - losses.pending : 0;
	losses.sent =
		losses.delivered + losses.fetched + losses.merged + losses.ignored + losses.pending;
	*out = losses;
	return 0;
}

bool losses_caused(enum cause cause)
{
	return cause == CAUSE_SIGCHLD_MERGED || cause == CAUSE_LATE_HANDLER ||
	       cause == CAUSE_SIGCHLD_BLOCKED || cause == CAUSE_SIGCHLD_BLOCKED_INHERITED;
}

uint32_t losses_lost(const struct losses *losses)
{
	return losses->merged + losses->ignored + losses->pending;
}
