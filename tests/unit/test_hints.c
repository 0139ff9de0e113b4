// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hints: what a parent's threads wait for, by the system calls that a made-up /proc shows, and how
 * those who hold a pipe open are related to the dead child.
 */
#include <errno.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "hints.h"
#include "pass_maker.h"
#include "procscan_bench.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MS 1000000ULL

static struct dw_pass_parent parent;
static struct dw_pass_dead child;
static struct hints hints;
static struct facts facts;

/* The history: lives by tgid. */
static struct dw_life lives[8];

static bool life_of(void *arg, uint32_t tgid, struct dw_life *out)
{
	(void)arg;
	for (size_t i = 0; i < COUNT(lives); i++) {
		if (!lives[i].tgid || lives[i].tgid != tgid)
			continue;
		*out = lives[i];
		return true;
	}
	return false;
}

static int set_up(void **state)
{
	(void)state;
	memset(lives, 0, sizeof(lives));
	parent = maker_parent(100, MAKER_S);
	child = maker_dead(200, &parent, 10 * MAKER_S);
	hints = (struct hints){};
	facts = (struct facts){};
	proc = proc_tree_make();
	if (proc < 0)
		return -1;
	put_parent((struct process){ .pid = 100, .ppid = 1, .state = 'S', .start_ticks = 100 });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return proc_tree_remove(proc);
}

static void ask(bool pipes)
{
	const struct hints_source source = { .proc = proc, .life = life_of };

	hints_ask(&hints, &source, &parent, pipes);
}

static void complete(void)
{
	facts = (struct facts){};
	hints_complete(&facts, &hints, &child, &parent);
}

/* The process has descriptor fd open on that pipe, both ends of it as symbolic links go. */
static void put_pipe(int pid, int fd, int inode)
{
	char path[64], link[64];

	snprintf(path, sizeof(path), "%d/fd", pid);
	mkdirat(proc, path, 0700);
	snprintf(path, sizeof(path), "%d/fd/%d", pid, fd);
	snprintf(link, sizeof(link), "pipe:[%d]", inode);
	unlinkat(proc, path, 0);
	assert_int_equal(symlinkat(link, proc, path), 0);
}

static void put_maps(const char *path)
{
	char text[256];
	int len = snprintf(text, sizeof(text),
			   "55d0-55d1 r-xp 00000000 08:01 12 /usr/bin/server\n"
			   "7f00-7f01 r-xp 00000000 08:01 34 %s\n"
			   "7ffd-7ffe rw-p 00000000 00:00 0 [stack]\n",
			   path);

	proc_tree_put(proc, "100/maps", text, (size_t)len);
}

/* --- system calls --- */

/* A thread in a futex: for a mutex, idle in another one, or neither. */
static void check_futex(int op, long value, long timeout, uint32_t locked, uint32_t idle)
{
	put_call(SYS_futex, 0x7f00aa00, op, value, timeout);
	ask(false);
	if (hints.threads_locked != locked || hints.threads_idle != idle)
		fail_msg("futex op %d value %ld timeout %ld: %u locked, %u idle", op, value,
			 timeout, hints.threads_locked, hints.threads_idle);
}

static void test_futex(void **state)
{
	(void)state;
	put_maps("/usr/lib/x86_64-linux-gnu/libc.so.6");
	check_futex(FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, 0, 1, 0); /* lll_lock */
	check_futex(FUTEX_WAIT, 2, 0, 1, 0);
	check_futex(FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, 0, 0, 1);
	check_futex(FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, 0, 0, 1);
	check_futex(FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 2, 0, 0, 1); /* a condition, a join */
	check_futex(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, 0, 0, 1);
	check_futex(FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, 1, 0);
	check_futex(FUTEX_LOCK_PI2 | FUTEX_PRIVATE_FLAG, 0, 0, 1, 0);
	check_futex(FUTEX_WAKE, 2, 0, 0, 0);
	/* with a timeout it wakes by itself */
	check_futex(FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, 0x7ffd1000, 0, 0);
	check_futex(FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, 0x7ffd1000, 0, 0);
	check_futex(FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0x7ffd1000, 0, 0);
	complete();
	assert_int_equal(facts.threads_locked, 0);
}

