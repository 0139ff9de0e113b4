# SPDX-License-Identifier: GPL-2.0-or-later
"""deadwait watch as a program: its beginning, its ends, its summary, age and duration."""
import os
import signal
import tempfile
import time

from harness import DEADWAIT, Watch, assert_clean_text, end, parse_lines, run, start, until
from leftovers import bpf_objects
from scenario import Scenario, built, command


def ends_with_summary(sig):
    watch = Watch()
    status = watch.stop(sig)
    assert status == 0, f"status {status}"
    assert watch.objects("summary"), f"no summary among {watch.lines}"
    assert watch.objects()[-1]["type"] == "summary", "the summary is not last"


def test_sigint_ends_with_summary():
    ends_with_summary(signal.SIGINT)


def test_sigterm_ends_with_summary():
    ends_with_summary(signal.SIGTERM)


def test_open_findings_are_closed_at_exit():
    with built("never-waits", "sick") as sick:
        watch = Watch("-a", "200ms")
        watch.wait_for(sick.children[0], 3)
        assert watch.stop() == 0
        last = watch.latest(sick.children[0])
        assert last["state"] == "closed" and last["closed_by"] == "exit", last
        assert last["cause"] == "never-waits", last["cause"]


def test_sigkill_leaves_nothing_in_the_kernel():
    before = bpf_objects()
    watch = Watch()
    assert bpf_objects() - before, "bpftool shows nothing of a running deadwait: the test is blind"
    watch.process.kill()
    watch.process.wait(10)
    end(watch.process)
    until(lambda: not bpf_objects() - before, 10, "the end of its BPF objects", pace=0.1)


def test_watch_is_the_default():
    with built("never-waits", "sick") as sick, Watch("-a", "200ms", command=None) as watch:
        watch.wait_for(sick.children[0], 3)


def test_age():
    """Nothing before its age, and then soon; the age of the finding says so."""
    with Watch("-a", "2s") as watch:
        begun = time.monotonic()
        with built("never-waits", "sick") as sick:
            watch.wait_for(sick.children[0], 4)
            first_at, first = watch.findings(sick.children[0])[0]
            assert first_at - begun > 1.9, f"reported after {first_at - begun:.2f} s"
            assert 2.0 <= first["age_s"] < 3.5, first["age_s"]


def test_age_zero():
    with built("never-waits", "sick") as sick, Watch("-a", "0") as watch:
        watch.wait_for(sick.children[0], 1.5)


def test_duration_ends_it():
    begun = time.monotonic()
    watch = Watch("-d", "1s")
    until(lambda: watch.process.poll() is not None, 8, "the end by -d")
    assert time.monotonic() - begun > 0.9
    assert watch.stop() == 0 and watch.objects("summary")


def test_closed_stdout_ends_quietly():
    """As `deadwait watch | head -1`: status 0, and nothing about it on stderr."""
    heard, said = os.pipe()
    process = start([DEADWAIT, "watch", "-o", "json", "-a", "200ms"], stdout=said, stderr=-1, stdin=-3)
    os.close(said)
    try:
        with built("never-waits", "sick-three"):
            with open(heard, "rb") as pipe:
                pipe.readline()
            with built("never-waits", "sick-three"):
                assert process.wait(10) == 0, f"status {process.returncode}"
                complaint = process.stderr.read().decode().lower()
                assert "pipe" not in complaint and "cannot" not in complaint, complaint
    finally:
        end(process)


def test_head_in_a_shell():
    with built("never-waits", "sick"), built("kills-never-waits", "sick"):
        line = f"'{DEADWAIT}' watch -a 200ms | head -1; echo \"status ${{PIPESTATUS[0]}}\""
        with built("sigchld-blocked", "sick"):
            process = start(["bash", "-c", line], stdout=-1, stderr=-1, stdin=-3)
            try:
                more = []
                until(lambda: more.append(Scenario(command("never-waits", "sick")).ready()) or
                      process.poll() is not None, 10, "the end of the pipeline", pace=0.3)
                out = process.stdout.read()
                assert b"status 0" in out, out
            finally:
                for scenario in more:
                    scenario.end()
                end(process)


