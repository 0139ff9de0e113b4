# SPDX-License-Identifier: GPL-2.0-or-later
"""A running `deadwait trace`, and the program _lives whose few events are known one by one."""
import json
import os
import re
import shlex
import subprocess
import threading

from harness import BUILT, START_S, Watch, end, start, until

LIVES = os.path.join(BUILT, "_lives")
# A reap is told by an RCU callback: 8 ms after it as a rule, 10 s at the worst.
REAP_S = 20
# Some runs of the program at sched_process_free do not come about: it has fewer runs than the tracepoint has hits (ftrace
# has them all, the program no misses of its own), on 6.18 one in a hundred under load. So no test may insist on a reap.
REAPS_WAIT_S = 2


class Trace(Watch):
    """A running `deadwait trace -o json`."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, command="trace", **kwargs)

    def ready(self):
        until(lambda: any("tracing" in line for line in self.errors) or self.process.poll() is not None, START_S,
              lambda: f"deadwait did not say that it is tracing: {self.errors}", pace=0.005)
        assert self.process.poll() is None, f"deadwait ended with {self.process.returncode}: {self.errors}"

    def events(self, *kinds, pid=None):
        """The events of these kinds, or all; of one process, or all."""
        return [o for o in self.objects("event")
                if (not kinds or o["event"] in kinds) and (pid is None or o["pid"] == pid)]

    def wait_for_event(self, kind, pid, timeout=5):
        """The first event of that kind that happened to that process."""
        return until(lambda: self.events(kind, pid=pid), timeout, lambda: f"no {kind} of {pid} came")[0]

    def lost(self):
        return sum(o["count"] for o in self.objects("lost"))


class Lives:
    """The program _lives, held until go(), and then the pids that it named."""

    def __init__(self, case, prefix=(), **kwargs):
        self.case = case
        self.process = start([*prefix, LIVES, case], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, **kwargs)
        self.lines = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        until(lambda: self.lines, START_S, f"the start of {case}", pace=0.002)

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def pid(self):
        return self.process.pid

    def go(self, seen=lambda: True):
        """Lets it live, and returns what it named. Where it holds still, `seen` must come true first."""
        for place in range(8):
            until(lambda: len(self.lines) > place or self.process.poll() is not None, 60, f"the end of {self.case}",
                  pace=0.002)
            if len(self.lines) <= place:
                raise AssertionError(f"{self.case} went wrong: {self.process.stderr.read().decode()}")
            if self.lines[place] != b"held\n":
                return json.loads(self.lines[place])
            if place:
                until(seen, 10, f"what {self.case} holds still for")
            self.process.stdin.write(b"\n")
            self.process.stdin.flush()
        raise AssertionError(f"{self.case} holds still too often")

    def finish(self):
        """It exits with 0, as the last of its events."""
        self.process.stdin.close()
        assert self.process.wait(20) == 0, f"{self.case} ended with {self.process.returncode}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)
        self.thread.join(5)


def in_words(value):
    """A value of JSON as the expectations write it."""
    if isinstance(value, list):
        return "|".join(value) or "0"
    return value if isinstance(value, str) else json.dumps(value)


def expected(text, names):
    """One (event, pid, {field: words}) for each line "WHO EVENT FIELD=VALUE…"; {NAME} stands for a pid."""
    rows = []
    for line in text.strip().splitlines():
        who, event, *fields = shlex.split(line)
        pairs = [field.split("=", 1) for field in fields]
        rows.append((event, names[who], {k: re.sub(r"\{(\w+)\}", lambda m: str(names[m[1]]), v) for k, v in pairs}))
    return rows


def describe(event, names):
    """An event in one line, with the names for pids."""
    back = {pid: name for name, pid in names.items()}
    rest = {k: back.get(v, v) if isinstance(v, int) else v for k, v in event.items()
            if k not in ("v", "time", "type", "event", "pid", "start_ns", "comm")}
    return f"{back.get(event['pid'], event['pid'])} {event['event']} {rest}"


def compare(events, text, names):
    """The events are exactly these, in this order."""
    rows = expected(text, names)
    told = "\n".join(describe(e, names) for e in events)
    for place, (event, pid, fields) in enumerate(rows):
        assert place < len(events), f"there is no {event} of {pid} {fields} (number {place + 1}) in\n{told}"
        got = events[place]
        assert (got["event"], got["pid"]) == (event, pid), f"number {place + 1} is not {event} of {pid} {fields} in\n{told}"
        for key, value in fields.items():
            assert in_words(got[key]) == value, f"number {place + 1}, {event}: {key} is {got[key]!r}, not {value!r}; in\n{told}"
    assert len(events) == len(rows), f"more than {len(rows)} events:\n{told}"


def in_order(events):
    """Times never go back."""
    times = [e["time"] for e in events]
    assert times == sorted(times), "times go back"
