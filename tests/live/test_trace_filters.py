# SPDX-License-Identifier: GPL-2.0-or-later
"""What `trace` leaves out: -p, -n, -u, --family, -c, and several of them together. Two programs do the same beside each
other, and only what one of them does may be told."""
import os
import shutil
import subprocess

from harness import DEADWAIT, Skip, deadwait, end, holds_for, run, scratch, start, until
from tracing import LIVES, REAP_S, REAPS_WAIT_S, Lives, Trace

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
# Six waits, forks, exits: enough of each kind to be seen.
STEPS = [("fork", 3), ("wait", 3), ("exit", 3), ("sigchld", 3)]


def both_live(first, second, trace, wanted):
    """Both run to their end; all that is wanted of the first has come. Returns the pids of both."""
    names, others = first.go(), second.go()
    second.finish()
    first.finish()
    until(lambda: wanted(names), REAP_S, lambda: f"the events of the first did not come: {trace.events()}")
    return set(names.values()), set(others.values())


def has_steps(trace, names, kinds=STEPS):
    """Each step of `steps`, told for P and its three children."""
    children = {names[n] for n in "ABC"}
    counts = {kind: len([e for e in trace.events(kind) if {e["pid"], e.get("child"), e.get("target"), e.get("from")} &
                         children]) for kind, _ in kinds}
    return all(counts[kind] == count for kind, count in kinds) and \
        bool({e["pid"] for e in trace.events("reap")} & children)


def only_of(trace, ours):
    """Nothing is told that happened to somebody else, but for the SIGCHLD that their end is to us."""
    foreign = [e for e in trace.events() if e["pid"] not in ours and
               not (e["pid"] == os.getpid() and e["event"] == "sigchld" and e["from"] in ours)]
    assert not foreign, f"told of others: {foreign[:5]}"


def test_pid_of_the_parent():
    """-p of the parent: all of its own, and what its children's deaths are to it."""
    with Lives("steps") as first, Lives("steps") as second, Trace("-p", str(first.pid)) as trace:
        kinds = [("fork", 3), ("wait", 3), ("exit", 3), ("sigchld", 3)]

        def wanted(names):
            children = {names[n] for n in "ABC"}
            return all(len([e for e in trace.events(kind) if e["pid"] == names["P"] or e["pid"] in children]) ==
                       count + (kind == "exit") for kind, count in kinds)
        ours, _ = both_live(first, second, trace, wanted)
        only_of(trace, ours)


def test_pid_of_a_child():
    """-p of a child that is not born yet cannot be; of one that lives: its exit, and its parent's SIGCHLD."""
    child = start(["sleep", "60"])
    other = start(["sleep", "60"])
    with Trace("-p", str(child.pid)) as trace:
        child.kill()
        other.kill()
        end(child)
        end(other)
        trace.wait_for_event("exit", child.pid)
        trace.wait_for_event("sigchld", os.getpid())
        holds_for(lambda: trace.events("reap"), REAPS_WAIT_S)
        told = trace.events()
        assert [(e["event"], e["pid"]) for e in told][:2] == [("exit", child.pid), ("sigchld", os.getpid())], told
        assert all((e["event"], e["pid"]) == ("reap", child.pid) for e in told[2:]), told
        assert told[0]["signal"] == "SIGKILL" and told[1]["from"] == child.pid, told


def test_two_pids():
    with Lives("steps") as first, Lives("steps") as second, Lives("steps") as third, \
            Trace("-p", f"{first.pid},{second.pid}") as trace:
        firsts, seconds, thirds = (set(lives.go().values()) for lives in (first, second, third))
        third.finish()
        first.finish()
        second.finish()
        trace.wait_for_event("exit", first.pid)
        trace.wait_for_event("exit", second.pid)
        only_of(trace, firsts | seconds)
        for lives in (first, second):
            assert len(trace.events("fork", pid=lives.pid)) == 3
        assert not thirds & {e["pid"] for e in trace.events()}


def named(directory, name):
    """The program under a name of its own."""
    return shutil.copy(LIVES, os.path.join(directory, name))


class Named(Lives):
    """_lives as a program of another name."""

    def __init__(self, case, path, prefix=()):
        super().__init__(case, prefix=[*prefix, "sh", "-c", 'exec "$0" "$2"', path])


