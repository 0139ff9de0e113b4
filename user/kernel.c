// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool kernel_has_btf(void)
{
	return !access(KERNEL_BTF, R_OK);
}

/* The word in brackets of "none [integrity] confidentiality". */
void kernel_lockdown(char out[KERNEL_LOCKDOWN_MAX])
{
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	char word[KERNEL_LOCKDOWN_MAX];

	out[0] = '\0';
	while (file && fscanf(file, "%31s", word) == 1)
		if (word[0] == '[')
			snprintf(out, KERNEL_LOCKDOWN_MAX, "%.*s", (int)strcspn(word + 1, "]"),
				 word + 1);
	if (file)
		fclose(file);
}

bool kernel_is_confidential(void)
{
	char lockdown[KERNEL_LOCKDOWN_MAX];

	kernel_lockdown(lockdown);
	return !strcmp(lockdown, "confidentiality");
}