/* What 2 means is glibc's own; elsewhere it may be a condition as well. */
static void test_futex_of_another_libc(void **state)
{
	static const char *const others[] = {
		"/lib/ld-musl-x86_64.so.1",
		"/usr/lib/libc.so.6.old",
		"/usr/lib/my_libc.so.6",
		"libc.so.6",
	};

	(void)state;
	check_futex(FUTEX_WAIT, 2, 0, 0, 1); /* no maps at all: it may not be known */
	for (size_t i = 0; i < COUNT(others); i++) {
		put_maps(others[i]);
		check_futex(FUTEX_WAIT, 2, 0, 0, 1);
		check_futex(FUTEX_LOCK_PI, 0, 0, 1, 0); /* the kernel's own word */
	}
}

/* Thread by thread; one that runs, or whose call is not told, counts nowhere. */
static void test_threads(void **state)
{
	static const char *const calls[] = {
		"running\n",
		"-1 0x7ffd2000 0x7f123456\n",
		"",
	};

	(void)state;
	put_maps("/lib/libc.so.6");
	put_call(SYS_futex, 0x7f00, FUTEX_WAIT, 2, 0);
	for (size_t i = 0; i < COUNT(calls); i++) {
		const struct process thread = { .pid = 100, .tid = 101 + (int)i, .state = 'S',
						.threads = 4 };

		put_process(&thread);
		put(&thread, "syscall", calls[i], (int)strlen(calls[i]));
	}
	ask(false);
	complete();
	assert_int_equal(facts.threads_locked, 1);
	assert_int_equal(facts.threads_idle + facts.threads_writing + facts.threads_vforking, 0);
}

static void test_writing(void **state)
{
	(void)state;
	put_pipe(100, 1, 77);
	put_call(SYS_write, 1, 0x7f00, 4096, 0);
	ask(false);
	complete();
	assert_int_equal(facts.threads_writing, 1);
	put_call(SYS_writev, 1, 0x7f00, 2, 0);
	ask(false);
	assert_int_equal(hints.threads_writing, 1);
	put_call(SYS_write, 2, 0x7f00, 4096, 0); /* no pipe */
	ask(false);
	assert_int_equal(hints.threads_writing, 0);
	put_call(SYS_read, 1, 0x7f00, 4096, 0);
	ask(false);
	assert_int_equal(hints.threads_writing, 0);
}

/* The child that it waits for in vfork is the last that lives. */
static void test_vfork(void **state)
{
	const struct process last = { .pid = 301, .ppid = 100, .state = 'S', .threads = 1 };

	(void)state;
	put_process(&(struct process){ .pid = 300, .ppid = 100, .state = 'S', .threads = 1 });
	put_process(&last);
	put(&last, "comm", "helper\n", 7);
	put_zombie(302, 100);
	proc_tree_put(proc, "100/task/100/children", "300 301 302 ", 12);
	put_call(SYS_clone, 0x4111, 0, 0, 0);
	ask(false);
	complete();
	assert_int_equal(facts.threads_vforking, 1);
	assert_int_equal(facts.vfork_child, 301);
	assert_string_equal(facts.vfork_comm, "helper");
	put_call(SYS_futex, 0x7f00, FUTEX_WAIT, 0, 0);
	ask(false);
	complete();
	assert_int_equal(facts.threads_vforking, 0);
	assert_int_equal(facts.vfork_child, 0);
}

/* --- waits in flight --- */

