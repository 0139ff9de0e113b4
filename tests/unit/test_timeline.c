// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeline: events come out in the order of time, whole, each once, and none before its turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "timeline.h"

#define EVENT_MAX 600
#define SEEN_MAX 20000

/* What was handed out: its time, and its number, which its bytes repeat. */
struct seen {
	uint64_t time_ns;
	uint32_t number;
};

static struct timeline timeline;
static struct seen seen[SEEN_MAX];
static size_t count;
static uint32_t next_number;

static void fill(unsigned char *rest, size_t len, uint32_t number)
{
	for (size_t i = 0; i < len; i++)
		rest[i] = (unsigned char)(number * 31 + i);
}

/* Adds an event of so many bytes, its head included; returns its number. */
static uint32_t add(uint64_t time_ns, uint32_t bytes)
{
	_Alignas(8) unsigned char raw[EVENT_MAX];
	struct dw_event_head head = { .version = DW_LAYOUT_VERSION,
				      .kind = 17,
				      .bytes = bytes,
				      .time_ns = time_ns,
				      .lost = next_number };

	assert_in_range(bytes, sizeof(head), sizeof(raw));
	memcpy(raw, &head, sizeof(head));
	fill(raw + sizeof(head), bytes - sizeof(head), next_number);
	assert_int_equal(timeline_add(&timeline, (const void *)raw), 0);
	memset(raw, 0xee, sizeof(raw)); /* it must have been copied */
	return next_number++;
}

static void take_one(void *arg, const struct dw_event_head *event)
{
	unsigned char want[EVENT_MAX];

	assert_ptr_equal(arg, &seen);
	assert_int_equal((uintptr_t)event % 8, 0);
	fill(want, event->bytes - sizeof(*event), event->lost);
	assert_memory_equal(event + 1, want, event->bytes - sizeof(*event));
	assert_true(count < SEEN_MAX);
	seen[count++] = (struct seen){ event->time_ns, event->lost };
}

/* Takes all before a moment; how many came is `count`, for this call alone. */
static void take(uint64_t before_ns)
{
	count = 0;
	timeline_take(&timeline, before_ns, take_one, &seen);
}

static int set_up(void **state)
{
	(void)state;
	next_number = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	timeline_free(&timeline);
	return 0;
}

static void test_empty(void **state)
{
	(void)state;
	assert_int_equal(timeline_latest_ns(&timeline), 0);
	assert_false(timeline_is_full(&timeline));
	take(UINT64_MAX);
	assert_int_equal(count, 0);
	timeline_free(&timeline);
	timeline_free(&timeline);
}

static void test_order(void **state)
{
	static const uint64_t times[] = { 50, 10, 40, 20, 30, 60, 55, 5 };

	(void)state;
	for (size_t i = 0; i < 8; i++)
		add(times[i], 64);
	assert_int_equal(timeline_latest_ns(&timeline), 60);
	take(UINT64_MAX);
	assert_int_equal(count, 8);
	for (size_t i = 1; i < count; i++)
		assert_true(seen[i - 1].time_ns < seen[i].time_ns);
	assert_int_equal(timeline_latest_ns(&timeline), 0);
}

/* Of one instant, the first that came comes first: the ring buffer's order is the kernel's. */
static void test_same_time(void **state)
{
	(void)state;
	add(7, 64);
	for (unsigned int i = 0; i < 20; i++)
		add(5, 24 + i);
	take(UINT64_MAX);
	assert_int_equal(count, 21);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(seen[i].number, i + 1);
	assert_int_equal(seen[20].number, 0);
}

static void test_held_back(void **state)
{
	(void)state;
	add(100, 64);
	add(200, 64);
	take(100);
	assert_int_equal(count, 0);
	take(101);
	assert_int_equal(count, 1);
	assert_int_equal(seen[0].time_ns, 100);
	take(101);
	assert_int_equal(count, 0);
	add(150, 64); /* it was late, and still comes before 200 */
	take(UINT64_MAX);
	assert_int_equal(count, 2);
	assert_int_equal(seen[0].time_ns, 150);
	assert_int_equal(seen[1].time_ns, 200);
}

/* Events of all sizes lie on 8 bytes: they are read in place. */
static void test_alignment(void **state)
{
	(void)state;
	for (uint32_t bytes = 24; bytes < 120; bytes++)
		add(bytes, bytes);
	take(70);
	assert_int_equal(count, 46);
	take(UINT64_MAX);
	assert_int_equal(count, 50);
}

/* What is held back does not keep the room of what was taken. */
static void test_compaction(void **state)
{
	size_t room;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		add(i + 1, 128);
	take(990);
	room = timeline.room;
	for (uint64_t i = 1000; i < 200000; i++) {
		add(i + 1, 128);
		if (i % 500 == 0)
			take(i - 10);
	}
	assert_int_equal(timeline.room, room);
	assert_false(timeline_is_full(&timeline));
	take(UINT64_MAX);
	assert_true(count < 600);
	assert_int_equal(seen[count - 1].time_ns, 200000);
	assert_int_equal(timeline.len, 0);
}

/* An old one at the end of the bytes, a young one at their front: nothing may be cut off. */
static void test_compaction_out_of_order(void **state)
{
	uint32_t young, middle;

	(void)state;
	young = add(1000, 100);
	add(10, 300);
	middle = add(500, 57);
	add(20, 33);
	take(100);
	assert_int_equal(count, 2);
	add(30, 41);
	take(UINT64_MAX);
	assert_int_equal(count, 3);
	assert_int_equal(seen[0].time_ns, 30);
	assert_int_equal(seen[1].number, middle);
	assert_int_equal(seen[2].number, young);
}

static void test_full(void **state)
{
	uint64_t added = 0;

	(void)state;
	while (!timeline_is_full(&timeline)) {
		add(++added, 576);
		assert_true(added < SEEN_MAX);
	}
	assert_in_range(added * 576, 1 << 20, 16 << 20);
	add(++added, 576); /* it says so, and takes more all the same */
	take(UINT64_MAX);
	assert_int_equal(count, added);
	assert_false(timeline_is_full(&timeline));
}

/* Against a plain model: whatever comes and goes, all come out once, in order. */
static void test_many(void **state)
{
	static bool came[SEEN_MAX];
	uint64_t now = 1000, told = 0;
	size_t total = 0;

	(void)state;
	srandom(4242);
	memset(came, 0, sizeof(came));
	for (unsigned int i = 0; i < 15000; i++) {
		now += (uint64_t)random() % 4;
		add(now - (uint64_t)random() % 50, 24 + (uint32_t)(random() % 576));
		if (random() % 16)
			continue;
		take(now - 50);
		for (size_t k = 0; k < count; k++) {
			assert_true(seen[k].time_ns >= told && seen[k].time_ns < now - 50);
			assert_false(came[seen[k].number]);
			came[seen[k].number] = true;
			told = seen[k].time_ns;
		}
		total += count;
	}
	take(UINT64_MAX);
	assert_int_equal(total + count, 15000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_empty),     TEST(test_order),
		TEST(test_same_time), TEST(test_held_back),
		TEST(test_alignment), TEST(test_compaction),
		TEST(test_full),      TEST(test_compaction_out_of_order),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
