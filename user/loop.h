// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loop: what a command that runs on waits for: signals, a tick, events of the
 * kernel side, and the end of whoever reads the output. Handles none of it.
 */
#ifndef DEADWAIT_LOOP_H
#define DEADWAIT_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>

struct loop {
	int epoll, signals, stop, timer, events;
};

/* What is ready, a mask. */
#define LOOP_SIGNAL (1U << 0)
#define LOOP_TICK (1U << 1)
#define LOOP_EVENTS (1U << 2)
#define LOOP_NO_READER (1U << 3) /* told once */

/* A loop that holds nothing, for loop_close(). */
#define LOOP_NONE                                                                                  \
	((struct loop){ .epoll = -1, .signals = -1, .stop = -1, .timer = -1, .events = -1 })

/*
 * Blocks the signals, which loop_signal() then gives, and starts the tick.
 * events_fd and reader_fd, whose reader may go, stay the caller's; -1: none.
 * Returns 0 or -errno; then, too, loop_close() is to be called.
 */
int loop_open(struct loop *loop, const sigset_t *signals, uint64_t tick_ns, int events_fd,
	      int reader_fd);

/*
 * A descriptor, the loop's, that is readable while one of these signals has
 * come and was not given yet. They must be among those of loop_open(). -errno.
 */
int loop_stop_fd(struct loop *loop, const sigset_t *signals);

/* Waits. Returns the mask of what is ready, its tick taken note of; 0: interrupted; or -errno. */
int loop_wait(const struct loop *loop);

/* The next signal that came. false: none. */
bool loop_signal(const struct loop *loop, struct signalfd_siginfo *info);

/* Whether loop_signal() has one to give. */
bool loop_has_signal(const struct loop *loop);

void loop_close(struct loop *loop);

#endif
