// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: the help text. See usage.h.
 */
#include "usage.h"

#include <ctype.h>
#include <string.h>

#define HELP_COLUMN 29
#define WIDTH 78 /* less than a line, for the full stop */

static void print_help_lines(FILE *file, int column, const char *help)
{
	/* What is left of the column is taken by text that is there already. */
	fprintf(file, "%*s", HELP_COLUMN > column ? HELP_COLUMN - column : 1, "");
	for (;;) {
		size_t len = strcspn(help, "\n");

		fprintf(file, "%.*s\n", (int)len, help);
		if (help[len] == '\0')
			return;
		help += len + 1;
		fprintf(file, "%*s", HELP_COLUMN, "");
	}
}

static void print_commands(FILE *file)
{
	fputs("\nCommands:\n", file);
	for (const struct command_row *row = command_rows; row->name; row++) {
		int column = fprintf(file, "  %s", row->name);

		if (row->operand)
			column += fprintf(file, " %s", row->operand);
		print_help_lines(file, column, row->help);
	}
}

static void print_options(FILE *file, unsigned int commands)
{
	fputs("\nOptions:\n", file);
	for (const struct option_row *row = option_rows; row->name; row++) {
		int column;

		if (!(row->commands & commands))
			continue;
		if (row->letter)
			column = fprintf(file, "  -%c, --%s", row->letter, row->name);
		else
			column = fprintf(file, "      --%s", row->name);
		if (row->argument)
			column += fprintf(file, " %s", row->argument);
		print_help_lines(file, column, row->help);
	}
}

/* The words of a help text as a sentence, broken anew. */
static void print_sentence(FILE *file, const char *help)
{
	size_t column = 0;

	for (const char *word = help; *word; word += strspn(word, " \n")) {
		size_t len = strcspn(word, " \n");
		int first = (unsigned char)word[0];

		if (column) {
			column = column + 1 + len > WIDTH ? 0 : column + 1;
			fputc(column ? ' ' : '\n', file);
		}
		fprintf(file, "%c%.*s", word == help ? toupper(first) : first, (int)len - 1,
			word + 1);
		column += len;
		word += len;
	}
	fputs(".\n", file);
}

static void print_all(FILE *file)
{
	fputs("Usage: deadwait [COMMAND] [OPTION]...\n"
	      "Finds out why a dead process is still there: whose fault, why, what to do.\n"
	      "'deadwait COMMAND --help' shows what one command takes.\n",
	      file);
	print_commands(file);
	print_options(file, COMMANDS_ALL);
	fputs("\n"
	      "Given more than once, -p, --family, -n, --only and --orphans add up; of the\n"
	      "others the last one counts.\n"
	      "A DURATION is 250ms, 5s, 1.5m, 2h, 1d or 0.\n"
	      "\n"
	      "Exit status: 0 normal end, 2 wrong usage, 3 kernel or privileges do not\n"
	      "suffice, 4 failure while running. Of run: that of the command, 128+N if\n"
	      "signal N ended it, 127 not found, 126 cannot be run, 125 failure of deadwait.\n"
	      "\n"
	      "Examples:\n"
	      "  deadwait                             watch the whole host\n"
	      "  deadwait scan --error-exitcode 1     fail if there is a zombie\n"
	      "  deadwait run -- ./server             what it leaves unreaped, and why\n"
	      "  deadwait trace --family 4242         all that 4242 and its descendants do\n"
	      "  deadwait -n 'nginx*' -o json -l /var/log/deadwait.json\n"
	      "  deadwait explain sigchld-merged\n"
	      "  deadwait report --since 2h /var/log/deadwait.json*\n",
	      file);
}

void usage_print(FILE *file, const struct command_row *row)
{
	if (!row) {
		print_all(file);
		return;
	}
	fprintf(file, "Usage: deadwait %s [OPTION]...", row->name);
	if (row->operand)
		fprintf(file, " %s", row->operand);
	fputs("\n", file);
	print_sentence(file, row->help);
	print_options(file, COMMAND_BIT(row->command));
}
