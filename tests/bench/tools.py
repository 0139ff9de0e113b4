# SPDX-License-Identifier: GPL-2.0-or-later
"""The tools that are measured: how each is started, when it is ready, and what it saw of the load.

A tool that is not installed, or that the binary does not know yet, is told apart from one that fails: NotHere.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import time

import harness
import kernel

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = os.environ.get("BENCHES", os.path.join(harness.ROOT, "build", "bench"))
USAGE = 2  # deadwait's status for a command that it does not know

PERF_EVENTS = ",".join(["sched:sched_process_fork", "sched:sched_process_exec", "sched:sched_process_exit",
                        "sched:sched_process_wait", "signal:signal_generate", "signal:signal_deliver"])


class NotHere(Exception):
    """The tool cannot be measured on this machine or in this build; says why."""


def program(name):
    return os.path.join(BUILT, name)


class Load:
    """One loop of tests/bench/load.c: `ops` operations in each of `jobs` jobs."""

    def __init__(self, kind, ops, jobs=1, cpus=None, forks=0, comm="load"):
        self.kind, self.ops, self.jobs, self.forks, self.comm = kind, ops, jobs, forks, comm
        self.argv = (["taskset", "-c", cpus] if cpus else []) + [program("load"), kind, str(ops), str(jobs)]

    @property
    def total(self):
        return self.ops * self.jobs

    def run(self):
        done = harness.run(self.argv, timeout=300)
        if done.returncode:
            raise RuntimeError(f"load {self.kind} failed: {done.stderr.decode(errors='replace').strip()}")
        return json.loads(done.stdout)["ns_per_op"]


class Tool:
    """argv may hold {out}: where it writes. ready: what it says on its standard error once it watches; None: when it
    has become quiet. exits: a regular expression, with {comm}, for an exit of the load in its output."""

    def __init__(self, name, argv, ready=None, exits=None, stop=signal.SIGINT, ours=False):
        self.name, self.argv, self.ready, self.exits, self.stop, self.ours = name, argv, ready, exits, stop, ours

    def session(self, scratch):
        return Session(self, scratch)


class Session:
    """A running tool. `with` it: it is ready inside, and ended, with its output complete, after."""

    def __init__(self, tool, scratch):
        self.tool = tool
        self.out = os.path.join(scratch, tool.name.replace(" ", "-") + ".out")
        self.err = self.out + ".err"
        self.process = None
        self.loads = 0  # that were run beside it

    def start(self, argv, **streams):
        command = [word.replace("{out}", self.out) for word in argv]
        if not shutil.which(command[0]):
            raise NotHere(f"{os.path.basename(command[0])} is not installed")
        with open(self.err, "wb") as err:
            self.process = harness.start(command, stderr=err, **streams)
        harness.until(lambda: self.process.poll() is not None or kernel.read(f"/proc/{self.pid}/comm") != "setpriv\n",
                      10, f"the start of {self.tool.name}", pace=0.002)

    def __enter__(self):
        with open(self.out, "wb") as out:
            self.start(self.tool.argv, stdin=subprocess.DEVNULL, stdout=out)
        try:
            self.wait_ready()
        except BaseException:
            harness.end(self.process)
            raise
        return self

    def failed(self):
        words = kernel.read(self.err).strip().split("\n")[-1]
        if self.tool.ours and self.process.returncode == USAGE:
            return NotHere("not in this build")
        return NotHere(f"ended with {self.process.returncode}: {words[:80]}")

    def wait_ready(self):
        if self.tool.ready:
            harness.until(lambda: self.process.poll() is not None or re.search(self.tool.ready, self.said()), 30,
                          f"'{self.tool.ready}' of {self.tool.name}", pace=0.005)
        else:
            self.quiet(0.3, 30)
        if self.process.poll() is not None:
            raise self.failed()

    def said(self):
        return kernel.read(self.err) + (kernel.read(self.out) if os.path.getsize(self.out) < 4096 else "")

    @property
    def pid(self):
        return self.process.pid

    def cpu_ns(self):
        return kernel.cpu_ns(self.pid)

    def quiet(self, seconds, patience_s):
        """Waits until the tool has used next to no CPU for so long: it has caught up."""
        deadline = time.monotonic() + patience_s
        last, since = -1, time.monotonic()
        while self.process.poll() is None and time.monotonic() < deadline:
            now = self.cpu_ns()
            if now - last > 2e6:
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= seconds:
                return
            time.sleep(0.02)

    def run_load(self, load):
        self.loads += 1
        return load.run()

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.send_signal(self.tool.stop)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            pass
        harness.end(self.process)
        harness.started.remove(self.process)

    def seen(self, load):
        """How many exits of the load's processes its output tells of, or its summary counts; None: neither. After
        the end."""
        if not self.tool.exits:
            return ((self.tool.ours and self.summary()) or {}).get("exits")
        wanted = re.compile(self.tool.exits.replace("{comm}", load.comm).encode())
        with open(self.out, "rb") as f:
            return sum(1 for line in f if wanted.search(line))

    def summary(self):
        """The summary with which deadwait ended, if it wrote one as JSON; after the end."""
        with open(self.out, "rb") as f:
            for line in f:
                if b'"type":"summary"' in line:
                    return json.loads(line)
        return None


class RunSession(Session):
    """`deadwait run`: the loads are started by it. A shell does the next one for each line that it is given."""

    def __enter__(self):
        with open(self.out, "wb"):
            pass  # its output is the load's
        self.start(self.tool.argv + ["sh", "-c", "echo ready; while read -r line; do $line; done"],
                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            self.process.wait(10)
            raise self.failed()
        return self

    def run_load(self, load):
        self.loads += 1
        self.process.stdin.write(" ".join(load.argv).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["ns_per_op"]

    def __exit__(self, *exception):
        self.process.stdin.close()
        try:
            self.process.wait(30)  # it ends with the shell
        except subprocess.TimeoutExpired:
            pass
        super().__exit__(*exception)


class RunTool(Tool):
    def session(self, scratch):
        return RunSession(self, scratch)


OURS = [
    Tool("deadwait watch", [harness.DEADWAIT, "watch", "-o", "json"], ready="watching", ours=True),
    Tool("deadwait trace", [harness.DEADWAIT, "trace"], ready=r"\b(tracing|watching)\b", exits=r" {comm} +exit ",
         ours=True),
    Tool("deadwait trace json", [harness.DEADWAIT, "trace", "-o", "json"], ready=r"\b(tracing|watching)\b",
         exits=r'"comm":"{comm}".*"event":"exit"|"event":"exit".*"comm":"{comm}"', ours=True),
    RunTool("deadwait run", [harness.DEADWAIT, "run", "--"], ours=True),
]
FLOOR = Tool("floor", [program("floor")], ready="ready", stop=signal.SIGTERM)
PEERS = [
    Tool("exitsnoop", ["exitsnoop"], exits=r"^{comm} "),
    Tool("forkstat", ["forkstat"], exits=r"^\S+ exit "),
    Tool("bpftrace", ["bpftrace", "-o", "{out}", os.path.join(HERE, "peer.bt")], exits=r"^exit \d+ {comm}"),
    Tool("perf trace", ["perf", "trace", "-a", "-e", PERF_EVENTS, "-o", "{out}"],
         exits=r'sched_process_exit\(comm: "{comm}"'),
    Tool("perf record", ["perf", "record", "-q", "-a", "-e", PERF_EVENTS, "-o", "{out}"]),
]
ALL = [FLOOR] + OURS + PEERS
