# SPDX-License-Identifier: GPL-2.0-or-later
# The frame of a scenario in shell: start an actor, wait until its zombies are there, report, hold, end.
# Sourced. The protocol is that of scenario.h; what is left over is ended by the `contain` around it.

actor=

# act CMD ARG…: the sick or healthy parent
act() {
	"$@" </dev/null >/dev/null 2>&1 &
	actor=$!
}

# children_of PID STATE: pids of its children in that state, in one line (a pattern: "?" for any)
children_of() {
	for stat in /proc/[0-9]*/stat; do
		line=
		read -r line 2>/dev/null <"$stat" || continue
		rest=${line##*) }
		set -- "$1" "$2" $rest
		[ "$4" = "$1" ] || continue
		case $3 in
		$2) echo "${line%% *}" ;;
		esac
	done
}

# await_zombies N: until the actor has N of them; sets $zombies, separated by commas
await_zombies() {
	tries=0
	while :; do
		found=$(children_of "$actor" Z)
		[ "$(echo "$found" | grep -c .)" -ge "$1" ] && break
		tries=$((tries + 1))
		[ "$tries" -gt 600 ] && { echo "$0: not established" >&2; end; exit 1; }
		sleep 0.05
	done
	zombies=$(echo "$found" | tr '\n' ',')
	zombies=${zombies%,}
}

# report VARIANT CAUSE|null CHILDREN
report() {
	cause=null
	[ "$2" = null ] || cause="\"$2\""
	printf '{"variant":"%s","cause":%s,"parent":%d,"children":[%s],"healthy":[%d,%d]}\n' \
		"$1" "$cause" "$actor" "$3" $$ "$actor"
}

end() {
	for pid in $(children_of "$actor" "?"); do
		kill -9 "$pid" 2>/dev/null
	done
	kill -9 "$actor" 2>/dev/null
	{ wait; } 2>/dev/null
}

# hold: until standard input ends
hold() {
	timeout 120 cat >/dev/null
	end
}
