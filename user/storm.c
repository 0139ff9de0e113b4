// SPDX-License-Identifier: GPL-2.0-or-later
#include "storm.h"

#include "clock.h"
#include "duration.h"
#include "inquiry.h"
#include "procfs.h"

#define LOOK_NS (250 * DURATION_NS_PER_MS)
/* Fewer forks in that time are no reason to look any further. */
#define FORKS_MIN 50
/* A busy host forks as much, but as many end: fewer processes more are not worth a look. */
#define GROWTH_MIN 30
/* After a burst: where tasks are limited, the last few forks before the limit come alone. */
#define LOOKS 4
/* Measuring may take one fiftieth of one CPU: with 28,000 processes it is done every 2 s. */
#define COST_SHARE 50
/* So many processes of one burst are one, limit or no limit. */
#define PROCESSES_MANY 2000
/* Processes that are asked where they come from. */
#define SAMPLE_MAX 256
/* Generations that are followed back within a burst. */
#define GENERATIONS_MAX 32
/* The same storm is not told of again sooner, but if it has doubled. */
#define REPEAT_NS (30 * DURATION_NS_PER_S)

struct sample {
	uint64_t processes; /* on the host */
	uint64_t state;	    /* of the dice */
	uint32_t count;
	uint32_t tgid[SAMPLE_MAX];
	uint32_t root[SAMPLE_MAX]; /* of the burst that it was born in; 0: none */
	/* The process, its forker, that one's, and so on; 0 after the last that is known. */
	uint32_t line[SAMPLE_MAX][GENERATIONS_MAX];
};

/* xorshift: any bias is far below what a sample of 256 can tell. */
static uint64_t roll(struct sample *sample, uint64_t sides)
{
	sample->state ^= sample->state << 13;
	sample->state ^= sample->state >> 7;
	sample->state ^= sample->state << 17;
	return sample->state % sides;
}

/* Keeps each process with the same chance, however many come. */
static int visit(pid_t tgid, void *arg)
{
	struct sample *sample = arg;
	uint64_t place = sample->processes++;

	if (place >= SAMPLE_MAX)
		place = roll(sample, sample->processes);
	if (place < SAMPLE_MAX)
		sample->tgid[place] = (uint32_t)tgid;
	return 0;
}

static void ask_lives(const struct storm *storm, struct sample *sample)
{
	struct dw_life life;

	sample->count = sample->processes < SAMPLE_MAX ? (uint32_t)sample->processes : SAMPLE_MAX;
	for (uint32_t i = 0; i < sample->count; i++) {
		uint32_t tgid = sample->tgid[i];

		for (int j = 0; j < GENERATIONS_MAX && tgid; j++) {
			bool known = storm->life(storm->arg, tgid, &life);

			if (!j && known)
				sample->root[i] = life.root_tgid;
			sample->line[i][j] = tgid;
			tgid = known ? life.forker_tgid : 0;
		}
	}
}

/* The one of the greatest burst that was met first. Returns how many are of that burst. */
static uint32_t find_member(const struct sample *sample, uint32_t *member)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < sample->count; i++) {
		uint32_t same = 0;

		for (uint32_t j = 0; j < sample->count; j++)
			same += sample->root[j] == sample->root[i];
		if (sample->root[i] && same > most) {
			most = same;
			*member = i;
		}
	}
	return most;
}

/* Of the burst that began with `root`, how many descend from `ancestor`, and the last of them. */
static uint32_t count_below(const struct sample *sample, uint32_t root, uint32_t ancestor,
			    uint32_t *last)
{
	uint32_t below = 0;

	for (uint32_t i = 0; i < sample->count; i++) {
		const uint32_t *line = sample->line[i];

		for (int j = 0; sample->root[i] == root && j < GENERATIONS_MAX && line[j]; j++) {
			if (line[j] == ancestor) {
				below++;
				*last = sample->tgid[i];
				break;
			}
		}
	}
	return below;
}

/*
 * A burst may begin long before the storm, with a shell that starts a program:
 * the root is the nearest of a member's forkers that nearly all members descend
 * from. *member becomes the pid of one that does.
 */
