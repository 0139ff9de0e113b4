# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios in their containers, and their pids as the host sees them."""
import glob
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

from harness import BUILT, CONTAIN, SCRIPTS, end, start, until

HELPERS = {"brood", "contain", "many", "reuse"}


class Process:
    """One entry of the host's process table."""

    __slots__ = ("pid", "ppid", "state", "ns_pids")

    def __init__(self, pid, ppid, state, ns_pids):
        self.pid, self.ppid, self.state, self.ns_pids = pid, ppid, state, ns_pids


def process_table():
    table = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/status", "rb") as f:
                text = f.read()
        except OSError:
            continue
        fields = {}
        for line in text.split(b"\n"):
            key, _, value = line.partition(b":\t")
            if key in (b"State", b"PPid", b"NSpid"):
                fields[key] = value
        if len(fields) == 3:
            table[int(name)] = Process(int(name), int(fields[b"PPid"]), fields[b"State"][:1].decode(),
                                       [int(p) for p in fields[b"NSpid"].split()])
    return table


def descendants(table, top):
    """The pids below `top`, without it."""
    children = {}
    for process in table.values():
        children.setdefault(process.ppid, []).append(process.pid)
    found, todo = set(), [top]
    while todo:
        for pid in children.get(todo.pop(), ()):
            if pid not in found:
                found.add(pid)
                todo.append(pid)
    return found


class Scenario:
    """A scenario that runs inside `contain`, from its start until end()."""

    def __init__(self, argv, name=None, prefix=(), contained=True):
        self.name = name or " ".join(map(str, argv))
        self.said = None
        self.ready_at = None
        self.tree = set()  # every host pid that was ever seen in it
        self.host = {}  # its own pid -> host pid
        self.complaints = tempfile.TemporaryFile()
        self.contained = contained
        self.process = start([*prefix, *([CONTAIN] if contained else []), *argv], tied=not contained,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        line = self.process.stdout.readline()
        self.ready_at = time.monotonic()
        self.said = json.loads(line) if line.strip() else {}

    def complaint(self):
        self.complaints.seek(0)
        return self.complaints.read().decode("utf-8", "backslashreplace").strip()

    def ready(self, timeout=45):
        until(lambda: self.said is not None, timeout, f"the ready line of {self.name}", pace=0.005)
        assert self.said, f"{self.name} was not set up: {self.complaint()}"
        self.look()
        return self

    def look(self, table=None):
        """Adds what lives in it now to the tree, and learns the host's pids."""
        table = table or process_table()
        below = descendants(table, self.process.pid)
        self.tree |= below | {self.process.pid}
        depth = len(table[os.getpid()].ns_pids) if os.getpid() in table else 1
        for pid in below:
            ns_pids = table[pid].ns_pids
            if not self.contained:
                self.host[pid] = pid
            elif len(ns_pids) > depth:
                self.host[ns_pids[depth]] = pid
        if not self.contained:
            self.host[self.process.pid] = self.process.pid
        return self

    def host_pid(self, pid):
        assert pid in self.host, f"{self.name}: its process {pid} is not on the host; {self.said}"
        return self.host[pid]

    @property
    def parent(self):
        return self.host_pid(self.said["parent"])

    @property
    def children(self):
        return [self.host_pid(pid) for pid in self.said["children"]]

    def tell(self, line=b"\n"):
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def let_go(self):
        """Its standard input ends; returns at once."""
        try:
            self.process.stdin.close()
        except OSError:
            pass

    def end(self, timeout=15):
        self.let_go()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            pass
        end(self.process)
        self.complaints.close()

    def __enter__(self):
        return self.ready()

    def __exit__(self, *_):
        self.end()


def built(program, *args, **kwargs):
    """A scenario of C: built("never-waits", "sick")."""
    return Scenario([os.path.join(BUILT, program), *args], **kwargs)


def command(program, *args):
    """The command line of a scenario in whatever language."""
    if program.endswith(".py"):
        return [sys.executable, os.path.join(SCRIPTS, program), *args]
    if program.endswith(".sh"):
        return ["bash", os.path.join(SCRIPTS, program), *args]
    return [os.path.join(BUILT, program), *args]


def programs():
    """All scenario programs, in C and as scripts, in order of their names."""
    in_c = [os.path.basename(p)[:-2] for p in glob.glob(os.path.join(SCRIPTS, "*.c"))]
    scripts = [os.path.basename(p) for p in glob.glob(os.path.join(SCRIPTS, "*.py")) +
               glob.glob(os.path.join(SCRIPTS, "*.sh"))]
    return sorted(p for p in in_c + scripts if p not in HELPERS and not p.startswith("_"))


def variants(program):
    listed = subprocess.run(command(program, "list"), check=True, stdout=subprocess.PIPE, text=True)
    return listed.stdout.split()
