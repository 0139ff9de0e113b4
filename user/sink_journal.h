// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_journal: findings to systemd's journal, with fields of their own (the README lists them), in
 * the native protocol: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
 */
#ifndef DEADWAIT_SINK_JOURNAL_H
#define DEADWAIT_SINK_JOURNAL_H

#include "sink.h"

#define SINK_JOURNAL_SOCKET "/run/systemd/journal/socket"

/*
 * path must stay valid. No journal there is not an error: it may come. NULL: no memory or no
 * descriptor.
 */
struct sink *sink_journal_new(const char *path);

#endif
