// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pass: the stream of records that the BPF iterator writes, whole, cut anywhere, and wrong.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pass.h"
#include "pass_maker.h"

static struct pass pass;
static char stream[8192];
static size_t stream_len;

static void append(const void *record, size_t size)
{
	assert_true(stream_len + size <= sizeof(stream));
	memcpy(stream + stream_len, record, size);
	stream_len += size;
}

static void append_begin(void)
{
	struct dw_pass_begin begin = {
		.head = { DW_LAYOUT_VERSION, DW_PASS_BEGIN, sizeof(begin) },
		.pass = 3,
		.boot_ns = 5000,
		.jiffies = 600,
	};

	append(&begin, sizeof(begin));
}

static void append_end(void)
{
	struct dw_pass_end end = {
		.head = { DW_LAYOUT_VERSION, DW_PASS_END, sizeof(end) },
		.tasks = 1234,
	};

	append(&end, sizeof(end));
}

static void append_parent(uint32_t tgid, uint64_t start_ns, uint64_t handler)
{
	struct dw_pass_parent parent = maker_parent(tgid, start_ns);

	parent.handler = handler;
	append(&parent, sizeof(parent));
}

static void append_dead(uint32_t tgid)
{
	struct dw_pass_parent parent = maker_parent(100, MAKER_S);
	struct dw_pass_dead dead = maker_dead(tgid, &parent, 2 * MAKER_S);

	append(&dead, sizeof(dead));
}

/* begin, parent 100, dead 200, parent 90, dead 201, end */
static void append_pass(void)
{
	append_begin();
	append_parent(100, MAKER_S, 1);
	append_dead(200);
	append_parent(90, MAKER_S, 2);
	append_dead(201);
	append_end();
}

static int set_up(void **state)
{
	(void)state;
	stream_len = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pass_free(&pass);
	assert_null(pass.dead);
	assert_null(pass.parents);
	return 0;
}

static void assert_whole_pass(void)
{
	assert_true(pass.complete);
	assert_int_equal(pass.boot_ns, 5000);
	assert_int_equal(pass.jiffies, 600);
	assert_int_equal(pass.tasks, 1234);
	assert_int_equal(pass.dead_count, 2);
	assert_int_equal(pass.dead[0].who.tgid, 200);
	assert_int_equal(pass.dead[1].who.tgid, 201);
	assert_string_equal(pass.dead[1].who.comm, "worker");
	assert_int_equal(pass.dead[1].life.death.died_jiffies, maker_jiffies(2 * MAKER_S));
	assert_int_equal(pass.parents_count, 2);
	assert_int_equal(pass.parents[0].who.tgid, 90);
	assert_int_equal(pass.parents[1].who.tgid, 100);
	assert_int_equal(pass.parents[1].handler, 1);
}

static void test_whole(void **state)
{
	(void)state;
	append_pass();
	assert_int_equal(pass_parse(&pass, stream, stream_len), stream_len);
	pass_finish(&pass);
	assert_whole_pass();
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(pass_parse(&pass, stream, 0), 0);
	pass_finish(&pass);
	assert_false(pass.complete);
	assert_null(pass_parent(&pass, 100, MAKER_S));
}

/* The end of a whole record at or before this length. */
static size_t whole_records(size_t len)
{
	struct dw_pass_head head;
	size_t at = 0;

	while (at + sizeof(head) <= len) {
		memcpy(&head, stream + at, sizeof(head));
		if (at + head.bytes > len)
			break;
		at += head.bytes;
	}
	return at;
}

