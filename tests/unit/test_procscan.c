// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procscan: a pass made from a /proc that is made up.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "procscan.h"
#include "procscan_bench.h"

static struct pass pass;

static int set_up(void **state)
{
	(void)state;
	proc = proc_tree_make();
	return proc < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	pass_free(&pass);
	return proc_tree_remove(proc);
}

static void scan(void)
{
	assert_int_equal(procscan_pass(proc, &pass), 0);
	assert_true(pass.complete);
	assert_int_equal(pass.jiffies, 0);
	assert_true(pass.boot_ns > 0);
}

static const struct dw_pass_dead *dead_of(uint32_t tgid)
{
	for (size_t i = 0; i < pass.dead_count; i++)
		if (pass.dead[i].who.tgid == tgid)
			return &pass.dead[i];
	fail_msg("%u is not among the dead", tgid);
	return NULL;
}

static const struct dw_pass_parent *the_parent(void)
{
	assert_int_equal(pass.parents_count, 1);
	return &pass.parents[0];
}

static void test_nobody(void **state)
{
	(void)state;
	scan();
	assert_int_equal(pass.dead_count + pass.parents_count + pass.tasks, 0);
}

static void test_who_is_dead(void **state)
{
	const struct dw_pass_dead *dead;

	(void)state;
	put_parent((struct process){ .pid = 100, .ppid = 1, .state = 'S', .start_ticks = 500 });
	put_process(&(struct process){ .pid = 200,
				       .ppid = 100,
				       .state = 'Z',
				       .pgrp = 77,
				       .start_ticks = 900,
				       .exit_code = 256,
				       .threads = 1,
				       .tracer = 55,
				       .ns_pid = 3,
				       .comm = ") Z 1 (" });
	put_process(&(struct process){
		.pid = 201, .ppid = 100, .state = 'Z', .start_ticks = 901, .threads = 2 });
	put_parent((struct process){ .pid = 202, .ppid = 100, .state = 'S' });
	put_parent((struct process){ .pid = 203, .ppid = 100, .state = 'X' });
	scan();
	assert_int_equal(pass.tasks, 5);
	assert_int_equal(pass.dead_count, 2);
	dead = dead_of(200);
	assert_int_equal(dead->kind, DW_DEAD_ZOMBIE);
	assert_int_equal(dead->who.start_ns, 900 * NS_PER_TICK);
	assert_int_equal(dead->who.ns_pid, 3);
	assert_int_equal(dead->who.ns_level, 1);
	assert_int_equal(dead->who.uid, 1000);
	assert_string_equal(dead->who.comm, ") Z 1 (");
	assert_int_equal(dead->status, 256);
	assert_int_equal(dead->exit_signal, SIGCHLD);
	assert_int_equal(dead->group, 77);
	assert_int_equal(dead->session, 78);
	assert_int_equal(dead->tracer_tgid, 55);
	assert_int_equal(dead->parent_tgid, 100);
	assert_int_equal(dead->parent_start_ns, 500 * NS_PER_TICK);
	assert_int_equal(dead->has_life, 0);
	assert_int_equal(dead->flags, 0);
	assert_int_equal(dead_of(201)->kind, DW_DEAD_LEADER);
	assert_int_equal(dead_of(201)->threads, 2);
	assert_non_null(pass_parent(&pass, 100, 500 * NS_PER_TICK));
}

/* A status of 0 is what the kernel shows to those who may not know. */
static void test_status_not_known(void **state)
{
	const struct process whole = { .pid = 202, .ppid = 100, .state = 'Z', .exit_code = 256,
				       .threads = 1 };

	(void)state;
	put_zombie(200, 100); /* a zombie has no cwd, and who may look is told so */
	put_zombie(201, 100);
	proc_tree_put(proc, "201/cwd", "", 0); /* it is there, and cannot be read as a link */
	put_process(&whole);
	proc_tree_put(proc, "202/cwd", "", 0);
	put_zombie(203, 100);
	assert_int_equal(symlinkat("/", proc, "203/cwd"), 0);
	scan();
	assert_int_equal(dead_of(200)->flags, 0);
	assert_int_equal(dead_of(201)->flags, DW_DEAD_NO_STATUS);
	assert_int_equal(dead_of(202)->flags, 0); /* another status than 0 was told */
	assert_int_equal(dead_of(203)->flags, 0);
}

