// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs: which line of a cgroup file counts, and which units and containers paths name.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "procfs.h"
#include "proc_tree.h"

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16
#define OTHER "f" HEX16 HEX16 HEX16 "123456789abcdef"

static int proc;

static int set_up(void **state)
{
	(void)state;
	proc = proc_tree_make();
	return proc < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return proc_tree_remove(proc);
}

static void assert_cgroup(const char *file, const char *path)
{
	char out[PROCFS_CGROUP_MAX];

	proc_tree_put(proc, "42/cgroup", file, strlen(file));
	assert_int_equal(procfs_cgroup(proc, 42, out, sizeof(out)), 0);
	assert_string_equal(out, path);
}

static void test_choice(void **state)
{
	(void)state;
	assert_cgroup("0::/system.slice/x.service\n", "/system.slice/x.service");
	assert_cgroup("0::/\n", "/");
	assert_cgroup("9:name=systemd:/s\n8:cpu,pids:/p\n0::/v2\n", "/v2");
	assert_cgroup("0::/\n8:cpu,pids:/p\n9:name=systemd:/s\n", "/s");
	assert_cgroup("3:cpu:/c\n8:cpu,pids,x:/p\n0::/\n", "/p");
	assert_cgroup("3:cpu:/c\n4:memory:/m\n0::/\n", "/c");
	assert_cgroup("3:mypids:/c\n4:pidsx:/m\n", "/c");
	assert_cgroup("0::/a:b::c\n", "/a:b::c");
	assert_cgroup("0::/x.service (deleted)\n", "/x.service");
	assert_cgroup("0::/../..\n", "/../..");
	assert_cgroup("junk\n1:x\n2:y:relative\n0::/v2\n", "/v2");
}

static void test_wrong_files(void **state)
{
	static const char *const bad[] = { "",	     "\n",	"0::\n",	  "0::x\n",
					   "0:/x\n", "0::/cut", "1:a:/b\n0::/cut" };
	static char text[9000] = "0::/";
	char out[PROCFS_CGROUP_MAX] = "same";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		proc_tree_put(proc, "42/cgroup", bad[i], strlen(bad[i]));
		assert_int_equal(procfs_cgroup(proc, 42, out, sizeof(out)), -EPROTO);
	}
	/* the longest path that a kernel makes fits, the next one is not cut to another cgroup */
	memset(text + 4, 'x', sizeof(text) - 4);
	text[3 + PROCFS_CGROUP_MAX] = '\n';
	proc_tree_put(proc, "42/cgroup", text, 4 + PROCFS_CGROUP_MAX);
	assert_int_equal(procfs_cgroup(proc, 42, out, sizeof(out)), -ENAMETOOLONG);
	assert_string_equal(out, "same");
	text[2 + PROCFS_CGROUP_MAX] = '\n';
	proc_tree_put(proc, "42/cgroup", text, 3 + PROCFS_CGROUP_MAX);
	assert_int_equal(procfs_cgroup(proc, 42, out, sizeof(out)), 0);
	assert_int_equal(strlen(out), PROCFS_CGROUP_MAX - 1);
}

static void test_units(void **state)
{
	static const struct {
		const char *path;
		const char *unit;
	} samples[] = {
		{ "/system.slice/x.service", "x.service" },
		{ "/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service" },
		{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/a.service",
		  "user@1000.service" },
		{ "/init.scope", "init.scope" },
		{ "/system.slice/x.service/sub/fake.service", "x.service" },
		{ "/system.slice/docker-" HEX64 ".scope/init.scope", "docker-" HEX64 ".scope" },
		{ "/system.slice/run-x.mount", "run-x.mount" },
		{ "/system.slice/d\\x2db.service", "d\\x2db.service" },
		{ "//system.slice//x.service/", "x.service" },
		{ "/", NULL },
		{ "", NULL },
		{ "/system.slice", NULL },
		{ "/docker/" HEX64 "/x.service", NULL },
		{ "/.service", NULL },
		{ "/xservice", NULL },
		{ "/x.services", NULL },
	};
	char out[PROCFS_UNIT_MAX];
	char small[9];

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const char *unit = procfs_unit_of(samples[i].path, out, sizeof(out));

		if (samples[i].unit)
			assert_string_equal(unit, samples[i].unit);
		else
			assert_null(unit);
	}
	assert_null(procfs_unit_of("/x.service", small, sizeof(small)));
	assert_string_equal(procfs_unit_of("/.x.scope", out, sizeof("/.x.scope") - 1), ".x.scope");
}

