// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * generate: what is made from the tables of commands, options and causes: the
 * parts of the manual page that they fill, and the shells' completions. Runs
 * when the project is built; writes to standard output.
 *
 *   generate man FILE        FILE with its lines @COMMANDS@, @OPTIONS@ and @CAUSES@ filled in
 *   generate bash|zsh|fish   a completion
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "causes.h"
#include "options_table.h"

/* --- the manual page --- */

/* Text for roff: a dash that is typed stays one, a line does not begin with a command. */
static void put_roff(const char *text)
{
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '\n')
			putchar(' ');
		else
			putchar(*text);
	}
}

/* Words in capitals are what the user replaces. */
static void put_argument(const char *argument)
{
	fputs(" \\fI", stdout);
	put_roff(argument);
	fputs("\\fR", stdout);
}

static void put_commands(void)
{
	for (const struct command_row *row = command_rows; row->name; row++) {
		printf(".TP\n.B %s", row->name);
		if (row->operand) {
			fputs("\\fR", stdout);
			put_argument(row->operand);
		}
		putchar('\n');
		putchar(toupper((unsigned char)row->help[0]));
		put_roff(row->help + 1);
		puts(".");
	}
}

/* "watch, scan", or nothing for an option of all commands. */
static void put_owners(unsigned int commands)
{
	bool first = true;

	if (commands == COMMANDS_ALL)
		return;
	fputs(" (", stdout);
	for (const struct command_row *row = command_rows; row->name; row++) {
		if (!(commands & COMMAND_BIT(row->command)))
			continue;
		printf("%s%s", first ? "" : ", ", row->name);
		first = false;
	}
	putchar(')');
}

static void put_options(void)
{
	for (const struct option_row *row = option_rows; row->name; row++) {
		puts(".TP");
		if (row->letter)
			printf("\\fB\\-%c\\fR, ", row->letter);
		fputs("\\fB\\-\\-", stdout);
		put_roff(row->name);
		fputs("\\fR", stdout);
		if (row->argument)
			put_argument(row->argument);
		putchar('\n');
		putchar(toupper((unsigned char)row->help[0]));
		put_roff(row->help + 1);
		put_owners(row->commands);
		puts(".");
	}
}

static void put_causes(void)
{
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		const struct cause_text *text = cause_text(cause);

		fputs(".TP\n.B ", stdout);
		put_roff(text->name);
		fputs("\nThe parent ", stdout);
		put_roff(text->summary);
		puts(".");
	}
}

static int put_man(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[4096];

	if (!file) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof(line), file)) {
		if (!strcmp(line, "@COMMANDS@\n"))
			put_commands();
		else if (!strcmp(line, "@OPTIONS@\n"))
			put_options();
		else if (!strcmp(line, "@CAUSES@\n"))
			put_causes();
		else
			fputs(line, stdout);
	}
	return fclose(file) != 0;
}

/* --- completions --- */

/* What an argument is completed with, by what the table calls it. */
static const struct {
	const char *argument;
	const char *bash; /* arguments of compgen; NULL: nothing */
	const char *zsh;
	const char *fish; /* NULL: nothing but what the user types */
} kinds[] = {
	{ "FILE", "-f", "_files", "-F" },
	{ "PATH", "-f", "_files", "-F" },
	{ "PID[,PID...]", "-W \"$(ps -eo pid=)\"", "_pids", "-x -a '(__fish_complete_pids)'" },
	{ "USER", "-u", "_users", "-x -a '(__fish_complete_users)'" },
};

static size_t kind_of(const char *argument)
{
	size_t i = 0;

	while (i < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[i].argument, argument))
		i++;
	return i;
}

static bool is_known(size_t kind)
{
	return kind < sizeof(kinds) / sizeof(kinds[0]);
}

/* The first line of a help text, with quotes made harmless. */
static void put_help(const char *help)
{
	for (; *help && *help != '('; help++)
		if (*help == '\n')
			putchar(' ');
		else if (!strchr("'[]:\\\"`$", *help))
			putchar(*help);
}

static void put_words_of(unsigned int commands)
{
	for (const struct option_row *row = option_rows; row->name; row++) {
		if (!(row->commands & commands))
			continue;
		if (row->letter)
			printf("-%c ", row->letter);
		printf("--%s ", row->name);
	}
}

static void put_cause_names(void)
{
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		printf("%s ", cause_text(cause)->name);
}

