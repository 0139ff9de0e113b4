// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadwait.skel.h"
#include "privileges.h"
#include "procfs.h"
#include "say.h"

/* Says why it cannot go on, unless the caller has another way. */
#define complain(...)                                                                              \
	do {                                                                                       \
		if (!silent)                                                                       \
			say_error(__VA_ARGS__);                                                    \
	} while (0)

/* Up to this pid_max every pid has a record of its own: 28 MiB at the most. */
#define HISTORY_DIRECT_MAX 65536U
/* Beyond it, this many records in all, DW_WAYS_MAX to a set. */
#define HISTORY_DEFAULT 65536U

#define PASS_BUFFER_BYTES (256 * 1024)

/* Programs in the object, and some to spare. */
#define LINKS_MAX 16

struct tracer {
	struct deadwait_bpf *bpf;
	struct bpf_link *links[LINKS_MAX];
	size_t links_count;
	int pass_link; /* the links of the task iterators; owned by links[] */
	int mark_link;
	struct ring_buffer *ring; /* NULL: no hooks */
	int (*take)(void *arg, const struct dw_event_head *event);
	void *take_arg;
	char *buffer;
	uint32_t history;
};

static bool libbpf_verbose;
static bool silent;
static char refused_program[32];

/* Keeps from libbpf's many words only which program the kernel refused. */
static int on_libbpf_words(enum libbpf_print_level level, const char *format, va_list args)
{
	static const char mark[] = "BPF program load failed";
	char line[512];
	va_list copy;

	va_copy(copy, args);
	vsnprintf(line, sizeof(line), format, copy);
	va_end(copy);
	if (strstr(line, mark))
		sscanf(line, "libbpf: prog '%31[^']'", refused_program);
	if (libbpf_verbose && level != LIBBPF_DEBUG)
		return vfprintf(stderr, format, args);
	return 0;
}

static uint32_t power_of_two(uint32_t least)
{
	uint32_t power = 1;

	while (power < least)
		power *= 2;
	return power;
}

/* Sizes the history: direct where every pid can have its record, else in sets of ways. */
static int size_history(struct tracer *tracer, uint32_t wanted)
{
	uint32_t pid_max, records, ways;
	int proc = procfs_open("/proc");

	pid_max = proc < 0 ? 0 : procfs_pid_max(proc);
	if (proc >= 0)
		close(proc);
	if (!wanted)
		wanted = pid_max && pid_max <= HISTORY_DIRECT_MAX ? power_of_two(pid_max) :
								    HISTORY_DEFAULT;
	ways = pid_max && pid_max <= wanted ? 1 : DW_WAYS_MAX;
	records = power_of_two(wanted);
	tracer->bpf->rodata->dw_ways = ways;
	tracer->bpf->rodata->dw_set_mask = records / ways - 1;
	tracer->history = records;
	return bpf_map__set_max_entries(tracer->bpf->maps.dw_history, records);
}

/* Says why the object could not be loaded, and returns what the caller is to return. */
static int load_refused(int err)
{
	if (err == -EPERM || err == -EACCES) {
		complain("cannot load BPF program%s%s: %s; the kernel is locked down or a security "
			 "module forbids it (see -v)",
			 refused_program[0] ? " " : "s", refused_program, strerror(-err));
		return -EPERM;
	}
	if (err == -ENOMEM) {
		complain("cannot load the BPF maps: %s; give fewer records with --history",
			 strerror(-err));
		return err;
	}
	complain("cannot load BPF program '%s': %s; deadwait needs Linux 5.10 or later "
		 "(see -v for the kernel's reason)",
		 refused_program[0] ? refused_program : "?", strerror(-err));
	return -ENOTSUP;
}

/* Leaves out the programs that this run does not need. */
static void choose_programs(struct deadwait_bpf *bpf, const struct tracer_config *config)
{
	struct bpf_program *program;

	if (!config->hooks)
		bpf_object__for_each_program(program, bpf->obj)
			if (bpf_program__type(program) == BPF_PROG_TYPE_TRACING &&
			    bpf_program__expected_attach_type(program) != BPF_TRACE_ITER)
				bpf_program__set_autoload(program, false);
	if (!config->trace)
		bpf_program__set_autoload(bpf->progs.dw_free, false);
	if (!config->family)
		bpf_program__set_autoload(bpf->progs.dw_mark, false);
}

static void set_switches(struct deadwait_bpf *bpf, const struct tracer_config *config)
{
	const struct tracer_filter *filter = config->filter;

	bpf->rodata->dw_orphans = config->orphans;
	bpf->rodata->dw_family = config->family;
	bpf->rodata->dw_trace = config->trace;
	if (!filter)
		return;
	bpf->rodata->dw_by_pid = filter->pids_count != 0;
	bpf->rodata->dw_by_user = filter->by_user;
	bpf->rodata->dw_user = filter->uid;
	bpf->rodata->dw_cgroup = filter->cgroup;
	memcpy((void *)&bpf->rodata->dw_names, &filter->names, sizeof(filter->names));
}

static int size_ring(struct deadwait_bpf *bpf, uint32_t bytes)
{
	if (!bytes)
		bytes = bpf_map__max_entries(bpf->maps.dw_events);
	bpf->rodata->dw_wake_bytes = bytes / 2;
	return bpf_map__set_max_entries(bpf->maps.dw_events, bytes);
}

/* Adds a use to each of the pids. */
static int use_pids(struct tracer *tracer, const pid_t *pids, size_t count, uint32_t use)
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

