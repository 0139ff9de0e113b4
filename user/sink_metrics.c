// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink_metrics.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "clock.h"
#include "duration.h"
#include "endpoint.h"
#include "metrics.h"
#include "metrics_file.h"
#include "metrics_http.h"
#include "metrics_listen.h"
#include "say.h"

#define FILE_NS (15 * DURATION_NS_PER_S)

struct sink_metrics {
	struct sink sink;
	bool quiet;
	struct metrics *metrics;
	struct metrics_listen listen;
	bool listens;
	struct metrics_http *http; /* NULL: not started */
	struct metrics_file file;
	uint64_t written_ns;	       /* CLOCK_BOOTTIME of the last try to write the file */
	pthread_mutex_t lock;	       /* of published, held for one copy */
	struct metrics_page published; /* what the server's thread may see */
};

static struct sink_metrics *of(struct sink *sink)
{
	return (struct sink_metrics *)sink;
}

/* In the server's thread. */
static char *render_published(void *arg, enum metrics_format format, size_t *len)
{
	struct sink_metrics *own = arg;
	struct metrics_page *page = malloc(sizeof(*page));
	char *text;

	if (!page)
		return NULL;
	pthread_mutex_lock(&own->lock);
	*page = own->published;
	pthread_mutex_unlock(&own->lock);
	text = metrics_text_render(page, format, clock_boot_ns(), len);
	free(page);
	return text;
}

static void publish(struct sink_metrics *own)
{
	const struct metrics_page *page = metrics_page(own->metrics);

	if (!own->listens)
		return;
	pthread_mutex_lock(&own->lock);
	own->published = *page;
	pthread_mutex_unlock(&own->lock);
}

static int write_file(struct sink_metrics *own, uint64_t now_ns)
{
	size_t len;
	char *text;
	int err;

	own->written_ns = now_ns;
	text = metrics_text_render(metrics_page(own->metrics), METRICS_PROMETHEUS, now_ns, &len);
	if (!text)
		return -ENOMEM;
	err = metrics_file_write(&own->file, text, len);
	free(text);
	return err;
}

static void on_finding(struct sink *sink, const struct finding *finding)
{
	metrics_take_finding(of(sink)->metrics, finding);
}

static void on_sigchld(struct sink *sink, const struct finding_sigchld *sigchld)
{
	metrics_take_sigchld(of(sink)->metrics, sigchld);
}

static void on_orphan(struct sink *sink, const struct finding_orphan *orphan)
{
	metrics_take_orphan(of(sink)->metrics, orphan);
}

static void on_lost(struct sink *sink, const struct finding_lost *lost)
{
	metrics_take_lost(of(sink)->metrics, lost);
}

static void on_sample(struct sink *sink, const struct sample *sample)
{
	struct sink_metrics *own = of(sink);

	metrics_take_sample(own->metrics, sample);
	publish(own);
	if (own->http)
		metrics_http_sweep(own->http, clock_monotonic_ns());
	if (own->file.path && sample->time_ns - own->written_ns >= FILE_NS)
		write_file(own, sample->time_ns);
}

static void on_summary(struct sink *sink, const struct finding_summary *summary)
{
	(void)sink;
	(void)summary;
}

static int on_start(struct sink *sink)
{
	struct sink_metrics *own = of(sink);
	const struct metrics_http_config config = {
		.fd = own->listen.fd,
		.render = render_published,
		.arg = own,
	};
	char where[ENDPOINT_TEXT_MAX];
	int err;

	if (!own->listens)
		return 0;
	endpoint_format(where, sizeof(where), &own->listen.endpoint);
	err = metrics_http_start(&config, &own->http);
	if (err) {
		say_error("cannot serve metrics on %s: %s", where,
			  err == -ENOSYS ?
				  "this static build has no HTTP server; give --textfile instead" :
				  strerror(-err));
		return err;
	}
	own->listen.fd = -1;
	if (!own->quiet)
		say_error("metrics are on %s", where);
	return 0;
}

static void on_free(struct sink *sink)
{
	struct sink_metrics *own = of(sink);

	metrics_http_stop(own->http);
	if (own->listens)
		metrics_listen_close(&own->listen);
	/* What the file says of the present would be read as true for ever. */
	if (own->file.path && own->written_ns) {
		metrics_end(own->metrics);
		write_file(own, clock_boot_ns());
	}
	metrics_free(own->metrics);
	pthread_mutex_destroy(&own->lock);
	free(own);
}

static const struct sink_ops ops = {
	.start = on_start,
	.finding = on_finding,
	.sigchld = on_sigchld,
	.orphan = on_orphan,
	.lost = on_lost,
	.sample = on_sample,
	.summary = on_summary,
	.free = on_free,
};

static int open_socket(struct sink_metrics *own, const char *text)
{
	struct endpoint endpoint;
	int err = endpoint_parse(text, &endpoint);

	if (!err)
		err = metrics_listen_open(&own->listen, &endpoint);
	if (err)
		say_error("cannot serve metrics on '%s': %s", text, strerror(-err));
	own->listens = !err;
	return err;
}

int sink_metrics_new(const struct sink_metrics_config *config, struct sink **out)
{
	struct sink_metrics *own = calloc(1, sizeof(*own));
	struct utsname host;
	int err = 0;

	if (!own)
		return -ENOMEM;
	own->sink.ops = &ops;
	own->quiet = config->quiet;
	pthread_mutex_init(&own->lock, NULL);
	own->metrics = metrics_new(uname(&host) ? "" : host.release);
	if (!own->metrics)
		err = -ENOMEM;
	if (!err && config->endpoint)
		err = open_socket(own, config->endpoint);
	if (!err && config->textfile) {
		own->file.path = config->textfile;
		err = write_file(own, clock_boot_ns());
	}
	if (err) {
		own->file.path = NULL;
		on_free(&own->sink);
		return err;
	}
	publish(own);
	*out = &own->sink;
	return 0;
}
