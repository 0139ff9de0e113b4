/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring buffer: what is told at once, in the order in which it happened on
 * all CPUs. What finds no room is counted, and the next event that does says
 * how many were lost before it.
 */
#ifndef DEADWAIT_BPF_EVENTS_H
#define DEADWAIT_BPF_EVENTS_H

#include "history.bpf.h"
#include "dw_event.h"

/*
 * Set before loading: wake the reader once so many bytes wait for it. It looks
 * by itself now and then; a wake-up for each event would cost ten times the event.
 */
const volatile __u64 dw_wake_bytes = 1;

/*
 * Likewise: how many bytes wait is asked at each so-manieth event of a CPU, a
 * power of two, less 1. Asking costs a tenth of an event: the reader's position
 * is in a line that another CPU writes.
 */
const volatile __u32 dw_wake_mask = 0;

/* Events that found no room. */
__u32 dw_events_lost;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} dw_events SEC(".maps");

static __always_inline void event_lost(void)
{
	__sync_fetch_and_add(&dw_events_lost, 1);
}

static __always_inline void event_head(struct dw_event_head *head, __u16 kind, __u32 bytes)
{
	head->version = DW_LAYOUT_VERSION;
	head->kind = kind;
	head->bytes = bytes;
	head->time_ns = bpf_ktime_get_boot_ns();
	head->lost = dw_events_lost;
	head->pad = 0;
}

static __always_inline __u64 event_flags(void)
{
	/* Not atomic: an event of an interrupt, or of a CPU that shares the slot, may be missed. */
	if (++dw_cpu[bpf_get_smp_processor_id() & (DW_CPUS - 1)].events & dw_wake_mask)
		return BPF_RB_NO_WAKEUP;
	return bpf_ringbuf_query(&dw_events, BPF_RB_AVAIL_DATA) >= dw_wake_bytes ?
		       BPF_RB_FORCE_WAKEUP :
		       BPF_RB_NO_WAKEUP;
}

/* Room for an event of `type`, its head filled in; NULL: counted as lost. */
#define EVENT_BEGIN(type, kind)                                                                    \
	({                                                                                         \
		type *__event = bpf_ringbuf_reserve(&dw_events, sizeof(type), 0);                  \
                                                                                                   \
		if (__event)                                                                       \
			event_head((struct dw_event_head *)__event, kind, sizeof(type));           \
		else                                                                               \
			event_lost();                                                              \
		__event;                                                                           \
	})

static __always_inline void event_end(void *event)
{
	bpf_ringbuf_submit(event, event_flags());
}

/* Tells an event that lies elsewhere, its head filled in. */
static __always_inline void event_tell(void *event, __u64 bytes)
{
	if (bpf_ringbuf_output(&dw_events, event, bytes, event_flags()))
		event_lost();
}

#endif
