// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * names: the automaton accepts what fnmatch(3) accepts, for any pattern and any name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "names.h"

#define ROUNDS 30000
#define NAMES_EACH 60
#define PATTERN_MAX 24

static uint64_t seed = 88172645463325252ULL;

/* xorshift64: the same numbers in every run. */
static unsigned int below(unsigned int limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned int)(seed >> 33) % limit;
}

static bool any_fnmatch(const char *const *patterns, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!fnmatch(patterns[i], name, 0))
			return true;
	return count == 0;
}

/* Compares the two for one name. */
static void check(const char *const *patterns, size_t count, const char *name)
{
	char comm[DW_COMM_LEN] = {};
	struct dw_names names;
	bool want;

	assert_true(strlen(name) < sizeof(comm));
	memcpy(comm, name, strlen(name));
	assert_int_equal(names_compile(patterns, count, &names), 0);
	want = any_fnmatch(patterns, count, comm);
	if (names_match(&names, comm) != want)
		fail_msg("'%s' (and %zu more) on '%s': fnmatch says %s", count ? patterns[0] : "",
			 count ? count - 1 : 0, comm, want ? "yes" : "no");
}

static void one(const char *pattern, const char *name)
{
	check(&pattern, 1, name);
}

/* Each of the patterns on each of the names. */
static void test_by_hand(void **state)
{
	static const char *const patterns[] = {
		"",
		"*",
		"**",
		"?",
		"??*",
		"a",
		"a*b",
		"*a*b*",
		"a?b",
		"[abc]",
		"[!abc]",
		"[^abc]",
		"[]]",
		"[]a]*",
		"[!]]",
		"[a-c]*",
		"[a-]",
		"[-a]",
		"[c-a]",
		"[[:digit:]]",
		"*[[:digit:]]*",
		"[[:space:]x]",
		"[[:nonsense:]]",
		"[a",
		"[",
		"[!",
		"x[",
		"[]",
		"[!]",
		"[[:digit:",
		"\\*",
		"\\",
		"a\\",
		"\\a",
		"[\\]]",
		"[\\",
		"[[.a.]]",
		"[[=a=]]",
		"[[.-.]]",
		"*[a",
		"*\\",
		"[a]b]*",
		"nginx*",
		"kworker/*",
		"*/*",
		".*",
		"[/]",
		"[!/]",
	};
	static const char *const names[] = {
		"",
		"a",
		"b",
		"ab",
		"axb",
		"aab",
		"abab",
		"abc",
		"]",
		"]a",
		"-",
		"c",
		"1",
		"a1b",
		" ",
		"[a",
		"[",
		"[!",
		"x[",
		"[]",
		"[!]",
		"*",
		"\\",
		"a\\",
		"[\\",
		"nginx",
		"nginx: worker",
		"kworker/0:1",
		".hidden",
		"/",
		"[[:digit:",
		"\xff\xfe",
		"fifteen letters",
		"ab]b]",
		"x",
		"d]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			one(patterns[i], names[j]);
}

/* Pieces that a random pattern is put together from; some are cut open. */
static const char *const pieces[] = {
	"a",
	"b",
	"c",
	"-",
	"]",
	"[",
	"\\",
	"*",
	"?",
	"!",
	"^",
	":",
	"[ab]",
	"[!ab]",
	"*",
	"[a-c]",
	"[",
	"[[:alpha:]]",
	"[[:upper:]b]",
	"[^]",
	"]",
	"\\*",
	"\\[",
	"[]-a]",
	".",
	"=",
	"/",
	"[[.b.]]",
	"[[=c=]-]",
	"[\\]a]",
};

static void random_pattern(char pattern[PATTERN_MAX])
{
	size_t len = 0;

	for (unsigned int count = below(7); count; count--) {
		const char *piece = pieces[below(sizeof(pieces) / sizeof(pieces[0]))];

		if (len + strlen(piece) >= PATTERN_MAX)
			break;
		memcpy(pattern + len, piece, strlen(piece));
		len += strlen(piece);
	}
	/* glibc lets an open set that ends in a range match nothing; to POSIX its [ is a character. */
	if (len && pattern[len - 1] == '-')
		len--;
	pattern[len] = '\0';
}

/* Half of the names are made of the bytes that patterns are made of. */
static void random_name(char name[DW_COMM_LEN])
{
	static const char bytes[] = "abc-]!^[\\*?:.=/aabbccAB1";
	unsigned int len = below(below(3) ? 5 : DW_COMM_LEN);

	for (unsigned int i = 0; i < len; i++)
		name[i] = below(8) ? bytes[below(sizeof(bytes) - 1)] : (char)(1 + below(255));
	name[len] = '\0';
}

static void compare_random(const char *const *patterns, size_t count, const struct dw_names *names)
{
	for (unsigned int i = 0; i < NAMES_EACH; i++) {
		char comm[DW_COMM_LEN] = {};
		bool want;

		random_name(comm);
		want = any_fnmatch(patterns, count, comm);
		if (names_match(names, comm) != want)
			fail_msg("'%s' (of %zu) on '%s': fnmatch says %s", patterns[0], count, comm,
				 want ? "yes" : "no");
	}
}

static void test_any_pattern(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		char texts[3][PATTERN_MAX];
		const char *patterns[3] = { texts[0], texts[1], texts[2] };
		size_t count = 1 + (round % 4 == 3 ? below(3) : 0);
		struct dw_names names;

		for (size_t i = 0; i < count; i++)
			random_pattern(texts[i]);
		assert_int_equal(names_compile(patterns, count, &names), 0);
		compare_random(patterns, count, &names);
	}
}

