// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor: what this kernel and these privileges allow, what is missing and
 * what cannot be told for want of it. Tries what the loader would do, by the
 * loader's own table, and changes nothing.
 */
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "json_parts.h"
#include "kernel.h"
#include "privileges.h"
#include "procfs.h"
#include "tracer.h"

#define MIB (1024.0 * 1024.0)

/* All that was found out. */
struct checkup {
	struct utsname kernel;
	bool btf;
	char lockdown[KERNEL_LOCKDOWN_MAX]; /* as of kernel_lockdown() */
	struct privilege privileges[PRIVILEGES];
	bool privileges_known;
	bool of_host;
	bool proc_shows_all;
	uint32_t pid_max;      /* 0: not known */
	int err;	       /* of tracer_open() */
	struct tracer *tracer; /* NULL: it could not be opened */
	struct tracer_sizes sizes;
};

static void check(struct checkup *checkup, const struct options *options)
{
	/* What watch, run and trace attach between them. */
	const struct tracer_config config = {
		.hooks = true,
		.orphans = true,
		.family = true,
		.trace = true,
		.verbose = options->verbose,
		.quiet = true,
		.history = options->history,
	};
	int proc = procfs_open("/proc");

	uname(&checkup->kernel);
	checkup->btf = kernel_has_btf();
	kernel_lockdown(checkup->lockdown);
	checkup->privileges_known = !privileges_list(checkup->privileges);
	checkup->of_host = privileges_of_host();
	if (proc >= 0) {
		checkup->proc_shows_all = !procfs_check(proc);
		checkup->pid_max = procfs_pid_max(proc);
		close(proc);
	}
	checkup->err = tracer_open(&config, &checkup->tracer);
	if (!checkup->err)
		tracer_sizes(checkup->tracer, &checkup->sizes);
}

/* "attached", or what became of it. */
static const char *state_name(enum hook_state state)
{
	static const char *const names[] = {
		[HOOK_NOT_WANTED] = "not tried",
		[HOOK_ATTACHED] = "attached",
		[HOOK_SWITCHED_OFF] = "switched off",
		[HOOK_REFUSED] = "refused",
	};

	return names[state];
}

static enum hook_state hook_state(const struct checkup *checkup, int row, int *error)
{
	*error = 0;
	return checkup->tracer ? tracer_hook(checkup->tracer, row, error) : HOOK_NOT_WANTED;
}

/* Whether watch, run and trace can do all that they can do on any kernel. */
static bool is_whole(const struct checkup *checkup)
{
	int error;

	if (!checkup->tracer || !checkup->proc_shows_all)
		return false;
	for (int i = 0; hooks[i].program; i++)
		if (hooks[i].tier != HOOK_EXACT && hook_state(checkup, i, &error) != HOOK_ATTACHED)
			return false;
	for (size_t i = 0; i < PRIVILEGES; i++)
		if (!checkup->privileges_known || !checkup->privileges[i].held)
			return false;
	return true;
}

static void print_hooks(const struct checkup *checkup)
{
	printf("\n%-15s %-20s %s\n", "hook", "of", "state");
	for (int i = 0; hooks[i].program; i++) {
		int error;
		enum hook_state state = hook_state(checkup, i, &error);

		printf("%-15s %-20s %s", hooks[i].program, hooks[i].target, state_name(state));
		if (error)
			printf(": %s", strerror(error));
		if (checkup->tracer && state != HOOK_ATTACHED)
			printf("; cannot tell without it: %s", hooks[i].without);
		puts("");
	}
}

