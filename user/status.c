// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * status: names for signals, wait statuses and wait calls. See status.h.
 */
#include "status.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define STATUS_CONTINUED 0xffff
#define STATUS_STOPPED 0x7f
#define STATUS_CORE 0x80

struct bit {
	uint32_t mask;
	const char *name;
};

static const struct bit wait_bits[] = {
	{ WNOHANG, "WNOHANG" },		{ WUNTRACED, "WUNTRACED" }, { WEXITED, "WEXITED" },
	{ WCONTINUED, "WCONTINUED" },	{ WNOWAIT, "WNOWAIT" },	    { __WNOTHREAD, "__WNOTHREAD" },
	{ (uint32_t)__WALL, "__WALL" }, { __WCLONE, "__WCLONE" },
};

const char *status_signal_name(int sig, char *out, size_t size)
{
	const char *name = sigabbrev_np(sig);

	if (name)
		snprintf(out, size, "SIG%s", name);
	else if (sig == SIGRTMIN)
		snprintf(out, size, "SIGRTMIN");
	else if (sig > SIGRTMIN && sig <= SIGRTMAX)
		snprintf(out, size, "SIGRTMIN+%d", sig - SIGRTMIN);
	else
		snprintf(out, size, "signal %d", sig);
	return out;
}

const char *status_format(char *out, size_t size, int status)
{
	char name[STATUS_TEXT_MAX];
	unsigned int word = (unsigned int)status & 0xffff;
	unsigned int low = word & 0x7f;
	int high = (int)(word >> 8);

	if (word == STATUS_CONTINUED)
		snprintf(out, size, "continued");
	else if (low == 0)
		snprintf(out, size, "exit %d", high);
	else if (low == STATUS_STOPPED)
		snprintf(out, size, "stopped by %s", status_signal_name(high, name, sizeof(name)));
	else
		snprintf(out, size, "killed by %s%s",
			 status_signal_name((int)low, name, sizeof(name)),
			 word & STATUS_CORE ? " (core dumped)" : "");
	return out;
}

const char *status_option_name(uint32_t bit)
{
	for (size_t i = 0; i < sizeof(wait_bits) / sizeof(wait_bits[0]); i++)
		if (wait_bits[i].mask == bit)
			return wait_bits[i].name;
	return NULL;
}

/* A text that grows in a buffer and is cut where that ends. */
struct builder {
	char *out;
	size_t size;
};

static void add(struct builder *builder, const char *text)
{
	size_t len = strlen(builder->out);

	snprintf(builder->out + len, builder->size - len, "%s", text);
}

static void add_id(struct builder *builder, int32_t id)
{
	char text[16] = "?";

	if (id > 0)
		snprintf(text, sizeof(text), "%d", id);
	add(builder, text);
}

static void add_pidfd(struct builder *builder, const struct wait_form *form)
{
	char fd[16] = "?";

	if (form->fd >= 0)
		snprintf(fd, sizeof(fd), "%d", form->fd);
	add(builder, fd);
	if (form->id > 0) {
		add(builder, "→");
		add_id(builder, form->id);
	}
}

static void add_options(struct builder *builder, uint32_t options, bool waitid)
{
	bool any = false;

	for (size_t i = 0; i < sizeof(wait_bits) / sizeof(wait_bits[0]); i++) {
		const struct bit *bit = &wait_bits[i];

		if (!(options & bit->mask))
			continue;
		add(builder, any ? "|" : "");
		add(builder, waitid && bit->mask == WSTOPPED ? "WSTOPPED" : bit->name);
		options &= ~bit->mask;
		any = true;
	}
	if (options || !any) {
		char rest[16] = "0";

		if (options)
			snprintf(rest, sizeof(rest), "%#x", options);
		add(builder, any ? "|" : "");
		add(builder, rest);
	}
}

static void add_waitpid(struct builder *builder, const struct wait_form *form)
{
	add(builder, "waitpid(");
	if (form->target == WAIT_TARGET_ANY) {
		add(builder, "-1");
	} else if (form->target == WAIT_TARGET_GROUP && form->id <= 0) {
		add(builder, "0"); /* the caller's own group */
	} else {
		add(builder, form->target == WAIT_TARGET_GROUP ? "-" : "");
		add_id(builder, form->id);
	}
	add(builder, ", ");
	add_options(builder, form->options & ~(uint32_t)WEXITED, false);
}

static void add_waitid(struct builder *builder, const struct wait_form *form)
{
	if (form->target == WAIT_TARGET_ANY) {
		add(builder, "waitid(P_ALL");
	} else if (form->target == WAIT_TARGET_PIDFD) {
		add(builder, "waitid(P_PIDFD, ");
		add_pidfd(builder, form);
	} else {
		add(builder, "waitid(");
		add(builder, form->target == WAIT_TARGET_GROUP ? "P_PGID, " : "P_PID, ");
		if (form->target == WAIT_TARGET_GROUP && form->id < 0)
			add(builder, "0"); /* the caller's own group */
		else
			add_id(builder, form->id);
	}
	add(builder, ", ");
	add_options(builder, form->options, true);
}

static void add_wait(struct builder *builder, const struct wait_form *form)
{
	if (form->target == WAIT_TARGET_ANY) {
		add(builder, "wait(any");
	} else if (form->target == WAIT_TARGET_PIDFD) {
		add(builder, "wait(pidfd ");
		add_pidfd(builder, form);
	} else {
		add(builder, form->target == WAIT_TARGET_GROUP ? "wait(group " : "wait(pid ");
		add_id(builder, form->id);
	}
	add(builder, ", ");
	if (form->options)
		add_options(builder, form->options, true);
	else
		add(builder, "?");
}

const char *status_wait_format(char *out, size_t size, const struct wait_form *form)
{
	struct builder builder = { .out = out, .size = size };

	out[0] = '\0';
	if (form->call == WAIT_CALL_WAIT4)
		add_waitpid(&builder, form);
	else if (form->call == WAIT_CALL_WAITID)
		add_waitid(&builder, form);
	else
		add_wait(&builder, form);
	add(&builder, ")");
	return out;
}
