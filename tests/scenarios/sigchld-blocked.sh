#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bash blocks SIGCHLD for moments around pipelines and $(…) (how long depends on its version). Healthy.
. "${0%/*}/_direct.sh"

case $1 in
list)
	printf '%s\n' twin-substitution twin-pipeline
	;;
twin-substitution)
	act bash -c 'while :; do sleep 0.05 & x=$(sleep 0.5); done'
	report "$1" null ""
	hold
	;;
twin-pipeline)
	act bash -c 'while :; do true | sleep 0.2 | sleep 0.4; seq 1 50 | xargs -n 10 -P 4 true; sleep 0.1; done'
	report "$1" null ""
	hold
	;;
*)
	echo "usage: $0 VARIANT | list" >&2
	exit 2
	;;
esac
