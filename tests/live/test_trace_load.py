# SPDX-License-Identifier: GPL-2.0-or-later
"""`trace` when much happens: the order over CPUs, nothing lost, or what was lost told exactly; a fork bomb."""
import json
import os
import re
import signal
import subprocess

from harness import BUILT, CONTAIN, DEADWAIT, Skip, end, holds_for, scratch, start, until
from scenario import process_table
from tracing import REAP_S, REAPS_WAIT_S, Trace, in_order

STORM = os.path.join(BUILT, "_storm")
# fork, wait, exit, sigchld, reap
EVENTS_A_LIFE = 5
LIVES = 15000
MARKS = 8  # lives after the loss
# What must be told of the reaps: see REAPS_WAIT_S. All else must be complete.
REAPS_MIN = 0.9
RSS_MAX_KIB = 64 * 1024


class Storm:
    """The program _storm, on these CPUs."""

    def __init__(self, *cpus):
        self.process = start([STORM, "lives", *map(str, cpus)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"

    @property
    def pid(self):
        return self.process.pid

    def blow(self, lives):
        """So many lives on each CPU. Returns the seconds that they took."""
        self.process.stdin.write(b"%d\n" % lives)
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)


def cpus():
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


class ToFile:
    """A trace whose standard output is a file: no reader holds it up."""

    def __init__(self, path, *args):
        self.path = path
        with open(path, "wb") as out:
            self.process = start([DEADWAIT, "trace", *args], stdout=out, stderr=subprocess.PIPE)
        line = self.process.stderr.readline()
        assert b"tracing" in line, line

    def text(self):
        with open(self.path, "rb") as f:
            return f.read()

    def stop(self, timeout=20):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout) == 0, self.process.stderr.read()
        return self.text()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)


def causal(events):
    """Of each process: forked, then it exits, then it is reaped. A pid may come again before its reap is told."""
    places = {}
    for place, event in enumerate(events):
        kind = event["event"]
        if kind in ("fork", "exit", "reap"):
            pid = event["child"] if kind == "fork" else event["pid"]
            places.setdefault(pid, {"fork": [], "exit": [], "reap": []})[kind].append(place)
    for pid, of in places.items():
        if of["fork"]:
            assert len(of["fork"]) == len(of["exit"]) >= len(of["reap"]), f"{pid}: {of}"
        for forked, exited in zip(of["fork"], of["exit"]):
            assert forked < exited, f"{pid}: fork {forked}, exit {exited}"
        for reaped in of["reap"]:
            assert of["exit"] and of["exit"][0] < reaped, f"{pid}: exit {of['exit']}, reap {reaped}"


def statuses(events, count):
    """Each looper's children exit with 0, 1, 2 … in that order."""
    codes = {}
    for event in events:
        if event["event"] == "exit":
            codes.setdefault(event["ppid"], []).append(event["exit_code"])
    loops = [c for c in codes.values() if len(c) == count]
    assert len(loops) == 2 and all(c == [i & 0xff for i in range(count)] for c in loops), {p: len(c) for p, c in codes.items()}


def test_order_and_nothing_lost():
    """Two loops on two CPUs, as fast as the machine goes."""
    with scratch() as directory, Storm(*cpus()) as storm:
        with ToFile(os.path.join(directory, "out"), "-o", "json", "--family", str(storm.pid)) as trace:
            seconds = storm.blow(LIVES)
            # The loopers, too: the storm forks them and reaps them.
            dead = 2 * LIVES + 2
            reaps = lambda: trace.text().count(b'"event":"reap"')
            holds_for(lambda: reaps() >= dead, REAPS_WAIT_S, pace=0.2)
            until(lambda: reaps() >= dead * REAPS_MIN, REAP_S, "the reaps", pace=0.2)
            objects = [json.loads(line) for line in trace.stop().splitlines()]
    print(f"  {2 * LIVES / seconds:.0f} lives a second under trace")
    assert not [o for o in objects if o["type"] == "lost"], [o for o in objects if o["type"] == "lost"]
    summary = objects[-1]
    events = [o for o in objects if o["type"] == "event"]
    assert summary["type"] == "summary" and summary["lost"]["events"] == 0 and summary["events"] == len(events), summary
    assert (summary["forks"], summary["exits"]) == (dead, dead), summary
    in_order(events)
    causal(events)
    statuses(events, LIVES)
    kinds = {kind: sum(e["event"] == kind for e in events) for kind in ("fork", "exit", "wait", "sigchld")}
    assert kinds == dict.fromkeys(kinds, dead), kinds
    reaps = {(e["pid"], e["start_ns"]) for e in events if e["event"] == "reap"}
    assert len(events) == sum(kinds.values()) + len(reaps), "a reap was told twice, or something else happened"
    if len(reaps) < dead:
        print(f"  {dead - len(reaps)} reaps of {dead} were not told")