/* Whether somebody that a wait is for lives: of those waits only that do not match the child. */
static void test_other_alive(void **state)
{
	(void)state;
	put_process(&(struct process){ .pid = 300, .ppid = 100, .state = 'S', .threads = 1 });
	put_zombie(301, 100);
	parent.flights = 1;
	parent.flight[0] = (struct dw_flight){ .options = WEXITED, .id = 300,
					       .target = DW_TARGET_PID };
	ask(false);
	complete();
	assert_int_equal(facts.other_alive, KNOWN_YES);
	parent.flight[0].id = 301;
	ask(false);
	complete();
	assert_int_equal(facts.other_alive, KNOWN_NO);
	put_process(&(struct process){ .pid = 302, .ppid = 100, .state = 'Z', .threads = 2 });
	parent.flight[0].id = 302; /* its main thread is dead, another lives */
	ask(false);
	complete();
	assert_int_equal(facts.other_alive, KNOWN_YES);
	parent.flight[0].id = 999; /* gone */
	ask(false);
	complete();
	assert_int_equal(facts.other_alive, KNOWN_NO);
	parent.flight[0] = (struct dw_flight){ .options = WEXITED, .id = 5,
					       .target = DW_TARGET_GROUP };
	ask(false);
	complete();
	assert_int_equal(facts.other_alive, KNOWN_YES); /* who is in it is open */
	parent.flight[0] = (struct dw_flight){ .options = WEXITED, .target = DW_TARGET_ANY };
	ask(false);
	complete();
	assert_int_equal(facts.other_alive, KNOWN_NOT); /* it is for this child as well */
	parent.flight[0].options |= __WNOTHREAD; /* of the one thread that there is */
	ask(false);
	complete();
	assert_int_equal(facts.other_alive, KNOWN_NOT);
	parent.threads.total = 2;
	ask(false);
	complete();
	assert_int_equal(facts.other_alive, KNOWN_YES);
}

/* --- who holds a pipe --- */

/* A holder of which there is no history: born after the child, in its session, an orphan. */
static struct hints_holder similar_holder(void)
{
	return (struct hints_holder){ .tgid = 300, .ppid = 1, .session = 78,
				      .start_ns = child.who.start_ns, .comm = "logger" };
}

static uint8_t relation_of(struct hints_holder holder)
{
	hints.holders_count = 1;
	hints.holders[0] = holder;
	complete();
	assert_int_equal(facts.pipe_holder, holder.tgid);
	assert_string_equal(facts.pipe_holder_comm, "logger");
	return facts.pipe_writer;
}

static void test_relation_by_history(void **state)
{
	struct hints_holder holder = similar_holder();

	(void)state;
	hints.reads_pipe = true;
	holder.family = 200;
	assert_int_equal(relation_of(holder), PIPE_WRITER_FAMILY);
	hints.reads_pipe = false; /* does not matter then */
	holder.session = 1;
	assert_int_equal(relation_of(holder), PIPE_WRITER_FAMILY);
	/* of another child: that it looks similar does not matter either */
	hints.reads_pipe = true;
	holder = similar_holder();
	holder.family = 201;
	assert_int_equal(relation_of(holder), PIPE_WRITER_UNRELATED);
}

static void test_relation_without_history(void **state)
{
	struct hints_holder holder;

	(void)state;
	hints.reads_pipe = true;
	assert_int_equal(relation_of(similar_holder()), PIPE_WRITER_SIMILAR);
	holder = similar_holder();
	holder.ppid = 100; /* the parent's own child, no orphan */
	assert_int_equal(relation_of(holder), PIPE_WRITER_UNRELATED);
	holder = similar_holder();
	holder.session = 79;
	assert_int_equal(relation_of(holder), PIPE_WRITER_UNRELATED);
	/* its start is known to a tick only */
	holder = similar_holder();
	holder.start_ns -= 20 * MS;
	assert_int_equal(relation_of(holder), PIPE_WRITER_SIMILAR);
	holder.start_ns--;
	assert_int_equal(relation_of(holder), PIPE_WRITER_UNRELATED);
	/* in the same tick, the one with the lower pid was there first: `feeder | parent` */
	holder = similar_holder();
	holder.tgid = child.who.tgid - 1;
	assert_int_equal(relation_of(holder), PIPE_WRITER_UNRELATED);
	holder.start_ns = child.who.start_ns + 20 * MS;
	assert_int_equal(relation_of(holder), PIPE_WRITER_SIMILAR);
	hints.reads_pipe = false; /* it polls, perhaps for another */
	assert_int_equal(relation_of(similar_holder()), PIPE_WRITER_UNRELATED);
}

