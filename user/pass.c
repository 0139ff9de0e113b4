// SPDX-License-Identifier: GPL-2.0-or-later
#include "pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void pass_clear(struct pass *pass)
{
	pass->boot_ns = 0;
	pass->jiffies = 0;
	pass->complete = false;
	pass->tasks = 0;
	pass->family = 0;
	pass->dead_count = 0;
	pass->parents_count = 0;
}

void pass_free(struct pass *pass)
{
	free(pass->dead);
	free(pass->parents);
	*pass = (struct pass){};
}

/* Room for one more of count entries of size bytes; NULL: no memory, the array stays. */
static void *grow(void *array, size_t *room, size_t count, size_t size)
{
	size_t more;
	void *grown;

	if (count < *room)
		return array;
	more = *room ? *room * 2 : 64;
	grown = reallocarray(array, more, size);
	if (grown)
		*room = more;
	return grown;
}

struct dw_pass_dead *pass_add_dead(struct pass *pass)
{
	struct dw_pass_dead *grown =
		grow(pass->dead, &pass->dead_room, pass->dead_count, sizeof(*grown));

	if (!grown)
		return NULL;
	pass->dead = grown;
	grown += pass->dead_count++;
	*grown = (struct dw_pass_dead){};
	return grown;
}

struct dw_pass_parent *pass_add_parent(struct pass *pass)
{
	struct dw_pass_parent *grown =
		grow(pass->parents, &pass->parents_room, pass->parents_count, sizeof(*grown));

	if (!grown)
		return NULL;
	pass->parents = grown;
	grown += pass->parents_count++;
	*grown = (struct dw_pass_parent){};
	return grown;
}

/* How long a record of this kind is; 0: there is none. */
static size_t record_bytes(uint16_t kind)
{
	switch (kind) {
	case DW_PASS_BEGIN:
		return sizeof(struct dw_pass_begin);
	case DW_PASS_DEAD:
		return sizeof(struct dw_pass_dead);
	case DW_PASS_PARENT:
		return sizeof(struct dw_pass_parent);
	case DW_PASS_END:
		return sizeof(struct dw_pass_end);
	default:
		return 0;
	}
}

/* Takes one whole record of the right size. */
static int take_record(struct pass *pass, const struct dw_pass_head *head, const void *record)
{
	struct dw_pass_begin begin;
	struct dw_pass_end end;
	struct dw_pass_dead *dead;
	struct dw_pass_parent *parent;

	switch (head->kind) {
	case DW_PASS_BEGIN:
		memcpy(&begin, record, sizeof(begin));
		pass->boot_ns = begin.boot_ns;
		pass->jiffies = begin.jiffies;
		return 0;
	case DW_PASS_DEAD:
		dead = pass_add_dead(pass);
		if (!dead)
			return -ENOMEM;
		memcpy(dead, record, sizeof(*dead));
		return 0;
	case DW_PASS_PARENT:
		parent = pass_add_parent(pass);
		if (!parent)
			return -ENOMEM;
		memcpy(parent, record, sizeof(*parent));
		return 0;
	case DW_PASS_END:
		memcpy(&end, record, sizeof(end));
		pass->tasks = end.tasks;
		pass->family = end.family;
		pass->complete = true;
		return 0;
	default:
		return -EPROTO;
	}
}

long pass_parse(struct pass *pass, const void *buf, size_t len)
{
	const char *at = buf;
	struct dw_pass_head head;
	int err;

	while (len >= sizeof(head)) {
		memcpy(&head, at, sizeof(head));
		if (head.version != DW_LAYOUT_VERSION || !head.bytes ||
		    head.bytes != record_bytes(head.kind))
			return -EPROTO;
		if (head.bytes > len)
			break;
		err = take_record(pass, &head, at);
		if (err)
			return err;
		at += head.bytes;
		len -= head.bytes;
	}
	return at - (const char *)buf;
}

static int by_tgid(const void *a, const void *b)
{
	const struct dw_pass_parent *x = a, *y = b;

	if (x->who.tgid != y->who.tgid)
		return x->who.tgid < y->who.tgid ? -1 : 1;
	if (x->who.start_ns != y->who.start_ns)
		return x->who.start_ns < y->who.start_ns ? -1 : 1;
	return 0;
}

static int dead_by_tgid(const void *a, const void *b)
{
	const struct dw_pass_dead *x = a, *y = b;

	return x->who.tgid < y->who.tgid ? -1 : x->who.tgid > y->who.tgid;
}

/* The kernel's list comes in the order of pids: a look, and no copy. */
static void sort_dead(struct pass *pass)
{
	for (size_t i = 1; i < pass->dead_count; i++) {
		if (dead_by_tgid(&pass->dead[i - 1], &pass->dead[i]) > 0) {
			qsort(pass->dead, pass->dead_count, sizeof(*pass->dead), dead_by_tgid);
			return;
		}
	}
}

void pass_finish(struct pass *pass)
{
	size_t kept = 0;

	sort_dead(pass);
	if (pass->parents_count > 1)
		qsort(pass->parents, pass->parents_count, sizeof(*pass->parents), by_tgid);
	for (size_t i = 0; i < pass->parents_count; i++)
		if (!kept || by_tgid(&pass->parents[kept - 1], &pass->parents[i]))
			pass->parents[kept++] = pass->parents[i];
	pass->parents_count = kept;
}

const struct dw_pass_parent *pass_parent(const struct pass *pass, uint32_t tgid, uint64_t start_ns)
{
	const struct dw_pass_parent key = { .who = { .tgid = tgid, .start_ns = start_ns } };

	if (!pass->parents_count)
		return NULL;
	return bsearch(&key, pass->parents, pass->parents_count, sizeof(key), by_tgid);
}

bool pass_is_dead(const struct pass *pass, uint32_t tgid)
{
	const struct dw_pass_dead key = { .who = { .tgid = tgid } };
	const struct dw_pass_dead *found;

	if (!pass || !pass->dead_count)
		return false;
	found = bsearch(&key, pass->dead, pass->dead_count, sizeof(key), dead_by_tgid);
	return found && found->kind == DW_DEAD_ZOMBIE;
}