/* A range of all bytes, and its ends. */
static void test_every_byte(void **state)
{
	static const char *const patterns[] = { "?",	       "[!a]",	      "[a-z]",
						"[\x01-\xff]", "[[:cntrl:]]", "\xc3\xbc" };

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		for (unsigned int byte = 1; byte < 256; byte++)
			one(patterns[i], (const char[]){ (char)byte, '\0' });
}

static void test_none_is_any(void **state)
{
	(void)state;
	check(NULL, 0, "");
	check(NULL, 0, "whatever");
}

static void test_several(void **state)
{
	static const char *const patterns[] = { "sh", "b?sh", "*.py" };

	(void)state;
	for (size_t count = 1; count <= 3; count++) {
		check(patterns, count, "sh");
		check(patterns, count, "bash");
		check(patterns, count, "x.py");
		check(patterns, count, "bshx.p");
		check(patterns, count, "");
	}
}

/* A name that fills the comm to the last byte, without a NUL, as a kernel thread's may. */
static void test_sixteen_bytes(void **state)
{
	char comm[DW_COMM_LEN];
	struct dw_names names;
	const char *pattern = "????????????????";

	(void)state;
	memset(comm, 'x', sizeof(comm));
	assert_int_equal(names_compile(&pattern, 1, &names), 0);
	assert_true(names_match(&names, comm));
	pattern = "*x";
	assert_int_equal(names_compile(&pattern, 1, &names), 0);
	assert_true(names_match(&names, comm));
	pattern = "???????????????";
	assert_int_equal(names_compile(&pattern, 1, &names), 0);
	assert_false(names_match(&names, comm));
}

/* 63 elements and one more for each pattern but the first; stars cost nothing. */
static void test_as_long_as_it_may_be(void **state)
{
	char text[80];
	const char *pattern = text;
	struct dw_names names;
	const char *many[32];

	(void)state;
	memset(text, '*', sizeof(text));
	memset(text, '?', 14);
	text[79] = '\0';
	assert_int_equal(names_compile(&pattern, 1, &names), 0);
	memset(text, 'a', sizeof(text));
	text[63] = '\0';
	assert_int_equal(names_compile(&pattern, 1, &names), 0);
	assert_false(names_match(&names, (const char[DW_COMM_LEN]){ "aaaaaaaaaaaaaaa" }));
	text[62] = '*';
	assert_int_equal(names_compile(&pattern, 1, &names), 0);
	for (size_t i = 0; i < 32; i++)
		many[i] = "b";
	many[31] = "c";
	assert_int_equal(names_compile(many, 32, &names), 0);
	assert_true(names_match(&names, (const char[DW_COMM_LEN]){ "c" }));
	assert_false(names_match(&names, (const char[DW_COMM_LEN]){ "bc" }));
}

static void refuse(const char *const *patterns, size_t count)
{
	struct dw_names names, before;

	memset(&names, 0x5a, sizeof(names));
	before = names;
	assert_int_equal(names_compile(patterns, count, &names), -E2BIG);
	assert_memory_equal(&names, &before, sizeof(names));
}

static void test_too_long(void **state)
{
	char text[400], set[400];
	const char *one = text, *two[2] = { text, "x" }, *long_set = set;
	const char *many[65];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[64] = '\0';
	refuse(&one, 1);
	text[63] = '\0';
	refuse(two, 2);
	text[62] = '\0';
	refuse(two, 2);
	memset(set, 'a', sizeof(set));
	set[0] = '[';
	set[398] = ']';
	set[399] = '\0';
	refuse(&long_set, 1);
	for (size_t i = 0; i < 65; i++)
		many[i] = "*";
	refuse(many, 65);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),	   cmocka_unit_test(test_any_pattern),
		cmocka_unit_test(test_every_byte), cmocka_unit_test(test_none_is_any),
		cmocka_unit_test(test_several),	   cmocka_unit_test(test_sixteen_bytes),
		cmocka_unit_test(test_too_long),   cmocka_unit_test(test_as_long_as_it_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
