# SPDX-License-Identifier: GPL-2.0-or-later
"""All chosen scenarios at the same time under one watch, and the judgement of each."""
import time

import table
from harness import EXACT_CAUSES, SLACK_S, Skip, Watch, needs_exact, until
from scenario import Scenario, command, process_table

AGE_S = 1.0
SILENT_S = 2.5  # a twin must be silent for at least this long

# Causes whose rule is still to be built: their dead must be found, the verdict is not judged. Empty this as they come.
NOT_YET = set()


def pid_of(value):
    """A process in a finding: an object, or just its pid."""
    return value.get("pid") if isinstance(value, dict) else value


def seconds(duration):
    for unit, factor in (("ms", 0.001), ("s", 1), ("m", 60)):
        if duration.endswith(unit):
            return float(duration[:-len(unit)]) * factor
    return float(duration)


class Subject:
    """One variant of one scenario in the batch."""

    def __init__(self, program, variant):
        self.program, self.variant = program, variant
        self.name = f"{program}/{variant}"
        self.cause = program.split(".")[0]
        self.sick = variant.startswith("sick")
        self.judged = self.cause not in NOT_YET
        self.scenario = None
        self.looked = False
        self.problem = None
        self.skip = None
        self.seconds = None

    def start(self):
        self.scenario = Scenario(command(self.program, self.variant), name=self.name)

    def skip_without_exact(self):
        """The twins must be silent in the base tier too."""
        if not self.sick or self.cause not in EXACT_CAUSES:
            return
        try:
            needs_exact()
        except Skip as skip:
            self.skip = skip

    def expected(self):
        """(child, parent, cause) of each finding that must come, in the host's pids."""
        s = self.scenario
        found = [(child, s.parent, self.cause) for child in s.children]
        return found + [(s.host_pid(o["child"]), s.host_pid(o["parent"]), o["cause"])
                        for o in s.said.get("others", [])]

    def age(self):
        return self.scenario.said.get("age")


