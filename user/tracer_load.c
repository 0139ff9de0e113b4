// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tracer_load: chooses the hooks, loads them, and does without those that the
 * kernel refuses. Says what cannot be told then.
 */
#include "tracer_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fentry.h"
#include "kernel.h"
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

/*
 * How many bytes wait is asked with one event in so many, one more for each
 * 16 KiB of room: what comes in unasked is a small part of it.
 */
#define WAKE_SHARE (16U << 10)
#define WAKE_EVENTS_MAX 64U

static bool libbpf_verbose;
static bool silent;
static char refused_program[32];

/* Keeps from libbpf's many words only which program the kernel refused. */
static int on_libbpf_words(enum libbpf_print_level level, const char *format, va_list args)
{
	static const char *const marks[] = { "BPF program load failed",
					     "failed to find kernel BTF type ID" };
	char line[512];
	va_list copy;

	/* Thousands of lines, one for each relocation. */
	if (level == LIBBPF_DEBUG)
		return 0;
	va_copy(copy, args);
	vsnprintf(line, sizeof(line), format, copy);
	va_end(copy);
	if (strstr(line, marks[0]) || strstr(line, marks[1]))
		sscanf(line, "libbpf: prog '%31[^']'", refused_program);
	if (libbpf_verbose)
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
	if (tracer->bpf->rodata->dw_exact_on &&
	    bpf_map__set_max_entries(tracer->bpf->maps.dw_exact, records))
		return -EINVAL;
	return bpf_map__set_max_entries(tracer->bpf->maps.dw_history, records);
}

