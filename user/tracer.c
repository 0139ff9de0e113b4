// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer_parts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int tracer_use_pids(struct tracer *tracer, const pid_t *pids, size_t count, uint32_t use)
{
	const struct bpf_map *map = tracer->bpf->maps.dw_pids;
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		uint32_t tgid = (uint32_t)pids[i], uses = 0;

		bpf_map__lookup_elem(map, &tgid, sizeof(tgid), &uses, sizeof(uses), 0);
		uses |= use;
		err = bpf_map__update_elem(map, &tgid, sizeof(tgid), &uses, sizeof(uses), BPF_ANY);
	}
	return err;
}

int tracer_on_event(void *arg, void *data, size_t len)
{
	struct tracer *tracer = arg;
	const struct dw_event_head *event = data;

	if (len >= sizeof(*event) && event->version == DW_LAYOUT_VERSION && event->bytes <= len)
		return tracer->take(tracer->take_arg, event);
	return 0;
}

void tracer_detach(struct tracer *tracer)
{
	for (int i = 0; i < HOOKS_MAX; i++) {
		bpf_link__destroy(tracer->links[i]);
		tracer->links[i] = NULL;
	}
}

void tracer_close(struct tracer *tracer)
{
	if (!tracer)
		return;
	tracer_detach(tracer);
	ring_buffer__free(tracer->ring);
	deadwait_bpf__destroy(tracer->bpf);
	free(tracer->buffer);
	free(tracer);
}

/* Reads the iterator to its end; a record may be cut by the end of the buffer. */
static int read_pass(struct tracer *tracer, int fd, struct pass *pass)
{
	size_t held = 0;

	for (;;) {
		ssize_t got = read(fd, tracer->buffer + held, TRACER_BUFFER_BYTES - held);
		long taken;

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return pass->complete && !held ? 0 : -EIO;
		held += (size_t)got;
		taken = pass_parse(pass, tracer->buffer, held);
		if (taken < 0)
			return (int)taken;
		held -= (size_t)taken;
		memmove(tracer->buffer, tracer->buffer + taken, held);
	}
}

int tracer_pass(struct tracer *tracer, struct pass *pass)
{
	int fd, err;

	pass_clear(pass);
	tracer->bpf->bss->dw_pass_number++;
	/* Before the walk: a death during it starts another pass. */
	__atomic_store_n(&tracer->bpf->bss->dw_died, 0, __ATOMIC_SEQ_CST);
	fd = bpf_iter_create(tracer->pass_link);
	if (fd < 0)
		return -errno;
	err = read_pass(tracer, fd, pass);
	close(fd);
	if (err)
		pass->complete = false;
	pass_finish(pass);
	return err;
}

/* Walks over all tasks once. Returns 0 or a negative errno. */
static int walk_tasks(const struct tracer *tracer)
{
	char nothing[64];
	ssize_t got;
	int fd = bpf_iter_create(tracer->mark_link);

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, nothing, sizeof(nothing));
	} while (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)));
	close(fd);
	return got < 0 ? -errno : 0;
}

/* Walks in which something new was found before it is taken for a family that never rests. */
#define WALKS_MAX 16

int tracer_mark(struct tracer *tracer, const pid_t *roots, size_t count)
{
	uint32_t found = 0, before;
	int err = tracer_use_pids(tracer, roots, count, DW_PID_ROOT);

	for (int i = 0; i < WALKS_MAX && !err; i++) {
		before = found;
		err = walk_tasks(tracer);
		found = __atomic_load_n(&tracer->bpf->bss->dw_family_new, __ATOMIC_SEQ_CST);
		if (found == before)
			break;
	}
	return err ? err : found ? 0 : -ESRCH;
}

uint32_t tracer_events_lost(const struct tracer *tracer)
{
	return __atomic_load_n(&tracer->bpf->bss->dw_events_lost, __ATOMIC_SEQ_CST);
}

int tracer_events_fd(const struct tracer *tracer)
{
	return tracer->ring ? ring_buffer__epoll_fd(tracer->ring) : -1;
}

int tracer_take_events(struct tracer *tracer,
		       int (*take)(void *arg, const struct dw_event_head *event), void *arg)
{
	tracer->take = take;
	tracer->take_arg = arg;
	return tracer->ring ? ring_buffer__consume(tracer->ring) : 0;
}

bool tracer_died(const struct tracer *tracer)
{
	return tracer->states[hooks_find("dw_exit")] != HOOK_ATTACHED ||
	       __atomic_load_n(&tracer->bpf->bss->dw_died, __ATOMIC_SEQ_CST) != 0;
}

