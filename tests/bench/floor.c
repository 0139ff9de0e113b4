// SPDX-License-Identifier: GPL-2.0-or-later
/* floor: attaches the empty programs, says `ready`, and sleeps until it is ended. */
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench/floor.skel.h"

int main(void)
{
	struct floor_bpf *bpf;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bpf = floor_bpf__open_and_load();
	err = bpf ? floor_bpf__attach(bpf) : -1;
	if (err) {
		fprintf(stderr, "floor: cannot load or attach the empty programs\n");
		floor_bpf__destroy(bpf);
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	pause();
	return 0;
}