static void test_containers(void **state)
{
	static const struct {
		const char *path;
		const char *id;
	} samples[] = {
		{ "/docker/" HEX64, HEX64 },
		{ "/docker/" HEX64 "/sub/x", HEX64 },
		{ "/system.slice/docker-" HEX64 ".scope", HEX64 },
		{ "/kubepods/besteffort/pod8d1f0b1a-aaaa-bbbb-cccc-0123456789ab/" HEX64, HEX64 },
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod8d1f_0b.slice/"
		  "cri-containerd-" HEX64 ".scope",
		  HEX64 },
		{ "/system.slice/containerd.service/kubepods-pod8d1f.slice:cri-containerd:" HEX64,
		  HEX64 },
		{ "/kubepods.slice/x.slice/crio-" HEX64 ".scope/container", HEX64 },
		{ "/machine.slice/libpod-" HEX64 ".scope/container", HEX64 },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" HEX64 ".scope",
		  HEX64 },
		{ "/default/" HEX64, HEX64 },
		{ "/docker/" HEX64 "/docker/" OTHER, HEX64 },
		{ "/docker/0123456789ab", "0123456789ab" },
		{ "/system.slice/docker-0123456789ab.scope", "0123456789ab" },
		{ "/a.slice:crio:0123456789abc", "0123456789abc" },
		/* just missed */
		{ "/", NULL },
		{ "", NULL },
		{ "/docker", NULL },
		{ "/docker/0123456789a", NULL },
		{ "/system.slice/docker-0123456789a.scope", NULL },
		{ "/other/0123456789ab", NULL },
		{ "/user.slice/deadbeefcafe", NULL },
		{ "/docker/" HEX64 "0", NULL },
		{ "/docker/" HEX16 HEX16 "G" HEX16, NULL },
		{ "/docker/x" HEX64, NULL },
		{ "/docker/ABCDEF0123456789", NULL },
		{ "/machine.slice/libpod-conmon-" HEX64 ".scope", NULL },
		{ "/kubepods.slice/crio-conmon-" HEX64 ".scope", NULL },
		{ "/system.slice/run-r0123456789abcdef0123456789abcdef.service", NULL },
		{ "/system.slice/docker.service", NULL },
	};
	char out[2 * PROCFS_CONTAINER_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const char *id = procfs_container_of(samples[i].path, out, sizeof(out));

		if (samples[i].id)
			assert_string_equal(id, samples[i].id);
		else
			assert_null(id);
	}
	assert_null(procfs_container_of("/docker/" HEX64, out, PROCFS_CONTAINER_MAX - 1));
	assert_non_null(procfs_container_of("/docker/" HEX64, out, PROCFS_CONTAINER_MAX));
}

static void test_within(void **state)
{
	(void)state;
	assert_true(procfs_cgroup_within("/a/b", "/a"));
	assert_true(procfs_cgroup_within("/a/b", "/a/"));
	assert_true(procfs_cgroup_within("/a", "/a"));
	assert_true(procfs_cgroup_within("/a", "/"));
	assert_true(procfs_cgroup_within("/", "/"));
	assert_false(procfs_cgroup_within("/ab", "/a"));
	assert_false(procfs_cgroup_within("/a", "/a/b"));
	assert_false(procfs_cgroup_within("/b/a", "/a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_choice),     TEST(test_wrong_files), TEST(test_units),
		TEST(test_containers), TEST(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