def test_stdout_closed_from_the_start():
    """Nothing to write to is a failure; and the log must not get descriptor 1, and the text with it."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log.json")
        ended = run(["sh", "-c", f"exec >&-; exec '{DEADWAIT}' watch -d 1s -l '{log}'"], timeout=20)
        assert ended.returncode == 4, f"status {ended.returncode}: {ended.stderr!r}"
        assert len(ended.stderr.splitlines()) <= 2, ended.stderr
        with open(log, "rb") as lines:
            parse_lines(lines.read())


def test_text_for_a_terminal():
    with Watch("-a", "200ms", output="text", wait=True) as watch:
        with built("never-waits", "sick") as sick:
            child, parent = sick.children[0], sick.parent
            until(lambda: any(b"ZOMBIE" in line and str(child).encode() in line for _, line in watch.lines), 3,
                  "the finding as text")
        until(lambda: any(b"REAPED" in line and str(child).encode() in line for _, line in watch.lines), 5,
              "its end as text")
    text = b"".join(line for _, line in watch.lines)
    assert_clean_text(text)
    line = next(line for line in text.splitlines() if b"ZOMBIE" in line and str(child).encode() in line)
    assert str(parent).encode() in line and b"never-waits" in line, line
    assert b"fix:" in text, text


def test_quiet_prints_findings_only():
    with built("never-waits", "sick") as sick:
        watch = Watch("-q", "-a", "200ms", wait=False)
        watch.wait_for(sick.children[0], 5)
        assert watch.stop() == 0
        assert not watch.objects("summary"), "a summary in spite of -q"
        assert not watch.errors, watch.errors


def test_json_schema_of_a_finding():
    with built("never-waits", "sick-three") as sick, Watch("-a", "200ms") as watch:
        found = watch.wait_for(sick.children[2], 3)
        host = sick.host
        inner = sick.said["children"][2]
    assert found["v"] == 1 and found["type"] == "zombie" and found["state"] == "open"
    child, parent = found["child"], found["parent"]
    assert found["id"] == f"{child['pid']}-{child['start_ns']}", found["id"]
    assert child["pid"] == host[inner] and child["ns_pid"] == inner, child
    assert parent["ns_pid"] == sick.said["parent"], parent
    assert child["exit_code"] == 2 and child["signal"] is None and child["core"] is False, child
    assert child["exit_signal"] == "SIGCHLD" and child["uid"] == 0, child
    assert parent["comm"] == "never-waits" and parent["uid"] == 0 and parent["zombies"] == 3, parent
    assert parent["cmdline"] and parent["cgroup"].startswith("/"), parent
    assert parent["sigchld"]["disposition"] == "default", parent["sigchld"]
    assert found["confidence"] in ("possible", "likely", "certain")
    assert found["evidence"] and all(isinstance(e, str) for e in found["evidence"])
    assert found["advice"] and isinstance(found["also"], list)
    for key in ("time", "host", "boot_id", "age_s", "adopted_from", "tracer", "cause"):
        assert key in found, f"{key} is missing"


def test_status_by_signal():
    with built("never-waits", "sick-killed") as sick, Watch("-a", "200ms") as watch:
        child = watch.wait_for(sick.children[0], 3)["child"]
        assert child["signal"] == "SIGKILL" and child["exit_code"] is None, child


def test_two_namespaces_deep():
    with built("never-waits", "sick-nested") as sick, Watch("-a", "200ms") as watch:
        found = watch.wait_for(sick.children[0], 3)
        assert found["child"]["ns_pid"] == 3, found["child"]
        assert found["parent"]["pid"] == sick.parent and found["parent"]["ns_pid"] == 2, found["parent"]


def test_tracer_is_named():
    with built("traced", "sick") as sick, Watch("-a", "200ms") as watch:
        found = watch.wait_for(sick.children[0], 3)
        tracer = sick.host_pid(sick.said["healthy"][-1])
        assert found["tracer"] and found["tracer"]["pid"] == tracer, found["tracer"]
        assert found["tracer"]["comm"] == "dw-tracer", found["tracer"]
        assert found["parent"]["pid"] == sick.parent


def test_parent_dies_while_its_zombies_are_reported():
    """The init of the container collects them: closed as adopted-and-reaped."""
    with built("never-waits", "sick-three") as sick, Watch("-a", "200ms") as watch:
        for child in sick.children:
            watch.wait_for(child, 3)
        os.kill(sick.parent, signal.SIGKILL)
        for child in sick.children:
            until(lambda c=child: watch.latest(c)["state"] == "closed", 5, f"the end of {child}")
            last = watch.latest(child)
            assert last["closed_by"] == "adopted-and-reaped", last
            assert last["cause"] == "never-waits", last["cause"]


SUBREAPER = """
import ctypes, json, os, signal, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
parent = os.fork()
if parent == 0:
    child = os.fork()
    if child == 0:
        os._exit(5)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    print(json.dumps({"variant": "sick", "cause": "never-waits", "parent": os.getpid(), "children": [child],
                      "healthy": [os.getppid()]}), flush=True)
    while True:
        signal.pause()
sys.stdin.read()
os.kill(parent, signal.SIGKILL)
"""


def test_zombie_goes_on_under_its_adopter():
    """The parent dies, the subreaper above does not reap: the same finding, another parent, and in time its cause."""
    with Scenario(["/usr/bin/env", "python3", "-c", SUBREAPER], name="subreaper") as sick, \
            Watch("-a", "200ms") as watch:
        sick.ready()
        child, parent, adopter = sick.children[0], sick.parent, sick.host_pid(sick.said["healthy"][0])
        watch.wait_for(child, 3)
        os.kill(parent, signal.SIGKILL)
        until(lambda: watch.latest(child)["parent"]["pid"] == adopter, 3, "the adopter as parent")
        moved = watch.latest(child)
        assert moved["state"] == "update" and moved["id"] == watch.findings(child)[0][1]["id"], moved
        assert moved["adopted_from"]["pid"] == parent, moved["adopted_from"]
        assert moved["cause"] == watch.findings(child)[0][1]["cause"], "the cause did not stay at first"
        until(lambda: watch.latest(child)["cause"] == "subreaper-ignores-adopted", 5,
              lambda: f"the adopter's cause, but {watch.latest(child)['cause']}")


def test_help_and_version():
    for option in ("-h", "--help", "-V", "--version"):
        ended = run([DEADWAIT, option])
        assert ended.returncode == 0 and ended.stdout and not ended.stderr, (option, ended)
