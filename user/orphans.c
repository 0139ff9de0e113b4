// SPDX-License-Identifier: GPL-2.0-or-later
#include "orphans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "inquiry.h"
#include "procfs.h"

/* The hand-over follows the event within microseconds: after so many looks it never came. */
#define LOOKS_MAX 8

struct waiting {
	struct dw_event_orphan event;
	unsigned int looks;
};

struct orphans {
	struct orphans_config config;
	struct waiting *waiting;
	size_t count, room;
	uint64_t by_kind[ORPHAN_KINDS];
	uint64_t wrong; /* another adopter than the kernel side had said */
};

struct orphans *orphans_new(const struct orphans_config *config)
{
	struct orphans *orphans = calloc(1, sizeof(*orphans));

	if (orphans)
		orphans->config = *config;
	return orphans;
}

void orphans_free(struct orphans *orphans)
{
	if (!orphans)
		return;
	free(orphans->waiting);
	free(orphans);
}

int orphans_take(struct orphans *orphans, const struct dw_event_orphan *event)
{
	struct waiting *grown;
	size_t room;

	if (orphans->count == orphans->room) {
		room = orphans->room ? orphans->room * 2 : 64;
		grown = reallocarray(orphans->waiting, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		orphans->waiting = grown;
		orphans->room = room;
	}
	orphans->waiting[orphans->count++] = (struct waiting){ .event = *event };
	return 0;
}

enum orphan_kind orphans_kind(const struct dw_event_orphan *event)
{
	if (event->dead)
		return ORPHAN_ZOMBIE;
	if (event->father_status & 0x7f)
		return ORPHAN_ABANDONED;
	if (event->child_session != event->father_session)
		return ORPHAN_DAEMONIZED;
	return ORPHAN_BACKGROUND;
}

/* What an adopter is that nobody foretold. */
static uint32_t role_of(int proc, uint32_t tgid)
{
	struct proc_status status;

	if (tgid == 1)
		return DW_ROLE_INIT;
	if (procfs_status(proc, (pid_t)tgid, 0, &status))
		return DW_ROLE_UNKNOWN;
	return status.ns_pid == 1 ? DW_ROLE_NAMESPACE_INIT : DW_ROLE_SUBREAPER;
}

bool orphans_find_adopter(int proc, const struct dw_event_orphan *event, uint32_t *adopter_tgid,
			  uint32_t *role, bool *confirmed)
{
	struct proc_stat stat;
	bool wrong;

	*adopter_tgid = event->adopter_tgid;
	*role = event->role;
	*confirmed = false;
	if (procfs_stat(proc, (pid_t)event->child.tgid, 0, &stat) ||
	    stat.start_ticks != procfs_ns_to_ticks(event->child.start_ns))
		return false; /* gone already: never confirmed */
	if ((uint32_t)stat.ppid == event->father.tgid && event->role != DW_ROLE_THREAD)
		return false; /* not handed over yet */
	*confirmed = true;
	wrong = (uint32_t)stat.ppid != event->adopter_tgid;
	if (wrong) {
		*adopter_tgid = (uint32_t)stat.ppid;
		*role = role_of(proc, *adopter_tgid);
	}
	return wrong;
}

/* Finds the new parent. false: it was not handed over yet. */
static bool find_adopter(struct orphans *orphans, struct waiting *waiting,
			 struct finding_orphan *out)
{
	const struct dw_event_orphan *event = &waiting->event;

	orphans->wrong += orphans_find_adopter(orphans->config.proc, event, &out->adopter_tgid,
					       &out->role, &out->confirmed);
	return out->confirmed || ++waiting->looks >= LOOKS_MAX ||
	       !inquiry_exists(orphans->config.proc, &event->child);
}

static bool is_wanted(const struct orphans *orphans, const struct finding_orphan *orphan)
{
	const struct options *options = orphans->config.options;
	char cgroup[PROCFS_CGROUP_MAX];
	bool known = false;

	if (!(options->only & ONLY_ORPHAN) || !(options->orphan_kinds & (1U << orphan->kind)))
		return false;
	if (filter_needs_cgroup(options))
		known = !procfs_cgroup(orphans->config.proc, (pid_t)orphan->child->tgid, cgroup,
				       sizeof(cgroup));
	return filter_wants(options, orphan->child, orphan->father, known ? cgroup : NULL);
}

/* Shows an orphan, if its new parent is there. false: it waits on. */
static bool show(struct orphans *orphans, struct waiting *waiting)
{
	const struct dw_event_orphan *event = &waiting->event;
	struct finding_orphan orphan = {
		.time_ns = event->head.time_ns,
		.child = &event->child,
		.father = &event->father,
		.father_status = event->father_status,
		.kind = orphans_kind(event),
	};

	if (!find_adopter(orphans, waiting, &orphan))
		return false;
	/* Only other threads of the father were left: it has not died for the child. */
	if (orphan.adopter_tgid == event->father.tgid)
		return true;
	orphans->by_kind[orphan.kind]++;
	if (!is_wanted(orphans, &orphan))
		return true;
	inquiry_comm(orphans->config.proc, orphan.adopter_tgid, orphan.adopter_comm,
		     sizeof(orphan.adopter_comm));
	orphans->config.emit(orphans->config.arg, &orphan);
	return true;
}

void orphans_confirm(struct orphans *orphans)
{
	size_t kept = 0;

	for (size_t i = 0; i < orphans->count; i++)
		if (!show(orphans, &orphans->waiting[i]))
			orphans->waiting[kept++] = orphans->waiting[i];
	orphans->count = kept;
	/* After a storm of them, the room is given back. */
	if (!kept) {
		free(orphans->waiting);
		orphans->waiting = NULL;
		orphans->room = 0;
	}
}

void orphans_sum(const struct orphans *orphans, struct finding_summary *summary)
{
	memcpy(summary->orphans, orphans->by_kind, sizeof(summary->orphans));
	summary->orphans_wrong = orphans->wrong;
}
