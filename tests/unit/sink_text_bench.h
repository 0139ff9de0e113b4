// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_text_bench: catches what sink_text writes to standard output, for its tests. Included once
 * by each test program, after <cmocka.h>.
 */
#ifndef DEADWAIT_SINK_TEXT_BENCH_H
#define DEADWAIT_SINK_TEXT_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "finding_maker.h"
#include "output.h"
#include "sink_text.h"

static struct made made;
static struct sink_text_config config;
static struct sink *sink;
static int real_stdout = -1, captured = -1;
static char shown[1 << 18];

/* From here on standard output is this descriptor; cmocka's is kept aside. */
static void divert(int fd)
{
	fflush(stdout);
	real_stdout = dup(STDOUT_FILENO);
	assert_true(real_stdout >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	sink = sink_text_new(&config);
}

static void restore(void)
{
	if (real_stdout < 0)
		return;
	dup2(real_stdout, STDOUT_FILENO);
	close(real_stdout);
	real_stdout = -1;
}

static void begin(void)
{
	captured = memfd_create("captured", MFD_CLOEXEC);
	assert_true(captured >= 0);
	divert(captured);
}

/* Puts all that was written into `shown`. */
static void end(void)
{
	ssize_t len;

	restore();
	assert_int_equal(output_failed(), 0);
	len = pread(captured, shown, sizeof(shown) - 1, 0);
	assert_true(len >= 0 && len < (ssize_t)sizeof(shown) - 1);
	shown[len] = '\0';
	close(captured);
	sink->ops->free(sink);
	sink = NULL;
}

static void emit(void)
{
	sink->ops->finding(sink, &made.finding);
}

static void show(void)
{
	begin();
	emit();
	sink->ops->tick(sink);
	end();
}

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	config = (struct sink_text_config){};
	maker_finding(&made);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	restore();
	if (sink)
		sink->ops->free(sink);
	sink = NULL;
	return 0;
}

static inline void assert_shows(const char *words)
{
	if (!strstr(shown, words))
		fail_msg("no '%s' in:\n%s", words, shown);
}

static inline size_t count_of(const char *words)
{
	size_t count = 0;

	for (const char *at = shown; (at = strstr(at, words)); at++)
		count++;
	return count;
}

/* No line has 100 columns or more, and the last one ends. */
static inline void assert_narrow(void)
{
	size_t column = 0;

	assert_true(shown[0]);
	for (const char *at = shown; *at; at++) {
		if (*at == '\n') {
			column = 0;
		} else if (((unsigned char)*at & 0xc0) != 0x80 && ++column >= 100) {
			while (at > shown && at[-1] != '\n')
				at--;
			fail_msg("a line has 100 columns or more: %.400s", at);
		}
	}
	assert_int_equal(column, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
