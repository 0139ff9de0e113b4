// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * findings_bench: a host made by hand for the tests of findings. The test puts dead children and
 * parents into `host`, looks at it at a moment, and reads what was emitted from `seen`.
 */
#ifndef DEADWAIT_FINDINGS_BENCH_H
#define DEADWAIT_FINDINGS_BENCH_H

#include "findings.h"
#include "pass_maker.h"
#include "proc_tree.h"

#define S(seconds) ((uint64_t)((seconds)*1000) * 1000000)

/* What was emitted; the finding itself is valid during the call only. */
struct seen {
	enum finding_state state;
	bool minor;
	enum finding_end closed_by;
	struct dw_who child, parent;
	uint32_t adopted_from; /* tgid; 0: none */
	struct dw_reaper by;   /* tgid 0: not known */
	uint64_t died_ns, age_ns;
	bool age_known;
	uint32_t status;
	uint8_t dead_kind;
	enum cause cause;
	enum confidence confidence;
	uint64_t also;
	unsigned int lines; /* of evidence */
	char evidence[VERDICT_LINE_MAX]; /* the first of them */
	bool has_inquiry;
	struct facts facts;
	struct dw_wait last_wait;
	uint64_t last_wait_ns;
	uint32_t tracer_tgid;
	char tracer_comm[64];
	uint8_t kill_signal;
	bool killer_known;
	uint32_t killer_tgid;
};

#define SEEN_MAX 64

static struct {
	struct dw_pass_dead dead[8];
	size_t dead_count;
	struct dw_pass_parent parent[4];
	size_t parent_count;
	bool cut; /* passes do not reach their end */
} host;

static struct options options;
static struct clock bench_clock;
static struct pass pass;
static struct findings *findings;
static struct seen seen[SEEN_MAX];
static size_t seen_count; /* of the last look, also beyond SEEN_MAX */
static int proc;

static void note_details(struct seen *out, const struct finding *finding)
{
	out->lines = finding->verdict->lines;
	memcpy(out->evidence, finding->verdict->evidence[0], sizeof(out->evidence));
	out->facts = *finding->facts;
	out->has_inquiry = finding->inquiry != NULL;
	if (finding->last_wait)
		out->last_wait = *finding->last_wait;
	out->last_wait_ns = finding->last_wait_ns;
	out->tracer_tgid = finding->tracer_tgid;
	memcpy(out->tracer_comm, finding->tracer_comm, sizeof(out->tracer_comm));
	out->killer_known = finding->killer_known;
	out->killer_tgid = finding->killer_tgid;
	out->kill_signal = finding->kill_signal;
}

static void note_finding(void *arg, const struct finding *finding)
{
	struct seen *out = &seen[seen_count++ % SEEN_MAX];

	(void)arg;
	*out = (struct seen){
		.state = finding->state,
		.minor = finding->minor,
		.closed_by = finding->closed_by,
		.child = *finding->child,
		.parent = *finding->parent,
		.adopted_from = finding->adopted_from ? finding->adopted_from->tgid : 0,
		.by = finding->by ? *finding->by : (struct dw_reaper){},
		.died_ns = finding->died_ns,
		.age_ns = finding->age_ns,
		.age_known = finding->age_known,
		.status = finding->status,
		.dead_kind = finding->dead_kind,
		.cause = finding->cause,
		.confidence = finding->confidence,
		.also = finding->also,
	};
	if (finding->state == FINDING_CLOSED)
		assert_null(finding->facts);
	else
		note_details(out, finding);
}

/* Parents with lost SIGCHLDs, the last one's numbers. */
static struct losses seen_losses;
static uint32_t seen_unreaped, seen_told_lost;
static size_t seen_sigchlds;

static void note_sigchld(void *arg, const struct finding_sigchld *sigchld)
{
	(void)arg;
	seen_losses = *sigchld->losses;
	seen_unreaped = sigchld->unreaped;
	seen_told_lost = sigchld->told_lost;
	seen_sigchlds++;
}

/* The history of one process, for hints_source.waits; tgid 0: there is none. */
static struct {
	uint32_t tgid, waits;
	uint64_t start_ns;
} past;

static bool past_waits(void *arg, uint32_t tgid, uint64_t start_ns, uint32_t *waits)
{
	(void)arg;
	if (!past.tgid || tgid != past.tgid || start_ns != past.start_ns)
		return false;
	*waits = past.waits;
	return true;
}

/* The exact record of one process that was reaped, for hints_source.reaped; start_ns 0: none. */
static struct dw_exact past_exact;
static uint32_t past_exact_tgid;