/* Of several, the one that says most. */
static void test_relation_of_several(void **state)
{
	(void)state;
	hints.reads_pipe = true;
	hints.holders_count = 3;
	for (uint32_t i = 0; i < 3; i++) {
		hints.holders[i] = similar_holder();
		hints.holders[i].tgid = 300 + i;
	}
	hints.holders[0].family = 201;
	hints.holders[2].family = 200;
	complete();
	assert_int_equal(facts.pipe_writer, PIPE_WRITER_FAMILY);
	assert_int_equal(facts.pipe_holder, 302);
	hints.holders_count = 2;
	complete();
	assert_int_equal(facts.pipe_writer, PIPE_WRITER_SIMILAR);
	assert_int_equal(facts.pipe_holder, 301);
	hints.holders_count = 1;
	hints.reads_own_pipe = true;
	complete();
	assert_int_equal(facts.pipe_writer, PIPE_WRITER_SELF);
	assert_int_equal(facts.pipe_holder, 0);
	hints.holders[0].family = 200;
	complete();
	assert_int_equal(facts.pipe_writer, PIPE_WRITER_FAMILY);
	hints.holders_count = 0;
	hints.reads_own_pipe = false;
	complete();
	assert_int_equal(facts.pipe_writer, PIPE_WRITER_NONE);
}

/* Process 300 holds the pipe 77, born at tick 900, a child of init now. */
static void put_holder(void)
{
	put_process(&(struct process){ .pid = 300, .ppid = 1, .state = 'S', .start_ticks = 900,
				       .threads = 1, .comm = "logger" });
	put_pipe(300, 1, 77);
}

static void test_reads_a_pipe(void **state)
{
	(void)state;
	parent.handler = 0x4000;
	put_pipe(100, 3, 77);
	put_holder();
	put_process(&(struct process){ .pid = 301, .ppid = 1, .state = 'S', .threads = 1 });
	put_pipe(301, 1, 78); /* another pipe */
	put_zombie(302, 1);
	put_pipe(302, 1, 77); /* it holds nothing any more */
	put_call(SYS_read, 3, 0x7f00, 4096, 0);
	ask(true);
	assert_true(hints.walked);
	assert_true(hints.reads_pipe);
	assert_int_equal(hints.holders_count, 1);
	assert_int_equal(hints.holders[0].tgid, 300);
	assert_int_equal(hints.holders[0].ppid, 1);
	assert_int_equal(hints.holders[0].session, 78);
	assert_int_equal(hints.holders[0].family, 0);
	assert_int_equal(hints.holders[0].start_ns, 900 * NS_PER_TICK);
	assert_string_equal(hints.holders[0].comm, "logger");
	complete();
	assert_int_equal(facts.pipe_writer, PIPE_WRITER_SIMILAR);

	/* without a walk, what was found stands */
	put_call(SYS_futex, 0x7f00, FUTEX_WAIT, 0, 0);
	ask(false);
	assert_true(hints.walked);
	assert_true(hints.reads_pipe);
	assert_int_equal(hints.holders_count, 1);
	assert_int_equal(hints.threads_idle, 1);
	/* with one, it does not: no pipe is waited for now */
	ask(true);
	assert_false(hints.walked);
	assert_int_equal(hints.holders_count, 0);
}

/* The write end in its own hands: with a handler, that one may write. */
static void test_reads_its_own_pipe(void **state)
{
	(void)state;
	put_pipe(100, 3, 77);
	put_pipe(100, 4, 77);
	put_call(SYS_read, 3, 0x7f00, 4096, 0);
	ask(true);
	assert_true(hints.reads_own_pipe);
	parent.handler = 1;
	ask(true);
	assert_true(hints.reads_own_pipe);
	parent.handler = 0x4000;
	ask(true);
	assert_false(hints.reads_own_pipe);
	parent.handler = 0;
	put_call(SYS_ppoll, 0x7f00, 2, 0, 0); /* in a poll it may be woken by others */
	ask(true);
	assert_false(hints.reads_own_pipe);
}

/* When it polls, any pipe of its may be meant. */
static void test_polls_pipes(void **state)
{
	(void)state;
	put_pipe(100, 3, 77);
	put_holder();
	put_call(SYS_ppoll, 0x7f00, 2, 0, 0);
	ask(true);
	assert_false(hints.reads_pipe);
	assert_int_equal(hints.holders_count, 1);
	complete();
	assert_int_equal(facts.pipe_writer, PIPE_WRITER_UNRELATED);
}