def test_name():
    with scratch() as directory:
        one, two = named(directory, "dwt-first"), named(directory, "dwt-second")
        with Named("steps", one) as first, Named("steps", two) as second, Trace("-n", "dwt-f[h-j]r?*") as trace:
            ours, _ = both_live(first, second, trace, lambda names: has_steps(trace, names))
            only_of(trace, ours)
            assert {e["comm"] for e in trace.events() if e["pid"] in ours} == {"dwt-first"}
        with Named("steps", one) as first, Named("steps", two) as second, \
                Trace("-n", "dwt-second", "-n", "nothing-else") as trace:
            ours, _ = both_live(second, first, trace, lambda names: has_steps(trace, names))
            only_of(trace, ours)


def test_user():
    with scratch() as directory:
        path = named(directory, "dwt-user")
        with Lives("steps") as roots, Named("steps", path, prefix=NOBODY) as nobodys, Trace("-u", "65534") as trace:
            ours, _ = both_live(nobodys, roots, trace, lambda names: has_steps(trace, names))
            only_of(trace, ours)


# A family that is there already: a shell, its child, its grandchild; they go on when the fifo is written to.
FAMILY = r'''
fifo=$1
( ( echo "grandchild $BASHPID"; read -r x <"$fifo.3"; /bin/true; /bin/true; : ) & echo "child $BASHPID"
  read -r x <"$fifo.2"; /bin/true; wait ) &
echo "top $BASHPID"
read -r x <"$fifo.1"
/bin/true
wait
'''


def test_family_that_exists():
    """--family: the children that are there at the start, and theirs, and those that come later; nobody else."""
    with scratch() as directory, Lives("steps") as stranger:
        fifo = os.path.join(directory, "fifo")
        for number in "123":
            os.mkfifo(f"{fifo}.{number}")
        shell = start(["bash", "-c", FAMILY, "family", fifo], stdout=subprocess.PIPE)
        pids = dict(shell.stdout.readline().decode().split() for _ in range(3))
        pids = {name: int(pid) for name, pid in pids.items()}
        with Trace("--family", str(pids["top"])) as trace:
            strange = set(stranger.go().values())
            stranger.finish()
            for number in "321":
                with open(f"{fifo}.{number}", "w", encoding="ascii") as f:
                    f.write("go\n")
            assert shell.wait(20) == 0
            trace.wait_for_event("exit", pids["top"])
            forked = {e["child"]: e["pid"] for e in trace.events("fork")}
            by = lambda name: [c for c, p in forked.items() if p == pids[name]]
            assert (len(by("top")), len(by("child")), len(by("grandchild"))) == (1, 1, 2), forked
            until(lambda: {e["pid"] for e in trace.events("exec")} == set(forked), 5, "each exec of true")
            exits = [e["pid"] for e in trace.events("exit")]
            assert sorted(exits) == sorted([*forked, *pids.values()]), (exits, pids, forked)
            assert not strange & {e["pid"] for e in trace.events()}, "a stranger is told of"
            assert {e["pid"] for e in trace.events()} <= set(forked) | set(pids.values())
        end(shell)


def test_family_of_two():
    """Two roots are two families; a family is not what its parent does."""
    with Lives("steps") as first, Lives("steps") as second, Lives("steps") as third, \
            Trace("--family", f"{first.pid},{second.pid}") as trace:
        wanted = set()
        for lives in (first, second):
            wanted |= set(lives.go().values())
        third.go()
        for lives in (third, first, second):
            lives.finish()
        until(lambda: {e["pid"] for e in trace.events("exit")} >= wanted, 5, "the end of both")
        only_of(trace, wanted)


