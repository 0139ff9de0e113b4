/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The director's part of scenario.h: start the actor, wait until the situation holds, say so, hold
 * it, end it. It waits for its own children properly and is never part of what it shows.
 */
#ifndef SCENARIO_DIRECTOR_H
#define SCENARIO_DIRECTOR_H

static inline bool sc_kill_if_descendant(pid_t pid, void *arg)
{
	pid_t up = pid;
	int *killed = arg;

	if (pid == sc->director)
		return false;
	for (int i = 0; i < 32 && up > 1 && up != sc->director; i++)
		up = sc_ppid(up);
	if (up == sc->director && sc_state(pid) != 'Z') {
		kill(pid, SIGKILL);
		++*killed;
	}
	return false;
}

/*
 * Kills all that descends from the director and collects what is its own; the rest goes to the
 * namespace's init.
 */
static inline void sc_end_all(void)
{
	int killed;

	do {
		killed = 0;
		sc_each_number("/proc", sc_kill_if_descendant, &killed);
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
		if (killed)
			sc_nap(1);
	} while (killed);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}

static inline void sc_print_pids(const char *name, const _Atomic pid_t *list, int n)
{
	printf(",\"%s\":[", name);
	for (int i = 0; i < n; i++)
		printf("%s%d", i ? "," : "", list[i]);
	printf("]");
}

static inline void sc_print(const char *cause, const struct sc_variant *v)
{
	bool sick = !strncmp(v->name, "sick", 4);

	printf("{\"variant\":\"%s\"", v->name);
	if (sc->skip[0])
		printf(",\"skip\":\"%s\"", sc->skip);
	if (sick)
		printf(",\"cause\":\"%s\"", cause);
	else
		printf(",\"cause\":null");
	printf(",\"parent\":%d", sc->parent);
	sc_print_pids("children", sc->dead, sick ? sc->n_dead : 0);
	sc_print_pids("healthy", sc->healthy, sc->n_healthy);
	if (sc->n_other) {
		printf(",\"others\":[");
		for (int i = 0; i < sc->n_other; i++)
			printf("%s{\"child\":%d,\"parent\":%d,\"cause\":\"%s\"}", i ? "," : "",
			       sc->other[i].child, sc->other[i].parent, sc->other[i].cause);
		printf("]");
	}
	if (v->age)
		printf(",\"age\":\"%s\"", v->age);
	printf("}\n");
	fflush(stdout);
}

static inline double sc_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Says on stderr what does not hold, for whoever has to find out why. */
static inline void sc_complain(const char *cause, const struct sc_variant *v)
{
	fprintf(stderr, "%s %s: not established within %d s: ready %d, parent %d is %c;", cause,
		v->name, SC_SETUP_S, sc->ready, sc->parent,
		sc_state(sc->parent) ? sc_state(sc->parent) : '-');
	for (int i = 0; i < sc->n_dead; i++)
		fprintf(stderr, " %d is %c (ppid %d)", sc->dead[i],
			sc_state(sc->dead[i]) ? sc_state(sc->dead[i]) : '-', sc_ppid(sc->dead[i]));
	fprintf(stderr, "\n");
}

/* Holds the situation until stdin ends or the time is over. */
static inline void sc_hold(const struct sc_variant *v, double until)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char buf[256];

	while (sc_now() < until) {
		if (poll(&in, 1, v->tick ? 20 : 1000) > 0 &&
		    read(STDIN_FILENO, buf, sizeof(buf)) <= 0)
			return;
		if (v->tick)
			v->tick();
	}
}

static inline void sc_share(bool attach)
{
	int fd = attach ? SC_SHM_FD : memfd_create("scenario", 0);

	if (fd < 0 || (!attach && (ftruncate(fd, sizeof(*sc)) || dup2(fd, SC_SHM_FD) < 0)))
		sc_die("memfd");
	if (!attach)
		close(fd);
	sc = mmap(NULL, sizeof(*sc), PROT_READ | PROT_WRITE, MAP_SHARED, SC_SHM_FD, 0);
	if (sc == MAP_FAILED)
		sc_die("mmap");
}

static inline pid_t sc_start_actor(const struct sc_variant *v)
{
	pid_t pid = v->new_pidns ? sc_clone(CLONE_NEWPID | SIGCHLD) : fork();

	if (pid < 0)
		sc_die("fork");
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		close(null);
		v->actor();
		sc_sleep_forever();
	}
	sc->parent = sc->healthy[1] = pid;
	return pid;
}

/*
 * An actor with a pid namespace of its own names pids as it sees them. Returns true once all are
 * translated.
 */
static inline bool sc_translate(void)
{
	static bool done;

	if (done || !sc->ready)
		return done;
	for (int i = 0; i < sc->n_dead; i++)
		sc->dead[i] = sc_find_inside(sc->parent, sc->dead[i]);
	for (int i = 2; i < sc->n_healthy; i++) /* the first two are the director and the actor */
		sc->healthy[i] = sc_find_inside(sc->parent, sc->healthy[i]);
	return done = true;
}

static inline bool sc_holds(const struct sc_variant *v)
{
	if (sc->skip[0])
		return true;
	if (v->new_pidns && !sc_translate())
		return false;
	return v->established ? v->established() : sc_all_zombies();
}

static inline int sc_perform(const char *cause, const struct sc_variant *v)
{
	double start = sc_now();
	bool ok;

	sc_share(false);
	sc->director = sc->healthy[0] = getpid();
	sc->n_healthy = 2; /* the second is the actor, from sc_start_actor() */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/*
	 * Whoever started this may have left SIGCHLD ignored or blocked; the situation must not
	 * depend on that.
	 */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sc_mask(SIG_UNBLOCK, SIGCHLD);
	sc_start_actor(v);
	while (!(ok = sc_holds(v)) && sc_now() < start + SC_SETUP_S)
		sc_nap(2);
	if (ok) {
		sc_print(cause, v);
		sc_hold(v, start + SC_LIFETIME_S);
	} else {
		sc_complain(cause, v);
	}
	if (v->finish)
		v->finish();
	sc_end_all();
	return ok ? 0 : 1;
}

/* main() of every scenario. `variants` ends with a NULL name. */
inline int sc_direct(int argc, char **argv, const char *cause, const struct sc_variant *variants)
{
	const char *word = argc == 2 ? argv[1] : "";

	if (!strcmp(word, "list")) {
		for (const struct sc_variant *v = variants; v->name; v++)
			if (v->name[0] != '@')
				printf("%s\n", v->name);
		return 0;
	}
	for (const struct sc_variant *v = variants; v->name; v++) {
		if (strcmp(v->name, word))
			continue;
		if (word[0] != '@')
			return sc_perform(cause, v);
		sc_share(true);
		v->actor();
		sc_sleep_forever();
	}
	fprintf(stderr, "usage: %s VARIANT | list\n", argv[0]);
	return 2;
}

#endif
