// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options_table: what the command line consists of, for options.c and usage.c only.
 */
#ifndef DEADWAIT_OPTIONS_TABLE_H
#define DEADWAIT_OPTIONS_TABLE_H

#include "options.h"

#define COMMAND_BIT(command) (1U << (command))
#define COMMANDS_ALL (~0U)
#define OPTION_ROWS 31

enum operands {
	OPERANDS_NONE,
	OPERANDS_ONE,	  /* one at the most */
	OPERANDS_COMMAND, /* a command line: nothing behind its first word is ours */
	OPERANDS_FILES,	  /* one or more, options between them */
};

struct command_row {
	enum command command;
	const char *name;
	enum operands operands;
	const char *operand; /* what to call them; NULL: none */
	const char *help;
};

struct option_row {
	int letter; /* 0: none */
	const char *name;
	const char *argument;  /* what to call its argument; NULL: it takes none */
	const char *help;      /* "\n" starts a new line of it */
	unsigned int commands; /* COMMAND_BIT()s of those that take it */
	/* Stores the argument. On failure returns a negative errno and the reason in *why. */
	int (*set)(struct options *options, const char *argument, const char **why);
};

/* Ended by a row without a name; the first command is the default one. */
extern const struct command_row command_rows[];
extern const struct option_row option_rows[];

#endif
