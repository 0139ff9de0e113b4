// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * _lives CASE: a small life, one step after the other, for a trace to tell event by event. It says
 * "held" and waits for a line on standard input, perhaps more than once, prints the pids that it
 * named ({"P":1,"C":2}), waits for the end of its input and exits with 0. It is no sick program: nothing is judged. What each case makes
 * is written down in tests/live/test_trace_lives.py.
 */
#include "_lives.h"

static void life(void)
{
	pid_t child = fork_as("C", SIGCHLD);
	pid_t parent = getppid();

	if (!child) {
		await_wait_of(parent);
		execl("/proc/self/exe", "lives", AS_ONE_PROGRAM, "3", NULL);
		give_up("exec");
	}
	waitpid(child, NULL, 0);
}

/* A thread forks, and its child outlives it. */
static void *fork_and_end(void *child)
{
	tell("T", gettid());
	*(pid_t *)child = child_exits("C", 1, 0);
	return NULL;
}

static void fork_by_thread(void)
{
	char task[64];
	pid_t child;

	thread_does(fork_and_end, &child, true);
	/* pthread_join() returns before the thread is gone. */
	snprintf(task, sizeof(task), "/proc/self/task/%d", pid_of("T"));
	AWAIT(access(task, F_OK));
	hold();
	shared->turn = 1;
	waitpid(child, NULL, 0);
}

static void stop_and_continue(int flags, int look)
{
	pid_t child;

	on_sigchld(count_it, flags);
	child = child_exits("C", 1, 0);
	kill(child, SIGSTOP);
	if (look)
		AWAIT(shared->handled == 1);
	else
		AWAIT(sc_state(child) == 'T');
	waitpid(child, NULL, WUNTRACED | WCONTINUED);
	kill(child, SIGCONT);
	if (look)
		AWAIT(shared->handled == 2);
	else
		AWAIT(sc_state(child) != 'T');
	waitpid(child, NULL, WUNTRACED | WCONTINUED);
	shared->turn = 1;
	await_zombie(child);
	AWAIT(shared->handled == (look ? 3 : 1));
	waitpid(child, NULL, 0);
}

static void stop(void)
{
	stop_and_continue(0, 1);
}

static void nocldstop(void)
{
	stop_and_continue(SA_NOCLDSTOP, 0);
}