static bool past_reap(void *arg, uint32_t tgid, uint64_t start_ns, struct dw_exact *out)
{
	(void)arg;
	if (!past_exact.start_ns || tgid != past_exact_tgid || start_ns != past_exact.start_ns)
		return false;
	*out = past_exact;
	return true;
}

/* A new findings with these options, its memory empty. */
static void bench_start(bool two_looks)
{
	const struct findings_config config = {
		.options = &options,
		.clock = &bench_clock,
		.source = { .proc = proc, .waits = past_waits, .reaped = past_reap },
		.emit = note_finding,
		.emit_sigchld = note_sigchld,
		.two_looks = two_looks,
	};

	findings_free(findings);
	findings = findings_new(&config);
	assert_non_null(findings);
}

/* /proc's file that tells that a process with this start time exists. */
static void bench_put_stat(uint32_t tgid, uint64_t start_ns)
{
	char path[32], text[512];
	int len;

	snprintf(path, sizeof(path), "%u/stat", tgid);
	len = snprintf(
		text, sizeof(text),
		"%u (server) S 1 77 78 0 -1 4194560 97 0 0 0 0 1 0 0 20 0 1 0 %llu 2596864 "
		"207 18446744073709551615 94 95 14 0 0 0 0 65536 0 1 0 0 17 1 0 0 0 0 0 96 97 "
		"98 14 15 16 17 0\n",
		tgid, (unsigned long long)procfs_ns_to_ticks(start_ns));
	proc_tree_put(proc, path, text, (size_t)len);
}

/* Puts a parent on the host, also into /proc. Returns it for the test to change. */
static inline struct dw_pass_parent *bench_parent(uint32_t tgid)
{
	struct dw_pass_parent *parent = &host.parent[host.parent_count++];

	*parent = maker_parent(tgid, S(1) + tgid * MAKER_TICK_NS);
	bench_put_stat(tgid, parent->who.start_ns);
	return parent;
}

static inline struct dw_pass_dead *bench_dead(uint32_t tgid, const struct dw_pass_parent *parent,
					      uint64_t died_ns)
{
	struct dw_pass_dead *dead = &host.dead[host.dead_count++];

	*dead = maker_dead(tgid, parent, died_ns);
	return dead;
}

/* It is not there any more. */
static inline void bench_reap(uint32_t tgid)
{
	size_t kept = 0;

	for (size_t i = 0; i < host.dead_count; i++)
		if (host.dead[i].who.tgid != tgid)
			host.dead[kept++] = host.dead[i];
	assert_int_equal(kept, host.dead_count - 1);
	host.dead_count = kept;
}

/* A dead child is under this parent now. */
static inline void bench_adopt(struct dw_pass_dead *dead, const struct dw_pass_parent *parent)
{
	dead->parent_tgid = parent->who.tgid;
	dead->parent_start_ns = parent->who.start_ns;
	dead->parent_exec_id = parent->exec_id;
}

/* A pass at this moment; returns how many findings it emitted. */
static inline size_t bench_look(uint64_t now_ns)
{
	pass_clear(&pass);
	pass.boot_ns = now_ns;
	pass.jiffies = maker_jiffies(now_ns);
	pass.complete = !host.cut;
	clock_note(&bench_clock, pass.boot_ns, pass.jiffies);
	for (size_t i = 0; i < host.dead_count; i++)
		*pass_add_dead(&pass) = host.dead[i];
	for (size_t i = 0; i < host.parent_count; i++)
		*pass_add_parent(&pass) = host.parent[i];
	pass_finish(&pass);
	seen_count = 0;
	assert_int_equal(findings_take(findings, &pass), 0);
	return seen_count;
}

static inline struct finding_summary bench_sum(void)
{
	struct finding_summary summary = {};

	findings_sum(findings, &summary);
	return summary;
}

static int bench_set_up(void **state)
{
	(void)state;
	memset(&host, 0, sizeof(host));
	memset(&past, 0, sizeof(past));
	memset(&past_exact, 0, sizeof(past_exact));
	memset(seen, 0, sizeof(seen));
	options = (struct options){ .age_ns = S(1), .only = ONLY_ALL };
	maker_clock(&bench_clock, S(5));
	proc = proc_tree_make();
	if (proc < 0)
		return -1;
	bench_start(false);
	return 0;
}

static int bench_tear_down(void **state)
{
	(void)state;
	findings_free(findings);
	findings = NULL;
	pass_free(&pass);
	return proc_tree_remove(proc);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

#endif
