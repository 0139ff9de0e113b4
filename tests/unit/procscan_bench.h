// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procscan_bench: processes in a /proc that is made up, for the tests of procscan. Included once by
 * each test program, after <cmocka.h>.
 */
#ifndef DEADWAIT_PROCSCAN_BENCH_H
#define DEADWAIT_PROCSCAN_BENCH_H

#include "proc_tree.h"

#define SIGCHLD_MASK 0x10000ULL
#define NS_PER_TICK 10000000ULL

/* What a process's files say; a process of its own beside those of the tests before. */
struct process {
	int pid, tid; /* tid: a thread's files; 0: those of the process */
	char state;
	int ppid;
	int pgrp;
	unsigned long long start_ticks;
	int exit_code;
	int threads;
	int tracer;
	int ns_pid; /* 0: as pid */
	unsigned long long pending, shared, blocked, ignored, caught;
	const char *comm;
};

static int proc;

static void put(const struct process *p, const char *file, const char *text, int len)
{
	char path[64];

	if (p->tid)
		snprintf(path, sizeof(path), "%d/task/%d/%s", p->pid, p->tid, file);
	else
		snprintf(path, sizeof(path), "%d/%s", p->pid, file);
	proc_tree_put(proc, path, text, (size_t)len);
}

static void put_process(const struct process *p)
{
	const char *comm = p->comm ? p->comm : "server";
	int ns_pid = p->ns_pid ? p->ns_pid : p->pid;
	char text[1024];
	int len;

	len = snprintf(
		text, sizeof(text),
		"%d (%s) %c %d %d 78 0 -1 4194560 97 0 0 0 0 1 0 0 20 0 1 0 %llu 2596864 207 "
		"18446744073709551615 94 95 14 0 0 0 0 65536 0 1 0 0 17 1 0 0 0 0 0 96 97 98 "
		"14 15 16 17 %d\n",
		p->tid ? p->tid : p->pid, comm, p->state, p->ppid, p->pgrp, p->start_ticks,
		p->exit_code);
	put(p, "stat", text, len);
	len = snprintf(
		text, sizeof(text),
		"Name:\tserver\nUmask:\t0022\nState:\t%c (what)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\n"
		"PPid:\t%d\nTracerPid:\t%d\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n"
		"FDSize:\t64\nGroups:\t5 \nNStgid:\t%d\t%d\nNSpid:\t%d\t%d\nThreads:\t%d\n"
		"SigQ:\t0/96365\nSigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\n"
		"SigIgn:\t%016llx\nSigCgt:\t%016llx\nSeccomp:\t0\n",
		p->state, p->pid, p->pid, p->ppid, p->tracer, p->pid, ns_pid, p->pid, ns_pid,
		p->threads, p->pending, p->shared, p->blocked, p->ignored, p->caught);
	put(p, "status", text, len);
}

/* A process with one thread. */
static inline void put_parent(struct process p)
{
	p.threads = 1;
	put_process(&p);
	p.tid = p.pid;
	put_process(&p);
}

static inline void put_zombie(int pid, int ppid)
{
	put_process(&(struct process){ .pid = pid,
				       .ppid = ppid,
				       .state = 'Z',
				       .pgrp = 77,
				       .start_ticks = 900,
				       .threads = 1,
				       .comm = "worker" });
}

/* The call that process 100 sleeps in, with its first four arguments. */
static inline void put_call(long nr, long a, long b, long c, long d)
{
	const struct process p = { .pid = 100, .tid = 100 };
	char text[256];
	int len = snprintf(text, sizeof(text),
			   "%ld 0x%lx 0x%lx 0x%lx 0x%lx 0x0 0x0 0x7ffd2000 0x7f123456\n", nr,
			   (unsigned long)a, (unsigned long)b, (unsigned long)c, (unsigned long)d);

	put(&p, "syscall", text, len);
}

#endif
