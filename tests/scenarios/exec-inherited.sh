#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shell one-liners that leave a child to the program they exec.
. "${0%/*}/_direct.sh"

case $1 in
list)
	printf '%s\n' sick sick-substitution twin
	;;
sick)
	act sh -c 'true; sleep 0.1 & exec sleep 300'
	await_zombies 1
	report "$1" exec-inherited "$zombies"
	hold
	;;
sick-substitution)
	act bash -c 'exec sleep 300 > >(sleep 1)'
	await_zombies 1
	report "$1" exec-inherited "$zombies"
	hold
	;;
twin)
	act sh -c 'sleep 0.1 & wait; exec sleep 300'
	report "$1" null ""
	hold
	;;
*)
	echo "usage: $0 VARIANT | list" >&2
	exit 2
	;;
esac