/* One SIGCHLD of a stop is pending when the child dies. */
static void stop_merged(void)
{
	sigset_t set;
	pid_t child;

	on_sigchld(count_it, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	child = child_exits("C", 1, 0);
	kill(child, SIGSTOP);
	AWAIT(sc_mask_has(getpid(), "ShdPnd", SIGCHLD));
	kill(child, SIGKILL);
	await_zombie(child);
	waitpid(child, NULL, 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void nowait(void)
{
	pid_t child = child_exits("C", 0, 0);
	siginfo_t info;

	await_zombie(child);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG);
	waitid(P_PID, (id_t)child, &info, WEXITED);
}

/* Every form of a wait, of a child that lives in a group of its own. */
static void forms(void)
{
	pid_t child = child_exits("C", 1, 0);
	int fd = (int)syscall(SYS_pidfd_open, child, 0);
	siginfo_t info;

	setpgid(child, child);
	tell("G", getpgrp());
	if (fd < 0 || dup2(fd, 55) != 55)
		give_up("open a pidfd");
	waitpid(-1, NULL, WNOHANG);
	waitpid(0, NULL, WNOHANG);
	waitpid(child, NULL, WNOHANG | WUNTRACED);
	waitpid(-child, NULL, WNOHANG | WCONTINUED);
	waitpid(-1, NULL, WNOHANG | __WALL);
	waitid(P_ALL, 0, &info, WEXITED | WNOHANG);
	waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG);
	waitid(P_PGID, (id_t)child, &info, WCONTINUED | WNOHANG);
	waitid(P_PIDFD, 55, &info, WEXITED | WNOHANG);
	shared->turn = 1;
	waitid(P_PIDFD, 55, &info, WEXITED);
	waitpid(child, NULL, 0); /* ECHILD: there is none any more */
}

static void clone_parent(void)
{
	pid_t middle = fork_as("M", SIGCHLD), sibling;

	if (!middle) {
		sibling = fork_as("S", CLONE_PARENT | SIGCHLD);
		if (sibling)
			await_turn(1);
		_exit(sibling ? 1 : 2);
	}
	sibling = pid_of("S");
	await_zombie(sibling);
	waitpid(sibling, NULL, 0);
	shared->turn = 1;
	await_zombie(middle);
	waitpid(middle, NULL, 0);
}

static void exit_signal(void)
{
	pid_t child;

	signal(SIGUSR1, SIG_IGN);
	child = fork_as("C", SIGUSR1);
	if (!child)
		_exit(4);
	await_zombie(child);
	waitpid(child, NULL, __WCLONE);
	child = fork_as("D", 0);
	if (!child)
		_exit(5);
	await_zombie(child);
	waitpid(child, NULL, __WALL);
}

/* Signalled: by another, by itself with a core, by one that has no name. */
static void signalled(void)
{
	static const int signals[] = { SIGKILL, SIGSEGV, SIGUSR1 };
	static const char *const names[] = { "C", "D", "E" };
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int status = 0;

	setrlimit(RLIMIT_CORE, &limit);
	for (int i = 0; i < 3; i++) {
		pid_t child = fork_as(names[i], SIGCHLD);

		if (!child) {
			raise(i == 2 ? SIGRTMIN + 3 : signals[i]);
			_exit(1);
		}
		await_zombie(child);
		waitpid(child, &status, 0);
		if (i == 1)
			tell("core", WCOREDUMP(status) != 0);
	}
}

static void ignored(void)
{
	pid_t child;

	signal(SIGCHLD, SIG_IGN);
	child = child_exits("C", 0, 6);
	await_gone(child);
	waitpid(child, NULL, 0);
	waitpid(-1, NULL, 0);
}

static void nocldwait(void)
{
	pid_t child;

	on_sigchld(count_it, SA_NOCLDWAIT);
	child = child_exits("C", 0, 6);
	await_gone(child);
	AWAIT(shared->handled == 1);
}

static pid_t three[3];

/* While it runs for the first child, the two others die; then it waits once. */
static void wait_once(int sig)
{
	(void)sig;
	if (!shared->handled++) {
		shared->turn = 2;
		await_zombie(three[1]);
		shared->turn = 3;
		await_zombie(three[2]);
	}
	waitpid(-1, NULL, 0);
}

static void merged(void)
{
	static const char *const names[] = { "A", "B", "C" };

	on_sigchld(wait_once, 0);
	for (int i = 0; i < 3; i++)
		three[i] = child_exits(names[i], i + 1, i);
	shared->turn = 1;
	AWAIT(shared->handled == 2);
	waitpid(three[2], NULL, 0);
}

static void killed_with_sigchld(void)
{
	union sigval value = { .sival_int = 1 };
	pid_t child, parent = getpid();

	on_sigchld(count_it, 0);
	child = fork_as("C", SIGCHLD);
	if (!child) {
		kill(parent, SIGCHLD);
		AWAIT(shared->handled == 1);
		sigqueue(parent, SIGCHLD, value);
		AWAIT(shared->handled == 2);
		syscall(SYS_tgkill, parent, parent, SIGCHLD);
		AWAIT(shared->handled == 3);
		_exit(0);
	}
	AWAIT(shared->handled == 4);
	waitpid(child, NULL, 0);
}

static void traced(void)
{
	pid_t child = fork_as("C", SIGCHLD);

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGUSR1);
		_exit(7);
	}
	AWAIT(sc_state(child) == 't');
	waitpid(child, NULL, 0);
	ptrace(PTRACE_CONT, child, NULL, NULL);
	await_zombie(child);
	waitpid(child, NULL, 0);
}

/* A father and his child: he exits, and then it is somebody else's. It exits at turn 2. */
static pid_t father_exits(pid_t *child)
{
	pid_t father = fork_as("F", SIGCHLD);

	if (!father) {
		pid_t mine = fork_as("C", SIGCHLD);

		if (!mine) {
			pid_t before = getppid();

			AWAIT(getppid() != before);
			tell("to", getppid());
			await_turn(2);
			_exit(0);
		}
		await_turn(1);
		_exit(5);
	}
	*child = pid_of("C");
	shared->turn = 1;
	AWAIT(sc_ppid(*child) != father);
	await_zombie(father);
	hold();
	return father;
}

static void subreaper(void)
{
	pid_t child, father;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	father = father_exits(&child);
	waitpid(father, NULL, 0);
	shared->turn = 2;
	await_zombie(child);
	waitpid(-1, NULL, 0);
}

static void orphan(void)
{
	pid_t child, father = father_exits(&child);

	waitpid(father, NULL, 0);
	shared->turn = 2;
	await_gone(child);
}

/* One waits once for three; one lives on, one is a zombie when it exits. */
static void leaves(void)
{
	pid_t father, child;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	father = fork_as("F", SIGCHLD);
	if (!father) {
		child = child_exits("A", 0, 1);
		await_zombie(child);
		child_exits("B", 1, 2);
		await_zombie(child_exits("C", 0, 3));
		waitpid(child, NULL, 0);
		_exit(0);
	}
	await_zombie(father);
	waitpid(father, NULL, 0);
	waitpid(-1, NULL, 0);
	shared->turn = 1;
	await_zombie(pid_of("B"));
	waitpid(-1, NULL, 0);
}

