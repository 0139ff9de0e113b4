// SPDX-License-Identifier: GPL-2.0-or-later
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

/* Inode of the initial pid namespace: PROC_PID_INIT_INO, include/linux/proc_ns.h. */
#define INITIAL_PID_NS "pid:[4026531836]"

bool privileges_of_host(void)
{
	char link[64];
	ssize_t len = readlink("/proc/self/ns/pid", link, sizeof(link) - 1);

	if (len < 0)
		return true; /* not known: not a reason to stop */
	link[len] = '\0';
	return !strcmp(link, INITIAL_PID_NS);
}

/* Capabilities of another user namespace do not count for BPF. */
static bool in_initial_user_ns(void)
{
	unsigned int inside, outside, count;
	FILE *file = fopen("/proc/self/uid_map", "re");
	bool initial = true;

	if (!file)
		return true;
	if (fscanf(file, "%u %u %u", &inside, &outside, &count) == 3)
		initial = !inside && !outside && count == UINT32_MAX;
	fclose(file);
	return initial;
}

int privileges_check_bpf(bool quiet)
{
	static const struct {
		unsigned int capability;
		const char *name;
	} needed[] = { { CAP_BPF, "CAP_BPF" }, { CAP_PERFMON, "CAP_PERFMON" } };

	if (capng_get_caps_process()) {
		if (!quiet)
			say_error("cannot read this process's capabilities");
		return -EPERM;
	}
	if (!in_initial_user_ns()) {
		if (!quiet)
			say_error("cannot load BPF programs: root of a user namespace does not "
				  "suffice; run it as root of the host");
		return -EPERM;
	}
	if (!privileges_of_host()) {
		if (!quiet)
			say_error(
				"cannot tell pids apart: this is not the host's pid namespace; run "
				"it on the host, or with --pid=host");
		return -EREMOTE;
	}
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN))
		return 0;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (capng_have_capability(CAPNG_EFFECTIVE, needed[i].capability))
			continue;
		if (!quiet)
			say_error("cannot load BPF programs: %s is missing; run it as root or with "
				  "CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
				  needed[i].name);
		return -EPERM;
	}
	return 0;
}

int privileges_list(struct privilege out[PRIVILEGES])
{
	static const struct {
		unsigned int capability;
		const char *name;
		const char *use;
	} rows[PRIVILEGES] = {
		{ CAP_BPF, "CAP_BPF", "to load BPF programs" },
		{ CAP_PERFMON, "CAP_PERFMON", "to trace with them" },
		{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "/proc of other users: what they sleep in" },
		{ CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", "/proc of other users: their files" },
	};
	bool admin;

	if (capng_get_caps_process())
		return -EPERM;
	/* Which stands for the first two as well. */
	admin = capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN);
	for (size_t i = 0; i < PRIVILEGES; i++)
		out[i] = (struct privilege){
			.name = rows[i].name,
			.use = rows[i].use,
			.held = capng_have_capability(CAPNG_EFFECTIVE, rows[i].capability) ||
				(admin && i < 2),
		};
	return 0;
}

void privileges_warn_proc(void)
{
	static const struct {
		unsigned int capability;
		const char *name;
	} wanted[] = { { CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
		       { CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH" } };

	if (capng_get_caps_process())
		return;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (capng_have_capability(CAPNG_EFFECTIVE, wanted[i].capability))
			continue;
		say_error("%s is missing: of other users' processes it cannot be known what they "
			  "sleep in, so no handler-stuck, waits-for-pipe or parent-stuck",
			  wanted[i].name);
		return;
	}
}

int privileges_drop(unsigned int uses)
{
	static const struct {
		unsigned int capability;
		unsigned int use; /* 0: always kept */
	} kept[] = { { CAP_BPF, 0 },
		     { CAP_SYS_PTRACE, 0 },
		     { CAP_DAC_READ_SEARCH, 0 },
		     { CAP_DAC_OVERRIDE, PRIVILEGES_FILES },
		     { CAP_KILL, PRIVILEGES_SIGNAL } };
	const size_t count = sizeof(kept) / sizeof(kept[0]);
	bool held[sizeof(kept) / sizeof(kept[0])];

	if (capng_get_caps_process())
		return -EPERM;
	for (size_t i = 0; i < count; i++)
		held[i] = (kept[i].use & uses) == kept[i].use &&
			  capng_have_capability(CAPNG_PERMITTED, kept[i].capability);
	capng_clear(CAPNG_SELECT_CAPS);
	for (size_t i = 0; i < count; i++)
		if (held[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
				     kept[i].capability);
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}