/* Cut anywhere, also inside a head: the rest comes again with more behind it. */
static void test_cut_at_every_length(void **state)
{
	(void)state;
	append_pass();
	for (size_t cut = 0; cut < stream_len; cut++) {
		/* a block of just that size, so that a byte too far shows under ASan */
		char *piece = malloc(cut + !cut);
		long taken, rest;

		memcpy(piece, stream, cut);
		pass_clear(&pass);
		taken = pass_parse(&pass, piece, cut);
		free(piece);
		assert_int_equal(taken, whole_records(cut));
		assert_false(pass.complete);
		rest = pass_parse(&pass, stream + taken, stream_len - (size_t)taken);
		assert_int_equal(taken + rest, stream_len);
		pass_finish(&pass);
		assert_whole_pass();
	}
}

static void test_without_end(void **state)
{
	(void)state;
	append_begin();
	append_dead(200);
	assert_int_equal(pass_parse(&pass, stream, stream_len), stream_len);
	pass_finish(&pass);
	assert_false(pass.complete);
	assert_int_equal(pass.dead_count, 1);

	/* nor is the one before it what makes it complete */
	stream_len = 0;
	append_pass();
	assert_int_equal(pass_parse(&pass, stream, stream_len), stream_len);
	assert_true(pass.complete);
	pass_clear(&pass);
	assert_false(pass.complete);
	assert_int_equal(pass.dead_count, 0);
	assert_int_equal(pass.parents_count, 0);
	assert_int_equal(pass.tasks, 0);
}

static struct dw_pass_head *head_at(size_t offset)
{
	return (struct dw_pass_head *)(stream + offset);
}

static void test_wrong_version(void **state)
{
	(void)state;
	append_pass();
	head_at(0)->version = DW_LAYOUT_VERSION + 1;
	assert_int_equal(pass_parse(&pass, stream, stream_len), -EPROTO);
	head_at(0)->version = 0;
	assert_int_equal(pass_parse(&pass, stream, stream_len), -EPROTO);
	/* a later record, and before the whole of it is there */
	head_at(0)->version = DW_LAYOUT_VERSION;
	head_at(sizeof(struct dw_pass_begin))->version++;
	assert_int_equal(pass_parse(&pass, stream,
				    sizeof(struct dw_pass_begin) + sizeof(struct dw_pass_head)),
			 -EPROTO);
	assert_false(pass.complete);
}

static void test_unknown_kind(void **state)
{
	(void)state;
	append_pass();
	for (uint16_t kind = 0; kind < 10; kind++) {
		head_at(0)->kind = kind;
		if (kind != DW_PASS_BEGIN)
			assert_int_equal(pass_parse(&pass, stream, stream_len), -EPROTO);
	}
	head_at(0)->kind = UINT16_MAX;
	assert_int_equal(pass_parse(&pass, stream, stream_len), -EPROTO);
}

/* A size that is not that of the kind: smaller and larger, with all its bytes there. */
static void test_impossible_size(void **state)
{
	static const size_t sizes[] = {
		[DW_PASS_BEGIN] = sizeof(struct dw_pass_begin),
		[DW_PASS_DEAD] = sizeof(struct dw_pass_dead),
		[DW_PASS_PARENT] = sizeof(struct dw_pass_parent),
		[DW_PASS_END] = sizeof(struct dw_pass_end),
	};

	(void)state;
	for (uint16_t kind = DW_PASS_BEGIN; kind <= DW_PASS_END; kind++) {
		*head_at(0) = (struct dw_pass_head){ DW_LAYOUT_VERSION, kind, 0 };
		for (uint32_t bytes = 0; bytes <= 1000; bytes++) {
			if (bytes == sizes[kind])
				continue;
			pass_clear(&pass);
			head_at(0)->bytes = bytes;
			assert_int_equal(pass_parse(&pass, stream, sizeof(stream)), -EPROTO);
			assert_int_equal(pass.dead_count + pass.parents_count, 0);
			assert_false(pass.complete);
		}
	}
}

/* A size that no record has is wrong at once: more input cannot mend it. */
static void test_impossible_size_of_a_cut_record(void **state)
{
	(void)state;
	append_begin();
	head_at(0)->bytes = UINT32_MAX;
	assert_int_equal(pass_parse(&pass, stream, stream_len), -EPROTO);
}

