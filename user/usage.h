// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: the help text, made from the tables that options.c parses with. Parses nothing.
 */
#ifndef DEADWAIT_USAGE_H
#define DEADWAIT_USAGE_H

#include "options_table.h"

#include <stdio.h>

/* Prints the help of one command, or all of it if row is NULL. */
void usage_print(FILE *file, const struct command_row *row);

#endif
