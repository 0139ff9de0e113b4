// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_syslog: findings to a syslog server's unix socket: RFC 5424, the kind as MSGID, the JSON line
 * as message.
 */
#ifndef DEADWAIT_SINK_SYSLOG_H
#define DEADWAIT_SINK_SYSLOG_H

#include "sink.h"

/*
 * path must stay valid. No server there is not an error: it may come. NULL: no memory or no
 * descriptor.
 */
struct sink *sink_syslog_new(const char *path);

#endif
