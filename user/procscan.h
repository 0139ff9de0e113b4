// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procscan: a pass made from /proc alone, for those who may not use BPF. It
 * sees every zombie, but no history, no age, no exec ids, and of other users'
 * processes neither exit statuses nor waits in flight.
 */
#ifndef DEADWAIT_PROCSCAN_H
#define DEADWAIT_PROCSCAN_H

#include "pass.h"

/*
 * Fills *pass as tracer_pass() does, from the proc filesystem behind proc (a
 * descriptor of procfs_open()). Returns 0 or a negative errno.
 */
int procscan_pass(int proc, struct pass *pass);

#endif