def test_lost_is_told_exactly():
    """A small buffer, and a tool that does not run for a while: told and lost are together what happened."""
    short = []
    for _ in range(4):
        short.append(short_of_what_happened(3000))
        assert short[-1] >= 0, f"{-short[-1]} events too many"
        if short[-1] == 0:
            return
    # Reaps of which the kernel side never knew: see REAPS_WAIT_S.
    assert min(short) < 100, f"told and lost fall short of what happened, in each run, by {short}"


def short_of_what_happened(lives):
    # On one CPU the RCU callbacks that tell of reaps run in order: the last life's reap is the last.
    with Storm(cpus()[0]) as storm, Trace("--family", str(storm.pid), "--buffer", "64K") as trace:
        os.kill(trace.pid, signal.SIGSTOP)
        until(lambda: process_table()[trace.pid].state == "T", 5, "the stop of the tool")
        storm.blow(lives)
        os.kill(trace.pid, signal.SIGCONT)
        until(lambda: trace.events(), 10, "what was in the buffer")
        storm.blow(MARKS)
        until(lambda: len(forks_after_the_loss(trace)) == MARKS, 10, "the loss, and the lives after it")
        last = {e["child"] for e in forks_after_the_loss(trace)[MARKS // 2:]}
        # One of them as a rule; all may be among those that the kernel side never knew.
        holds_for(lambda: any(e["pid"] in last for e in trace.events("reap")), REAP_S)
        holds_for(lambda: len(trace.events("reap", pid=max(last))), REAPS_WAIT_S)
        assert trace.stop() == 0, trace.errors
    happened = (lives + MARKS) * EVENTS_A_LIFE
    told, lost, summary = len(trace.events()), trace.objects("lost"), trace.objects("summary")[-1]
    assert 0 < told < happened, told
    assert summary["lost"]["events"] == trace.lost() and summary["events"] == told, summary
    assert all(o["reason"] == "ring-full" and "--buffer" in o["remedy"] and o["count"] > 0 for o in lost), lost
    in_order([o for o in trace.objects() if o["type"] in ("event", "lost")])
    return happened - told - trace.lost()


def forks_after_the_loss(trace):
    objects = trace.objects()
    places = [i for i, o in enumerate(objects) if o["type"] == "lost"]
    return [o for o in objects[places[-1]:] if o.get("event") == "fork"] if places else []


def pids_controller():
    """The directory of the pids controller, version 1 or 2."""
    for top in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
        group = os.path.join(top, f"dw-trace-{os.getpid()}")
        try:
            os.mkdir(group)
        except OSError:
            continue
        if os.path.exists(os.path.join(group, "pids.max")):
            return group
        os.rmdir(group)
    raise Skip("no cgroup with a pids controller can be made here", may=True)


def rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def test_fork_bomb():
    """Inside a limit on tasks. The tool stays small, ends when it is told to, and says what it could not tell."""
    group = pids_controller()
    bomb = None
    try:
        write(os.path.join(group, "pids.max"), "300")
        inside = f'read -r go; echo $$ >{group}/cgroup.procs; exec "$@"'
        bomb = start(["setsid", "sh", "-c", inside, "bomb", CONTAIN, STORM, "bomb", "60"], stdin=subprocess.PIPE)
        with scratch() as directory, \
                ToFile(os.path.join(directory, "out"), "--buffer", "1M", "--family", str(bomb.pid)) as trace:
            bomb.stdin.write(b"go\n")
            bomb.stdin.flush()
            largest = 0
            named = re.compile(rb" STORM +\d+ \((_storm|contain)\) and what it starts")
            until(lambda: named.search(trace.text()), 60, "the word about the bomb", pace=0.2)
            for size in (1, 4, 8):
                until(lambda s=size: os.path.getsize(trace.path) > s << 20, 30, "more of the bomb")
                largest = max(largest, rss_kib(trace.process.pid))
            said = trace.stop(timeout=5)
            assert largest < RSS_MAX_KIB, f"{largest} KiB resident"
        told = re.search(rb"summary: traced for \S+: (\d+) events told, (\d+) lost\n", said)
        assert told, said[-500:]
        lines = said[:told.start()].splitlines()
        lost = [int(m[1]) for m in (re.search(rb" LOST +(\d+) events? here", line) for line in lines) if m]
        assert sum(lost) == int(told[2]), f"{sum(lost)} lost by the lines, {told[2]} by the summary"
        storms = [line for line in lines if b" STORM " in line]
        assert len(lines) - len(lost) - len(storms) == int(told[1]), f"{len(lines)} lines, {len(lost)} and {len(storms)} " \
            f"of them tell of losses and storms, {told[1]} told"
        print(f"  {int(told[1])} told, {int(told[2])} lost, {largest} KiB")
    finally:
        if bomb:
            end(bomb)

        def gone():
            try:
                os.rmdir(group)
            except OSError:
                return False
            return True
        until(gone, 20, f"the end of {group}")