/* Says why the object could not be loaded, and returns what the caller is to return. */
static int load_refused(int err)
{
	if (err != -ENOMEM && kernel_is_confidential()) {
		complain("cannot load BPF program%s%s: %s; the kernel is locked down for "
			 "confidentiality ('/sys/kernel/security/lockdown'), and lets nothing read "
			 "its memory",
			 refused_program[0] ? " " : "s", refused_program, strerror(-err));
		return -ENOTSUP;
	}
	if (err == -EPERM) {
		complain("cannot load BPF program%s%s: %s; the kernel is locked down or a security "
			 "module forbids it (see -v)",
			 refused_program[0] ? " " : "s", refused_program, strerror(-err));
		return -EPERM;
	}
	if (err == -EACCES) {
		complain("cannot load BPF program%s%s: %s; this kernel's verifier refuses it, or a "
			 "security module (see -v)",
			 refused_program[0] ? " " : "s", refused_program, strerror(-err));
		return -ENOTSUP;
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
	uint32_t ask_each = 1;

	if (!bytes)
		bytes = bpf_map__max_entries(bpf->maps.dw_events);
	bpf->rodata->dw_wake_bytes = bytes / 2;
	/* CPUs ask at different moments: in all, one event in so many asks. */
	while (ask_each < WAKE_EVENTS_MAX && ask_each * WAKE_SHARE < bytes)
		ask_each *= 2;
	bpf->rodata->dw_wake_mask = ask_each - 1;
	return bpf_map__set_max_entries(bpf->maps.dw_events, bytes);
}

/* Which hooks this run wants, in the states in which it would be content. */
static void choose_hooks(struct tracer *tracer, const struct tracer_config *config)
{
	unsigned int runs = HOOK_PASS | (config->hooks ? HOOK_HISTORY : 0) |
			    (config->family ? HOOK_FAMILY : 0) | (config->trace ? HOOK_TRACE : 0);

	for (int i = 0; hooks[i].program; i++)
		tracer->states[i] = !(hooks[i].runs & runs)		 ? HOOK_NOT_WANTED :
				    hooks_switched_off(hooks[i].program) ? HOOK_SWITCHED_OFF :
									   HOOK_ATTACHED;
}

/* Whether a hook of the exact tier is wanted, or attached, and not refused. */
static bool has_exact(const struct tracer *tracer)
{
	for (int i = 0; hooks[i].program; i++)
		if (hooks[i].tier == HOOK_EXACT && tracer->states[i] == HOOK_ATTACHED)
			return true;
	return false;
}

/* The exact tier is not to be had: error is why, 0 if it is switched off. */
static void give_up_exact(struct tracer *tracer, int error)
{
	for (int i = 0; hooks[i].program; i++) {
		if (hooks[i].tier != HOOK_EXACT || tracer->states[i] != HOOK_ATTACHED)
			continue;
		tracer->states[i] = error ? HOOK_REFUSED : HOOK_SWITCHED_OFF;
		tracer->errors[i] = error;
	}
}

/* Finds out whether the kernel allows the exact tier. DEADWAIT_TIER=base does without it. */
static void choose_tier(struct tracer *tracer)
{
	const char *tier = getenv("DEADWAIT_TIER");
	int err;

	if (!has_exact(tracer))
		return;
	if (tier && !strcmp(tier, "base")) {
		give_up_exact(tracer, 0);
		return;
	}
	err = fentry_probe("release_task");
	if (err)
		give_up_exact(tracer, -err);
}

/* Whether one is switched off without which nothing can be done. */
static bool lacks_needed(const struct tracer *tracer)
{
	for (int i = 0; hooks[i].program; i++)
		if (hooks[i].tier == HOOK_NEEDED && tracer->states[i] == HOOK_SWITCHED_OFF) {
			complain("cannot do without hook '%s', which DEADWAIT_OFF switches off",
				 hooks[i].program);
			return true;
		}
	return false;
}

/* Tries to load all hooks that are wanted and were not refused before. */
static int try_load(struct tracer *tracer, const struct tracer_config *config)
{
	struct bpf_program *program;
	int err;

	refused_program[0] = '\0';
	deadwait_bpf__destroy(tracer->bpf);
	tracer->bpf = deadwait_bpf__open();
	if (!tracer->bpf)
		return -errno;
	for (int i = 0; hooks[i].program; i++) {
		program = bpf_object__find_program_by_name(tracer->bpf->obj, hooks[i].program);
		bpf_program__set_autoload(program, tracer->states[i] == HOOK_ATTACHED);
	}
	set_switches(tracer->bpf, config);
	tracer->bpf->rodata->dw_exact_on = has_exact(tracer);
	/* Without hooks the history stays empty. */
	err = size_history(tracer, config->hooks ? config->history : DW_WAYS_MAX);
	if (!err)
		err = size_ring(tracer->bpf, config->ring_bytes);
	return err ? err : deadwait_bpf__load(tracer->bpf);
}

/* The kernel refuses a hook: false if nothing can be done without it. */
static bool do_without(struct tracer *tracer, int row, int err)
{
	if (row < 0 || hooks[row].tier == HOOK_NEEDED || tracer->states[row] != HOOK_ATTACHED)
		return false;
	if (hooks[row].tier == HOOK_EXACT)
		give_up_exact(tracer, -err);
	tracer->states[row] = HOOK_REFUSED;
	tracer->errors[row] = -err;
	return true;
}

static int load(struct tracer *tracer, const struct tracer_config *config)
{
	int err;

	do {
		err = try_load(tracer, config);
	} while (err && do_without(tracer, hooks_find(refused_program), err));
	if (!err && config->filter)
		err = tracer_use_pids(tracer, config->filter->pids, config->filter->pids_count,
				      DW_PID_WANTED);
	return err ? load_refused(err) : 0;
}

static void detach(struct tracer *tracer)
{
	for (int i = 0; i < HOOKS_MAX; i++) {
		bpf_link__destroy(tracer->links[i]);
		tracer->links[i] = NULL;
	}
}

/* Returns -EAGAIN if the exact tier was refused only now: what is loaded counts on it. */
static int attach(struct tracer *tracer)
{
	struct bpf_program *program;
	int err;

	for (int i = 0; hooks[i].program; i++) {
		if (tracer->states[i] != HOOK_ATTACHED)
			continue;
		program = bpf_object__find_program_by_name(tracer->bpf->obj, hooks[i].program);
		tracer->links[i] = bpf_program__attach(program);
		err = tracer->links[i] ? 0 : -errno;
		if (err && !do_without(tracer, i, err)) {
			complain("cannot attach BPF program '%s': %s; deadwait needs Linux 5.10 or "
				 "later (see -v)",
				 hooks[i].program, strerror(-err));
			return -ENOTSUP;
		}
		if (err && hooks[i].tier == HOOK_EXACT)
			return -EAGAIN;
		if (!err && program == tracer->bpf->progs.dw_pass)
			tracer->pass_link = bpf_link__fd(tracer->links[i]);
		if (!err && program == tracer->bpf->progs.dw_mark)
			tracer->mark_link = bpf_link__fd(tracer->links[i]);
	}
	return 0;
}

static int load_and_attach(struct tracer *tracer, const struct tracer_config *config)
{
	int err;

	do {
		detach(tracer);
		err = load(tracer, config);
		if (!err)
			err = attach(tracer);
	} while (err == -EAGAIN);
	return err;
}

/* What cannot be told for want of a hook that this run would have. */
static void say_missing(const struct tracer *tracer)
{
	for (int i = 0; hooks[i].program; i++) {
		bool off = tracer->states[i] == HOOK_SWITCHED_OFF;

		if (hooks[i].tier == HOOK_BASE && (off || tracer->states[i] == HOOK_REFUSED))
			complain("hook '%s' (%s) is not attached: %s; cannot tell: %s",
				 hooks[i].program, hooks[i].target,
				 off ? "switched off by DEADWAIT_OFF" : strerror(tracer->errors[i]),
				 hooks[i].without);
	}
}

static int open_ring(struct tracer *tracer)
{
	int err;

	tracer->ring = ring_buffer__new(bpf_map__fd(tracer->bpf->maps.dw_events), tracer_on_event,
					tracer, NULL);
	if (tracer->ring)
		return 0;
	err = -errno;
	complain("cannot open the ring buffer: %s", strerror(-err));
	return err;
}

const char *tracer_refusal(int err)
{
	switch (err) {
	case -EPERM:
		return "no right to use BPF (CAP_BPF, CAP_PERFMON), or a security module forbids "
		       "it";
	case -EREMOTE:
		return "this is not the host's pid namespace (use --pid=host)";
	case -ENOMEM:
		return "there is not enough memory for the BPF maps";
	default:
		return !kernel_has_btf()	? "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF)" :
		       kernel_is_confidential() ? "the kernel is locked down for confidentiality" :
						  "the kernel refuses a BPF program that nothing "
						  "works without";
	}
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
	if (!kernel_has_btf()) {
		complain("cannot read '" KERNEL_BTF "': %s; deadwait needs a kernel built with "
			 "CONFIG_DEBUG_INFO_BTF",
			 strerror(errno));
		return -ENOTSUP;
	}
	tracer = calloc(1, sizeof(*tracer));
	if (!tracer)
		return -ENOMEM;
	tracer->buffer = malloc(TRACER_BUFFER_BYTES);
	choose_hooks(tracer, config);
	choose_tier(tracer);
	err = !tracer->buffer	   ? -ENOMEM :
	      lacks_needed(tracer) ? -ENOTSUP :
				     load_and_attach(tracer, config);
	if (!err && config->hooks)
		err = open_ring(tracer);
	if (err) {
		tracer_close(tracer);
		return err;
	}
	say_missing(tracer);
	*out = tracer;
	return 0;
}
