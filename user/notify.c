// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"

static struct sockaddr_un manager;
static socklen_t manager_len; /* 0: there is none */
static uint64_t watchdog_ns;  /* 0: there is none */
static uint64_t said_ns;

/* A path, or with @ in front a name of the abstract namespace. */
static void find_manager(const char *path)
{
	size_t len = path ? strlen(path) : 0;

	if (!len || (path[0] != '/' && path[0] != '@') || len >= sizeof(manager.sun_path))
		return;
	manager.sun_family = AF_UNIX;
	memcpy(manager.sun_path, path, len);
	if (path[0] == '@')
		manager.sun_path[0] = '\0';
	manager_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void notify_open(void)
{
	const char *interval = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	find_manager(getenv("NOTIFY_SOCKET"));
	if (interval && (!pid || strtoul(pid, NULL, 10) == (unsigned long)getpid()))
		watchdog_ns = strtoull(interval, NULL, 10) * 1000;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void tell(const char *state)
{
	int fd;

	if (!manager_len)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	/* A manager that does not listen is its own trouble. */
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&manager,
		   manager_len) > 0)
		said_ns = clock_monotonic_ns();
	close(fd);
}

void notify_ready(void)
{
	tell("READY=1");
}

void notify_alive(void)
{
	/* Twice as often as it must be. */
	if (watchdog_ns && clock_monotonic_ns() - said_ns >= watchdog_ns / 2)
		tell("WATCHDOG=1");
}

void notify_stopping(void)
{
	tell("STOPPING=1");
}
