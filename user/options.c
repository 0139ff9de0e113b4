// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options: the command line, turned into plain data. See options.h. Which commands and options there
 * are stands in options_table.c.
 */
#include "options.h"

#include "duration.h"
#include "options_table.h"
#include "say.h"
#include "usage.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef DEADWAIT_VERSION
#define DEADWAIT_VERSION "unknown"
#endif

#define TRY_HELP "; see 'deadwait --help'"
#define FIRST_LONG 256 /* getopt's value for row i: above any letter */

struct parse {
	struct options options;
	const struct command_row *command; /* NULL: not named yet */
	bool used[OPTION_ROWS];
	const char *config_path;
	bool help;
	bool version;
};

/* Letters to change, add or remove to turn a into b; words over 31 letters are far from any. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[32];
	size_t b_len = strlen(b);

	if (b_len >= 32 || strlen(a) >= 32)
		return 32;
	for (unsigned int j = 0; j <= b_len; j++)
		row[j] = j;
	for (; *a; a++) {
		unsigned int corner = row[0]++;

		for (size_t j = 1; j <= b_len; j++) {
			unsigned int best = corner + (*a != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			corner = row[j];
			row[j] = best;
		}
	}
	return row[b_len];
}

/* Whether one may have meant name: at most two letters off, and at least half of them right. */
static bool is_near(const char *word, const char *name, unsigned int *least)
{
	unsigned int far = distance(word, name);

	if (far > 2 || far * 2 > strlen(word) || far >= *least)
		return false;
	*least = far;
	return true;
}

static int refuse_command(const char *word)
{
	const char *nearest = NULL;
	unsigned int least = UINT_MAX;

	for (const struct command_row *row = command_rows; row->name; row++) {
		if (is_near(word, row->name, &least))
			nearest = row->name;
	}
	if (nearest)
		say_error("unknown command '%.200s' (did you mean '%s'?)" TRY_HELP, word, nearest);
	else
		say_error("unknown command '%.200s'" TRY_HELP, word);
	return -EINVAL;
}

static int refuse_long_option(const char *word)
{
	const char *nearest = NULL;
	unsigned int least = UINT_MAX;
	char *name = strndup(word + 2, strcspn(word + 2, "="));

	for (size_t i = 0; name && i < OPTION_ROWS; i++) {
		if (is_near(name, option_rows[i].name, &least))
			nearest = option_rows[i].name;
	}
	free(name);
	if (nearest)
		say_error("unknown option '%.200s' (did you mean '--%s'?)" TRY_HELP, word, nearest);
	else
		say_error("unknown option '%.200s'" TRY_HELP, word);
	return -EINVAL;
}

static size_t row_of(int got)
{
	size_t i = 0;

	if (got >= FIRST_LONG)
		return (size_t)(got - FIRST_LONG);
	while (option_rows[i].letter != got)
		i++;
	return i;
}

/* What getopt puts into optopt: a row's value if it knows the option, a letter or 0 if not. */
static int refuse_option(int got, char **argv)
{
	if (optopt >= FIRST_LONG) {
		const struct option_row *row = &option_rows[optopt - FIRST_LONG];

		if (got == ':')
			say_error("option '--%s' needs %s" TRY_HELP, row->name, row->argument);
		else
			say_error("option '--%s' takes no argument" TRY_HELP, row->name);
	} else if (got == ':') {
		say_error("option '-%c' needs %s" TRY_HELP, optopt,
			  option_rows[row_of(optopt)].argument);
	} else if (optopt) {
		say_error("unknown option '-%c'" TRY_HELP, optopt);
	} else {
		return refuse_long_option(argv[optind - 1]);
	}
	return -EINVAL;
}

/* Adds a word to options.operands, which stays ended by NULL. */
static int add_operand(struct options *options, char *word)
{
	char **grown = reallocarray(options->operands, options->operands_count + 2, sizeof(*grown));

	if (!grown) {
		say_error("cannot read the command line: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	options->operands = grown;
	options->operands[options->operands_count++] = word;
	options->operands[options->operands_count] = NULL;
	return 0;
}

static int take_operand(struct parse *parse, char *word)
{
	if (parse->command) {
		if (parse->command->operands == OPERANDS_COMMAND ||
		    parse->command->operands == OPERANDS_FILES)
			return add_operand(&parse->options, word);
		if (parse->command->operands == OPERANDS_NONE || parse->options.cause) {
			say_error("unexpected argument '%.200s'" TRY_HELP, word);
			return -EINVAL;
		}
		parse->options.cause = word;
		return 0;
	}
	if (strcmp(word, "help") == 0 && !parse->help) {
		parse->help = true;
		return 0;
	}
	for (const struct command_row *row = command_rows; row->name; row++) {
		if (strcmp(word, row->name) == 0) {
			parse->command = row;
			parse->options.command = row->command;
			return 0;
		}
	}
	return refuse_command(word);
}

static int take_option(struct parse *parse, size_t index, const char *argument)
{
	const struct option_row *row = &option_rows[index];
	const char *why = NULL;
	int err;

	parse->used[index] = true;
	if (!strcmp(row->name, "config"))
		parse->config_path = argument;
	if (!row->set) {
		*(row->letter == 'h' ? &parse->help : &parse->version) = true;
		return 0;
	}
	err = row->set(&parse->options, argument, &why);
	if (err == -ENOMEM)
		say_error("cannot read the command line: %s", strerror(ENOMEM));
	else if (err)
		say_error("bad value '%.200s' for '--%s': %s" TRY_HELP, argument, row->name, why);
	return err == -ENOMEM ? err : err ? -EINVAL : 0;
}

/* Fills what getopt_long() wants from the table. Every option's value is FIRST_LONG + its row. */
static void make_getopt_tables(char letters[2 * OPTION_ROWS + 3],
			       struct option longs[OPTION_ROWS + 1])
{
	/* '+': stop at each operand, so that a command may own what follows. ':': we complain. */
	char *letter = stpcpy(letters, "+:");

	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->argument ? required_argument : no_argument,
			.val = FIRST_LONG + (int)i,
		};
		if (row->letter)
			*letter++ = (char)row->letter;
		if (row->letter && row->argument)
			*letter++ = ':';
	}
	*letter = '\0';
	longs[OPTION_ROWS] = (struct option){ 0 };
}

