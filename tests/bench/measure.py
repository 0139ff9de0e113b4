# SPDX-License-Identifier: GPL-2.0-or-later
"""How tools are measured under one load: the load alone, beside one tool, alone, beside the next, in turn, in one run.

The load's speed is compared with accounting off, since that costs something itself; BPF time is read with it on.
"""
import statistics
import time

import kernel
from tools import NotHere

SETTLE_S = 0.3


def quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3


class Series:
    """Values of one measure, one for each pair."""

    def __init__(self, values):
        self.values = [v for v in values if v is not None]

    def as_json(self):
        if not self.values:
            return None
        low, middle, high = quartiles(self.values)
        return {"median": middle, "q1": low, "q3": high, "min": min(self.values), "max": max(self.values),
                "values": self.values}


class Pairs:
    """All that was measured of one tool under one load. Alone is the mean of the load before and after: a drift of
    the machine's speed cancels."""

    def __init__(self):
        self.alone_ns, self.beside_ns = [], []
        self.busy = 0  # pairs begun while others used the machine
        self.cpu_us, self.bpf_us, self.seen = [], [], []
        self.programs = {}  # name: [(runs, ns) for one operation]
        self.lost = 0
        self.notes = set()

    def as_json(self):
        measures = {"alone_us": [ns / 1000 for ns in self.alone_ns], 
                    "slowdown": [on / alone for on, alone in zip(self.beside_ns, self.alone_ns)],
                    "cpu_us": self.cpu_us, "bpf_us": self.bpf_us, "seen": self.seen}
        row = {name: Series(values).as_json() for name, values in measures.items()}
        row["lost"] = self.lost
        row["programs"] = {name: {"runs": statistics.median(r for r, _ in per), "ns": statistics.median(n for _, n in per)}
                           for name, per in self.programs.items()}
        row["notes"] = sorted(self.notes) + ([f"others busy in {self.busy} of {len(self.alone_ns)}"] if self.busy else [])
        return row


def run_bpf(session, load, pairs):
    """The load with accounting on: BPF time of the tool's programs for one operation. What others do meanwhile runs
    them too: of a few tries the one with the fewest foreign forks counts."""
    least = None
    for _ in range(4):
        host = kernel.Host()
        with kernel.accounting():
            before = kernel.bpf_runs(session.pid)
            session.run_load(load)
            after = kernel.bpf_runs(session.pid)
        foreign = host.since()[0] - load.forks * load.total
        if least is None or foreign < least[0]:
            least = foreign, before, after
        if foreign <= max(10, load.total // 50):
            break
    else:
        pairs.notes.add("others forked too")
    note_programs(*least[1:], load.total, pairs)


def note_programs(before, after, ops, pairs):
    if not after:
        return
    names = kernel.bpf_names(after)
    total = 0
    for number, (runs, spent) in after.items():
        was = before.get(number, (0, 0))
        if runs > was[0]:
            pairs.programs.setdefault(names[number], []).append(((runs - was[0]) / ops, (spent - was[1]) / ops))
            total += spent - was[1]
    pairs.bpf_us.append(total / ops / 1000)


def run_beside(session, load, pairs):
    """The load with accounting off: its speed, and the tool's CPU time until it has caught up."""
    runs = sum(r for r, _ in kernel.bpf_runs(session.pid).values())
    before = session.cpu_ns()
    pairs.beside_ns.append(session.run_load(load))
    session.quiet(SETTLE_S, 20)
    pairs.cpu_us.append((session.cpu_ns() - before) / load.total / 1000)
    if sum(r for r, _ in kernel.bpf_runs(session.pid).values()) > runs:
        pairs.notes.add("BPF run time was accounted by others all the time")


def lost_by(session):
    """Events that deadwait itself counted as lost."""
    summary = session.summary() if session.tool.ours else None
    lost = (summary or {}).get("lost") or {}
    return sum(lost.get(what) or 0 for what in ("events", "history"))


def take(tool, load, scratch, pairs):
    """One session of a tool: the load beside it, and again with accounting on."""
    with tool.session(scratch) as session:
        run_beside(session, load, pairs)
        run_bpf(session, load, pairs)
    if load.forks and load.kind != "thread":
        seen = session.seen(load)
        if seen is not None:
            pairs.seen.append(min(1.0, seen / (session.loads * load.total)))  # others exit as well
    pairs.lost += lost_by(session)


def measure(counts, load, scratch, calm_s):
    """{tool: how many pairs}: round after round the load alone, and beside the next tool. Each round begins while the
    machine is quiet, or when calm_s are over in all. Returns {tool's name: result}; what is not here says so."""
    results = {tool: Pairs() for tool in counts}
    absent = {}
    before = load.run()
    for number in range(max(counts.values())):
        begun = time.monotonic()
        quiet = kernel.calm(calm_s)
        calm_s -= time.monotonic() - begun
        for tool, pairs in results.items():
            if number >= counts[tool] or tool in absent:
                continue
            pairs.busy += not quiet
            try:
                take(tool, load, scratch, pairs)
            except NotHere as why:
                absent[tool] = {"absent": str(why)}
                continue
            after = load.run()
            pairs.alone_ns.append((before + after) / 2)
            before = after
    return {tool.name: absent.get(tool) or pairs.as_json() for tool, pairs in results.items()}
