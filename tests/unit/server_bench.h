// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * server_bench: a datagram server for the tests of what sends to the journal and to syslog, and what
 * the program says on stderr meanwhile. Included once by each test program, after <cmocka.h>.
 */
#ifndef DEADWAIT_SERVER_BENCH_H
#define DEADWAIT_SERVER_BENCH_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/deadwait-test-XXXXXX";
static char socket_path[sizeof(folder) + 16];
static int server = -1;
static int said, real_stderr; /* read end of a pipe that is stderr during a test */
static char got[200000];      /* the last datagram, NUL behind it */

static void server_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, socket_path);
	unlink(socket_path);
	server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(server >= 0);
	assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
}

/* As a server that crashes: the socket's name stays. */
static void server_close(void)
{
	if (server >= 0)
		close(server);
	server = -1;
}

/* Reads one datagram; -1: there is none. */
static inline ssize_t server_get(void)
{
	ssize_t len = recv(server, got, sizeof(got) - 1, 0);

	got[len > 0 ? len : 0] = '\0';
	return len;
}

/* Exactly this came on stderr since the last look; %s stands for the path of the socket. */
static inline void assert_said(const char *format)
{
	char text[1024], expected[1024];
	ssize_t len = read(said, text, sizeof(text) - 1);
	const char *at = strstr(format, "%s");

	text[len > 0 ? len : 0] = '\0';
	if (at)
		snprintf(expected, sizeof(expected), "%.*s%s%s", (int)(at - format), format,
			 socket_path, at + 2);
	else
		snprintf(expected, sizeof(expected), "%s", format);
	assert_string_equal(text, expected);
}

static int server_set_up(void **state)
{
	int ends[2];

	(void)state;
	real_stderr = dup(STDERR_FILENO);
	if (real_stderr < 0 || pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return -1;
	said = ends[0];
	if (dup2(ends[1], STDERR_FILENO) < 0 || close(ends[1]) < 0)
		return -1;
	server_open();
	return 0;
}

static int server_tear_down(void **state)
{
	(void)state;
	server_close();
	unlink(socket_path);
	return dup2(real_stderr, STDERR_FILENO) < 0 || close(real_stderr) < 0 || close(said) < 0;
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/socket", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

#endif
