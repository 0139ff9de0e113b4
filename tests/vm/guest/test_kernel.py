# SPDX-License-Identifier: GPL-2.0-or-later
"""What this kernel must let deadwait do: its level in tests/vm/kernels.txt, from the environment as VM_LEVEL."""
import os

from harness import DEADWAIT, ROOT, Watch, deadwait, parse_lines, run
from scenario import built

BUILT_FOR_GUEST = os.path.join(ROOT, "build", "vm")


def fentry_error():
    """Why an fentry program cannot be attached here, or None."""
    tried = run([os.path.join(BUILT_FOR_GUEST, "exact"), os.path.join(BUILT_FOR_GUEST, "exact.bpf.o")])
    assert tried.returncode in (0, 1), tried
    return tried.stderr.decode(errors="replace").strip().splitlines()[-1] if tried.returncode else None


def test_every_program_loads_and_attaches():
    with Watch("-v") as watch:
        assert not [line for line in watch.errors if "libbpf" in line], watch.errors


def test_scan_reads_the_task_list():
    done = deadwait("scan", "-o", "json")
    assert done.returncode == 0 and not done.stderr, (done.returncode, done.stderr)


def test_exact_tier():
    error = fentry_error()
    level = os.environ["VM_LEVEL"]
    if level == "exact":
        assert error is None, f"fentry/release_task is not attached: {error}"
    else:
        assert error, f"fentry/release_task attaches: the level is no longer '{level}'"


def test_trace_tells_a_life():
    done = deadwait("trace", "-o", "json", "--", "sh", "-c", "sleep 0.1; :")
    assert done.returncode == 0, done
    told = {o["event"] for o in parse_lines(done.stderr) if o["type"] == "event"}
    missing = {"fork", "exec", "exit", "sigchld", "wait"} - told
    assert not missing, f"no {missing} among {told}"


def test_user_by_name():
    with built("never-waits", "sick") as sick:
        mine = deadwait("scan", "-o", "json", "-u", "root", "-a", "0")
        assert str(sick.children[0]).encode() in mine.stdout, mine
        others = deadwait("scan", "-o", "json", "-u", "nobody", "-a", "0")
        assert b'"zombie"' not in others.stdout, others
    unknown = deadwait("scan", "-u", "nosuchuser")
    assert unknown.returncode == 2 and b"/etc/passwd" in unknown.stderr, unknown


def test_is_the_static_program():
    with open(DEADWAIT, "rb") as f:
        assert b"ld-linux" not in f.read(4096)
