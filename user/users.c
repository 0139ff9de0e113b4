// SPDX-License-Identifier: GPL-2.0-or-later
#include "users.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#ifdef DEADWAIT_STATIC

/*
 * getpwnam() would load the modules of nsswitch.conf, which are built for the
 * shared libc of the machine: in a static program that is another libc.
 */
int users_find(const char *name, uid_t *uid)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *user;
	int err = -ENOENT;

	if (!file)
		return -ENOENT;
	while (err && (user = fgetpwent(file)))
		if (!strcmp(user->pw_name, name)) {
			*uid = user->pw_uid;
			err = 0;
		}
	fclose(file);
	return err;
}

#else

int users_find(const char *name, uid_t *uid)
{
	const struct passwd *user = getpwnam(name);

	if (!user)
		return -ENOENT;
	*uid = user->pw_uid;
	return 0;
}

#endif
