// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rejudge: a recorded finding judged again by the present rules. Pure, as the verdict is.
 */
#ifndef DEADWAIT_REJUDGE_H
#define DEADWAIT_REJUDGE_H

#include <stdbool.h>

#include "causes.h"
#include "facts.h"

/*
 * The cause by the present rules. earlier is what an earlier record of the same zombie was judged
 * to be, CAUSE_COUNT: there is none; moved: its parent has changed since. As while watching, a
 * cause gives way only to facts that contradict it, or to a new parent once that has settled;
 * *settled says whether this verdict is about the parent in the record.
 */
enum cause rejudge(const struct facts *facts, enum cause earlier, bool moved, bool *settled);

#endif
