#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A shell that was stopped while its job ran: SIGCHLD may be blocked and pending, and neither is the cause.
. "${0%/*}/_direct.sh"

case $1 in
list)
	printf '%s\n' sick twin
	;;
sick)
	act bash -c 'sleep 0.2 & kill -STOP $$; wait'
	await_zombies 1
	report "$1" parent-stopped "$zombies"
	hold
	;;
twin)
	act bash -c 'while :; do sleep 0.1 & (sleep 0.3; kill -CONT $$) & kill -STOP $$; wait; done'
	report "$1" null ""
	hold
	;;
*)
	echo "usage: $0 VARIANT | list" >&2
	exit 2
	;;
esac
