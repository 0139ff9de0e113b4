// SPDX-License-Identifier: GPL-2.0-or-later
/* The parent would collect, and is stopped or frozen. */
#include "scenario.h"

#include <sys/random.h>
#include <sys/stat.h>

static char cgroup[256]; /* made for this run, "" if none */
static pid_t tracer;

/* A blocking wait loop: nothing is wrong with it. */
static void waits_for_all(void)
{
	sc_expect(sc_exits_after(&sc->go, 0));
	sc_ready();
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static bool in_wait(void)
{
	return sc->ready && sc_syscall(sc->parent, sc->parent) == SYS_wait4;
}

static bool stop_then_die(void)
{
	if (!sc->step && in_wait()) {
		kill(sc->parent, SIGSTOP);
		sc->step = 1;
	}
	if (sc->step && sc_state(sc->parent) == 'T')
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

/* Where `type` (and for v1 the controller `option`) is mounted; false if it is not. */
static bool find_mount(const char *type, const char *option, char *dir, size_t size)
{
	char line[1024], where[256], kind[64], opts[512];
	FILE *f = fopen("/proc/self/mounts", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %255s %63s %511s", where, kind, opts) == 3 &&
		    !strcmp(kind, type) && (!option || strstr(opts, option))) {
			snprintf(dir, size, "%s", where);
			found = true;
		}
	if (f)
		fclose(f);
	return found;
}

static bool write_in_cgroup(const char *file, const char *text)
{
	char path[320];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", cgroup, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool cgroup_says(const char *file, const char *text)
{
	char path[320], buf[512];

	snprintf(path, sizeof(path), "%s/%s", cgroup, file);
	return sc_read_file(path, buf, sizeof(buf)) > 0 && strstr(buf, text);
}

/*
 * Moves the parent alone into a cgroup of its own and freezes that. Returns false with sc->skip set
 * if it cannot.
 */
static bool freeze(const char *type, const char *option, const char *file, const char *word)
{
	char root[128], pid[16];
	unsigned int id;

	if (!find_mount(type, option, root, sizeof(root))) {
		snprintf(sc->skip, sizeof(sc->skip), "no %s freezer is mounted", type);
		return false;
	}
	/* The pid says nothing here: others of this name run in pid namespaces of their own. */
	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		sc_die("getrandom");
	snprintf(cgroup, sizeof(cgroup), "%s/dw-scenario-%08x", root, id);
	snprintf(pid, sizeof(pid), "%d", sc->parent);
	if (mkdir(cgroup, 0755) || !write_in_cgroup("cgroup.procs", pid) ||
	    !write_in_cgroup(file, word)) {
		snprintf(sc->skip, sizeof(sc->skip), "cannot freeze a %s cgroup: %s", type,
			 strerror(errno));
		return false;
	}
	return true;
}

static bool frozen_v1_then_die(void)
{
	if (!sc->step && in_wait()) {
		if (!freeze("cgroup", "freezer", "freezer.state", "FROZEN"))
			return false;
		sc->step = 1;
	}
	if (sc->step && cgroup_says("freezer.state", "FROZEN"))
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

static bool frozen_v2_then_die(void)
{
	if (!sc->step && in_wait()) {
		if (!freeze("cgroup2", NULL, "cgroup.freeze", "1"))
			return false;
		sc->step = 1;
	}
	if (sc->step && cgroup_says("cgroup.events", "frozen 1"))
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

static void thaw(void)
{
	if (!cgroup[0])
		return;
	write_in_cgroup("freezer.state", "THAWED");
	write_in_cgroup("cgroup.freeze", "0");
	kill(sc->parent, SIGKILL);
	waitpid(sc->parent, NULL, 0);
	for (int i = 0; i < 500 && rmdir(cgroup) && errno == EBUSY; i++)
		sc_nap(2);
}

static void hold_in_trace_stop(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ptrace(PTRACE_SEIZE, sc->parent, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, sc->parent, NULL, NULL))
		sc_die("ptrace");
	waitpid(sc->parent, NULL, __WALL);
	sc->step = 2;
	sc_sleep_forever();
}

/* A debugger holds the parent itself. */
static bool debugged_then_die(void)
{
	if (!tracer && in_wait()) {
		tracer = fork();
		if (tracer == 0)
			hold_in_trace_stop();
	}
	if (sc->step == 2 && sc_state(sc->parent) == 't')
		sc->go = 1;
	return sc->go && sc_all_zombies();
}

static void *nap_forever(void *arg)
{
	for (;;)
		sc_nap(100);
	return arg;
}

static void sick_threads(void)
{
	sc_thread(nap_forever, NULL);
	waits_for_all();
}

static void twin(void)
{
	for (;;) {
		pid_t pid = sc_lives(20);

		sc->step = 1;
		waitpid(pid, NULL, 0);
		sc_round(100);
	}
}

/*
 * Stops the parent for a quarter of a second at a time; what died meanwhile is collected at once.
 */
static void stop_and_go(void)
{
	static int ticks;

	ticks++;
	if (ticks % 25 == 0)
		kill(sc->parent, SIGSTOP);
	else if (ticks % 25 == 12)
		kill(sc->parent, SIGCONT);
}

static const struct sc_variant variants[] = {
	{ .name = "sick", .actor = waits_for_all, .established = stop_then_die },
	{ .name = "sick-threads", .actor = sick_threads, .established = stop_then_die },
	{ .name = "sick-frozen-v1",
	  .actor = waits_for_all,
	  .established = frozen_v1_then_die,
	  .finish = thaw },
	{ .name = "sick-frozen-v2",
	  .actor = waits_for_all,
	  .established = frozen_v2_then_die,
	  .finish = thaw },
	{ .name = "sick-debugged", .actor = waits_for_all, .established = debugged_then_die },
	{ .name = "twin", .actor = twin, .tick = stop_and_go },
	{ 0 },
};

int main(int argc, char **argv)
{
	return sc_direct(argc, argv, "parent-stopped", variants);
}
