// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options_set: how each option stores its argument. Each function returns 0, or
 * a negative errno and in *why what the argument is not (a text that is not to
 * be freed; -ENOMEM: none); after a success *why says nothing. Strings of the
 * argument are kept as they are, and must outlive *options. Prints nothing.
 */
#ifndef DEADWAIT_OPTIONS_SET_H
#define DEADWAIT_OPTIONS_SET_H

#include "options.h"

int options_set_pids(struct options *options, const char *argument, const char **why);
int options_set_family(struct options *options, const char *argument, const char **why);
int options_set_name(struct options *options, const char *argument, const char **why);
int options_set_user(struct options *options, const char *argument, const char **why);
int options_set_cgroup(struct options *options, const char *argument, const char **why);
int options_set_only(struct options *options, const char *argument, const char **why);
int options_set_orphans(struct options *options, const char *argument, const char **why);
int options_set_age(struct options *options, const char *argument, const char **why);
int options_set_limit(struct options *options, const char *argument, const char **why);
int options_set_output(struct options *options, const char *argument, const char **why);
int options_set_log(struct options *options, const char *argument, const char **why);
int options_set_config(struct options *options, const char *argument, const char **why);
int options_set_log_level(struct options *options, const char *argument, const char **why);
int options_set_journal(struct options *options, const char *argument, const char **why);
int options_set_syslog(struct options *options, const char *argument, const char **why);
int options_set_syslog_socket(struct options *options, const char *argument, const char **why);
int options_set_metrics(struct options *options, const char *argument, const char **why);
int options_set_textfile(struct options *options, const char *argument, const char **why);
int options_set_exitcode(struct options *options, const char *argument, const char **why);
int options_set_history(struct options *options, const char *argument, const char **why);
int options_set_buffer(struct options *options, const char *argument, const char **why);
int options_set_follow(struct options *options, const char *argument, const char **why);
int options_set_timestamp(struct options *options, const char *argument, const char **why);
int options_set_quiet(struct options *options, const char *argument, const char **why);
int options_set_verbose(struct options *options, const char *argument, const char **why);
int options_set_since(struct options *options, const char *argument, const char **why);
int options_set_until(struct options *options, const char *argument, const char **why);
int options_set_by(struct options *options, const char *argument, const char **why);
int options_set_rejudge(struct options *options, const char *argument, const char **why);

#endif
