// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics_http and metrics_listen: real sockets on loopback and in a folder;
 * good and bad requests, and that nothing is left behind.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "clock.h"
#include "metrics_http.h"
#include "metrics_listen.h"

#define PATIENCE_MS 10000

static char folder[64], unix_text[96], *unix_path = unix_text + sizeof("unix:") - 1;
static struct metrics_listen listening;
static struct metrics_http *http;
static char reply[65536];
static unsigned int rendered;
static bool signals_blocked;

static char *render(void *arg, enum metrics_format format, size_t *len)
{
	sigset_t blocked;

	(void)arg;
	rendered++;
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	signals_blocked = sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGCHLD);
	*len = 6;
	return strdup(format == METRICS_OPENMETRICS ? "open\n\n" : "prom\n\n");
}

static void start(const char *where)
{
	struct metrics_http_config config = { .render = render };
	struct endpoint endpoint;

	assert_int_equal(endpoint_parse(where, &endpoint), 0);
	assert_int_equal(metrics_listen_open(&listening, &endpoint), 0);
	config.fd = listening.fd;
	rendered = 0;
	assert_int_equal(metrics_http_start(&config, &http), 0);
	listening.fd = -1;
}

static void stop(void)
{
	metrics_http_stop(http);
	metrics_listen_close(&listening);
	http = NULL;
}

static int dial(void)
{
	int fd = socket(listening.endpoint.address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, &listening.endpoint.address.any, listening.endpoint.len), 0);
	return fd;
}

