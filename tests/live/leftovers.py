# SPDX-License-Identifier: GPL-2.0-or-later
"""What must not be left behind: processes, BPF objects, cgroups. Compared with what was there before the first test."""
import glob
import json
import os

import harness
from harness import end, run, until
from scenario import descendants, process_table

OURS = ("dw_", "deadwait")


def bpf_objects():
    """Ids of BPF programs and maps whose name is deadwait's, and of links to those programs."""
    found = set()
    programs = set()
    for kind in ("prog", "map", "link"):
        shown = run(["bpftool", "-j", kind, "show"])
        for item in json.loads(shown.stdout or b"[]") if shown.returncode == 0 else []:
            if kind == "link":
                ours = item.get("prog_id") in programs
            else:
                ours = str(item.get("name", "")).startswith(OURS)
            if ours:
                found.add((kind, item["id"]))
                if kind == "prog":
                    programs.add(item["id"])
    return found


def others_watch():
    """Whether somebody else's deadwait runs here: its objects look like ours, and cannot be told apart."""
    ours = descendants(process_table(), os.getpid())
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                if f.read().strip() == "deadwait" and int(path.split("/")[2]) not in ours:
                    return True
        except OSError:
            pass
    return False


def cgroups():
    return set(glob.glob("/sys/fs/cgroup/**/dw-*/", recursive=True))


def thaw_and_remove(directory):
    for name, word in (("freezer.state", "THAWED"), ("cgroup.freeze", "0")):
        path = os.path.join(directory, name)
        if os.path.exists(path):
            with open(path, "w", encoding="ascii") as f:
                f.write(word)

    def gone():
        try:
            os.rmdir(directory)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    until(gone, 5, f"the end of {directory}")


class Leftovers:
    def __init__(self):
        self.bpf_before = bpf_objects()
        self.cgroups_before = cgroups()

    def bpf(self):
        return bpf_objects() - self.bpf_before

    def end_processes(self):
        """Ends what a test forgot. Returns the names of what had to be ended."""
        forgotten = [p.args[-1] for p in harness.started if p.poll() is None]
        for process in harness.started:
            end(process)
        harness.started.clear()
        return [os.fsdecode(name) for name in forgotten]

    def complaints(self):
        """All that is left now, as sentences; first whatever is merely slow gets a few seconds."""
        said = []
        forgotten = self.end_processes()
        if forgotten:
            said.append(f"processes were still running: {', '.join(forgotten)}")
        for directory in cgroups() - self.cgroups_before:
            said.append(f"a cgroup was left: {directory}")
            thaw_and_remove(directory)
        try:
            until(lambda: not descendants(process_table(), os.getpid()), 5, "the end of all child processes")
        except AssertionError:
            said.append(f"processes are left: {sorted(descendants(process_table(), os.getpid()))}")
        try:
            until(lambda: not self.bpf() or others_watch(), 10, "the end of all BPF objects", pace=0.2)
        except AssertionError:
            said.append(f"BPF objects are left in the kernel: {sorted(self.bpf())}")
        return said
