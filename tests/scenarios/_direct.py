# SPDX-License-Identifier: GPL-2.0-or-later
"""The frame of a scenario in python: the same director, actor and protocol as scenario.h."""
import json
import os
import select
import signal
import sys
import time

LIFETIME_S = 120
SETUP_S = 30


def stat_of(pid):
    """(state, ppid) of a process, (None, None) if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            fields = f.read().rpartition(b")")[2].split()
        return fields[0].decode(), int(fields[1])
    except (OSError, IndexError):
        return None, None


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def find_child(parent, state=None):
    """The pid of a child of `parent` (in that state), or None."""
    for pid in pids():
        s, ppid = stat_of(pid)
        if ppid == parent and (state is None or s == state):
            return pid
    return None


def await_state(pid, state):
    while stat_of(pid)[0] != state:
        time.sleep(0.002)


class Stage:
    """What the actor tells its director: who is to be found dead, who is healthy, and when all is set up."""

    def __init__(self, out):
        self.out = out
        self.rounds = 0

    def ready(self, parent=None, children=(), healthy=()):
        said = {"parent": parent or os.getpid(), "children": list(children), "healthy": list(healthy)}
        os.write(self.out, json.dumps(said).encode() + b"\n")

    def round(self, pause=0.15):
        """The end of one healthy round of a twin."""
        self.rounds += 1
        if self.rounds == 2:
            self.ready()
        time.sleep(pause)


def established(said, actor):
    return all(stat_of(pid) == ("Z", said["parent"]) for pid in said["children"]) and stat_of(actor)[0]


def kill_descendants():
    me = os.getpid()
    while True:
        parents = {pid: stat_of(pid) for pid in pids()}
        below = {me}
        while True:
            more = {p for p, (s, ppid) in parents.items() if ppid in below and p not in below}
            if not more:
                break
            below |= more
        alive = [p for p in below - {me} if parents[p][0] != "Z"]
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def perform(cause, variant, actor_main):
    start = time.monotonic()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    heard, tells = os.pipe()
    actor = os.fork()
    if actor == 0:
        os.close(heard)
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        actor_main(Stage(tells))
        while True:
            signal.pause()
    os.close(tells)
    said = None
    with open(heard, "rb") as lines:
        if select.select([lines], [], [], SETUP_S)[0]:
            said = json.loads(lines.readline() or "null")
        while said and not established(said, actor) and time.monotonic() < start + SETUP_S:
            time.sleep(0.005)
        if said and established(said, actor):
            sick = variant.startswith("sick")
            said["healthy"] += [os.getpid(), actor]
            print(json.dumps({"variant": variant, "cause": cause if sick else None, **said}), flush=True)
            while time.monotonic() < start + LIFETIME_S:
                if select.select([0], [], [], 1)[0] and not os.read(0, 256):
                    break
        else:
            print(f"{cause} {variant}: not established: {said}", file=sys.stderr)
            variant = None
    kill_descendants()
    return 0 if variant else 1


def direct(cause, variants):
    """main() of a scenario; `variants` maps a name to the actor's function."""
    word = sys.argv[1] if len(sys.argv) == 2 else ""
    if word == "list":
        print("\n".join(variants))
        sys.exit(0)
    if word not in variants:
        print(f"usage: {sys.argv[0]} VARIANT | list", file=sys.stderr)
        sys.exit(2)
    sys.exit(perform(cause, word, variants[word]))
