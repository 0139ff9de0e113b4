# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel locked down for confidentiality lets no program read its memory: deadwait says so, and scan still works."""
import json

from harness import deadwait, parse_lines
from scenario import built


def test_watch_and_trace_end_with_3():
    for command in ("watch", "trace"):
        done = deadwait(command, "-d", "1s")
        assert done.returncode == 3 and not done.stdout, done
        assert done.stderr.count(b"\n") == 1 and b"locked down for confidentiality" in done.stderr, done


def test_run_does_not_start_its_command():
    done = deadwait("run", "--", "echo", "started")
    assert done.returncode == 125 and not done.stdout, done
    assert b"locked down for confidentiality" in done.stderr, done


def test_doctor():
    done = deadwait("doctor", "-o", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 3 and told["lockdown"] == "confidentiality", told
    assert told["watch"] == "no" and told["scan"] == "/proc", told
    assert "locked down for confidentiality" in told["reason"], told


def test_scan_reads_proc():
    with built("never-waits", "sick") as sick:
        done = deadwait("scan", "-o", "json", "-a", "0")
        assert done.returncode == 0 and b"locked down for confidentiality" in done.stderr, done
        told = {line["child"]["pid"]: line for line in parse_lines(done.stdout) if line["type"] == "zombie"}
        assert told[sick.children[0]]["parent"]["pid"] == sick.parent, told