static int parse_words(int argc, char **argv, struct parse *parse)
{
	char letters[2 * OPTION_ROWS + 3];
	struct option longs[OPTION_ROWS + 1];
	bool only_operands = false;
	int err = 0;

	make_getopt_tables(letters, longs);
	opterr = 0;
	optind = 0; /* glibc: start afresh, and read the '+' */
	while (!err) {
		int before = optind ? optind : 1;
		int got = only_operands ? -1 : getopt_long(argc, argv, letters, longs, NULL);

		if (got == '?' || got == ':') {
			err = refuse_option(got, argv);
		} else if (got != -1) {
			err = take_option(parse, row_of(got), optarg);
		} else {
			/* It stopped at an operand, behind "--", or at the end. */
			only_operands =
				only_operands || optind > before ||
				(parse->command && parse->command->operands == OPERANDS_COMMAND);
			if (optind >= argc)
				break;
			err = take_operand(parse, argv[optind++]);
		}
	}
	return err;
}

static const struct option_row *find_row(const char *name, size_t *index)
{
	for (*index = 0; *index < OPTION_ROWS; (*index)++)
		if (!strcmp(option_rows[*index].name, name))
			return &option_rows[*index];
	return NULL;
}

/* Why a line of the file is no option of the command; NULL: it is one. */
static const char *refuse_line(const struct option_row *row, const char *argument)
{
	if (!row || !row->set || !strcmp(row->name, "config"))
		return "no such option";
	if (!(row->commands & COMMAND_BIT(COMMAND_WATCH)))
		return "not an option of watch";
	if (row->argument && !argument)
		return "its argument is missing";
	if (!row->argument && argument)
		return "it takes no argument";
	return NULL;
}

/* Takes the options of --config that the command line does not give. */
static int read_config(struct parse *parse, const char *path)
{
	struct options *options = &parse->options;
	char *name, *argument;
	size_t index;

	while (options->config.text && config_next(&options->config, &name, &argument)) {
		const struct option_row *row = find_row(name, &index);
		const char *why = refuse_line(row, argument);
		int err;

		if (!why && parse->used[index])
			continue;
		err = why ? -EINVAL : row->set(options, argument, &why);
		if (err == -ENOMEM)
			why = strerror(ENOMEM);
		if (err) {
			say_error("%s:%u: bad option '%.200s': %s", path, options->config.line,
				  name, why);
			return err == -ENOMEM ? err : -EINVAL;
		}
	}
	return 0;
}

static int check_options_of_command(const struct parse *parse)
{
	const struct command_row *command = parse->command ? parse->command : &command_rows[0];

	for (size_t i = 0; i < OPTION_ROWS; i++) {
		if (!parse->used[i] || option_rows[i].commands & COMMAND_BIT(command->command))
			continue;
		say_error("'%s' has no option '--%s'; see 'deadwait %s --help'", command->name,
			  option_rows[i].name, command->name);
		return -EINVAL;
	}
	if (command->command == COMMAND_REPORT) {
		if (parse->options.operands_count)
			return 0;
		say_error("'report' needs FILE...; see 'deadwait report --help'");
		return -EINVAL;
	}
	if (parse->options.output == OUTPUT_CSV) {
		say_error("'%s' does not write csv; see 'deadwait %s --help'", command->name,
			  command->name);
		return -EINVAL;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *out)
{
	struct parse parse = {
		.options =
			{
				.command = COMMAND_WATCH,
				.age_ns = DURATION_NS_PER_S,
				.error_exitcode = -1,
			},
	};
	int result = parse_words(argc, argv, &parse);

	if (!result && parse.help) {
		usage_print(stdout, parse.command);
		result = 1;
	} else if (!result && parse.version) {
		puts("deadwait " DEADWAIT_VERSION);
		result = 1;
	} else if (!result) {
		result = check_options_of_command(&parse);
		if (!result)
			result = read_config(&parse, parse.config_path);
	}
	if (result) {
		options_free(&parse.options);
		return result;
	}
	if (parse.options.command == COMMAND_RUN && !parse.options.operands_count) {
		say_error("'run' needs a command; see 'deadwait run --help'");
		options_free(&parse.options);
		return -EINVAL;
	}
	if (parse.options.only == 0)
		parse.options.only = ONLY_ALL;
	if (parse.options.orphan_kinds == 0)
		parse.options.orphan_kinds = ORPHANS_ALL;
	*out = parse.options;
	return 0;
}

void options_free(struct options *options)
{
	free(options->pids);
	free(options->names);
	free(options->family);
	free(options->operands);
	config_close(&options->config);
	memset(options, 0, sizeof(*options));
}
