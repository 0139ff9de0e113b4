// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fentry: whether this kernel lets a program be attached to one of its
 * functions. Found out by trying it with a program that does nothing: cheaper
 * by far than loading all programs twice where it is refused.
 */
#ifndef DEADWAIT_FENTRY_H
#define DEADWAIT_FENTRY_H

/*
 * Attaches to that function and detaches again. Returns 0; -ESRCH: the kernel
 * has no such function that could be traced; or the negative errno with which
 * it refused.
 */
int fentry_probe(const char *function);

#endif
