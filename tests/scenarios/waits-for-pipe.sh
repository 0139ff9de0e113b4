#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# $(…) ends when its pipe does, and a background process holds that. dash notes the SIGCHLD and reads on; bash 5.2
# collects the dead subshell in its handler, so it is the twin.
. "${0%/*}/_direct.sh"

case $1 in
list)
	printf '%s\n' sick twin twin-bash
	;;
sick)
	act dash -c 'x=$(sleep 300 & exit 0); echo "$x"'
	await_zombies 1
	report "$1" waits-for-pipe "$zombies"
	hold
	;;
twin)
	act dash -c 'while :; do x=$(sleep 0.3 >/dev/null & echo started); sleep 0.1; done'
	report "$1" null ""
	hold
	;;
twin-bash)
	act bash -c 'x=$(sleep 300 & exit 0); echo "$x"'
	report "$1" null ""
	hold
	;;
*)
	echo "usage: $0 VARIANT | list" >&2
	exit 2
	;;
esac
