// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * journal_ids: the MESSAGE_ID of each kind of record in the journal. Filters and alerts are built on
 * them: never changed, never used for another kind. A new one comes from `systemd-id128 new`.
 */
#ifndef DEADWAIT_JOURNAL_IDS_H
#define DEADWAIT_JOURNAL_IDS_H

#define JOURNAL_ID_ZOMBIE_OPEN "a6a5c1a3d7e74d71be09e4c8005b04f6"
#define JOURNAL_ID_ZOMBIE_UPDATE "4ea0b96478294caa93bbf481d05d8968"
#define JOURNAL_ID_ZOMBIE_CLOSED "c9f4e8460a5c4c6fab5759475120e439"
#define JOURNAL_ID_SIGCHLD "e937f84825224c3f964ec503ed85b3b4"
#define JOURNAL_ID_ORPHAN "a31f572961884b9eb791bcb612ac37dc"
#define JOURNAL_ID_STATUS "61c220a72f3f4727a1ad2bf624039612"
#define JOURNAL_ID_LOST "38aa5398cf684c5e80e4f7ea983b612c"
#define JOURNAL_ID_SUMMARY "85248e7a45034b1f860dc30743257c21"
#define JOURNAL_ID_STORM "fd082d0b8ed94a869b47ad1fc6b2f0f8"

#endif
