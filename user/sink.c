// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink.h"

#include <assert.h>

void sinks_add(struct sinks *sinks, struct sink *sink)
{
	assert(sinks->count < SINKS_MAX);
	sinks->sink[sinks->count++] = sink;
}

int sinks_start(const struct sinks *sinks)
{
	int err = 0;

	for (unsigned int i = 0; i < sinks->count && !err; i++)
		if (sinks->sink[i]->ops->start)
			err = sinks->sink[i]->ops->start(sinks->sink[i]);
	return err;
}

void sinks_finding(void *arg, const struct finding *finding)
{
	const struct sinks *sinks = arg;

	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->finding &&
		    (!finding->minor || sinks->sink[i]->minor))
			sinks->sink[i]->ops->finding(sinks->sink[i], finding);
}

void sinks_sigchld(void *arg, const struct finding_sigchld *sigchld)
{
	const struct sinks *sinks = arg;

	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->sigchld)
			sinks->sink[i]->ops->sigchld(sinks->sink[i], sigchld);
}

void sinks_orphan(void *arg, const struct finding_orphan *orphan)
{
	const struct sinks *sinks = arg;

	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->orphan)
			sinks->sink[i]->ops->orphan(sinks->sink[i], orphan);
}

void sinks_storm(const struct sinks *sinks, const struct finding_storm *storm)
{
	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->storm)
			sinks->sink[i]->ops->storm(sinks->sink[i], storm);
}

void sinks_left(const struct sinks *sinks, const struct finding_orphan *orphan)
{
	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->left)
			sinks->sink[i]->ops->left(sinks->sink[i], orphan);
}

void sinks_event(const struct sinks *sinks, const struct finding_event *event)
{
	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->event)
			sinks->sink[i]->ops->event(sinks->sink[i], event);
}

void sinks_lost(const struct sinks *sinks, const struct finding_lost *lost)
{
	for (unsigned int i = 0; i < sinks->count; i++)
		sinks->sink[i]->ops->lost(sinks->sink[i], lost);
}

void sinks_tick(const struct sinks *sinks)
{
	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->tick)
			sinks->sink[i]->ops->tick(sinks->sink[i]);
}

bool sinks_want_sample(const struct sinks *sinks)
{
	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->sample)
			return true;
	return false;
}

void sinks_sample(const struct sinks *sinks, const struct sample *sample)
{
	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->sample)
			sinks->sink[i]->ops->sample(sinks->sink[i], sample);
}

void sinks_summary(const struct sinks *sinks, const struct finding_summary *summary)
{
	for (unsigned int i = 0; i < sinks->count; i++)
		sinks->sink[i]->ops->summary(sinks->sink[i], summary);
}

void sinks_reopen(const struct sinks *sinks)
{
	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->reopen)
			sinks->sink[i]->ops->reopen(sinks->sink[i]);
}

int sinks_failed(const struct sinks *sinks)
{
	int err = 0;

	for (unsigned int i = 0; i < sinks->count && !err; i++)
		if (sinks->sink[i]->ops->failed)
			err = sinks->sink[i]->ops->failed(sinks->sink[i]);
	return err;
}

uint64_t sinks_lines_lost(const struct sinks *sinks)
{
	uint64_t lost = 0;

	for (unsigned int i = 0; i < sinks->count; i++)
		if (sinks->sink[i]->ops->lines_lost)
			lost += sinks->sink[i]->ops->lines_lost(sinks->sink[i]);
	return lost;
}

void sinks_free(struct sinks *sinks)
{
	while (sinks->count) {
		struct sink *sink = sinks->sink[--sinks->count];

		sink->ops->free(sink);
	}
}
