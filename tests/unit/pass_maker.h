// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pass_maker: records of a pass, made by hand, for the tests of what follows it: a dead child, its
 * parent, and the clock that both were read by. Each begins as the plainest case, a zombie of a
 * parent that has not waited, for the test to change.
 */
#ifndef DEADWAIT_PASS_MAKER_H
#define DEADWAIT_PASS_MAKER_H

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "pass.h"

#ifndef __WNOTHREAD /* in <linux/wait.h>, which does not go together with <sys/wait.h> */
#define __WNOTHREAD 0x20000000
#endif

#define MAKER_S 1000000000ULL
#define MAKER_HZ 250
#define MAKER_TICK_NS (MAKER_S / MAKER_HZ)
/* Jiffies begin somewhere: the kernel starts them five minutes before they wrap 32 bits. */
#define MAKER_JIFFIES_0 4294892296ULL

static inline uint64_t maker_jiffies(uint64_t boot_ns)
{
	return MAKER_JIFFIES_0 + boot_ns / MAKER_TICK_NS;
}

/* A clock that has measured its tick; the last pass was at now_ns. */
static inline void maker_clock(struct clock *clock, uint64_t now_ns)
{
	*clock = (struct clock){};
	clock_note(clock, now_ns - MAKER_S, maker_jiffies(now_ns - MAKER_S));
	clock_note(clock, now_ns, maker_jiffies(now_ns));
}

static inline struct dw_who maker_who(uint32_t tgid, uint64_t start_ns, const char *comm)
{
	struct dw_who who = { .start_ns = start_ns, .tgid = tgid, .ns_pid = tgid, .uid = 1000 };

	for (size_t i = 0; i < sizeof(who.comm) && comm[i]; i++)
		who.comm[i] = comm[i];
	return who;
}

/* A parent with one thread, asleep, SIGCHLD at its default, a record of its whole life, no waits. */
static inline struct dw_pass_parent maker_parent(uint32_t tgid, uint64_t start_ns)
{
	struct dw_pass_parent parent = {
		.head = { DW_LAYOUT_VERSION, DW_PASS_PARENT, sizeof(parent) },
		.who = maker_who(tgid, start_ns, "server"),
		.ppid = 1,
		.threads = { .total = 1, .live = 1, .switches = 100 },
		.exec_id = 7,
		.user_tasks = -1,
		.user_tasks_max = UINT64_MAX,
		.has_record = 1,
	};

	parent.record.life.start_ns = start_ns;
	parent.record.life.tgid = tgid;
	parent.record.life.flags = DW_LIFE_BIRTH_SEEN;
	parent.record.conduct.start_ns = start_ns;
	return parent;
}

/* A child of that parent, born a second after it, that exited with 0 at died_ns. */
static inline struct dw_pass_dead maker_dead(uint32_t tgid, const struct dw_pass_parent *parent,
					     uint64_t died_ns)
{
	struct dw_pass_dead dead = {
		.head = { DW_LAYOUT_VERSION, DW_PASS_DEAD, sizeof(dead) },
		.who = maker_who(tgid, parent->who.start_ns + MAKER_S, "worker"),
		.kind = DW_DEAD_ZOMBIE,
		.exit_signal = SIGCHLD,
		.group = 77,
		.session = 78,
		.threads = 1,
		.parent_start_ns = parent->who.start_ns,
		.parent_tgid = parent->who.tgid,
		.parent_tid = parent->who.tgid,
		.parent_exec_id = parent->exec_id,
		.has_life = 1,
	};
	struct dw_life *life = &dead.life;

	life->start_ns = dead.who.start_ns;
	life->tgid = tgid;
	life->flags = DW_LIFE_BIRTH_SEEN;
	life->birth_parent_tgid = parent->who.tgid;
	life->forker_tgid = parent->who.tgid;
	life->forker_tid = parent->who.tgid;
	life->death.died_jiffies = maker_jiffies(died_ns);
	life->death.parent_tgid = parent->who.tgid;
	life->death.sigchld = DW_SIGCHLD_IGNORED;
	life->death.parent_at = parent->record.conduct.now;
	return dead;
}

/* The parent entered a wait, not for one pid (the child has those); returns where it was noted, for the test to change. */
static inline struct dw_wait *maker_wait(struct dw_pass_parent *parent, uint8_t target, uint32_t id,
					 uint32_t options)
{
	struct dw_conduct *conduct = &parent->record.conduct;
	struct dw_wait wait = {
		.entered_jiffies = maker_jiffies(parent->who.start_ns + MAKER_S),
		.sequence = ++conduct->now.waits,
		.tid = parent->who.tgid,
		.id = id,
		.options = options | WEXITED,
		.fd = -1,
		.call = DW_CALL_WAIT4,
		.target = target,
	};

	if (target == DW_TARGET_ANY && !(options & (WNOWAIT | __WCLONE | __WNOTHREAD))) {
		conduct->now.waits_any++;
		conduct->any = wait;
		return &conduct->any;
	}
	if (target == DW_TARGET_ANY && (options & WNOWAIT))
		conduct->peek = wait;
	if (target == DW_TARGET_GROUP)
		conduct->group = wait;
	conduct->other = wait;
	return &conduct->other;
}

#endif