static void print_text(const struct checkup *checkup)
{
	const struct tracer_sizes *sizes = &checkup->sizes;

	printf("kernel       %s %s, %s\n", checkup->kernel.release, checkup->kernel.machine,
	       checkup->btf ? "with BTF" : "without BTF");
	printf("lockdown     %s\n", checkup->lockdown[0] ? checkup->lockdown : "not known");
	for (size_t i = 0; i < PRIVILEGES && checkup->privileges_known; i++)
		printf("%-12s %-19s %s (%s)\n", i ? "" : "privileges", checkup->privileges[i].name,
		       checkup->privileges[i].held ? "held" : "MISSING",
		       checkup->privileges[i].use);
	printf("pids         %s namespace, pid_max %" PRIu32 ", /proc %s\n",
	       checkup->of_host ? "the host's" : "NOT the host's", checkup->pid_max,
	       checkup->proc_shows_all ? "shows all processes" : "HIDES PROCESSES (hidepid)");
	print_hooks(checkup);
	puts("");
	if (checkup->tracer) {
		printf("history      %" PRIu32 " records, %.1f MiB, %s\n", sizes->records,
		       (double)sizes->history_bytes / MIB,
		       sizes->ways == 1 ? "one for each pid" : "in sets of four");
		printf("events       room for %" PRIu32 " KiB in watch, %u MiB in run and trace\n",
		       sizes->ring_bytes / 1024, TRACER_RING_BYTES >> 20);
	}
	printf("scan         %s\n", checkup->tracer	    ? "from the kernel's task list" :
				    checkup->proc_shows_all ? "from /proc, with less known" :
							      "from /proc, which hides processes");
	if (!checkup->tracer)
		printf("watch        cannot run: %s\n", tracer_refusal(checkup->err));
	else
		printf("watch        %s\n",
		       is_whole(checkup) ? "can run fully" : "can run, not fully");
}

static json_t *json_of_hook(const struct checkup *checkup, int row)
{
	json_t *hook = json_object();
	int error;
	enum hook_state state = hook_state(checkup, row, &error);

	part_set(hook, "program", json_string(hooks[row].program));
	part_set(hook, "target", json_string(hooks[row].target));
	part_set(hook, "tier", json_string(hooks[row].tier == HOOK_EXACT ? "exact" : "base"));
	part_set(hook, "state", json_string(state_name(state)));
	part_set(hook, "error", error ? json_string(strerror(error)) : json_null());
	part_set(hook, "without", json_string(hooks[row].without));
	return hook;
}

static void print_json(const struct checkup *checkup)
{
	json_t *line = json_object(), *privileges = json_object(), *rows = json_array();
	char *text;

	part_set(line, "v", json_integer(1));
	part_set(line, "type", json_string("doctor"));
	part_set(line, "kernel", json_string(checkup->kernel.release));
	part_set(line, "machine", json_string(checkup->kernel.machine));
	part_set(line, "btf", json_boolean(checkup->btf));
	part_set(line, "lockdown",
		 checkup->lockdown[0] ? json_string(checkup->lockdown) : json_null());
	for (size_t i = 0; i < PRIVILEGES && checkup->privileges_known; i++)
		part_set(privileges, checkup->privileges[i].name,
			 json_boolean(checkup->privileges[i].held));
	part_set(line, "privileges", privileges);
	part_set(line, "host_pids", json_boolean(checkup->of_host));
	part_set(line, "proc_shows_all", json_boolean(checkup->proc_shows_all));
	part_set(line, "pid_max", checkup->pid_max ? json_integer(checkup->pid_max) : json_null());
	for (int i = 0; hooks[i].program; i++)
		json_array_append_new(rows, json_of_hook(checkup, i));
	part_set(line, "hooks", rows);
	part_set(line, "history_records",
		 checkup->tracer ? json_integer(checkup->sizes.records) : json_null());
	part_set(line, "history_bytes",
		 checkup->tracer ? json_integer((json_int_t)checkup->sizes.history_bytes) :
				   json_null());
	part_set(line, "ring_bytes",
		 checkup->tracer ? json_integer(checkup->sizes.ring_bytes) : json_null());
	part_set(line, "scan", json_string(checkup->tracer ? "task list" : "/proc"));
	part_set(line, "watch",
		 json_string(!checkup->tracer  ? "no" :
			     is_whole(checkup) ? "fully" :
						 "partly"));
	part_set(line, "reason",
		 checkup->tracer ? json_null() : json_string(tracer_refusal(checkup->err)));
	text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(line);
	puts(text ? text : "");
	free(text);
}

int command_doctor(const struct options *options)
{
	struct checkup checkup = {};
	int status;

	check(&checkup, options);
	if (options->output == OUTPUT_JSON)
		print_json(&checkup);
	else
		print_text(&checkup);
	status = is_whole(&checkup) ? EXIT_OK : EXIT_UNSUPPORTED;
	tracer_close(checkup.tracer);
	if (fflush(stdout) && errno != EPIPE)
		return command_output_status(-errno);
	return status;
}