static void test_duplicate_parents(void **state)
{
	const struct dw_pass_parent *parent;

	(void)state;
	append_begin();
	append_parent(100, MAKER_S, 5);
	append_parent(300, MAKER_S, 6);
	append_parent(100, MAKER_S, 5);
	append_parent(100, 2 * MAKER_S, 7); /* the pid came back: another process */
	append_parent(100, MAKER_S, 5);
	append_end();
	assert_int_equal(pass_parse(&pass, stream, stream_len), stream_len);
	pass_finish(&pass);
	assert_int_equal(pass.parents_count, 3);
	parent = pass_parent(&pass, 100, MAKER_S);
	assert_non_null(parent);
	assert_int_equal(parent->handler, 5);
	parent = pass_parent(&pass, 100, 2 * MAKER_S);
	assert_non_null(parent);
	assert_int_equal(parent->handler, 7);
	parent = pass_parent(&pass, 300, MAKER_S);
	assert_non_null(parent);
	assert_int_equal(parent->handler, 6);
}

static void test_dead_lookup(void **state)
{
	(void)state;
	assert_false(pass_is_dead(NULL, 100));
	assert_false(pass_is_dead(&pass, 100));
	/* in falling order of pid; every third has threads left */
	for (uint32_t i = 0; i < 300; i++) {
		struct dw_pass_dead *dead = pass_add_dead(&pass);

		assert_non_null(dead);
		dead->who.tgid = 1000 - 2 * i;
		dead->kind = i % 3 ? DW_DEAD_ZOMBIE : DW_DEAD_LEADER;
	}
	pass_finish(&pass);
	for (uint32_t i = 0; i < 300; i++) {
		assert_int_equal(pass_is_dead(&pass, 1000 - 2 * i), i % 3 != 0);
		assert_false(pass_is_dead(&pass, 1001 - 2 * i));
	}
}

static void test_parent_lookup(void **state)
{
	(void)state;
	/* more than the first room, in falling order of pid */
	for (uint32_t i = 0; i < 500; i++) {
		struct dw_pass_parent *parent = pass_add_parent(&pass);

		assert_non_null(parent);
		assert_int_equal(parent->has_record, 0);
		*parent = maker_parent(1000 - 2 * i, MAKER_S + i);
	}
	pass_finish(&pass);
	assert_int_equal(pass.parents_count, 500);
	for (uint32_t i = 0; i < 500; i++) {
		const struct dw_pass_parent *parent =
			pass_parent(&pass, 1000 - 2 * i, MAKER_S + i);

		assert_non_null(parent);
		assert_int_equal(parent->who.tgid, 1000 - 2 * i);
		assert_null(pass_parent(&pass, 1000 - 2 * i, MAKER_S + i + 1));
		assert_null(pass_parent(&pass, 1001 - 2 * i, MAKER_S + i));
	}
}

/* Entries are zeroed also where an earlier pass left something, and its memory is kept. */
static void test_reuse(void **state)
{
	struct dw_pass_dead *dead;
	const void *memory;

	(void)state;
	append_pass();
	assert_int_equal(pass_parse(&pass, stream, stream_len), stream_len);
	memory = pass.dead;
	pass_clear(&pass);
	dead = pass_add_dead(&pass);
	assert_ptr_equal(dead, memory);
	assert_int_equal(dead->who.tgid, 0);
	assert_int_equal(dead->life.death.died_jiffies, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole),
		TEST(test_nothing),
		TEST(test_cut_at_every_length),
		TEST(test_without_end),
		TEST(test_wrong_version),
		TEST(test_unknown_kind),
		TEST(test_impossible_size),
		TEST(test_impossible_size_of_a_cut_record),
		TEST(test_duplicate_parents),
		TEST(test_dead_lookup),
		TEST(test_parent_lookup),
		TEST(test_reuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