static struct dw_life life(uint32_t tgid, uint32_t birth_parent)
{
	return (struct dw_life){ .tgid = tgid, .flags = DW_LIFE_BIRTH_SEEN,
				 .birth_parent_tgid = birth_parent,
				 .start_ns = 900 * NS_PER_TICK + 3 * MS };
}

/* Descent goes by births, which adoption does not change. */
static void test_family(void **state)
{
	(void)state;
	parent.handler = 0x4000;
	put_pipe(100, 3, 77);
	put_holder();
	put_call(SYS_read, 3, 0x7f00, 4096, 0);
	lives[0] = life(300, 250);
	lives[1] = life(250, 200);
	lives[2] = life(200, 100);
	ask(true);
	assert_int_equal(hints.holders[0].family, 200);
	complete();
	assert_int_equal(facts.pipe_writer, PIPE_WRITER_FAMILY);
	assert_int_equal(facts.pipe_holder, 300);
	lives[1].birth_parent_tgid = 201; /* by another child */
	lives[2].tgid = 201;
	ask(true);
	assert_int_equal(hints.holders[0].family, 201);
	complete();
	assert_int_equal(facts.pipe_writer, PIPE_WRITER_UNRELATED);
	lives[1].birth_parent_tgid = 1; /* known, and none of the parent's */
	ask(true);
	assert_int_equal(hints.holders_count, 0);
	lives[0].start_ns += NS_PER_TICK; /* the history is of another process */
	ask(true);
	assert_int_equal(hints.holders_count, 1);
	assert_int_equal(hints.holders[0].family, 0);
	lives[0] = life(300, 100);
	lives[0].flags = 0; /* its birth was not seen */
	ask(true);
	assert_int_equal(hints.holders_count, 1);
	assert_int_equal(hints.holders[0].family, 0);
	lives[0] = life(300, 300); /* a ring that cannot be: it ends */
	ask(true);
	assert_int_equal(hints.holders_count, 0);
}

/* More hold it than there is room for. */
static void test_many_holders(void **state)
{
	(void)state;
	parent.handler = 0x4000;
	put_pipe(100, 3, 77);
	put_call(SYS_read, 3, 0x7f00, 4096, 0);
	for (int i = 0; i < HINTS_HOLDERS_MAX + 4; i++) {
		put_process(&(struct process){ .pid = 300 + i, .ppid = 1, .state = 'S',
					       .threads = 1 });
		put_pipe(300 + i, 1, 77);
	}
	ask(true);
	assert_int_equal(hints.holders_count, HINTS_HOLDERS_MAX);
}

/* --- where one hangs in its exit --- */

static void check_dying(const char *wchan, const char *hangs_in, bool in_zap)
{
	const struct hints_source source = { .proc = proc };

	proc_tree_put(proc, "100/task/100/wchan", wchan, strlen(wchan));
	facts = (struct facts){};
	hints_of_dying(&facts, &source, &parent.who);
	assert_string_equal(facts.hangs_in, hangs_in);
	assert_int_equal(facts.in_zap, in_zap);
}

static void test_dying(void **state)
{
	(void)state;
	check_dying("zap_pid_ns_processes", "zap_pid_ns_processes", true);
	check_dying("nfs_wait_bit_killable", "nfs_wait_bit_killable", false);
	check_dying("0", "", false); /* it runs, or the kernel does not tell */
	check_dying("", "", false);
	check_dying("a_function_with_a_name_that_is_longer_than_room",
		    "a_function_with_a_name_that_is_", false);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_futex),
		TEST(test_futex_of_another_libc),
		TEST(test_threads),
		TEST(test_writing),
		TEST(test_vfork),
		TEST(test_other_alive),
		TEST(test_relation_by_history),
		TEST(test_relation_without_history),
		TEST(test_relation_of_several),
		TEST(test_reads_a_pipe),
		TEST(test_reads_its_own_pipe),
		TEST(test_polls_pipes),
		TEST(test_family),
		TEST(test_many_holders),
		TEST(test_dying),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