static int load(struct tracer *tracer, const struct tracer_config *config)
{
	int err;

	tracer->bpf = deadwait_bpf__open();
	if (!tracer->bpf) {
		complain("cannot open the BPF object: %s", strerror(errno));
		return -ENOTSUP;
	}
	choose_programs(tracer->bpf, config);
	set_switches(tracer->bpf, config);
	/* Without hooks the history stays empty. */
	err = size_history(tracer, config->hooks ? config->history : DW_WAYS_MAX);
	if (!err)
		err = size_ring(tracer->bpf, config->ring_bytes);
	if (!err)
		err = deadwait_bpf__load(tracer->bpf);
	if (!err && config->filter)
		err = use_pids(tracer, config->filter->pids, config->filter->pids_count,
			       DW_PID_WANTED);
	return err ? load_refused(err) : 0;
}

static int attach(struct tracer *tracer)
{
	struct bpf_program *program;
	struct bpf_link *link;

	bpf_object__for_each_program(program, tracer->bpf->obj) {
		if (!bpf_program__autoload(program))
			continue;
		link = tracer->links_count < LINKS_MAX ? bpf_program__attach(program) : NULL;
		if (!link) {
			complain("cannot attach BPF program '%s': %s; deadwait needs Linux 5.10 or "
				 "later (see -v)",
				 bpf_program__name(program), strerror(errno));
			return -ENOTSUP;
		}
		tracer->links[tracer->links_count++] = link;
		if (program == tracer->bpf->progs.dw_pass)
			tracer->pass_link = bpf_link__fd(link);
		if (program == tracer->bpf->progs.dw_mark)
			tracer->mark_link = bpf_link__fd(link);
	}
	return 0;
}

static int on_event(void *arg, void *data, size_t len)
{
	struct tracer *tracer = arg;
	const struct dw_event_head *event = data;

	if (len >= sizeof(*event) && event->version == DW_LAYOUT_VERSION && event->bytes <= len)
		return tracer->take(tracer->take_arg, event);
	return 0;
}

static int open_ring(struct tracer *tracer)
{
	int err;

	tracer->ring =
		ring_buffer__new(bpf_map__fd(tracer->bpf->maps.dw_events), on_event, tracer, NULL);
	if (tracer->ring)
		return 0;
	err = -errno;
	complain("cannot open the ring buffer: %s", strerror(-err));
	return err;
}

int tracer_open(const struct tracer_config *config, struct tracer **out)
{
	struct tracer *tracer;
	int err;

	libbpf_verbose = config->verbose;
	silent = config->quiet;
	libbpf_set_print(on_libbpf_words);
	err = privileges_check_bpf(config->quiet);
	if (err)
		return err;
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		complain("cannot read '/sys/kernel/btf/vmlinux': %s; deadwait needs a "
			 "kernel built with CONFIG_DEBUG_INFO_BTF",
			 strerror(errno));
		return -ENOTSUP;
	}
	tracer = calloc(1, sizeof(*tracer));
	if (!tracer)
		return -ENOMEM;
	tracer->buffer = malloc(PASS_BUFFER_BYTES);
	err = tracer->buffer ? load(tracer, config) : -ENOMEM;
	if (!err)
		err = attach(tracer);
	if (!err && config->hooks)
		err = open_ring(tracer);
	if (err) {
		tracer_close(tracer);
		return err;
	}
	*out = tracer;
	return 0;
}

void tracer_close(struct tracer *tracer)
{
	if (!tracer)
		return;
	while (tracer->links_count)
		bpf_link__destroy(tracer->links[--tracer->links_count]);
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
		ssize_t got = read(fd, tracer->buffer + held, PASS_BUFFER_BYTES - held);
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
	int err = use_pids(tracer, roots, count, DW_PID_ROOT);

	for (int i = 0; i < WALKS_MAX && !err; i++) {
		before = found;
		err = walk_tasks(tracer);
		found = __atomic_load_n(&tracer->bpf->bss->dw_family_new, __ATOMIC_SEQ_CST);
		if (found == before)
			break;
	}
	return err;
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
	return __atomic_load_n(&tracer->bpf->bss->dw_died, __ATOMIC_SEQ_CST) != 0;
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
	}
}

/* The latest record of a tgid; with start_ns, of that very process. */
static bool read_record(const struct tracer *tracer, uint32_t tgid, uint64_t start_ns,
			struct dw_record *out)
{
	const struct deadwait_bpf *bpf = tracer->bpf;
	uint32_t ways = bpf->rodata->dw_ways;
	struct dw_record record;
	bool found = false;

	for (uint32_t way = 0; way < ways; way++) {
		uint32_t index = (tgid & bpf->rodata->dw_set_mask) * ways + way;

		if (bpf_map__lookup_elem(bpf->maps.dw_history, &index, sizeof(index), &record,
					 sizeof(record), 0) ||
		    record.life.tgid != tgid || !record.life.start_ns ||
		    (start_ns && record.life.start_ns != start_ns) ||
		    (found && record.life.start_ns < out->life.start_ns))
			continue;
		*out = record;
		found = true;
	}
	return found;
}

bool tracer_life(void *arg, uint32_t tgid, struct dw_life *out)
{
	struct dw_record record;

	if (!read_record(arg, tgid, 0, &record))
		return false;
	*out = record.life;
	return true;
}

bool tracer_waits(void *arg, uint32_t tgid, uint64_t start_ns, uint32_t *waits)
{
	struct dw_record record;

	if (!read_record(arg, tgid, start_ns, &record) ||
	    record.conduct.start_ns != record.life.start_ns)
		return false;
	*waits = record.conduct.now.waits;
	return true;
}

uint32_t tracer_history(const struct tracer *tracer)
{
	return tracer->history;
}
