// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inherited: what deadwait was started with and changes for itself, so that
 * the command of run can be given it back.
 */
#ifndef DEADWAIT_INHERITED_H
#define DEADWAIT_INHERITED_H

/* Remembers the signal mask and which signals were ignored. The first thing that main does. */
void inherited_remember(void);

/* Sets them again, in a child that is about to exec. Async-signal-safe. */
void inherited_restore(void);

#endif
