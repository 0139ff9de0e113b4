# SPDX-License-Identifier: GPL-2.0-or-later
"""How one tool is measured under one load: pairs of the load alone and beside the tool, in turn, in one run.

The load's speed is compared with accounting off, since that costs something itself; BPF time is read with it on.
"""
import statistics
import time

import kernel

SETTLE_S = 0.3


class Series:
    """Values of one measure, one for each pair."""

    def __init__(self, values):
        self.values = [v for v in values if v is not None]

    def as_json(self):
        if not self.values:
            return None
        return {"median": statistics.median(self.values), "min": min(self.values), "max": max(self.values),
                "values": self.values}


class Pairs:
    """All that was measured of one tool under one load."""

    def __init__(self):
        self.alone_ns, self.beside_ns = [], []
        self.cpu_us, self.bpf_us, self.seen = [], [], []
        self.programs = {}  # name: [(runs, ns) for one operation]
        self.lost = 0
        self.notes = set()

    def slowdowns(self):
        """The load beside the tool against the mean of it alone before and after: a drift of the machine cancels."""
        return [on / ((before + after) / 2)
                for on, before, after in zip(self.beside_ns, self.alone_ns, self.alone_ns[1:])]

    def as_json(self):
        measures = {"alone_us": [ns / 1000 for ns in self.alone_ns], "slowdown": self.slowdowns(),
                    "cpu_us": self.cpu_us, "bpf_us": self.bpf_us, "seen": self.seen}
        row = {name: Series(values).as_json() for name, values in measures.items()}
        row["lost"] = self.lost
        row["programs"] = {name: {"runs": statistics.median(r for r, _ in per), "ns": statistics.median(n for _, n in per)}
                           for name, per in self.programs.items()}
        row["notes"] = sorted(self.notes)
        return row


def run_bpf(session, load, pairs):
    """The load with accounting on: BPF time of the tool's programs for one operation."""
    names = None
    for _ in range(3):
        host = kernel.Host()
        with kernel.accounting():
            before = kernel.bpf_runs(session.pid)
            session.run_load(load)
            after = kernel.bpf_runs(session.pid)
        foreign = host.since()[0] - load.forks * load.total
        if foreign <= max(100, load.total // 50):
            break
    else:
        pairs.notes.add(f"others forked {foreign} times in {load.total} operations")
    if not after:
        return
    names = kernel.bpf_names(after)
    total = 0
    for number, (runs, spent) in after.items():
        was = before.get(number, (0, 0))
        if runs > was[0]:
            pairs.programs.setdefault(names[number], []).append(((runs - was[0]) / load.total,
                                                                 (spent - was[1]) / load.total))
            total += spent - was[1]
    pairs.bpf_us.append(total / load.total / 1000)


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


def measure(tool, load, count, scratch, calm_s):
    """`count` pairs, begun while the machine is quiet, or after calm_s in all; returns Pairs. Raises tools.NotHere."""
    pairs = Pairs()
    busy = 0
    for _ in range(count):
        begun = time.monotonic()
        busy += not kernel.calm(calm_s)
        calm_s -= time.monotonic() - begun
        pairs.alone_ns.append(load.run())
        with tool.session(scratch) as session:
            run_beside(session, load, pairs)
            run_bpf(session, load, pairs)
            exits = 2 * load.total if load.forks and load.kind != "thread" else 0
        seen = session.seen(load) if exits else None
        if seen is not None:
            pairs.seen.append(min(1.0, seen / exits))  # others exit as well
        pairs.lost += lost_by(session)
    pairs.alone_ns.append(load.run())
    if busy:
        pairs.notes.add(f"others were busy in {busy} of {count}")
    return pairs
