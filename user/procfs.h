// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs: reads and parses what the kernel tells in /proc of processes that will be reported.
 *
 * All names, arguments and cgroup paths are chosen by other processes: they are handed on raw (use
 * text_escape or text_utf8) and can fake no field. Every read is bounded. Nothing is judged here.
 *
 * proc is the descriptor of procfs_open(). A tid of 0 means the files of the process itself.
 * Functions return 0 or a negative errno and leave their outputs untouched on failure:
 *   -ESRCH   the process (or thread) is gone
 *   -ENOENT  it is there, but this kernel has no such file
 *   -EPROTO  the file is cut short or not what the kernel writes
 *   -EPERM, -EACCES  not allowed
 */
#ifndef DEADWAIT_PROCFS_H
#define DEADWAIT_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCFS_COMM_MAX 64	/* room for a comm, NUL included; kernel workers have long ones */
#define PROCFS_CMDLINE_MAX 4096 /* bytes of a command line that are kept */
#define PROCFS_CGROUP_MAX 4097	/* room for a cgroup path, NUL included */
#define PROCFS_UNIT_MAX 256	/* room for a unit name, NUL included */
#define PROCFS_CONTAINER_MAX 65 /* room for a container id, NUL included */
#define PROCFS_WCHAN_MAX 64	/* room for a kernel function's name, NUL included */
#define PROCFS_FDS_MAX 16384	/* descriptors of one process that are looked at */

struct proc_stat {
	pid_t pid;
	char comm[PROCFS_COMM_MAX]; /* raw bytes */
	char state;		    /* R S D Z T t X I … */
	pid_t ppid;
	pid_t pgrp;
	pid_t session;
	uint32_t flags;	      /* PF_* */
	uint64_t start_ticks; /* since boot, in clock ticks: see procfs_ticks_to_ns() */
	int exit_signal;
	int exit_code; /* wait status; the kernel shows 0 to those who may not know */
};

struct proc_status {
	pid_t tgid;
	pid_t ppid;
	pid_t tracer; /* 0: none */
	uid_t uid;    /* real */
	uint32_t threads;
	pid_t ns_pid;	   /* pid in the innermost pid namespace */
	uint32_t ns_level; /* namespaces between that one and this /proc's; 0: the same */
	/* signal sets: bit n-1 stands for signal n */
	uint64_t pending; /* of this thread */
	uint64_t shared_pending;
	uint64_t blocked;
	uint64_t ignored;
	uint64_t caught;
};

struct proc_cmdline {
	size_t len;
	bool truncated;			   /* there was more */
	char text[PROCFS_CMDLINE_MAX + 1]; /* raw bytes, arguments joined by blanks, NUL at len */
};

struct proc_syscall {
	bool running;	  /* on a CPU or about to be: nothing else is known */
	int64_t nr;	  /* -1: asleep, but not in a system call */
	uint64_t args[6]; /* zero if nr is -1 */
	uint64_t sp;
	uint64_t pc;
};

/* Opens a proc filesystem ("/proc"). Returns a descriptor for the caller to close, or -errno. */
int procfs_open(const char *root);

int procfs_stat(int proc, pid_t tgid, pid_t tid, struct proc_stat *out);
int procfs_status(int proc, pid_t tgid, pid_t tid, struct proc_status *out);

/* Whether the process with that pid lives: with its main thread dead, while another one does. */
bool procfs_lives(int proc, pid_t tgid);

/* Raw bytes, cut to size, NUL-terminated. */
int procfs_comm(int proc, pid_t tgid, pid_t tid, char *out, size_t size);

/* Zombies and kernel threads have an empty one (len 0). */
int procfs_cmdline(int proc, pid_t tgid, struct proc_cmdline *out);

/*
 * The process's cgroup path: that of v2 unless it is just "/", else v1's name=systemd, else its
 * pids controller, else the first line. The mark " (deleted)" is taken off. -ENAMETOOLONG if size
 * (PROCFS_CGROUP_MAX suffices) is too small: a cut path would be another cgroup.
 */
int procfs_cgroup(int proc, pid_t tgid, char *out, size_t size);

/* Likewise in one hierarchy: that of v2, or that of v1 with the pids controller. -EPROTO: none. */
int procfs_cgroup_pids(int proc, pid_t tgid, bool v2, char *out, size_t size);

/* The tightest pids limit of a process's cgroup and those above it. */
struct proc_limits {
	uint64_t pids_current; /* tasks in that cgroup */
	uint64_t pids_max;     /* UINT64_MAX: no limit anywhere */
};

/* -ENOENT: no pids controller here. */
int procfs_limits(int proc, pid_t tgid, struct proc_limits *out);