/*
 * The init of a pid namespace, who adopts. /proc is that of the host, so inside nobody looks there:
 * they go by turns and by what getppid() says.
 */
static void init_adopts(void)
{
	pid_t father, child;

	father = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (!father) {
		child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
		if (!child) {
			AWAIT(getppid() == 1);
			await_turn(2);
			_exit(0);
		}
		_exit(5);
	}
	await_turn(1);
	waitpid(father, NULL, 0);
	shared->turn = 2;
	await_turn(3);
	waitpid(-1, NULL, 0);
	_exit(9);
}

static void namespace_init(void)
{
	pid_t init = fork_as("I", CLONE_NEWPID | SIGCHLD), father = 0, child = 0;

	if (!init)
		init_adopts();
	AWAIT((father = sc_find_inside(init, 2)) > 0);
	tell("F", father);
	AWAIT((child = sc_find_inside(init, 3)) > 0);
	tell("C", child);
	await_zombie(father);
	AWAIT(sc_ppid(child) == init);
	hold();
	shared->turn = 1;
	await_zombie(child);
	shared->turn = 3;
	await_zombie(init);
	waitpid(init, NULL, 0);
}

/* An init ends, and the kernel ends all that is left in its namespace. */
static void teardown(void)
{
	pid_t init = fork_as("I", CLONE_NEWPID | SIGCHLD), child = 0;

	if (!init) {
		child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
		await_turn(child ? 1 : 2);
		_exit(0);
	}
	AWAIT((child = sc_find_inside(init, 2)) > 0);
	tell("C", child);
	shared->turn = 1;
	await_zombie(init);
	waitpid(init, NULL, 0);
}

/* Its main thread is a zombie, and the other, T, is not there any more. */
static void await_last_thread(pid_t pid)
{
	char task[64];

	snprintf(task, sizeof(task), "/proc/%d/task/%d", pid, pid_of("T"));
	AWAIT(access(task, F_OK) && sc_state(pid) == 'Z');
}

static void *exec_it(void *arg)
{
	tell("T", gettid());
	execl("/proc/self/exe", "lives", AS_ONE_PROGRAM, "8", NULL);
	return arg;
}

/* Another thread than the main one calls exec: it gets the pid, the main one ends. */
static void exec_by_thread(void)
{
	pid_t child = fork_as("C", SIGCHLD);

	if (!child) {
		thread_does(exec_it, NULL, false);
		AWAIT(0);
	}
	await_last_thread(child);
	waitpid(child, NULL, 0);
}

static void *outlive(void *arg)
{
	pid_t leader = getpid();

	tell("T", gettid());
	AWAIT(sc_state(leader) == 'Z');
	_exit(12);
	return arg;
}

/* The main thread ends first; the process's status is that of its end. */
static void leader_exits(void)
{
	pid_t child = fork_as("C", SIGCHLD);

	if (!child) {
		thread_does(outlive, NULL, false);
		syscall(SYS_exit, 11);
	}
	await_last_thread(child);
	waitpid(child, NULL, 0);
}

/* Two at once, seen by options for one of them: the same three steps each, again and again. */
static void steps(void)
{
	for (int i = 0; i < 3; i++)
		waitpid(child_exits(i == 0 ? "A" : i == 1 ? "B" : "C", 0, i), NULL, 0);
}

static const struct {
	const char *name;
	void (*body)(void);
} cases[] = {
	{ "life", life },
	{ "fork-by-thread", fork_by_thread },
	{ "stop", stop },
	{ "nocldstop", nocldstop },
	{ "stop-merged", stop_merged },
	{ "nowait", nowait },
	{ "forms", forms },
	{ "clone-parent", clone_parent },
	{ "exit-signal", exit_signal },
	{ "signalled", signalled },
	{ "ignored", ignored },
	{ "nocldwait", nocldwait },
	{ "merged", merged },
	{ "killed-with-sigchld", killed_with_sigchld },
	{ "traced", traced },
	{ "subreaper", subreaper },
	{ "orphan", orphan },
	{ "leaves", leaves },
	{ "namespace-init", namespace_init },
	{ "teardown", teardown },
	{ "exec-by-thread", exec_by_thread },
	{ "leader-exits", leader_exits },
	{ "steps", steps },
};

static void print_names(void)
{
	for (int i = 0; i < shared->count; i++)
		printf("%s\"%s\":%ld", i ? "," : "{", shared->told[i].name, shared->told[i].value);
	printf("}\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char c;

	if (argc == 3 && !strcmp(argv[1], AS_ONE_PROGRAM))
		_exit(atoi(argv[2]));
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (argc != 2 || shared == MAP_FAILED)
		give_up("begin");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].name, argv[1]))
			continue;
		tell("P", getpid());
		hold();
		cases[i].body();
		print_names();
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
		return 0;
	}
	errno = EINVAL;
	give_up("find the case");
}
