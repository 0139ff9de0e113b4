// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exact OBJECT: whether this kernel attaches the programs of a BPF object.
 * Status 0: all of them, and detached again; 1: not, with the reason on stderr.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int refuse(const char *what)
{
	fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	struct bpf_object *object = argc == 2 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_program *program;

	if (!object)
		return refuse("open the object");
	if (bpf_object__load(object))
		return refuse("load the object");
	bpf_object__for_each_program(program, object)
	{
		struct bpf_link *link = bpf_program__attach(program);

		if (!link)
			return refuse("attach a program");
		bpf_link__destroy(link);
	}
	bpf_object__close(object);
	return 0;
}