void tracer_counters(const struct tracer *tracer, struct dw_cpu *sum)
{
	const struct dw_cpu *cpu = tracer->bpf->bss->dw_cpu;

	*sum = (struct dw_cpu){};
	for (size_t i = 0; i < DW_CPUS; i++, cpu++) {
		sum->forks += cpu->forks;
		sum->exits += cpu->exits;
		sum->execs += cpu->execs;
		sum->queued += cpu->queued;
		sum->merged += cpu->merged;
		sum->ignored += cpu->ignored;
		sum->waits += cpu->waits;
		sum->evicted_live += cpu->evicted_live;
		sum->evicted_zombie += cpu->evicted_zombie;
		sum->no_slot += cpu->no_slot;
		sum->orphans_cut += cpu->orphans_cut;
		sum->autoreaped += cpu->autoreaped;
		sum->left += cpu->left;
		if (cpu->longest_ns > sum->longest_ns)
			sum->longest_ns = cpu->longest_ns;
		sum->times_ns += cpu->times_ns;
		for (size_t time = 0; time < DW_TIMES; time++)
			sum->times[time] += cpu->times[time];
	}
}

uint64_t tracer_history_lost(const struct dw_cpu *sum)
{
	return sum->evicted_live + sum->evicted_zombie + sum->no_slot;
}

unsigned int tracer_runs(const struct tracer *tracer, struct tracer_run *out, unsigned int max)
{
	struct bpf_program *program;
	unsigned int count = 0;

	bpf_object__for_each_program(program, tracer->bpf->obj) {
		struct bpf_prog_info info = {};
		uint32_t len = sizeof(info);

		if (count == max || bpf_program__fd(program) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len))
			continue;
		out[count++] = (struct tracer_run){ .name = bpf_program__name(program),
						    .run_ns = info.run_time_ns };
	}
	return count;
}

/*
 * The latest record of a tgid; with start_ns, of that very process. *index is
 * its place in the map.
 */
static bool read_record(const struct tracer *tracer, uint32_t tgid, uint64_t start_ns,
			struct dw_record *out, uint32_t *index)
{
	const struct deadwait_bpf *bpf = tracer->bpf;
	uint32_t ways = bpf->rodata->dw_ways;
	struct dw_record record;
	bool found = false;

	for (uint32_t way = 0; way < ways; way++) {
		uint32_t at = (tgid & bpf->rodata->dw_set_mask) * ways + way;

		if (bpf_map__lookup_elem(bpf->maps.dw_history, &at, sizeof(at), &record,
					 sizeof(record), 0) ||
		    record.life.tgid != tgid || !record.life.start_ns ||
		    (start_ns && record.life.start_ns != start_ns) ||
		    (found && record.life.start_ns < out->life.start_ns))
			continue;
		*out = record;
		*index = at;
		found = true;
	}
	return found;
}

bool tracer_life(void *arg, uint32_t tgid, struct dw_life *out)
{
	struct dw_record record;
	uint32_t index;

	if (!read_record(arg, tgid, 0, &record, &index))
		return false;
	*out = record.life;
	return true;
}

bool tracer_waits(void *arg, uint32_t tgid, uint64_t start_ns, uint32_t *waits)
{
	struct dw_record record;
	uint32_t index;

	if (!read_record(arg, tgid, start_ns, &record, &index) ||
	    record.conduct.start_ns != record.life.start_ns)
		return false;
	*waits = record.conduct.now.waits;
	return true;
}

bool tracer_exact(const struct tracer *tracer)
{
	return tracer->states[hooks_find("dw_release")] == HOOK_ATTACHED;
}

bool tracer_reaped(void *arg, uint32_t tgid, uint64_t start_ns, struct dw_exact *out)
{
	const struct tracer *tracer = arg;
	struct dw_record record;
	struct dw_exact exact;
	uint32_t index;

	if (!tracer_exact(tracer) || !read_record(tracer, tgid, start_ns, &record, &index) ||
	    bpf_map__lookup_elem(tracer->bpf->maps.dw_exact, &index, sizeof(index), &exact,
				 sizeof(exact), 0) ||
	    exact.start_ns != start_ns || !exact.reaped_ns)
		return false;
	*out = exact;
	return true;
}

void tracer_sizes(const struct tracer *tracer, struct tracer_sizes *out)
{
	*out = (struct tracer_sizes){
		.records = tracer->history,
		.ways = tracer->bpf->rodata->dw_ways,
		.history_bytes = (uint64_t)tracer->history * sizeof(struct dw_record),
		.ring_bytes = bpf_map__max_entries(tracer->bpf->maps.dw_events),
	};
}

enum hook_state tracer_hook(const struct tracer *tracer, int row, int *error)
{
	*error = tracer->errors[row];
	return tracer->states[row];
}

bool tracer_sees_conduct(const struct tracer *tracer)
{
	for (int i = 0; hooks[i].program; i++)
		if (hooks[i].conduct && tracer->states[i] != HOOK_ATTACHED)
			return false;
	return true;
}
