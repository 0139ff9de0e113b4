// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_boots: until when the logs tell of each boot of each host: what was open then is still
 * there, unless the host was booted since. Bounded: of boots beyond the limit nothing is known.
 */
#ifndef DEADWAIT_REPORT_BOOTS_H
#define DEADWAIT_REPORT_BOOTS_H

#include <stdbool.h>
#include <stdint.h>

#include <uthash.h>

#define REPORT_BOOTS_MAX 65536

struct report_boot {
	UT_hash_handle hh;
	uint64_t id;
	uint64_t last_ns;
	struct report_boot *host; /* what stands for all boots of this host; itself, if it does */
	uint64_t newest_ns;	  /* of the host; in that one only */
};

struct report_boots {
	struct report_boot *boots, *hosts;
};

/* A number for a boot of a host: the same for the same names, and in effect for no others. */
uint64_t report_boot_id(const char *host, const char *boot_id);

/* Notes that there is a line of that time. */
void report_boots_note(struct report_boots *boots, const char *host, uint64_t boot,
		       uint64_t time_ns);

/* The last time that is known of a boot, 0: none; *ended: the host was booted since. */
uint64_t report_boots_last(const struct report_boots *boots, uint64_t boot, bool *ended);

void report_boots_free(struct report_boots *boots);

#endif
