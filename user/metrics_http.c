// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_http.h"

#include <errno.h>

#ifdef DEADWAIT_WITHOUT_LIBMICROHTTPD

int metrics_http_start(const struct metrics_http_config *config, struct metrics_http **out)
{
	(void)config;
	(void)out;
	return -ENOSYS;
}

void metrics_http_sweep(struct metrics_http *http, uint64_t now_ns)
{
	(void)http;
	(void)now_ns;
}

void metrics_http_stop(struct metrics_http *http)
{
	(void)http;
}

#else

#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "duration.h"

/* More wait in the socket's queue, and after that in the kernel of who asks. */
#define CONNECTIONS_MAX 64
/* Room for the request's line and headers, of each connection. */
#define REQUEST_MAX_BYTES ((size_t)8192)
#define STACK_BYTES ((size_t)256 * 1024)
/* A connection in which nothing moves for so long is closed, */
#define IDLE_S 5U
/* and one that is so old, whatever moves. */
#define LIFE_NS (15 * DURATION_NS_PER_S)
/* A page serves all who ask within so long. */
#define FRESH_NS DURATION_NS_PER_S

struct connection {
	int fd;
	uint64_t since_ns; /* CLOCK_MONOTONIC; 0: the slot is free */
};

struct page {
	struct MHD_Response *response; /* shared by all connections that send it */
	uint64_t made_ns;
};

struct metrics_http {
	struct metrics_http_config config;
	struct MHD_Daemon *daemon;
	struct page pages[METRICS_FORMATS]; /* of the server's thread */
	struct MHD_Response *index, *not_found, *bad_method;
	pthread_mutex_t lock; /* of connections, held for a few instructions */
	struct connection connections[CONNECTIONS_MAX];
};

static const char index_text[] =
	"<!doctype html>\n<title>deadwait</title>\n<a href=\"/metrics\">metrics</a>\n";
static const char not_found_text[] = "Not found. The metrics are at /metrics.\n";
static const char bad_method_text[] = "Only GET and HEAD.\n";

/* Takes over the text if it is given away. NULL: no memory. */
static struct MHD_Response *make_response(void *text, size_t len, enum MHD_ResponseMemoryMode mode,
					  const char *type)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(len, text, mode);

	if (!response) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(text);
		return NULL;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	/* A connection that is kept would hold its slot from one scrape to the next. */
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	return response;
}

static struct MHD_Response *make_constant(const char *text, const char *type)
{
	return make_response((void *)text, strlen(text), MHD_RESPMEM_PERSISTENT, type);
}

static bool make_constants(struct metrics_http *http)
{
	static const char plain[] = "text/plain; charset=utf-8";

	http->index = make_constant(index_text, "text/html; charset=utf-8");
	http->not_found = make_constant(not_found_text, plain);
	http->bad_method = make_constant(bad_method_text, plain);
	if (!http->index || !http->not_found || !http->bad_method)
		return false;
	MHD_add_response_header(http->bad_method, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return true;
}

static void free_responses(struct metrics_http *http)
{
	struct MHD_Response *all[] = { http->index, http->not_found, http->bad_method,
				       http->pages[METRICS_PROMETHEUS].response,
				       http->pages[METRICS_OPENMETRICS].response };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i])
			MHD_destroy_response(all[i]);
}

/* The page in this format, no older than FRESH_NS. NULL: no memory. */
static struct MHD_Response *fresh_page(struct metrics_http *http, enum metrics_format format)
{
	struct page *page = &http->pages[format];
	uint64_t now_ns = clock_monotonic_ns();
	size_t len;
	char *text;

	if (page->response && now_ns - page->made_ns < FRESH_NS)
		return page->response;
	if (page->response)
		MHD_destroy_response(page->response); /* those who send it still hold it */
	page->response = NULL;
	text = http->config.render(http->config.arg, format, &len);
	if (text)
		page->response =
			make_response(text, len, MHD_RESPMEM_MUST_FREE, metrics_text_type(format));
	page->made_ns = now_ns;
	return page->response;
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_len, void **request)
{
	struct metrics_http *http = arg;
	struct MHD_Response *response;
	const char *accept;

	(void)version;
	(void)upload;
	(void)upload_len;
	(void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return MHD_queue_response(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
					  http->bad_method);
	if (!strcmp(url, "/"))
		return MHD_queue_response(connection, MHD_HTTP_OK, http->index);
	if (strcmp(url, "/metrics") != 0)
		return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, http->not_found);
	accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	response = fresh_page(http, metrics_text_wanted(accept));
	return response ? MHD_queue_response(connection, MHD_HTTP_OK, response) : MHD_NO;
}

/* A connection comes or goes; its descriptor is open in either case. */
static void note_connection(void *arg, struct MHD_Connection *connection, void **slot,
			    enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct metrics_http *http = arg;
	struct connection *entry = *slot;

	pthread_mutex_lock(&http->lock);
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (entry)
			entry->since_ns = 0;
	} else {
		for (unsigned int i = 0; info && !entry && i < CONNECTIONS_MAX; i++)
			if (!http->connections[i].since_ns)
				entry = &http->connections[i];
		if (entry) {
			*entry = (struct connection){ .fd = info->connect_fd,
						      .since_ns = clock_monotonic_ns() };
			*slot = entry;
		}
	}
	pthread_mutex_unlock(&http->lock);
}

void metrics_http_sweep(struct metrics_http *http, uint64_t now_ns)
{
	pthread_mutex_lock(&http->lock);
	for (unsigned int i = 0; i < CONNECTIONS_MAX; i++) {
		const struct connection *entry = &http->connections[i];

		/* The server's thread sees that nothing can be read or sent, and closes it. */
		if (entry->since_ns && now_ns > entry->since_ns + LIFE_NS)
			shutdown(entry->fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&http->lock);
}

static struct MHD_Daemon *start_daemon(struct metrics_http *http)
{
	struct MHD_Daemon *daemon;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, answer, http,
		MHD_OPTION_LISTEN_SOCKET, http->config.fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, REQUEST_MAX_BYTES,
		MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)1024, MHD_OPTION_THREAD_STACK_SIZE,
		STACK_BYTES, MHD_OPTION_NOTIFY_CONNECTION, note_connection, http,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return daemon;
}

int metrics_http_start(const struct metrics_http_config *config, struct metrics_http **out)
{
	struct metrics_http *http = calloc(1, sizeof(*http));

	if (!http)
		return -ENOMEM;
	http->config = *config;
	pthread_mutex_init(&http->lock, NULL);
	errno = 0;
	http->daemon = make_constants(http) ? start_daemon(http) : NULL;
	if (!http->daemon) {
		int err = errno ? -errno : -ENOMEM;

		free_responses(http);
		pthread_mutex_destroy(&http->lock);
		free(http);
		return err;
	}
	*out = http;
	return 0;
}

void metrics_http_stop(struct metrics_http *http)
{
	if (!http)
		return;
	MHD_stop_daemon(http->daemon);
	free_responses(http);
	pthread_mutex_destroy(&http->lock);
	free(http);
}

#endif
