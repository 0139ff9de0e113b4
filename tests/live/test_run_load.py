# SPDX-License-Identifier: GPL-2.0-or-later
"""run: families that are large, or that breed. Books that balance, memory that stays bounded, an end."""
import os
import re
import subprocess
import time

from harness import BUILT, DEADWAIT, end, start, until
from leftovers import thaw_and_remove
from runner import Ended, run
from scenario import descendants, process_table

BROOD = os.path.join(BUILT, "brood")
BROOD_MAX, BROOD_MIN = 20000, 10000
SPARE = 6000  # pids left to whatever else runs here
RSS_MAX_KIB = 96 * 1024
BOMB_TASKS = 150
BOMB_S = 4


def memory_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def peak_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1))


def room_for():
    """How many processes may be started here: pids are shared with all else."""
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as f:
        pid_max = int(f.read())
    with open("/proc/loadavg", encoding="ascii") as f:
        tasks = int(f.read().split()[3].split("/")[1])
    count = min(BROOD_MAX, pid_max - tasks - SPARE)
    assert count >= BROOD_MIN, f"only {count} pids are free"
    return count


class Brood:
    """A family under run that has said `ready`."""

    def __init__(self, count, how, options=()):
        self.process = start([DEADWAIT, "run", *options, "--", BROOD, str(count), how], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.begun = time.monotonic()

    def __enter__(self):
        assert self.process.stdout.readline() == b"ready\n", self.process.stderr.read()
        return self

    def finish(self, timeout=90):
        peak = peak_kib(self.process.pid)
        assert peak < RSS_MAX_KIB, f"{peak} KiB resident"
        _, err = self.process.communicate(timeout=timeout)
        return Ended(self.process.returncode, b"", err, time.monotonic() - self.begun)

    def __exit__(self, *_):
        end(self.process)


def test_five_thousand_lives():
    """One after the other, and many at a time: each fork, exit and reaping is counted."""
    for program in ("for (1 .. 5000) { fork or exit 3; wait } exit 4",
                    "for (1 .. 50) { for (1 .. 100) { fork or exit 3 } 1 while wait > 0 } exit 4"):
        ended = run("perl", "-e", program, timeout=120).assert_clean(4)
        balance = ended.balance()
        assert balance["forks"] == 5000 and balance["exits"] == 5001 and balance["reaped"] == 5001, ended


def test_lives_of_all_kinds_add_up():
    """Reaped, autoreaped, left behind and still running, in one family."""
    program = """
    for (1 .. 300) { fork or exit 3; wait }
    { local $SIG{CHLD} = 'IGNORE'; for (1 .. 200) { fork or exit 3 } select undef, undef, undef, 1 }
    if (!fork) { for (1 .. 100) { fork or exit 3 } select undef, undef, undef, .5; exit 0 } wait;
    for (1 .. 7) { if (!fork) { close STDOUT; close STDERR; sleep 4; exit 0 } }
    exit 4"""
    ended = run("perl", "-e", program)
    balance = ended.balance()
    assert ended.status == 4 and balance["forks"] == 608, ended
    assert balance["autoreaped"] == 200 and balance["left dead"] == 100, ended
    assert balance["still running"] == 7 and not balance["still dead"], ended
    assert balance["exits"] == 602 and balance["reaped"] == 302, ended


def test_large_living_family():
    count = room_for()
    with Brood(count, "live") as brood:
        table = process_table()
        assert len(descendants(table, brood.process.pid)) == count + 1
        ended = brood.finish()
    assert ended.status == 4 and " ZOMBIE " not in ended.text and " LOST " not in ended.text, ended
    balance = ended.balance()
    assert balance["forks"] == count and balance["exits"] == balance["reaped"] == count + 1, ended


def test_large_dead_family():
    """All left behind in one moment."""
    with Brood(BROOD_MIN, "dead") as brood:
        # None that dies in the very moment of its parent's end.
        ready = time.monotonic()
        until(lambda: time.monotonic() > ready + 0.3, 1)
        ended = brood.finish()
    balance = ended.balance()
    assert ended.status == 4 and balance["forks"] == BROOD_MIN and balance["exits"] == BROOD_MIN + 1, ended
    assert balance["left dead"] == BROOD_MIN and balance["reaped"] == 1 and not balance["still running"], ended
    told = [int(n) for n in re.findall(r" ZOMBIE  (\d+) children of ", ended.text)]
    assert sum(told) == BROOD_MIN and " LOST " not in ended.text, ended
    assert len(ended.lines) < 100, ended


def test_two_large_families_die_at_once():
    """On two CPUs, their events mixed: each zombie has its own parent."""
    program = "pipe R, W; for (1, 2) { if (!fork) { close W; for (1 .. 3000) { fork or exit 3 } " \
              "select undef, undef, undef, .3; sysread R, $b, 1; exit 0 } } select undef, undef, undef, 3; close W; " \
              "1 while wait > 0; exit 4"
    ended = run("perl", "-e", program, options=["-a", "60s"])
    assert ended.status == 4 and ended.balance()["left dead"] == 6000, ended
    assert re.findall(r" ZOMBIE  (\d+) children of ", ended.text) == ["3000", "3000"], ended
    assert ended.causes() == ["never-waits"] * 2, ended


def test_small_buffer_says_what_it_lost():
    """Events for which there was no room are counted, and the knob is named."""
    with Brood(BROOD_MIN, "dead", ["--buffer", "64K", "-a", "60s"]) as brood:
        ended = brood.finish()
    assert ended.status == 4 and ended.balance()["left dead"] == BROOD_MIN, ended
    assert " LOST " in ended.text and "(ring-full)" in ended.text and "--buffer" in ended.text, ended


# --- a fork bomb ---

def pids_cgroup():
    """A cgroup of our own that limits its tasks."""
    for base in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
        path = os.path.join(base, f"dw-bomb-{os.getpid()}")
        if os.path.exists(os.path.join(base, "cgroup.procs")):
            os.mkdir(path)
            if os.path.exists(os.path.join(path, "pids.max")):
                return path
            os.rmdir(path)
    raise AssertionError("no pids cgroup can be made here")


# Every process of it forks for as long as it lives, and reaps nothing; all end after a while.
BOMB = "$until = time + %d; while (time < $until) { defined fork or select undef, undef, undef, .01 } exit 4"


def test_fork_bomb():
    """Responsive meanwhile, ended soon after, its memory bounded, its root named."""
    directory = pids_cgroup()
    try:
        with open(os.path.join(directory, "pids.max"), "w", encoding="ascii") as f:
            f.write(str(BOMB_TASKS))
        bomb = ["sh", "-c", f"echo $$ >{directory}/cgroup.procs && exec perl -e '{BOMB % BOMB_S}'"]
        process = start([DEADWAIT, "run", "--", *bomb], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
        try:
            with open(os.path.join(directory, "pids.current"), encoding="ascii") as f:
                until(lambda: (f.seek(0), int(f.read()))[1] >= BOMB_TASKS * 2 // 3, 30, "the bomb")
            with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as f:
                root = int(f.read())
            peak = peak_kib(process.pid)
            # A second run beside it works as ever.
            beside = run("sh", "-c", "exit 5", timeout=30).assert_clean(5)
            assert beside.seconds < 20, beside
            _, err = process.communicate(timeout=60)
        finally:
            end(process)
        ended = Ended(process.returncode, b"", err, 0)
        assert ended.status == 4, ended
        assert peak < RSS_MAX_KIB, f"{peak} KiB"
        balance = ended.balance()
        assert balance["forks"] >= BOMB_TASKS * 2 // 3, ended
        assert len(ended.lines) < 6000, f"{len(ended.lines)} lines"
        assert re.search(rf" STORM +{root} \(perl\) .*{BOMB_TASKS} of {BOMB_TASKS} tasks", " ".join(ended.lines)), ended
    finally:
        kill_all(directory)
        thaw_and_remove(directory)


def kill_all(directory):
    def empty():
        with open(os.path.join(directory, "cgroup.procs"), encoding="ascii") as f:
            pids = [int(p) for p in f.read().split()]
        for pid in pids:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
        return not pids

    until(empty, 30, "the end of the bomb", pace=0.1)


def test_bounded_memory_over_a_long_run():
    """Lives that leave no trace: 3,000 of them cost no memory."""
    program = "$| = 1; for (1 .. 200) { fork or exit 3; wait } print qq(warm\\n); <STDIN>; " \
              "for (1 .. 3000) { fork or exit 3; wait } print qq(done\\n); <STDIN>; exit 4"
    process = start([DEADWAIT, "run", "--", "perl", "-e", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"warm\n"
        before = memory_kib(process.pid)
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"done\n"
        after = memory_kib(process.pid)
        _, err = process.communicate(b"\n", timeout=30)
    finally:
        end(process)
    Ended(process.returncode, b"", err, 0).assert_clean(4)
    assert after < before + 1024, f"{before} KiB, then {after}"
