/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waitid by io_uring (Linux 6.7), without a library: one ring, one wait at a time. It passes no
 * tracepoint.
 */
#ifndef SCENARIO_URING_H
#define SCENARIO_URING_H

#include <linux/io_uring.h>

#include "scenario.h"

#define SC_IORING_OP_WAITID 50

struct sc_uring {
	int fd;
	_Atomic unsigned int *sq_tail, *cq_head, *cq_tail;
	unsigned int *sq_array, sq_mask, cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static inline void *sc_uring_map(int fd, size_t bytes, off_t what)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, what);

	if (at == MAP_FAILED)
		sc_die("mmap of a ring");
	return at;
}

/* false: this kernel has no io_uring, or forbids it; then the variant is skipped. */
static inline bool sc_uring_open(struct sc_uring *ring)
{
	struct io_uring_params params = { 0 };
	char *sq, *cq;

	ring->fd = (int)syscall(SYS_io_uring_setup, 2, &params);
	if (ring->fd < 0) {
		snprintf(sc->skip, sizeof(sc->skip), "no io_uring: %s", strerror(errno));
		return false;
	}
	sq = sc_uring_map(ring->fd, params.sq_off.array + params.sq_entries * sizeof(int),
			  IORING_OFF_SQ_RING);
	cq = sc_uring_map(ring->fd, params.cq_off.cqes + params.cq_entries * sizeof(*ring->cqes),
			  IORING_OFF_CQ_RING);
	ring->sqes =
		sc_uring_map(ring->fd, params.sq_entries * sizeof(*ring->sqes), IORING_OFF_SQES);
	ring->sq_tail = (void *)(sq + params.sq_off.tail);
	ring->sq_mask = *(unsigned int *)(void *)(sq + params.sq_off.ring_mask);
	ring->sq_array = (void *)(sq + params.sq_off.array);
	ring->cq_head = (void *)(cq + params.cq_off.head);
	ring->cq_tail = (void *)(cq + params.cq_off.tail);
	ring->cq_mask = *(unsigned int *)(void *)(cq + params.cq_off.ring_mask);
	ring->cqes = (void *)(cq + params.cq_off.cqes);
	return true;
}

/* Submits a waitid(P_PID, pid, NULL, WEXITED). */
static inline void sc_uring_ask(struct sc_uring *ring, pid_t pid)
{
	unsigned int tail = *ring->sq_tail, index = tail & ring->sq_mask;
	struct io_uring_sqe *sqe = &ring->sqes[index];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = SC_IORING_OP_WAITID;
	sqe->len = P_PID;
	sqe->fd = pid;
	sqe->file_index = WEXITED;
	ring->sq_array[index] = index;
	*ring->sq_tail = tail + 1;
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) != 1)
		sc_die("io_uring_enter");
}

/* Its result, once it is there. */
static inline int sc_uring_answer(struct sc_uring *ring)
{
	unsigned int head = *ring->cq_head;
	int result;

	while (head == *ring->cq_tail)
		syscall(SYS_io_uring_enter, ring->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	result = ring->cqes[head & ring->cq_mask].res;
	*ring->cq_head = head + 1;
	return result;
}

#endif
