// SPDX-License-Identifier: GPL-2.0-or-later
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "duration.h"

static int add(const struct loop *loop, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_signals(struct loop *loop, const sigset_t *signals)
{
	if (sigprocmask(SIG_BLOCK, signals, NULL))
		return -errno;
	loop->signals = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->signals < 0 ? -errno : add(loop, loop->signals, EPOLLIN);
}

static int open_timer(struct loop *loop, uint64_t tick_ns)
{
	const struct timespec tick = { .tv_sec = (time_t)(tick_ns / DURATION_NS_PER_S),
				       .tv_nsec = (long)(tick_ns % DURATION_NS_PER_S) };
	const struct itimerspec spec = { .it_interval = tick, .it_value = tick };

	loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->timer < 0 || timerfd_settime(loop->timer, 0, &spec, NULL))
		return -errno;
	return add(loop, loop->timer, EPOLLIN);
}

int loop_open(struct loop *loop, const sigset_t *signals, uint64_t tick_ns, int events_fd,
	      int reader_fd)
{
	int err;

	*loop = LOOP_NONE;
	loop->events = events_fd;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return -errno;
	err = open_signals(loop, signals);
	if (!err)
		err = open_timer(loop, tick_ns);
	if (!err && events_fd >= 0)
		err = add(loop, events_fd, EPOLLIN);
	/* EPOLLERR, when the reader of a pipe goes, comes unasked; a file has none (EPERM). */
	if (!err && reader_fd >= 0)
		add(loop, reader_fd, EPOLLONESHOT);
	return err;
}

int loop_stop_fd(struct loop *loop, const sigset_t *signals)
{
	loop->stop = signalfd(loop->stop, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->stop < 0 ? -errno : loop->stop;
}

int loop_wait(const struct loop *loop)
{
	struct epoll_event events[4];
	int count = epoll_wait(loop->epoll, events, 4, -1), ready = 0;
	uint64_t expired;

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		if (events[i].data.fd == loop->timer)
			ready |= read(loop->timer, &expired, sizeof(expired)) > 0 ? LOOP_TICK : 0;
		else if (events[i].data.fd == loop->signals)
			ready |= LOOP_SIGNAL;
		else if (events[i].data.fd == loop->events)
			ready |= LOOP_EVENTS;
		else
			ready |= LOOP_NO_READER;
	}
	return ready;
}

bool loop_signal(const struct loop *loop, struct signalfd_siginfo *info)
{
	return read(loop->signals, info, sizeof(*info)) == sizeof(*info);
}

bool loop_has_signal(const struct loop *loop)
{
	struct pollfd signals = { .fd = loop->signals, .events = POLLIN };

	return poll(&signals, 1, 0) > 0;
}

void loop_close(struct loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
	if (loop->signals >= 0)
		close(loop->signals);
	if (loop->stop >= 0)
		close(loop->stop);
	if (loop->timer >= 0)
		close(loop->timer);
	*loop = LOOP_NONE;
}