static void send_text(int fd, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

/* Reads until the other side closes; fails if it does not. */
static const char *read_reply(int fd)
{
	size_t len = 0;

	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t got;

		assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
		got = recv(fd, reply + len, sizeof(reply) - 1 - len, 0);
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	reply[len] = '\0';
	close(fd);
	return reply;
}

static const char *ask(const char *request)
{
	int fd = dial();

	send_text(fd, request);
	return read_reply(fd);
}

static void assert_starts(const char *text, const char *start_wanted)
{
	if (strncmp(text, start_wanted, strlen(start_wanted)) != 0)
		fail_msg("not '%s' but:\n%s", start_wanted, text);
}

static void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/deadwait-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(unix_text, sizeof(unix_text), "unix:%s/sock", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (http)
		stop();
	unlink(unix_path);
	return rmdir(folder);
}

static void test_get(void **state)
{
	(void)state;
	start("0");
	assert_starts(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 ");
	assert_holds(reply, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	assert_holds(reply, "\r\n\r\nprom\n\n");
	assert_holds(reply, "\r\nConnection: close\r\n");
	assert_true(signals_blocked);
	ask("GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text\r\n\r\n");
	assert_holds(reply, "\r\nContent-Type: application/openmetrics-text; version=1.0.0; "
			    "charset=utf-8\r\n");
	assert_holds(reply, "\r\n\r\nopen\n\n");
	assert_starts(ask("GET / HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 ");
	assert_holds(reply, "<a href=\"/metrics\">");
}

static void test_head(void **state)
{
	(void)state;
	start("0");
	assert_starts(ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 ");
	assert_holds(reply, "\r\nContent-Length: 6\r\n");
	assert_null(strstr(reply, "prom"));
}

static void test_ipv6(void **state)
{
	struct metrics_listen probe;
	struct endpoint endpoint;
	char where[ENDPOINT_TEXT_MAX];

	(void)state;
	assert_int_equal(endpoint_parse("[::1]:0", &endpoint), 0);
	if (metrics_listen_open(&probe, &endpoint)) {
		print_message("[  SKIPPED ] test_ipv6: this machine has no ::1\n");
		skip();
	}
	metrics_listen_close(&probe);
	start("[::1]:0");
	endpoint_format(where, sizeof(where), &listening.endpoint);
	assert_starts(where, "http://[::1]:");
	assert_null(strstr(where, ":0/"));
	assert_holds(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "prom");
}

static void test_wrong_requests(void **state)
{
	static const char *const methods[] = {
		"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"
	};
	static const char *const paths[] = { "/x", "/metrics/", "//metrics", "/../etc/passwd" };
	char request[256];

	(void)state;
	start("0");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		snprintf(request, sizeof(request),
			 "%s /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
			 methods[i]);
		assert_starts(ask(request), "HTTP/1.1 405 ");
		assert_holds(reply, "\r\nAllow: GET, HEAD\r\n");
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", paths[i]);
		assert_starts(ask(request), "HTTP/1.1 404 ");
	}
	assert_int_equal(rendered, 0);
}

static void test_huge_header(void **state)
{
	static char request[60000];
	int fd;

	(void)state;
	start("0");
	memset(request, 'x', sizeof(request) - 1);
	memcpy(request, "GET /metrics HTTP/1.1\r\nX: ", 26);
	fd = dial();
	/* It may be refused, and closed, before all was sent. */
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) > 0)
		read_reply(fd);
	if (reply[0])
		assert_starts(reply, "HTTP/1.1 4");
	assert_starts(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 ");
}

static void test_garbage(void **state)
{
	(void)state;
	start("0");
	assert_null(strstr(ask("\x16\x03\x01\x02\x01\x01\r\n\r\n"), "200"));
	assert_null(strstr(ask("GET\r\n\r\n"), "200"));
	assert_starts(ask("GET / HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 ");
}

/* One page serves all who ask within a second. */
static void test_rendered_once(void **state)
{
	(void)state;
	start("0");
	for (int i = 0; i < 20; i++)
		assert_holds(ask("GET /metrics HTTP/1.0\r\n\r\n"), "prom");
	assert_in_range(rendered, 1, 3);
}

/* Who dawdles is cut off, whatever he sends meanwhile. */
static void test_sweep(void **state)
{
	int slow;

	(void)state;
	start("0");
	slow = dial();
	send_text(slow, "GET /metr");
	/* Its turn has come: later connections are answered. */
	ask("GET / HTTP/1.0\r\n\r\n");
	metrics_http_sweep(http, clock_monotonic_ns() + 14000000000ULL);
	send_text(slow, "ics HT");
	ask("GET / HTTP/1.0\r\n\r\n");
	metrics_http_sweep(http, clock_monotonic_ns() + 16000000000ULL);
	assert_string_equal(read_reply(slow), "");
	assert_starts(ask("GET / HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 ");
}

static void test_stop_with_open_connections(void **state)
{
	int fds[10];

	(void)state;
	start("0");
	for (size_t i = 0; i < 10; i++) {
		fds[i] = dial();
		send_text(fds[i], "GET /");
	}
	stop();
	for (size_t i = 0; i < 10; i++)
		close(fds[i]);
}

static void test_port_in_use(void **state)
{
	struct metrics_listen second;
	char text[32];
	struct endpoint endpoint;

	(void)state;
	start("0");
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(listening.endpoint.address.in.sin_port));
	assert_int_equal(endpoint_parse(text, &endpoint), 0);
	assert_int_equal(metrics_listen_open(&second, &endpoint), -EADDRINUSE);
}

static void test_unix(void **state)
{
	struct metrics_listen second;
	struct endpoint endpoint;
	struct stat st;

	(void)state;
	start(unix_text);
	assert_int_equal(lstat(unix_path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_holds(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "prom");
	assert_int_equal(endpoint_parse(unix_text, &endpoint), 0);
	assert_int_equal(metrics_listen_open(&second, &endpoint), -EADDRINUSE);
	assert_holds(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "prom");
	stop();
	assert_int_equal(lstat(unix_path, &st), -1);
}

/* Left by one that was killed: nobody listens on it. */
static void test_unix_stale(void **state)
{
	struct metrics_listen stale;
	struct endpoint endpoint;

	(void)state;
	assert_int_equal(endpoint_parse(unix_text, &endpoint), 0);
	assert_int_equal(metrics_listen_open(&stale, &endpoint), 0);
	close(stale.fd);
	start(unix_text);
	assert_holds(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "prom");
}

/* Another's file is neither replaced at the start nor removed at the end. */
static void test_unix_not_ours(void **state)
{
	struct metrics_listen other, second;
	struct endpoint endpoint;
	struct stat st;

	(void)state;
	assert_int_equal(endpoint_parse(unix_text, &endpoint), 0);
	assert_int_equal(mkdir(unix_path, 0700), 0);
	assert_int_equal(metrics_listen_open(&second, &endpoint), -EEXIST);
	assert_int_equal(rmdir(unix_path), 0);

	start(unix_text);
	assert_int_equal(unlink(unix_path), 0);
	assert_int_equal(metrics_listen_open(&other, &endpoint), 0);
	stop();
	assert_int_equal(lstat(unix_path, &st), 0);
	metrics_listen_close(&other);
	assert_int_equal(lstat(unix_path, &st), -1);
}

static void test_unix_no_folder(void **state)
{
	struct metrics_listen nowhere;
	struct endpoint endpoint;

	(void)state;
	assert_int_equal(endpoint_parse("unix:/nowhere/at/all", &endpoint), 0);
	assert_int_equal(metrics_listen_open(&nowhere, &endpoint), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_head),
		TEST(test_ipv6),
		TEST(test_wrong_requests),
		TEST(test_huge_header),
		TEST(test_garbage),
		TEST(test_rendered_once),
		TEST(test_sweep),
		TEST(test_stop_with_open_connections),
		TEST(test_port_in_use),
		TEST(test_unix),
		TEST(test_unix_stale),
		TEST(test_unix_not_ours),
		TEST(test_unix_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