static uint32_t narrow_root(const struct sample *sample, uint32_t hits, uint32_t *member)
{
	const uint32_t *line = sample->line[*member];
	uint32_t root = sample->root[*member];

	*member = sample->tgid[*member];
	for (int i = 0; i < GENERATIONS_MAX && line[i] && line[i] != root; i++)
		if (count_below(sample, root, line[i], member) >= hits - hits / 10)
			return line[i];
	count_below(sample, root, root, member);
	return root;
}

/* The greatest burst of forks, its size and its room. false: there is none. */
static bool measure(const struct storm *storm, struct finding_storm *out)
{
	struct sample sample = { .state = clock_monotonic_ns() | 1 };
	struct proc_limits limits;
	uint32_t member = 0, hits;

	*out = (struct finding_storm){ .time_ns = clock_boot_ns() };
	if (procfs_walk(storm->proc, visit, &sample))
		return false;
	ask_lives(storm, &sample);
	hits = find_member(&sample, &member);
	if (!hits)
		return false;
	out->root_tgid = narrow_root(&sample, hits, &member);
	out->processes = sample.processes * hits / sample.count;
	if (!procfs_limits(storm->proc, (pid_t)member, &limits) && limits.pids_max != UINT64_MAX) {
		out->limit_known = true;
		out->pids_current = limits.pids_current;
		out->pids_max = limits.pids_max;
	}
	inquiry_comm(storm->proc, out->root_tgid, out->root_comm, sizeof(out->root_comm));
	return true;
}

/* It fills the host, or most of what its cgroup allows is taken, and by it. */
static bool is_storm(const struct finding_storm *storm)
{
	if (storm->processes >= PROCESSES_MANY)
		return true;
	return storm->limit_known &&
	       storm->pids_current >= storm->pids_max - storm->pids_max / 10 &&
	       2 * storm->processes >= storm->pids_current;
}

static bool measure_at_a_cost(struct storm *storm, struct finding_storm *out)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	bool found = measure(storm, out);

	storm->cost_ns = clock_thread_cpu_ns() - cpu_ns;
	return found;
}

/* Whether there are more processes than when least were there, or when it was last measured. */
static bool has_grown(struct storm *storm, int64_t there)
{
	if (there < storm->there)
		storm->there = there;
	return there >= storm->there + GROWTH_MIN;
}

void storm_begin(struct storm *storm, int proc, storm_life life, void *arg, uint64_t now_ns)
{
	*storm = (struct storm){ .proc = proc, .life = life, .arg = arg, .looked_ns = now_ns };
}

bool storm_look(struct storm *storm, uint64_t forks, int64_t there, uint64_t now_ns,
		struct finding_storm *out)
{
	uint64_t since_ns = now_ns - storm->looked_ns, forked = forks - storm->forks;
	bool grown, repeats = storm->told_ns && now_ns - storm->told_ns >= REPEAT_NS;

	if (since_ns < LOOK_NS - LOOK_NS / 10 || since_ns < COST_SHARE * storm->cost_ns)
		return false;
	storm->looked_ns = now_ns;
	storm->forks = forks;
	grown = has_grown(storm, there);
	if (forked * LOOK_NS >= FORKS_MIN * (since_ns - LOOK_NS / 10) && (grown || repeats)) {
		storm->there = there;
		storm->looks_left = LOOKS;
		storm->rate = forked * DURATION_NS_PER_S / since_ns;
	}
	if (!storm->looks_left)
		return false;
	storm->looks_left--;
	if (!measure_at_a_cost(storm, out) || !is_storm(out)) {
		if (repeats)
			storm->told_ns = 0; /* it is over */
		return false;
	}
	out->forks = storm->rate;
	if (storm->told_ns && !repeats && storm->told_root == out->root_tgid &&
	    out->processes < 2 * storm->told)
		return false;
	storm->told_ns = now_ns;
	storm->told = out->processes;
	storm->told_root = out->root_tgid;
	return true;
}