static void put_bash(void)
{
	puts("# bash completion of deadwait; made from its tables");
	puts("_deadwait()\n{");
	puts("    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= i");
	puts("    COMPREPLY=()");
	puts("    for ((i = 1; i < COMP_CWORD; i++)); do");
	puts("        case ${COMP_WORDS[i]} in");
	for (const struct command_row *row = command_rows; row->name; row++)
		printf("        %s) command=%s; break ;;\n", row->name, row->name);
	puts("        esac\n    done");
	puts("    case $before in");
	for (const struct option_row *row = option_rows; row->name; row++) {
		size_t kind = row->argument ? kind_of(row->argument) : 0;

		if (!row->argument)
			continue;
		fputs("    ", stdout);
		if (row->letter)
			printf("-%c|", row->letter);
		printf("--%s) ", row->name);
		if (!strcmp(row->argument, "FORMAT"))
			fputs("COMPREPLY=($(compgen -W \"text json\" -- \"$word\")); ", stdout);
		else if (is_known(kind))
			printf("COMPREPLY=($(compgen %s -- \"$word\")); ", kinds[kind].bash);
		puts("return ;;");
	}
	puts("    esac");
	puts("    case $command in");
	for (const struct command_row *row = command_rows; row->name; row++) {
		printf("    %s) COMPREPLY=($(compgen -W \"", row->name);
		put_words_of(COMMAND_BIT(row->command));
		if (row->command == COMMAND_EXPLAIN)
			put_cause_names();
		printf("\" -- \"$word\")) ;;\n");
	}
	fputs("    *) COMPREPLY=($(compgen -W \"", stdout);
	for (const struct command_row *row = command_rows; row->name; row++)
		printf("%s ", row->name);
	put_words_of(COMMAND_BIT(command_rows[0].command));
	puts("\" -- \"$word\")) ;;\n    esac");
	puts("    # What stands behind run or trace is a command line of its own, and report wants files.");
	puts("    if [[ -n $command && $word != -* ]]; then");
	puts("        case $command in");
	for (const struct command_row *row = command_rows; row->name; row++)
		if (row->operands == OPERANDS_COMMAND)
			printf("        %s) COMPREPLY=($(compgen -c -- \"$word\")) ;;\n", row->name);
	puts("        report) COMPREPLY=($(compgen -f -- \"$word\")) ;;");
	puts("        esac\n    fi\n}");
	puts("complete -o filenames -F _deadwait deadwait");
}

static void put_zsh_option(const struct option_row *row)
{
	size_t kind = row->argument ? kind_of(row->argument) : 0;

	fputs("        '", stdout);
	if (row->letter)
		printf("(-%c --%s)'{-%c,--%s}'", row->letter, row->name, row->letter, row->name);
	else
		printf("--%s", row->name);
	putchar('[');
	put_help(row->help);
	putchar(']');
	if (row->argument) {
		putchar(':');
		put_help(row->argument);
		printf(":%s", !strcmp(row->argument, "FORMAT") ? "(text json)" :
			      is_known(kind)			? kinds[kind].zsh :
								  " ");
	}
	puts("' \\");
}

static void put_zsh(void)
{
	puts("#compdef deadwait\n# made from deadwait's tables");
	puts("_deadwait()\n{");
	puts("    local context state line\n    local -a commands");
	puts("    commands=(");
	for (const struct command_row *row = command_rows; row->name; row++) {
		printf("        '%s:", row->name);
		put_help(row->help);
		puts("'");
	}
	puts("    )");
	puts("    _arguments -C \\");
	for (const struct option_row *row = option_rows; row->name; row++)
		put_zsh_option(row);
	puts("        '1: :->command' '*:: :->operand'");
	puts("    case $state in");
	puts("    command) _describe command commands ;;");
	puts("    operand)\n        case $line[1] in");
	fputs("        explain) _values cause ", stdout);
	put_cause_names();
	puts(";;");
	for (const struct command_row *row = command_rows; row->name; row++)
		if (row->operands == OPERANDS_COMMAND)
			printf("        %s) _normal ;;\n", row->name);
	puts("        report) _files ;;");
	puts("        esac ;;\n    esac\n}");
	puts("_deadwait \"$@\"");
}

static void put_fish(void)
{
	puts("# fish completion of deadwait; made from its tables");
	puts("complete -c deadwait -f");
	for (const struct command_row *row = command_rows; row->name; row++) {
		printf("complete -c deadwait -n __fish_use_subcommand -a %s -d '", row->name);
		put_help(row->help);
		puts("'");
	}
	for (const struct option_row *row = option_rows; row->name; row++) {
		size_t kind = row->argument ? kind_of(row->argument) : 0;

		fputs("complete -c deadwait", stdout);
		if (row->commands != COMMANDS_ALL) {
			fputs(" -n '__fish_seen_subcommand_from", stdout);
			for (const struct command_row *command = command_rows; command->name; command++)
				if (row->commands & COMMAND_BIT(command->command))
					printf(" %s", command->name);
			if (row->commands & COMMAND_BIT(command_rows[0].command))
				fputs("; or __fish_use_subcommand", stdout);
			putchar('\'');
		}
		if (row->letter)
			printf(" -s %c", row->letter);
		printf(" -l %s", row->name);
		if (row->argument && !strcmp(row->argument, "FORMAT"))
			fputs(" -x -a 'text json'", stdout);
		else if (row->argument)
			printf(" %s", is_known(kind) ? kinds[kind].fish : "-x");
		fputs(" -d '", stdout);
		put_help(row->help);
		puts("'");
	}
	fputs("complete -c deadwait -n '__fish_seen_subcommand_from explain' -a '", stdout);
	put_cause_names();
	puts("'");
	puts("complete -c deadwait -n '__fish_seen_subcommand_from run trace' -a "
	     "'(__fish_complete_subcommand)'");
	puts("complete -c deadwait -n '__fish_seen_subcommand_from report' -F");
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "man"))
		return put_man(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "bash"))
		put_bash();
	else if (argc == 2 && !strcmp(argv[1], "zsh"))
		put_zsh();
	else if (argc == 2 && !strcmp(argv[1], "fish"))
		put_fish();
	else
		return 2;
	return fflush(stdout) != 0;
}
