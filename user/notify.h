// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * notify: tells the service manager that started us how we are, by the protocol
 * of sd_notify(3), and keeps its watchdog quiet. Without one, does nothing.
 */
#ifndef DEADWAIT_NOTIFY_H
#define DEADWAIT_NOTIFY_H

/*
 * Remembers the manager's socket and watchdog, and takes them out of the
 * environment. To be called once, before anything else here.
 */
void notify_open(void);

/* Hooks are attached and the first pass is made. */
void notify_ready(void);

/* To be called every tick: says that we are alive, as often as the watchdog wants it. */
void notify_alive(void);

/* We end, on purpose. */
void notify_stopping(void);

#endif