class Batch:
    def __init__(self, subjects):
        self.subjects = subjects
        self.watch = None
        self.other_watches = {}  # age -> Watch

    def run(self):
        try:
            self.watch = Watch("-a", f"{AGE_S:g}s")
            for subject in self.subjects:
                subject.skip_without_exact()
                if not subject.skip:
                    subject.start()
            self.await_ready()
            for age in {s.age() for s in self.alive()} - {None}:
                self.other_watches[age] = Watch("-a", age)
            self.hold()
            for subject in self.alive():
                self.judge(subject)
        finally:
            for subject in self.subjects:
                if subject.scenario:
                    subject.scenario.let_go()
            for subject in self.subjects:
                if subject.scenario:
                    subject.scenario.end()
        self.check_closed()
        for watch in [self.watch, *self.other_watches.values()]:
            status = watch.stop()
            assert status == 0, f"deadwait ended with {status}: {watch.errors[-3:]}"

    def alive(self):
        return [s for s in self.subjects if s.looked and not s.skip and not s.problem]

    def await_ready(self):
        """Learns the pids of each scenario as soon as it is set up: some of its dead do not last for ever."""
        deadline = time.monotonic() + 60
        while True:
            waiting = [s for s in self.subjects if not s.looked and not s.problem and not s.skip]
            fresh = [s for s in waiting if s.scenario.said is not None]
            listing = process_table() if fresh else None
            for subject in fresh:
                said = subject.scenario.said
                subject.looked = True
                if not said:
                    subject.problem = f"was not set up: {subject.scenario.complaint()}"
                elif said.get("skip"):
                    subject.skip = Skip(said["skip"], may=said["skip"].startswith("no "))
                else:
                    subject.scenario.look(listing)
            if not waiting:
                return
            if time.monotonic() > deadline:
                for subject in waiting:
                    subject.problem = f"did not become ready: {subject.scenario.complaint()}"
                return
            time.sleep(0.02)

    def hold(self):
        """Until every sick one is past its deadline and every twin has been watched for long enough."""
        ends = [time.monotonic()]
        for subject in self.alive():
            age = seconds(subject.age()) if subject.age() else AGE_S
            ends.append(subject.scenario.ready_at + age + SLACK_S)
            ends.append(time.monotonic() + (SILENT_S if subject.age() is None else age + SILENT_S))
        while time.monotonic() < max(ends):
            listing = process_table()
            for subject in self.alive():
                subject.scenario.look(listing)
            time.sleep(0.5)

    def judge(self, subject):
        try:
            if subject.sick and not subject.scenario.said["children"]:
                self.judge_without_zombie(subject)
            elif subject.sick:
                for child, parent, cause in subject.expected():
                    self.judge_child(subject, child, parent, cause)
            self.judge_healthy(subject)
        except AssertionError as error:
            subject.problem = str(error)

    def judge_child(self, subject, child, parent, cause):
        ready = subject.scenario.ready_at
        lines = self.watch.findings(child)
        in_time = [(t, o) for t, o in lines if t <= ready + AGE_S + SLACK_S]
        assert in_time, f"no finding about {child} within {AGE_S + SLACK_S} s ({len(lines)} later)"
        assert in_time[0][1]["state"] == "open", f"the first line about {child} is {in_time[0][1]['state']}"
        last = in_time[-1][1]
        assert last["state"] != "closed", f"{child} was reported as closed while it is dead: {last}"
        assert pid_of(last["parent"]) == parent, f"{child}: parent {pid_of(last['parent'])}, not {parent}"
        if not subject.judged or cause in NOT_YET:
            subject.seconds = max(0.0, in_time[0][0] - ready)
            return
        assert last["cause"] == cause, f"{child}: cause {last['cause']} ({last.get('confidence')}, also " \
                                       f"{last.get('also')}), not {cause}; {last.get('evidence')}"
        # The moment from which on it was right; the end must say the same.
        right_from = next(t for i, (t, _) in enumerate(in_time) if all(o["cause"] == cause for _, o in in_time[i:]))
        subject.seconds = max(subject.seconds or 0.0, right_from - ready)
        final = lines[-1][1]
        assert final["cause"] == cause, f"{child}: the cause changed to {final['cause']} later"

    def judge_without_zombie(self, subject):
        lines = [(t, o) for t, o in list(self.watch.lines)
                 if o.get("cause") == subject.cause and pid_of(o.get("parent")) == subject.scenario.parent]
        if not subject.judged:
            return
        assert lines, f"no finding {subject.cause} about parent {subject.scenario.parent}"
        subject.seconds = max(0.0, lines[0][0] - subject.scenario.ready_at)

    def judge_healthy(self, subject):
        """Nobody of a twin, and none of the healthy ones of a sick scenario, may be reported."""
        scenario = subject.scenario
        watch = self.other_watches.get(subject.age(), self.watch)
        healthy = {scenario.host[pid] for pid in scenario.said["healthy"] if pid in scenario.host}
        for found in watch.objects():
            if found.get("type") not in ("zombie", "sigchld", "status"):
                continue
            child, parent = pid_of(found.get("child")), pid_of(found.get("parent"))
            if subject.sick:
                assert child is None or child not in healthy, f"{child} is healthy: {found}"
            else:
                assert not {child, parent} & scenario.tree, \
                    f"a finding about a healthy program: {found.get('cause')}, {found.get('evidence')}, child {child}"

    def check_closed(self):
        """What was open is closed once it is gone, and `closed` repeats the cause."""
        for subject in [s for s in self.alive() if s.sick and not s.problem]:
            for child in subject.scenario.children:
                try:
                    until(lambda c=child: self.watch.latest(c)["state"] == "closed", 8)
                    last = self.watch.findings(child)[-2:]
                    assert last[-1][1]["closed_by"] in ("reaped", "adopted-and-reaped"), last[-1][1]
                    assert last[0][1]["cause"] == last[-1][1]["cause"], "closed with another cause"
                except AssertionError as error:
                    subject.problem = f"after its end: {error}"
                    break

    def enter_in_table(self):
        for subject in self.subjects:
            if subject.skip:
                continue
            row = table.row(subject.cause)
            row.judged = subject.judged
            pair = row.sick if subject.sick else row.twin
            pair[0] += subject.problem is None
            pair[1] += 1
            if subject.sick and subject.seconds is not None and not subject.problem:
                row.seconds.append(subject.seconds)
