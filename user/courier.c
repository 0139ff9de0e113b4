// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * courier: brings datagrams to a unix socket. See courier.h.
 *
 * sd_journal_sendv() is not used: it returns success when there is no journal, so that nothing could
 * be counted, and it blocks for as long as the journal does not read (seen with libsystemd 252: after
 * 11 lines with net.unix.max_dgram_qlen = 10). libc's syslog() blocks alike and speaks RFC 3164 only.
 */
#include "courier.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* What the kernel holds for us while nobody reads; as libsystemd asks for. */
#define SEND_BUFFER (8 << 20)
#define REST_MS 1
#define PATIENCE_RESTS (COURIER_PATIENCE_MS / REST_MS)
#define TICK_RESTS (COURIER_TICK_MS / REST_MS)

static const struct timespec rest = { .tv_nsec = REST_MS * 1000000L };

struct letter {
	struct letter *next;
	char *text;
	size_t len;
};

struct courier {
	const char *name;
	const char *path;
	struct sockaddr_un address;
	int fd;
	struct letter *first, *last; /* those that wait */
	size_t waiting_bytes;
	bool failing;	    /* trouble was said and has not ended */
	uint64_t lost;	    /* since courier_new() */
	uint64_t lost_then; /* lost when the trouble began */
};

static void say_failing(struct courier *courier, const char *what, int err)
{
	if (courier->failing)
		return;
	courier->failing = true;
	courier->lost_then = courier->lost;
	say_error("cannot %s %s at '%s': %s; going on, what cannot wait is lost and counted", what,
		  courier->name, courier->path, strerror(err));
}

static void say_working(struct courier *courier)
{
	if (!courier->failing)
		return;
	courier->failing = false;
	say_error("%s at '%s' works again; lines lost: %" PRIu64, courier->name, courier->path,
		  courier->lost - courier->lost_then);
}

/* A descriptor of its own: ours must stay unconnected to find a server that comes anew. */
static void try_to_connect(struct courier *courier)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&courier->address, sizeof(courier->address)) < 0)
		say_failing(courier, "reach", errno);
	close(fd);
}

struct courier *courier_new(const char *name, const char *path)
{
	const int buffer = SEND_BUFFER;
	struct courier *courier = calloc(1, sizeof(*courier));

	if (!courier || strlen(path) >= sizeof(courier->address.sun_path)) {
		free(courier);
		return NULL;
	}
	courier->name = name;
	courier->path = path;
	courier->address.sun_family = AF_UNIX;
	memcpy(courier->address.sun_path, path, strlen(path));
	courier->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (courier->fd < 0) {
		free(courier);
		return NULL;
	}
	/* The first takes CAP_NET_ADMIN, the second is cut to net.core.wmem_max. */
	if (setsockopt(courier->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) < 0)
		setsockopt(courier->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	try_to_connect(courier);
	return courier;
}

/* Returns 0 or -errno. */
static int send_letter(const struct courier *courier, const struct letter *letter)
{
	ssize_t sent;

	do {
		sent = sendto(courier->fd, letter->text, letter->len, MSG_DONTWAIT | MSG_NOSIGNAL,
			      (const struct sockaddr *)&courier->address, sizeof(courier->address));
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static void drop_first(struct courier *courier)
{
	struct letter *letter = courier->first;

	courier->first = letter->next;
	courier->waiting_bytes -= letter->len;
	free(letter->text);
	free(letter);
}

/* Returns 0 if nothing waits any more, or what keeps the first one. */
static int deliver(struct courier *courier)
{
	while (courier->first) {
		int err = send_letter(courier, courier->first);

		if (err == -EMSGSIZE) {
			/* It will never go. */
			say_failing(courier, "send a line to", EMSGSIZE);
			courier->lost++;
		} else if (err) {
			/* A reader that is only slow is no trouble while there is room. */
			if (err != -EAGAIN && err != -ENOBUFS)
				say_failing(courier, "reach", -err);
			return err;
		} else if (!courier->first->next) {
			say_working(courier);
		}
		drop_first(courier);
	}
	return 0;
}

static int take(struct courier *courier, char *text, size_t len)
{
	struct letter *letter;

	if (!text || courier->waiting_bytes + len > COURIER_ROOM)
		return -ENOBUFS;
	letter = malloc(sizeof(*letter));
	if (!letter)
		return -ENOBUFS;
	*letter = (struct letter){ .text = text, .len = len };
	if (courier->first)
		courier->last->next = letter;
	else
		courier->first = letter;
	courier->last = letter;
	courier->waiting_bytes += len;
	return 0;
}

int courier_note(struct courier *courier, char *letter, size_t len)
{
	int err;

	deliver(courier);
	err = take(courier, letter, len);
	if (err)
		free(letter);
	else
		deliver(courier);
	return err;
}

int courier_send(struct courier *courier, char *letter, size_t len)
{
	int err = courier_note(courier, letter, len);

	if (err) {
		say_failing(courier, "write fast enough to", -err);
		courier->lost++;
	}
	return err;
}

/* The kernel holds some ten letters for a reader (net.unix.max_dgram_qlen): else no more go. */
void courier_tick(struct courier *courier)
{
	for (int rests = 0; rests < TICK_RESTS; rests++) {
		size_t waiting_bytes = courier->waiting_bytes;
		int err = deliver(courier);

		if ((err != -EAGAIN && err != -ENOBUFS) || courier->waiting_bytes == waiting_bytes)
			return;
		nanosleep(&rest, NULL);
	}
}

uint64_t courier_lost(const struct courier *courier)
{
	return courier ? courier->lost : 0;
}

void courier_free(struct courier *courier)
{
	uint64_t left;

	if (!courier)
		return;
	for (int still = 0, all = 0; still < PATIENCE_RESTS && all < 10 * PATIENCE_RESTS; all++) {
		size_t waiting_bytes = courier->waiting_bytes;
		int err = deliver(courier);

		/* Where nobody listens there is nothing to wait for. */
		if (err != -EAGAIN && err != -ENOBUFS)
			break;
		still = courier->waiting_bytes == waiting_bytes ? still + 1 : 0;
		nanosleep(&rest, NULL);
	}
	left = courier->failing ? courier->lost - courier->lost_then : 0;
	for (; courier->first; left++)
		drop_first(courier);
	if (left)
		say_error("%s at '%s' did not take %" PRIu64 " lines: they are lost", courier->name,
			  courier->path, left);
	close(courier->fd);
	free(courier);
}
