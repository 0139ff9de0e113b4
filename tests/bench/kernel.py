# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel accounts: run time of a process's own BPF programs, CPU and memory of a process, forks of the host.

Changes nothing that outlives the bench: accounting is asked for by a descriptor, and ends with it, even by SIGKILL.
"""
import ctypes
import glob
import json
import os
import platform
import re
import time

import harness

BPF_SYSCALL = {"x86_64": 321, "aarch64": 280}
BPF_ENABLE_STATS = 32


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


class accounting:  # pylint: disable=invalid-name
    """with accounting(): the kernel accounts the run time of BPF programs (as kernel.bpf_stats_enabled=1 does)."""

    def __enter__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        attr = ctypes.create_string_buffer(128)  # type 0: run time
        self.fd = libc.syscall(BPF_SYSCALL[platform.machine()], BPF_ENABLE_STATS, attr, len(attr))
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "cannot have the kernel account BPF run time")
        return self

    def __exit__(self, *exception):
        os.close(self.fd)


def accounted_always():
    """Whether the host accounts anyway: every BPF program then costs 20 to 40 ns more a run."""
    return read("/proc/sys/kernel/bpf_stats_enabled").strip() != "0"


def bpf_runs(pid):
    """{program id: (runs, ns)} of the BPF programs that this process holds: its own and nobody else's."""
    found = {}
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            text = read(path)
        except OSError:
            continue
        if "prog_tag:" in text:
            fields = dict(re.findall(r"^(prog_id|run_cnt|run_time_ns):\s+(\d+)", text, re.M))
            if "run_cnt" in fields:
                found[int(fields["prog_id"])] = (int(fields["run_cnt"]), int(fields["run_time_ns"]))
    return found


def bpf_names(ids):
    """{program id: name}; what bpftool cannot name goes by its number."""
    shown = harness.run(["bpftool", "-j", "prog", "show"])
    listed = json.loads(shown.stdout or b"[]") if shown.returncode == 0 else []
    names = {item["id"]: item.get("name") for item in listed}
    return {i: names.get(i) or str(i) for i in ids}


def cpu_ns(pid):
    """CPU time of all threads that live now, to the nanosecond where the kernel keeps it."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            total += int(read(path).split()[0])
        except OSError:
            pass
    return total


def memory_kib(pid):
    """Resident memory now, and the most there was."""
    text = read(f"/proc/{pid}/status")
    return tuple(int(re.search(rf"{name}:\s+(\d+)", text).group(1)) for name in ("VmRSS", "VmHWM"))


def processes_now():
    return sum(1 for name in os.listdir("/proc") if name.isdigit())


def pid_max():
    return int(read("/proc/sys/kernel/pid_max"))


class Host:
    """What the whole host did between two looks at it: forks (threads too), and CPU seconds."""

    def __init__(self):
        self.forks, self.cpu_s = self._look()
        self.begun = time.monotonic()

    @staticmethod
    def _look():
        text = read("/proc/stat")
        ticks = [int(word) for word in text.split("\n", 1)[0].split()[1:9]]
        # user nice system idle iowait irq softirq steal: neither idle nor iowait
        busy = sum(ticks[:3] + ticks[5:8]) / os.sysconf("SC_CLK_TCK")
        return int(re.search(r"^processes (\d+)", text, re.M).group(1)), busy

    def since(self):
        forks, cpu_s = self._look()
        return forks - self.forks, (cpu_s - self.cpu_s) / max(time.monotonic() - self.begun, 0.001)


def calm(patience_s):
    """Waits until others leave the machine alone, for so long at the most. Returns whether they do."""
    deadline = time.monotonic() + patience_s
    while True:
        host = Host()
        time.sleep(0.1)
        forks, busy = host.since()
        if busy < 0.3 and forks < 10:
            return True
        if time.monotonic() > deadline:
            return False
