// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * endpoint: what --metrics takes, and what it refuses.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "endpoint.h"

static void assert_read(const char *text, const char *where)
{
	struct endpoint endpoint;
	char got[ENDPOINT_TEXT_MAX];

	assert_int_equal(endpoint_parse(text, &endpoint), 0);
	assert_string_equal(endpoint_format(got, sizeof(got), &endpoint), where);
}

static void test_taken(void **state)
{
	(void)state;
	assert_read("9763", "http://127.0.0.1:9763/metrics");
	assert_read("localhost:9763", "http://127.0.0.1:9763/metrics");
	assert_read("127.0.0.1:0", "http://127.0.0.1:0/metrics");
	assert_read("0.0.0.0:65535", "http://0.0.0.0:65535/metrics");
	assert_read("[::1]:9763", "http://[::1]:9763/metrics");
	assert_read("[2001:db8::1]:1", "http://[2001:db8::1]:1/metrics");
	assert_read("unix:/run/deadwait.sock", "unix:/run/deadwait.sock");
	assert_read("unix:/a:80", "unix:/a:80");
}

static void test_refused(void **state)
{
	static const char *const words[] = {
		"",	     ":",     "a",	    ":9763",	"65536",      "-1",
		"+1",	     " 1",    "1 ",	    "123456",	"127.0.0.1",  "1.2.3:4",
		"::1:9763",  "[::1]", "[::1:1",	    "::1]:1",	"[]:1",	      "[1.2.3.4]:1",
		"host:9763", "unix:", "unix:run/x", "0x7f.1:1", "127.0.0.1:", "1.2.3.4:99999",
	};
	struct endpoint endpoint, untouched;
	char path[200];

	(void)state;
	memset(&untouched, 0x55, sizeof(untouched));
	endpoint = untouched;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(endpoint_parse(words[i], &endpoint), -EINVAL);

	/* The kernel has room for 107 bytes of a path. */
	memset(path, 'x', sizeof(path));
	memcpy(path, "unix:/", 6);
	path[5 + 108] = '\0';
	assert_int_equal(endpoint_parse(path, &endpoint), -EINVAL);
	assert_memory_equal(&endpoint, &untouched, sizeof(endpoint));
	path[5 + 107] = '\0';
	assert_int_equal(endpoint_parse(path, &endpoint), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