/* Several dead of several parents: each parent once, and found. */
static void test_parents_once(void **state)
{
	(void)state;
	put_parent((struct process){ .pid = 100, .ppid = 1, .state = 'S', .start_ticks = 500 });
	put_parent((struct process){ .pid = 101, .ppid = 1, .state = 'S', .start_ticks = 501 });
	for (int i = 0; i < 20; i++)
		put_zombie(200 + i, 100 + i % 2);
	scan();
	assert_int_equal(pass.dead_count, 20);
	assert_int_equal(pass.parents_count, 2);
	assert_non_null(pass_parent(&pass, 100, 500 * NS_PER_TICK));
	assert_non_null(pass_parent(&pass, 101, 501 * NS_PER_TICK));
	scan(); /* again, into the same pass */
	assert_int_equal(pass.dead_count, 20);
	assert_int_equal(pass.parents_count, 2);
}

/* The parent ended while we looked; one from outside this namespace has the pid 0. */
static void test_parent_gone(void **state)
{
	(void)state;
	put_zombie(200, 100);
	put_zombie(201, 0);
	scan();
	assert_int_equal(pass.dead_count, 2);
	assert_int_equal(pass.parents_count, 0);
	assert_int_equal(dead_of(200)->parent_tgid, 100);
	assert_int_equal(dead_of(200)->parent_start_ns, 0);
	assert_int_equal(dead_of(201)->parent_tgid, 0);
}

static const struct dw_pass_parent *scan_parent(struct process p)
{
	p.pid = 100;
	p.ppid = 41;
	p.state = p.state ? p.state : 'S';
	put_parent(p);
	put_zombie(200, 100);
	scan();
	return the_parent();
}

static void test_parent_plain(void **state)
{
	const struct dw_pass_parent *parent = scan_parent((struct process){ .start_ticks = 500 });

	(void)state;
	assert_int_equal(parent->who.tgid, 100);
	assert_string_equal(parent->who.comm, "server");
	assert_int_equal(parent->ppid, 41);
	assert_int_equal(parent->handler, 0);
	assert_int_equal(parent->flags, 0);
	assert_int_equal(parent->has_record, 0);
	assert_int_equal(parent->flights, 0);
	assert_int_equal(parent->threads.total, 1);
	assert_int_equal(parent->threads.live, 1);
	assert_int_equal(parent->threads.blocking, 0);
	assert_int_equal(parent->threads.switches, 0);
}

static void test_parent_signals(void **state)
{
	const struct dw_pass_parent *parent;

	(void)state;
	parent = scan_parent((struct process){ .ignored = SIGCHLD_MASK, .caught = ~SIGCHLD_MASK });
	assert_int_equal(parent->handler, 1);
	parent = scan_parent((struct process){ .caught = SIGCHLD_MASK, .ignored = ~SIGCHLD_MASK });
	assert_true(parent->handler > 1);
	parent = scan_parent((struct process){ .shared = SIGCHLD_MASK });
	assert_int_equal(parent->flags, DW_PARENT_PENDING_SHARED);
	assert_int_equal(parent->threads.pending, 0);
	parent = scan_parent((struct process){ .pending = SIGCHLD_MASK, .blocked = SIGCHLD_MASK });
	assert_int_equal(parent->flags, 0);
	assert_int_equal(parent->threads.pending, 1);
	assert_int_equal(parent->threads.blocking, 1);
	parent = scan_parent((struct process){
		.pending = ~SIGCHLD_MASK, .blocked = ~SIGCHLD_MASK, .shared = ~SIGCHLD_MASK });
	assert_int_equal(parent->flags + parent->threads.pending + parent->threads.blocking, 0);
	parent = scan_parent((struct process){ .ns_pid = 1 });
	assert_int_equal(parent->flags, DW_PARENT_NS_INIT);
}

