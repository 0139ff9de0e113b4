# SPDX-License-Identifier: GPL-2.0-or-later
"""Ordinary work under a watch with the default age: no zombie and no lost SIGCHLD is reported."""
import os
import shutil
import subprocess
import sys
import time

from batch import pid_of
from harness import CONTAIN, ROOT, Watch, end, scratch, start
from scenario import descendants, process_table

PIPELINES = """
for i in $(seq 1 60); do
	seq 1 200 | grep 1 | sort -r | uniq -c | tail -1 >/dev/null
	x=$(ls / | wc -l; sleep 0.02 | cat)
	(true &) ; true & false & wait
done
"""
XARGS = "seq 1 400 | xargs -n 1 -P 8 sh -c 'true; exec true'"
PYTHON = """
import subprocess, concurrent.futures
for _ in range(60):
    subprocess.run(["true"]); subprocess.run("false; exit 0", shell=True); subprocess.check_output(["echo", "x"])
with concurrent.futures.ProcessPoolExecutor(4) as pool:
    assert sum(pool.map(abs, range(50))) == 1225
"""


def silent_during(argv, timeout=240, **kwargs):
    """Runs it in a container; returns when it has ended well and nothing about it was reported."""
    with Watch() as watch:
        work = start([CONTAIN, *argv], tied=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.STDOUT, **kwargs)
        try:
            tree = {work.pid}
            deadline = time.monotonic() + timeout
            os.set_blocking(work.stdout.fileno(), False)
            output = b""
            while work.poll() is None:
                assert time.monotonic() < deadline, "it did not end"
                tree |= descendants(process_table(), work.pid)
                output += work.stdout.read() or b""
                time.sleep(0.2)
            output += work.stdout.read() or b""
            assert work.returncode == 0, f"status {work.returncode}: {output[-400:]!r}"
        finally:
            end(work)
        false = [o for o in watch.objects() if o.get("type") in ("zombie", "sigchld", "status") and
                 {pid_of(o.get("child")), pid_of(o.get("parent"))} & tree]
        assert not false, false[0]


def test_make():
    """This project's own build, with four jobs, of a copy."""
    with scratch() as directory:
        copy = os.path.join(directory, "copy")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("build", ".git"), symlinks=True)
        silent_during(["make", "-C", copy, "-j4", "DEPS=no"])


def test_shell_pipelines():
    silent_during(["bash", "-c", PIPELINES])


def test_dash_pipelines():
    silent_during(["sh", "-c", PIPELINES])


def test_xargs():
    silent_during(["sh", "-c", XARGS])


def test_python_subprocess():
    silent_during([sys.executable, "-c", PYTHON])


def test_double_fork():
    """Daemons in the making: orphans perhaps, but no finding against anyone."""
    silent_during(["bash", "-c", "for i in $(seq 1 100); do (sleep 0.1 &); (setsid sleep 0.05 &); done; sleep 0.3"])
