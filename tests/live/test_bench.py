# SPDX-License-Identifier: GPL-2.0-or-later
"""That `make bench` measures: a few hundred operations, to see that each number is there and of the right kind."""
import json
import os

from harness import ROOT, run, scratch

BENCH = os.path.join(ROOT, "tests", "bench", "run")
SYSCTL = "/proc/sys/kernel/bpf_stats_enabled"


def bench(*args):
    done = run([BENCH, "--quick", "--pairs", "1", "--scale", "0.05", *args], timeout=120)
    assert done.returncode == 0, f"status {done.returncode}: {done.stderr[-300:]!r}"
    return done.stdout.decode()


def accounted():
    with open(SYSCTL, encoding="ascii") as f:
        return f.read()


def test_measures():
    before = accounted()
    with scratch() as directory:
        path = os.path.join(directory, "new.json")
        shown = bench("--rows", "life getppid scan-100 start", "--out", path)
        with open(path, encoding="utf-8") as f:
            result = json.load(f)
        again = bench("--rows", "start", "--compare", path)
    assert accounted() == before, "kernel.bpf_stats_enabled was left changed"
    rows = {row["name"]: row["tools"] for row in result["rows"]}
    assert list(rows) == ["life", "getppid", "scan-100", "start"], list(rows)

    floor, watch = rows["life"]["floor"], rows["life"]["deadwait watch"]
    assert 0 < floor["bpf_us"]["median"] < watch["bpf_us"]["median"] < 100, (floor["bpf_us"], watch["bpf_us"])
    assert watch["cpu_us"]["median"] > 0 and 0.1 < watch["slowdown"]["median"] < 10, watch
    # One fork in each operation, and the load's own three or so, unless the bench says that others forked.
    assert 1 <= watch["programs"]["dw_fork"]["runs"] < (10 if "others forked too" in watch["notes"] else 1.2), watch
    assert watch["seen"]["median"] == 1 and watch["lost"] == 0, watch["seen"]
    assert rows["getppid"]["deadwait watch"]["bpf_us"]["median"] < 0.05, rows["getppid"]["deadwait watch"]
    for name in ("deadwait scan", "ps", "walk of /proc"):
        assert rows["scan-100"][name]["ms"]["median"] > 0.1, rows["scan-100"]
    assert rows["start"]["deadwait watch"]["ms"]["median"] > 1, rows["start"]

    assert "fork, exit, wait" in shown and "BPF µs ≤ 1.0: " in shown, shown
    assert "deadwait watch" in again.split("against")[1] and "not measured now: " in again, again


def test_refuses_an_unknown_row():
    done = run([BENCH, "--rows", "nothing"])
    assert done.returncode == 1 and b"unknown row 'nothing'" in done.stderr, done.stderr


def test_a_tool_that_fails_is_said():
    done = run([BENCH, "--quick", "--pairs", "1", "--scale", "0.01", "--rows", "life"], timeout=60,
               env=dict(os.environ, DEADWAIT="/bin/false"))
    line = [line for line in done.stdout.decode().split("\n") if "deadwait watch" in line][0]
    assert done.returncode == 0 and "n/a" in line and "ended with 1" in line, line
