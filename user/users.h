// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * users: the uid behind a user's name. Asks the system's own user database;
 * knows nothing of options.
 */
#ifndef DEADWAIT_USERS_H
#define DEADWAIT_USERS_H

#include <sys/types.h>

/* What to say of a name that users_find() does not know. */
#ifdef DEADWAIT_STATIC
#define USERS_NO_SUCH                                                                              \
	"no such user in '/etc/passwd', and a static build looks nowhere else; give the uid"
#else
#define USERS_NO_SUCH "no such user"
#endif

/* Sets *uid. Returns 0, or -ENOENT: no user of that name, or it cannot be found out. */
int users_find(const char *name, uid_t *uid);

#endif
