// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that hangs in its own exit: the last file it closes is on a FUSE file system whose
 * server does not answer the flush. Its parent waits, properly. All mounts are in a mount namespace
 * of the actor.
 */
#include "scenario.h"

#include <linux/fuse.h>
#include <sys/mount.h>

#define WHERE "/mnt"
#define FILE_NODE 2

static long flush_delay_ms; /* -1: the answer never comes */

static void answer(int fd, const struct fuse_in_header *in, int error, const void *body,
		   size_t size)
{
	struct fuse_out_header out = { .len = (uint32_t)(sizeof(out) + size),
				       .error = error,
				       .unique = in->unique };
	char buf[1024];

	memcpy(buf, &out, sizeof(out));
	if (size)
		memcpy(buf + sizeof(out), body, size);
	if (write(fd, buf, out.len) < 0 && errno != ENOENT)
		sc_die("answer a FUSE request");
}

static struct fuse_attr attr_of(uint64_t node)
{
	struct fuse_attr a = { .ino = node,
			       .nlink = 1,
			       .mode = node == FILE_NODE ? 0100644 : 0040755 };

	return a;
}

static void serve_one(int fd, const struct fuse_in_header *in)
{
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = FUSE_KERNEL_MINOR_VERSION,
				      .max_write = 4096 };
	struct fuse_entry_out entry = { .nodeid = FILE_NODE, .attr = attr_of(FILE_NODE) };
	struct fuse_attr_out attr = { .attr = attr_of(in->nodeid) };
	struct fuse_open_out open_out = { .fh = 1 };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(fd, in, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		answer(fd, in, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		answer(fd, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(fd, in, 0, &open_out, sizeof(open_out));
		break;
	case FUSE_FLUSH:
		sc->step++;
		if (flush_delay_ms < 0)
			break;
		sc_nap(flush_delay_ms);
		answer(fd, in, 0, NULL, 0);
		break;
	case FUSE_RELEASE:
		answer(fd, in, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		answer(fd, in, -ENOSYS, NULL, 0);
	}
}

static void serve(void)
{
	static char buf[FUSE_MIN_READ_BUFFER + 4096];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char opts[64];

	snprintf(opts, sizeof(opts), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (fd < 0 || mount("scenario", WHERE, "fuse", MS_NOSUID | MS_NODEV, opts)) {
		snprintf(sc->skip, sizeof(sc->skip),
			 fd < 0 ? "no /dev/fuse: %s" : "cannot mount FUSE: %s", strerror(errno));
		sc_sleep_forever();
	}
	sc->go = 1;
	for (;;)
		if (read(fd, buf, sizeof(buf)) > 0)
			serve_one(fd, (const struct fuse_in_header *)buf);
		else if (errno != EINTR && errno != ENOENT)
			_exit(1);
}

static void start_server(long delay_ms)
{
	pid_t pid;

	flush_delay_ms = delay_ms;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		sc_die("make a mount namespace");
	pid = sc_fork();
	if (pid == 0)
		serve();
	sc_healthy(pid);
	sc_await(&sc->go, 1);
}

/* Opens the file and ends; the flush is part of its exit. */
static pid_t closes_at_exit(bool by_sigkill)
{
	pid_t pid = sc_fork();

	if (pid == 0) {
		if (open(WHERE "/file", O_RDONLY) < 0)
			sc_die("open");
		if (by_sigkill)
			kill(getpid(), SIGKILL);
		_exit(0);
	}
	return pid;
}

static void sick_by(bool by_sigkill)
{
	pid_t pid;

	start_server(-1);
	pid = closes_at_exit(by_sigkill);
	sc_expect(pid);
	sc_ready();
	waitpid(pid, NULL, 0);
}

static void sick(void)
{
	sick_by(false);
}

/* Killed: it sleeps uninterruptibly. */
static void sick_killed(void)
{
	sick_by(true);
}

static bool hangs_in_exit(void)
{
	return sc->ready && sc->step && sc_exiting(sc->dead[0]) && sc_state(sc->dead[0]) != 'Z';
}

/* A server that answers, a little late. */
static void twin(void)
{
	start_server(200);
	for (;;) {
		waitpid(closes_at_exit(sc->rounds % 2), NULL, 0);
		sc_round(100);
	}
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = sick, .established = hangs_in_exit },
	{ .name = "sick-killed", .actor = sick_killed, .established = hangs_in_exit },
	{ .name = "twin", .actor = twin },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "exit-stuck", variants);
}