static void test_parent_threads(void **state)
{
	static const char states[] = "STttDRZX";
	const struct dw_pass_parent *parent;

	(void)state;
	put_parent((struct process){ .pid = 100, .state = 'S' });
	for (int i = 0; states[i]; i++)
		put_process(&(struct process){ .pid = 100,
					       .tid = 101 + i,
					       .state = states[i],
					       .threads = 9,
					       .blocked = SIGCHLD_MASK });
	put_zombie(200, 100);
	scan();
	parent = the_parent();
	assert_int_equal(parent->threads.total, 9);
	assert_int_equal(parent->threads.live, 7);
	assert_int_equal(parent->threads.stopped, 3);
	assert_int_equal(parent->threads.traced, 2);
	assert_int_equal(parent->threads.uninterruptible, 1);
	assert_int_equal(parent->threads.running, 1);
	assert_int_equal(parent->threads.blocking, 6);
	assert_int_equal(parent->threads.cut, 0);
}

/* --- waits in flight, from the system call --- */

static const struct dw_flight *flight_of_call(void)
{
	put_parent((struct process){ .pid = 100, .state = 'S', .pgrp = 99 });
	put_zombie(200, 100);
	scan();
	assert_true(the_parent()->flights <= 1);
	return the_parent()->flights ? &the_parent()->flight[0] : NULL;
}

static const struct dw_flight *wait4_flight(long pid, long wait_options)
{
	put_call(SYS_wait4, pid, 0x7ffd1000, wait_options, 0);
	return flight_of_call();
}

static const struct dw_flight *waitid_flight(long type, long id, long wait_options)
{
	put_call(SYS_waitid, type, id, 0x7ffd1000, wait_options);
	return flight_of_call();
}

static void check_flight(const struct dw_flight *flight, uint8_t target, uint32_t id,
			 uint32_t wait_options)
{
	assert_non_null(flight);
	assert_int_equal(flight->target, target);
	assert_int_equal(flight->id, id);
	assert_int_equal(flight->options, wait_options);
}

static void test_flights(void **state)
{
	(void)state;
	check_flight(wait4_flight(-1, WUNTRACED), DW_TARGET_ANY, 0, WEXITED | WUNTRACED);
	check_flight(wait4_flight(200, 0), DW_TARGET_PID, 200, WEXITED);
	check_flight(wait4_flight(-77, 0), DW_TARGET_GROUP, 77, WEXITED);
	check_flight(waitid_flight(P_ALL, 0, WSTOPPED), DW_TARGET_ANY, 0, WSTOPPED);
	check_flight(waitid_flight(P_PID, 200, WEXITED | WNOWAIT), DW_TARGET_PID, 200,
		     WEXITED | WNOWAIT);
	check_flight(waitid_flight(P_PGID, 77, WEXITED), DW_TARGET_GROUP, 77, WEXITED);
	put_call(SYS_read, 3, 0x7ffd1000, 100, 0);
	assert_null(flight_of_call());
	put_call(-1, 0, 0, 0, 0);
	assert_null(flight_of_call());
}

/* waitpid(0) and waitid(P_PGID, 0) are for the caller's own group, which stat tells. */
static void test_flight_for_the_own_group(void **state)
{
	(void)state;
	check_flight(waitid_flight(P_PGID, 0, WEXITED), DW_TARGET_GROUP, 99, WEXITED);
	check_flight(wait4_flight(0, 0), DW_TARGET_GROUP, 99, WEXITED);
}

/* P_PIDFD names a descriptor, which must not be taken for the process with that number. */
static void test_flight_for_a_pidfd(void **state)
{
	const struct dw_flight *flight = waitid_flight(P_PIDFD, 5, WEXITED);

	(void)state;
	assert_false(flight && flight->target == DW_TARGET_PID && flight->id == 5);
}

static void test_running_parent_waits_for_nobody(void **state)
{
	const struct process p = { .pid = 100, .tid = 100 };

	(void)state;
	put(&p, "syscall", "running\n", 8);
	assert_int_equal(scan_parent((struct process){ .state = 'R' })->flights, 0);
	assert_int_equal(the_parent()->flags & DW_PARENT_NO_FLIGHTS, 0);
	assert_int_equal(the_parent()->threads.running, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nobody),
		TEST(test_who_is_dead),
		TEST(test_status_not_known),
		TEST(test_parents_once),
		TEST(test_parent_gone),
		TEST(test_parent_plain),
		TEST(test_parent_signals),
		TEST(test_parent_threads),
		TEST(test_flights),
		TEST(test_flight_for_the_own_group),
		TEST(test_flight_for_a_pidfd),
		TEST(test_running_parent_waits_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
