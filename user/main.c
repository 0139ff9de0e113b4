// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main: reads the command line and runs the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "command.h"
#include "inherited.h"
#include "options.h"

static int run(const struct options *options)
{
	switch (options->command) {
	case COMMAND_WATCH:
		return command_watch(options);
	case COMMAND_SCAN:
		return command_scan(options);
	case COMMAND_TRACE:
		return command_trace(options);
	case COMMAND_RUN:
		return command_run(options);
	case COMMAND_EXPLAIN:
		return command_explain(options);
	case COMMAND_DOCTOR:
		return command_doctor(options);
	case COMMAND_REPORT:
		return command_report(options);
	}
	return EXIT_USAGE;
}

/*
 * A closed descriptor 0, 1 or 2 would be given to the next file that is opened.
 * In place of standard output stands something that cannot be written.
 */
static void secure_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	struct options options;
	int status, err;

	secure_descriptors();
	inherited_remember();
	/* A closed pipe and a full file come back as errors of write(2). */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	err = options_parse(argc, argv, &options);
	if (err)
		return err > 0 ? EXIT_OK : err == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
	status = run(&options);
	options_free(&options);
	return status;
}
