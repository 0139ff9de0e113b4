// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json_parent: the parent in a finding. See json_parts.h.
 */
#include "json_parts.h"

#include "status.h"

static json_t *sigchld_of(const struct dw_pass_parent *live)
{
	static const char *const names[] = { NULL, "default", "ignore", "handler" };
	const struct dw_counts *now = &live->record.conduct.now;
	const struct dw_counts *then = &live->record.conduct.at_exec;
	uint32_t queued = now->queued - then->queued, merged = now->merged - then->merged;
	uint32_t ignored = now->ignored - then->ignored;
	json_t *object = json_object();
	int disposition = live->handler == 0 ? DISPOSITION_DEFAULT :
			  live->handler == 1 ? DISPOSITION_IGNORE :
					       DISPOSITION_HANDLER;

	part_set(object, "disposition", json_string(names[disposition]));
	part_set(object, "nocldwait", json_boolean(live->flags & DW_PARENT_NOCLDWAIT));
	part_set(object, "blocked",
		 json_boolean(live->threads.live && live->threads.blocking == live->threads.live));
	part_set(object, "pending",
		 json_boolean((live->flags & DW_PARENT_PENDING_SHARED) || live->threads.pending));
	if (!live->has_record) {
		part_set(object, "sent", json_null());
		part_set(object, "merged", json_null());
		part_set(object, "ignored", json_null());
		part_set(object, "delivered", json_null());
		return object;
	}
	part_set(object, "sent", json_integer(queued + merged + ignored));
	part_set(object, "merged", json_integer(merged));
	part_set(object, "ignored", json_integer(ignored));
	part_set(object, "delivered", json_integer(now->delivered - then->delivered));
	return object;
}

static json_t *wait_of(const struct finding *finding)
{
	const struct dw_pass_parent *live = finding->parent_live;
	const struct dw_wait *wait = finding->last_wait;
	json_t *object = json_object();
	char text[STATUS_TEXT_MAX];
	struct wait_form form;

	if (!live || !live->has_record) {
		part_set(object, "calls", json_null());
	} else {
		part_set(object, "calls",
			 json_integer(live->record.conduct.now.waits -
				      live->record.conduct.at_exec.waits));
	}
	if (!wait) {
		part_set(object, "last", json_null());
		part_set(object, "last_age_s", json_null());
		return object;
	}
	form = (struct wait_form){ .call = wait->call,
				   .target = wait->target,
				   .id = (int32_t)wait->id,
				   .fd = wait->fd,
				   .options = wait->options };
	part_set(object, "last", json_string(status_wait_format(text, sizeof(text), &form)));
	part_set(object, "last_age_s",
		 finding->last_wait_ns ?
			 part_seconds(finding->time_ns > finding->last_wait_ns ?
					      finding->time_ns - finding->last_wait_ns :
					      0) :
			 json_null());
	return object;
}

/* How many children it reaped, by how long they were dead; null: only the exact tier sees it. */
static json_t *time_to_reap_of(const struct dw_pass_parent *live)
{
	static const double below_s[DW_TIMES] = { 0.00001, 0.0001, 0.001, 0.01, 0.1,
						  1,	   10,	   100,	  1000, 0 };
	json_t *array;

	if (!live || !live->has_exact)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < DW_TIMES; i++) {
		json_t *time = json_object();

		part_set(time, "below_s", below_s[i] > 0 ? json_real(below_s[i]) : json_null());
		part_set(time, "count", json_integer(live->exact.times[i]));
		json_array_append_new(array, time);
	}
	return array;
}

static json_t *siblings_of(const struct inquiry *inquiry)
{
	json_t *siblings = json_array();

	for (uint32_t i = 0; i < inquiry->live_children && i < INQUIRY_SIBLINGS_MAX; i++) {
		json_t *sibling = json_object();

		part_set(sibling, "pid", json_integer(inquiry->siblings[i].tgid));
		part_set(sibling, "comm", part_text(inquiry->siblings[i].comm));
		json_array_append_new(siblings, sibling);
	}
	return siblings;
}

/* A limit on tasks: how many there are, and how many there may be; null: no limit. */
static json_t *limit_of(bool known, uint64_t current, uint64_t max)
{
	json_t *limit;

	if (!known)
		return json_null();
	limit = json_object();
	part_set(limit, "current", json_integer((json_int_t)current));
	part_set(limit, "max", max <= INT64_MAX ? json_integer((json_int_t)max) : json_null());
	return limit;
}

static json_t *limits_of(const struct finding *finding)
{
	const struct dw_pass_parent *live = finding->parent_live;
	const struct inquiry *inquiry = finding->inquiry;
	json_t *limits = json_object();

	part_set(limits, "pids",
		 inquiry ? limit_of(inquiry->pids_known, inquiry->pids_current, inquiry->pids_max) :
			   json_null());
	part_set(limits, "nproc",
		 live ? limit_of(live->user_tasks >= 0, (uint64_t)live->user_tasks,
				 live->user_tasks_max) :
			json_null());
	part_set(limits, "pid_max",
		 limit_of(finding->tasks_max != 0, finding->tasks, finding->tasks_max));
	return limits;
}

static void set_inquiry(json_t *parent, const struct inquiry *inquiry)
{
	static const struct inquiry nothing;
	char state[2] = "";

	if (!inquiry)
		inquiry = &nothing;
	state[0] = inquiry->state;
	part_set(parent, "cmdline", part_text(inquiry->cmdline));
	part_set(parent, "state", state[0] ? json_string(state) : json_null());
	part_set(parent, "cgroup", part_text(inquiry->cgroup));
	part_set(parent, "unit", part_text(inquiry->unit));
	part_set(parent, "container", part_text(inquiry->container));
	part_set(parent, "live_children",
		 inquiry->live_children_known ? json_integer(inquiry->live_children) : json_null());
	part_set(parent, "live_siblings",
		 inquiry->live_children_known ? siblings_of(inquiry) : json_null());
}

json_t *part_parent(const struct finding *finding)
{
	json_t *parent = json_object();

	part_set_identity(parent, finding->parent);
	/* Of a parent that no pass could read, only the ids are known. */
	part_set(parent, "uid",
		 finding->parent->ns_pid ? json_integer(finding->parent->uid) : json_null());
	if (finding->state == FINDING_CLOSED)
		return parent;
	set_inquiry(parent, finding->inquiry);
	part_set(parent, "zombies", json_integer(finding->facts->zombies));
	part_set(parent, "sigchld",
		 finding->parent_live ? sigchld_of(finding->parent_live) : json_null());
	part_set(parent, "wait",
		 finding->parent_live || finding->last_wait ? wait_of(finding) : json_null());
	part_set(parent, "time_to_reap", time_to_reap_of(finding->parent_live));
	part_set(parent, "limits", limits_of(finding));
	return parent;
}
