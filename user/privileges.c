// SPDX-License-Identifier: GPL-2.0-or-later
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <stddef.h>

#include "say.h"

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

int privileges_drop(bool keep_files)
{
	static const unsigned int kept[] = { CAP_BPF, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
					     CAP_DAC_OVERRIDE };
	size_t count = sizeof(kept) / sizeof(kept[0]) - (keep_files ? 0 : 1);
	bool held[sizeof(kept) / sizeof(kept[0])];

	if (capng_get_caps_process())
		return -EPERM;
	for (size_t i = 0; i < count; i++)
		held[i] = capng_have_capability(CAPNG_PERMITTED, kept[i]);
	capng_clear(CAPNG_SELECT_CAPS);
	for (size_t i = 0; i < count; i++)
		if (held[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept[i]);
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}