def test_family_and_name():
    """Both must be met: in the family, and of that name."""
    with scratch() as directory:
        path = named(directory, "dwt-both")
        line = f'read -r x; /bin/true; echo | "{path}" steps; /bin/true'
        shell = start(["bash", "-c", line], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        with Named("steps", path) as stranger, Trace("--family", str(shell.pid), "-n", "dwt-b*") as trace:
            stranger.go()
            stranger.finish()
            shell.stdin.write(b"go\n")
            shell.stdin.close()
            assert shell.wait(20) == 0
            until(lambda: len(trace.events("exit")) >= 4, 5, "four exits")
            execs = trace.events("exec")
            assert [e["comm"] for e in execs] == ["dwt-both"], execs
            top = execs[0]["pid"]
            assert len(trace.events("fork", pid=top)) == 3 and top != stranger.pid
            concern = {top} | {e["child"] for e in trace.events("fork")}
            # To the shell only what one of that name did to it.
            for event in trace.events():
                assert event["pid"] in concern or (event["pid"] == shell.pid and event["event"] == "sigchld" and
                                                   event["from"] in concern), event
        end(shell)


def test_pid_and_name():
    """-p and -n together: of the two with that pid only the one with that name."""
    with scratch() as directory:
        one = named(directory, "dwt-one")
        with Named("steps", one) as first, Lives("steps") as second, \
                Trace("-p", f"{first.pid},{second.pid}", "-n", "dwt-one") as trace:
            names, others = first.go(), second.go()
            first.finish()
            second.finish()
            trace.wait_for_event("exit", first.pid)
            assert len(trace.events("fork", pid=first.pid)) == 3
            assert not set(others.values()) & {e["pid"] for e in trace.events()}
            only_of(trace, set(names.values()))


def mounted_cgroup2():
    """Where a hierarchy of version 2 is mounted in which groups can be made; None: nowhere."""
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        for line in f:
            fields = line.split()
            if " - cgroup2 " in line and fields[3] == "/":
                return fields[4]
    return None


# In a mount namespace of its own: as a machine with version 2 would look, whatever this one has.
ONLY_V2 = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
           'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', "only-v2"]


def group_in_v2(name, make):
    """Makes or removes a group of the hierarchy, wherever it is mounted."""
    word = 'mkdir -p "$1"' if make else 'rmdir "$1/inner" "$1"'
    done = run([*ONLY_V2, "sh", "-c", word, "word", f"/sys/fs/cgroup/{name}"])
    return done.returncode == 0


class Grouped(Lives):
    """_lives in a group of version 2."""

    def __init__(self, case, group):
        super().__init__(case, prefix=[*ONLY_V2, "sh", "-c", f'echo $$ >/sys/fs/cgroup/{group}/cgroup.procs; exec "$@"',
                                       "grouped"])


def test_cgroup():
    """-c: what happens in that group or below it, version 2."""
    if run([*ONLY_V2, "true"]).returncode:
        raise Skip("no cgroup file system of version 2 can be mounted on this kernel", may=True)
    name = f"dw-trace-{os.getpid()}"
    assert group_in_v2(f"{name}/inner", True)
    assert group_in_v2(f"{name}x", True)
    try:
        with Grouped("steps", name) as outer, Grouped("steps", f"{name}/inner") as inner, \
                Grouped("steps", f"{name}x") as beside, Lives("steps") as outside:
            with Trace("-c", f"/{name}", prefix=ONLY_V2) as trace, \
                    Trace("-c", f"/{name}/inner", prefix=ONLY_V2) as trace_inner:
                pids = {lives: lives.go() for lives in (outer, inner, beside, outside)}
                for lives in pids:
                    lives.finish()
                until(lambda: has_steps(trace, pids[outer]) or has_steps(trace, pids[inner]), REAP_S,
                      lambda: f"too little came: {trace.events()}")
                for lives in (outer, inner):
                    wanted = set(pids[lives].values())
                    until(lambda w=wanted: {e["pid"] for e in trace.events("exit")} >= w, 5, "all exits in the group")
                    assert len(trace.events("fork", pid=lives.pid)) == 3
                strangers = set(pids[beside].values()) | set(pids[outside].values())
                assert not strangers & {e["pid"] for e in trace.events()}, "told of another group"
                until(lambda: {e["pid"] for e in trace_inner.events("exit")} == set(pids[inner].values()), 5,
                      "the exits of the inner group, and no others")
                assert not set(pids[outer].values()) & {e["pid"] for e in trace_inner.events()}
    finally:
        until(lambda: group_in_v2(name, False), 10, "the end of the group")
        run([*ONLY_V2, "rmdir", f"/sys/fs/cgroup/{name}x"])


def test_cgroup_that_is_not():
    if run([*ONLY_V2, "true"]).returncode:
        raise Skip("no cgroup file system of version 2 can be mounted on this kernel", may=True)
    ended = run([*ONLY_V2, DEADWAIT, "trace", "-c", "/no-such-group"], timeout=20)
    assert ended.returncode == 2, ended
    said = ended.stderr.decode()
    assert said.count("\n") == 1 and "/no-such-group" in said and not ended.stdout, said


def test_names_too_long():
    ended = deadwait("trace", "-n", "a" * 30 + "*", "-n", "b" * 40 + "*", timeout=20)
    assert ended.returncode == 2, ended
    assert ended.stderr.count(b"\n") == 1 and b"63" in ended.stderr and not ended.stdout, ended.stderr