/* The kernel function it sleeps in, cut to size; empty if it runs or the kernel does not tell. */
int procfs_wchan(int proc, pid_t tgid, pid_t tid, char *out, size_t size);

int procfs_syscall(int proc, pid_t tgid, pid_t tid, struct proc_syscall *out);

/*
 * Thread ids, or pids of live and dead children over all threads. Stores at most max and sets
 * *count to how many there are, which may be more. procfs_children: -ENOENT where the kernel was
 * built without those files. On failure the array may have been written to, *count has not.
 */
int procfs_threads(int proc, pid_t tgid, pid_t *out, size_t max, size_t *count);
int procfs_children(int proc, pid_t tgid, pid_t *out, size_t max, size_t *count);

/*
 * Signals that the process can fetch by its signalfds, all of them together (bit n-1: signal n);
 * 0 if it has none. -E2BIG with more than PROCFS_FDS_MAX descriptors: not known.
 */
int procfs_signalfd_mask(int proc, pid_t tgid, uint64_t *mask);

/* A descriptor that is a pipe or FIFO. */
struct proc_pipe {
	uint64_t inode; /* of the pipe: the same for both ends */
	bool reads;
	bool writes;
};

/* Whether descriptor fd of a process is a pipe: -ENOENT if it is not, or not open. */
int procfs_pipe(int proc, pid_t tgid, int fd, struct proc_pipe *out);

/*
 * All pipes among the first PROCFS_FDS_MAX descriptors of a process, one entry a descriptor.
 * Stores at most max and sets *count to how many there are, which may be more.
 */
int procfs_pipes(int proc, pid_t tgid, struct proc_pipe *out, size_t max, size_t *count);

/*
 * Reads memory of a process. Sets *got to the bytes read: fewer than len where the mapping ends.
 * -EIO: nothing is mapped at the address.
 */
int procfs_memory(int proc, pid_t tgid, uint64_t address, void *buf, size_t len, size_t *got);

/* Whether a process has mapped a file whose path ends like this. */
bool procfs_maps(int proc, pid_t tgid, const char *end);

/*
 * The inode of the pid namespace that a process belongs to: the same number, the same namespace.
 */
int procfs_pid_namespace(int proc, pid_t tgid, uint64_t *inode);

/*
 * Whether proc shows all processes: 0; -ENOENT: pid 1 is not there, it is
 * mounted with hidepid, or is no proc at all.
 */
int procfs_check(int proc);

/*
 * Whether the kernel tells this reader what is kept from others of a process
 * (ptrace access): its exit code, its system calls.
 */
bool procfs_may_inspect(int proc, pid_t tgid);

/* The kernel's pid_max; 0: not known. */
uint32_t procfs_pid_max(int proc);

/* Tasks (threads) on the host, zombies included. */
int procfs_tasks(int proc, uint64_t *tasks);

/* Whether the kernel accounts the time of BPF programs (kernel.bpf_stats_enabled). */
bool procfs_bpf_stats(int proc);

/*
 * Calls visit for each process in /proc, in no order that counts. A result other than 0 ends the
 * walk and is returned. Processes that start or end meanwhile may or may not be seen.
 */
int procfs_walk(int proc, int (*visit)(pid_t tgid, void *arg), void *arg);

/* Clock ticks since boot and nanoseconds since boot. To ns saturates; to ticks cuts off, as /proc. */
uint64_t procfs_ticks_to_ns(uint64_t ticks);
uint64_t procfs_ns_to_ticks(uint64_t ns);

/*
 * The kernel's id of a cgroup of version 2, given its path as in /proc/PID/cgroup. -ENOTSUP: no
 * file system of version 2 is mounted; -ENOENT: it has no such cgroup.
 */
int procfs_cgroup_id(const char *cgroup, uint64_t *id);

/* --- what a cgroup path tells; pure text, no file is read --- */

/*
 * The system's unit: the first part of the path that is not a slice, if it is a service, scope,
 * socket, mount or swap. Parts further in are under the control of the unit and prove nothing.
 * Returns out, or NULL if there is none or it does not fit (PROCFS_UNIT_MAX suffices).
 */
const char *procfs_unit_of(const char *cgroup, char *out, size_t size);

/*
 * The container id in the paths that docker, containerd, cri-o, podman and kubernetes make: 64 hex
 * digits, or 12 to 63 right after a runtime's name. The outermost, which the host's runtime knows.
 * Returns out, or NULL if there is none or it does not fit (PROCFS_CONTAINER_MAX suffices).
 */
const char *procfs_container_of(const char *cgroup, char *out, size_t size);

/* Whether cgroup is ancestor or below it; slashes at the end of ancestor do not count. */
bool procfs_cgroup_within(const char *cgroup, const char *ancestor);

#endif
