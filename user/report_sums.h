// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_sums: all that a report adds up, in tables of bounded size. Is told what happened, in any
 * order; knows neither lines of a log nor how it will be shown.
 */
#ifndef DEADWAIT_REPORT_SUMS_H
#define DEADWAIT_REPORT_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "log_record.h"
#include "options.h"
#include "origins.h"
#include "tally.h"

/* Causes that are told apart: those of causes.h, others as they come; the last is for the rest. */
#define REPORT_CAUSES 48
#define REPORT_CAUSE_MAX 40 /* bytes of a name, with the NUL */

/* Least number of keys that each table holds; it may hold twice as many. */
#define REPORT_GROUPS_MAX 4096
#define REPORT_HOURS_MAX 16384	 /* nearly two years */
#define REPORT_MINUTES_MAX 65536 /* those with zombies */

#define REPORT_LONGEST 10

/* Zombies and losses of one group, host or cause. All ns are sums but first, last and longest. */
struct report_sum {
	uint64_t zombies; /* each once; it is one of the following */
	uint64_t reaped;
	uint64_t left;	   /* still there at the end */
	uint64_t ended;	   /* by a reboot, or it was no zombie after all */
	uint64_t unknown;  /* there were too many others to follow it */
	uint64_t lived_ns; /* how long they lay there, together */
	uint64_t longest_ns;
	uint64_t first_ns, last_ns;	  /* when the first and the last was seen; 0: none */
	uint64_t sent, lost;		  /* SIGCHLDs raised for parents that lost some, and lost */
	uint64_t statuses;		  /* lost ones */
	uint64_t by_cause[REPORT_CAUSES]; /* zombies */
	uint64_t parent_start_ns;	  /* of its one parent; 0: none yet */
	uint32_t parent_tgid;
	bool many_parents;
};

struct report_father {
	uint64_t kinds[LOG_ORPHAN_KINDS]; /* its orphans */
	uint64_t killed;		  /* of them by a father that was killed */
	uint64_t first_ns, last_ns;
};

struct report_lost {
	uint64_t count;
	uint64_t records;
	uint64_t first_ns, last_ns;
	char remedy[128]; /* of the first record */
};

enum report_end { REPORT_REAPED, REPORT_LEFT, REPORT_ENDED, REPORT_UNKNOWN };

/* A zombie, with all that became of it. */
struct report_zombie {
	const struct origin *origin;
	const char *comm; /* its own name */
	uint32_t tgid, parent_tgid;
	uint64_t parent_start_ns;
	uint64_t found_ns; /* when it was first seen */
	uint64_t last_ns;  /* and last */
	uint64_t age_ns;
	unsigned int cause; /* of report_cause() */
	enum report_end end;
};

struct report_long {
	char host[ORIGIN_TEXT_MAX], unit[ORIGIN_TEXT_MAX], container[ORIGIN_TEXT_MAX];
	char parent[ORIGIN_TEXT_MAX], comm[ORIGIN_TEXT_MAX];
	uint32_t tgid, parent_tgid;
	uint64_t found_ns, age_ns;
	unsigned int cause;
	enum report_end end;
};

struct report_sums {
	enum report_by by;
	struct tally groups, hosts, causes; /* of struct report_sum; see report_sums_key() */
	struct tally fathers; /* of struct report_father; the host, NUL, its comm, NUL */
	struct tally losses;  /* of struct report_lost; the reason, NUL */
	struct tally hours,
		minutes; /* of uint64_t, zombies found; by uint64_t since 1970, big-endian */
	struct report_sum all;
	struct report_father orphans;
	struct report_long longest[REPORT_LONGEST]; /* the longest first */
	unsigned int longest_count;
	unsigned int cause_count;
	char cause_names[REPORT_CAUSES][REPORT_CAUSE_MAX];
};

/* Begins with nothing. Returns 0, or -ENOMEM; report_sums_free() is right after both. */
int report_sums_init(struct report_sums *sums, enum report_by by);
void report_sums_free(struct report_sums *sums);

/* The number of a cause, below REPORT_CAUSES; and its name. */
unsigned int report_cause(struct report_sums *sums, const char *name);
const char *report_cause_name(const struct report_sums *sums, unsigned int cause);

void report_add_zombie(struct report_sums *sums, const struct report_zombie *zombie);
void report_add_losses(struct report_sums *sums, const struct origin *origin, unsigned int cause,
		       uint64_t sent, uint64_t lost, uint64_t statuses);
void report_add_orphan(struct report_sums *sums, const struct log_record *record);
void report_add_own_loss(struct report_sums *sums, const char *reason, const char *remedy,
			 uint64_t count, uint64_t time_ns);

/* Puts every table in the order in which it is shown. */
void report_sums_sort(struct report_sums *sums);

/* A key of groups: "" where the groups are not made by it, or it is not known. */
struct report_key {
	const char *host, *unit, *container, *parent, *cause;
};

struct report_key report_sums_key(const struct report_sums *sums, const struct tally_row *row);

/* A key of hours and minutes. */
uint64_t report_sums_time(const struct report_sums *sums, const struct tally_row *row);

#endif
