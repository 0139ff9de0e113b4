// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * courier: letters arrive in order, wait for a server that is slow or away, and are counted when
 * they are lost; nothing ever blocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "courier.h"
#include "server_bench.h"

#define WORKS_AGAIN(lost) "deadwait: the post at '%s' works again; lines lost: " lost "\n"
#define CANNOT(what, why)                                                                          \
	"deadwait: cannot " what " the post at '%s': " why                                         \
	"; going on, what cannot wait is lost and counted\n"

static struct courier *courier;

static int set_up(void **state)
{
	int err = server_set_up(state);

	courier = courier_new("the post", socket_path);
	return err || !courier ? -1 : 0;
}

static int tear_down(void **state)
{
	courier_free(courier);
	return server_tear_down(state);
}

/* A letter that is its number, in so many bytes. */
static int send_number(unsigned int number, size_t len)
{
	char *letter = malloc(len + 1);

	assert_non_null(letter);
	snprintf(letter, len + 1, "%0*u", (int)len, number);
	return courier_send(courier, letter, len);
}

static void assert_gets(unsigned int first, unsigned int last)
{
	for (unsigned int i = first; i <= last; i++) {
		if (server_get() < 0) {
			courier_tick(courier);
			assert_true(server_get() > 0);
		}
		assert_int_equal(strtoul(got, NULL, 10), i);
	}
	courier_tick(courier);
	assert_int_equal(server_get(), -1);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void test_sends(void **state)
{
	(void)state;
	assert_int_equal(send_number(1, 10), 0);
	assert_int_equal(send_number(2, 10000), 0);
	assert_int_equal(server_get(), 10);
	assert_int_equal(server_get(), 10000);
	assert_int_equal(courier_lost(courier), 0);
	assert_said("");
}

static void test_long_path(void **state)
{
	char path[200];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[108] = '\0';
	assert_null(courier_new("the post", path));
	courier_free(NULL);
	assert_int_equal(courier_lost(NULL), 0);
}

/* The kernel holds net.unix.max_dgram_qlen letters for the server; many more wait with us. */
static void test_slow_server(void **state)
{
	uint64_t begin = now_ms();

	(void)state;
	for (unsigned int i = 1; i <= 5000; i++)
		assert_int_equal(send_number(i, 20), 0);
	assert_true(now_ms() - begin < 2000);
	assert_gets(1, 5000);
	assert_int_equal(courier_lost(courier), 0);
	assert_said("");
}

static void test_nobody_listens(void **state)
{
	(void)state;
	assert_int_equal(send_number(1, 10), 0);
	assert_gets(1, 1);
	server_close();
	assert_int_equal(send_number(2, 10), 0);
	assert_said(CANNOT("reach", "Connection refused"));
	unlink(socket_path);
	assert_int_equal(send_number(3, 10), 0);
	courier_tick(courier);
	assert_said("");
	server_open();
	assert_int_equal(send_number(4, 10), 0);
	assert_said(WORKS_AGAIN("0"));
	assert_gets(2, 4);
	assert_int_equal(courier_lost(courier), 0);
}

static void test_away_from_the_start(void **state)
{
	(void)state;
	server_close();
	unlink(socket_path);
	courier_free(courier);
	courier = courier_new("the post", socket_path);
	assert_non_null(courier);
	assert_said(CANNOT("reach", "No such file or directory"));
	assert_int_equal(send_number(1, 10), 0);
	server_open();
	courier_tick(courier);
	assert_said(WORKS_AGAIN("0"));
	assert_gets(1, 1);
}

/* Away for long: the first COURIER_ROOM bytes wait, the others are lost and counted. */
static void test_no_room(void **state)
{
	const unsigned int fit = COURIER_ROOM / 1024;

	(void)state;
	server_close();
	for (unsigned int i = 1; i <= fit; i++)
		assert_int_equal(send_number(i, 1024), 0);
	assert_said(CANNOT("reach", "Connection refused"));
	assert_int_equal(send_number(fit + 1, 1), -ENOBUFS);
	assert_int_equal(send_number(fit + 2, 1024), -ENOBUFS);
	assert_int_equal(courier_note(courier, strdup("x"), 1), -ENOBUFS);
	assert_int_equal(courier_send(courier, NULL, 0), -ENOBUFS);
	assert_int_equal(courier_lost(courier), 3);
	server_open();
	courier_tick(courier);
	assert_gets(1, fit);
	assert_said(WORKS_AGAIN("3"));
	assert_int_equal(send_number(7, 1024), 0);
	assert_gets(7, 7);
}

/* What was lost is told of at the latest at the end. */
static void test_lost_at_the_end(void **state)
{
	(void)state;
	server_close();
	for (unsigned int i = 1; i <= COURIER_ROOM / 4096 + 3; i++)
		send_number(i, 4096);
	assert_said(CANNOT("reach", "Connection refused"));
	assert_int_equal(courier_lost(courier), 3);
	courier_free(courier);
	courier = NULL;
	assert_said("deadwait: the post at '%s' did not take 515 lines: they are lost\n");
}

/* A server that is there and does not read: the same, and the trouble is its pace. */
static void test_stopped_server(void **state)
{
	unsigned int sent = 0;

	(void)state;
	while (!send_number(sent + 1, 4096))
		sent++;
	assert_true(sent >= COURIER_ROOM / 4096);
	assert_said(CANNOT("write fast enough to", "No buffer space available"));
	assert_gets(1, sent);
	assert_said(WORKS_AGAIN("1"));
}

/* What is larger than any datagram can be costs itself only. */
static void test_too_long(void **state)
{
	const int least = 4096;
	int fd;

	(void)state;
	courier_free(courier);
	fd = dup(0); /* the courier's will have the same number */
	close(fd);
	courier = courier_new("the post", socket_path);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
	assert_int_equal(send_number(1, 10), 0);
	send_number(2, 20000);
	assert_said(CANNOT("send a line to", "Message too long"));
	assert_int_equal(courier_lost(courier), 1);
	assert_int_equal(send_number(3, 10), 0);
	assert_said(WORKS_AGAIN("1"));
	assert_int_equal(server_get(), 10);
	assert_int_equal(server_get(), 10);
	assert_int_equal(strtoul(got, NULL, 10), 3);
}

/* Nobody there at the end: nothing to wait for. */
static void test_undelivered(void **state)
{
	uint64_t begin = now_ms();

	(void)state;
	server_close();
	assert_int_equal(send_number(1, 10), 0);
	assert_said(CANNOT("reach", "Connection refused"));
	courier_free(courier);
	courier = NULL;
	assert_said("deadwait: the post at '%s' did not take 1 lines: they are lost\n");
	assert_true(now_ms() - begin < COURIER_PATIENCE_MS / 2);
}

/* At the end it waits for a server that reads, and not for one that does not. */
static void test_last_letters(void **state)
{
	uint64_t begin = now_ms();

	(void)state;
	for (unsigned int i = 1; i <= 2000; i++)
		assert_int_equal(send_number(i, 20), 0);
	courier_free(courier);
	courier = NULL;
	assert_in_range(now_ms() - begin, COURIER_PATIENCE_MS - 50, 4 * COURIER_PATIENCE_MS);
}

static void test_last_letters_arrive(void **state)
{
	pid_t reader;
	int status;

	(void)state;
	for (unsigned int i = 1; i <= 2000; i++)
		assert_int_equal(send_number(i, 20), 0);
	reader = fork();
	if (!reader) {
		unsigned int count = 0;

		while (count < 2000)
			if (server_get() > 0 && strtoul(got, NULL, 10) != ++count)
				_exit(1);
		_exit(0);
	}
	courier_free(courier);
	courier = NULL;
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
	assert_said("");
}

static void pause_ms(long ms)
{
	const struct timespec pause = { .tv_nsec = ms * 1000000 };

	nanosleep(&pause, NULL);
}

/* How many ticks it takes until a server that is another process has read so many letters. */
static unsigned int ticks_for(unsigned int letters)
{
	volatile unsigned int *count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
					    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int ticks = 0;
	pid_t reader;

	assert_true(count != MAP_FAILED);
	for (unsigned int i = 1; i <= letters; i++)
		assert_int_equal(send_number(i, 20), 0);
	reader = fork();
	while (!reader) {
		while (server_get() > 0)
			++*count;
		pause_ms(1);
	}
	for (; *count < letters && ticks < letters; ticks++) {
		courier_tick(courier);
		pause_ms(5);
	}
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	munmap((void *)count, sizeof(*count));
	return ticks;
}

/*
 * A tick gives a server that reads more than the ten letters that the kernel holds for it: a long
 * queue does not stay. On a busy machine the server may miss its turns.
 */
static void test_tick_keeps_pace(void **state)
{
	enum { LETTERS = 2000, KEPT = LETTERS / 15 };
	unsigned int ticks = LETTERS;

	(void)state;
	for (int tries = 0; tries < 5 && ticks > KEPT; tries++)
		ticks = ticks_for(LETTERS);
	assert_in_range(ticks, 1, KEPT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sends),
		TEST(test_long_path),
		TEST(test_slow_server),
		TEST(test_nobody_listens),
		TEST(test_away_from_the_start),
		TEST(test_no_room),
		TEST(test_lost_at_the_end),
		TEST(test_stopped_server),
		TEST(test_tick_keeps_pace),
		TEST(test_too_long),
		TEST(test_undelivered),
		TEST(test_last_letters),
		TEST(test_last_letters_arrive),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
