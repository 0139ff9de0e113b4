# SPDX-License-Identifier: GPL-2.0-or-later
"""run: the command finds everything as it would under env(1): descriptors, signals, rights, surroundings."""
import os
import signal
import subprocess
import time

import harness
from harness import DEADWAIT, end, scratch, start, until
from runner import run

# All that a process is given at its exec, and nothing that a shell changes: read from /proc by one that forks nothing.
SHOW = r"""
import os, resource, signal, sys
for line in open("/proc/self/status"):
    key = line.split(":")[0]
    if key.startswith(("SigBlk", "SigPnd", "Shd", "Cap", "Uid", "Gid", "Groups", "Umask", "NoNewPrivs", "Seccomp", "Cpus_allowed",
                       "Mems_allowed", "TracerPid", "Threads", "CoreDumping", "THP")):
        print(line.rstrip())
for name in sorted(os.listdir("/proc/self/fd"), key=int):
    try:
        target = os.readlink("/proc/self/fd/" + name)
    except OSError:
        continue  # the listing's own
    if not target.startswith("/proc/"):
        print("fd", name, target, open("/proc/self/fdinfo/" + name).read().split("\n")[1])
for name in ("limits", "oom_score_adj", "personality", "timerslack_ns", "cgroup", "setgroups", "coredump_filter"):
    print(name, open("/proc/self/" + name).read())
print("nice", os.nice(0), os.sched_getscheduler(0), sorted(os.sched_getaffinity(0)))
print("session", os.getsid(0))
print("cwd", os.getcwd())
print("exe", sys.argv)
print("environ", open("/proc/self/environ", "rb").read())
print("itimer", signal.getitimer(signal.ITIMER_REAL))
print("namespaces", [os.readlink("/proc/self/ns/" + n) for n in sorted(os.listdir("/proc/self/ns"))])
print("parent's death signal", __import__("ctypes").CDLL(None).prctl(2, __import__("ctypes").byref(
    s := __import__("ctypes").c_int()), 0, 0, 0), s.value)
print("subreaper", __import__("ctypes").CDLL(None).prctl(37, __import__("ctypes").byref(s), 0, 0, 0), s.value)
print("keepcaps", __import__("ctypes").CDLL(None).prctl(7, 0, 0, 0, 0), "securebits",
      __import__("ctypes").CDLL(None).prctl(27, 0, 0, 0, 0))
"""
SHOWN = ["python3", "-S", "-c", SHOW, "an argument", ""]


def shown(words, prefix, directory, **kwargs):
    with open(os.path.join(directory, "shown"), "wb+") as out:
        with open(os.path.join(directory, "complaints"), "wb+") as complaints:
            ended = harness.run([*prefix, *words, *SHOWN], stdout=out, stderr=complaints, **kwargs)
            complaints.seek(0)
            assert ended.returncode == 0, complaints.read()
        out.seek(0)
        return out.read().decode("utf-8", "backslashreplace").splitlines()


def same(prefix=(), **kwargs):
    """What it shows under env and under run; both are begun by the same prefix."""
    with scratch() as directory:
        under_env = shown(["env"], prefix, directory, **kwargs)
        under_run = shown([DEADWAIT, "run", "-q", "--"], prefix, directory, **kwargs)
    assert len(under_env) > 60, under_env
    differing = [(a, b) for a, b in zip(under_env, under_run) if a != b]
    assert under_run == under_env, f"under env, under run: {differing[:5]} ({len(under_env)}, {len(under_run)} lines)"
    return under_env


def test_as_under_env():
    lines = same()
    assert any(line.startswith("fd 2 ") for line in lines)
    assert not any(line.startswith("fd 3 ") for line in lines), lines


def signals(*words):
    """What cat finds, which changes nothing about them; python and shells do."""
    ended = harness.run([*words, "cat", "/proc/self/status"])
    assert ended.returncode == 0, ended
    return dict(line.split(":\t") for line in ended.stdout.decode().splitlines()
                if line.startswith(("SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd")))


def test_signals_ignored_and_blocked():
    """As a shell's `trap '' INT` or python's SIGPIPE leaves them; deadwait itself must do without its SIGCHLD."""
    some = ["env", "--default-signal", "--ignore-signal=PIPE,CHLD,INT,XFSZ,USR2", "--block-signal=USR1,CHLD,TERM,RTMIN+3"]
    every = ["env", "--ignore-signal", "--block-signal"]
    none = ["env", "--default-signal"]
    for prefix in (some, every, none):
        assert signals(*prefix, DEADWAIT, "run", "-q") == signals(*prefix, "env"), prefix
    # Signals 32 and 33 are libc's own: it lets nobody change them, and what starts us may have them ignored.
    of_libc = 3 << 31
    found = {name: int(mask, 16) & ~of_libc for name, mask in signals(*some, DEADWAIT, "run", "-q").items()}
    assert found["SigIgn"] == 0x1011802 and found["SigBlk"] & 1 << 16, found
    found = {name: int(mask, 16) & ~of_libc for name, mask in signals(*none, DEADWAIT, "run", "-q").items()}
    assert not any(found.values()), found


def test_more_descriptors():
    """Those above 2 are handed on as well."""
    r, w = os.pipe()
    try:
        lines = same(pass_fds=[r, w])
        assert any(line.startswith(f"fd {w} pipe:") for line in lines), lines
    finally:
        os.close(r)
        os.close(w)


def test_surroundings():
    with scratch() as directory:
        lines = same(["nice", "-n", "5", "prlimit", "--nofile=64:128"], cwd=directory, umask=0o027,
                     env={"PATH": os.environ["PATH"], "ODD": "a\nb=c", "EMPTY": ""})
        assert f"cwd {os.path.realpath(directory)}" in lines
        assert "Umask:\t0027" in lines and any(line.startswith("nice 5 ") for line in lines)


def test_other_user():
    """One that gives up its rights itself; and capabilities that root had are still root's."""
    lines = same()
    capabilities = next(line for line in lines if line.startswith("CapEff"))
    assert int(capabilities.split()[1], 16) & (1 << 21), "CAP_SYS_ADMIN is gone"
    ended = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "id", "-u")
    assert ended.out == b"65534\n", ended
    ended.assert_clean()


def test_parent_and_group():
    """One process stands between it and the caller; group and session are the caller's."""
    show = "import os; print(os.getpgid(0), os.getsid(0), os.getppid())"
    ended = run("python3", "-c", show)
    group, session, parent = map(int, ended.out.split())
    assert group == os.getpgid(0) and session == os.getsid(0), ended
    assert parent not in (os.getpid(), 1), ended


def test_stdin_and_stdout():
    data = os.urandom(3 << 20)
    ended = run("cat", input=data, stdin=None)
    assert ended.out == data
    ended.assert_clean()
    assert run("wc", "-c", stdin=subprocess.DEVNULL).out == b"0\n"


def test_stderr_is_shared():
    """What CMD writes there stands before the report."""
    ended = run("sh", "-c", "echo to stderr >&2; echo to stdout")
    assert ended.out == b"to stdout\n" and ended.lines[0] == "to stderr" and len(ended.lines) == 2, ended
    ended.balance()
    assert run("sh", "-c", "echo to stderr >&2", options=["-q"]).err == b"to stderr\n"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", "rb") as f:
        fields = f.read().rsplit(b")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_reader_of_stdout_goes():
    """`deadwait run CMD | head`: CMD gets its SIGPIPE, deadwait waits on without spinning."""
    process = start([DEADWAIT, "run", "--", "sh", "-c", "echo; sleep 1.5; echo; exit 7"], stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        process.stdout.read(1)
        process.stdout.close()
        used = cpu_seconds(process.pid)
        begun = time.monotonic()
        until(lambda: time.monotonic() > begun + 1 or process.poll() is not None, 3)
        used = cpu_seconds(process.pid) - used
        assert used < 0.3, f"{used:.2f} s of CPU in 1 s"
        assert process.wait(10) == 128 + signal.SIGPIPE
    finally:
        end(process)


def test_stderr_is_closed_or_full():
    """The report has nowhere to go: the status comes all the same."""
    assert run("sh", "-c", "exit 5", preexec_fn=lambda: os.close(2)).status == 5
    with open("/dev/full", "wb") as full:
        assert run("sh", "-c", "exit 5", stderr=full).status == 5
    r, w = os.pipe()
    os.close(r)
    try:
        assert run("sh", "-c", "exit 5", stderr=w).status == 5
    finally:
        os.close(w)


def test_stdin_is_closed():
    """No descriptor of deadwait's takes its place."""
    ended = run("ls", "-l", "/proc/self/fd", options=["-q"], preexec_fn=lambda: os.close(0))
    targets = [line.split(b" -> ")[1] for line in ended.out.splitlines() if b" -> " in line]
    assert not any(b"bpf" in target or b"eventpoll" in target or b"anon_inode" in target for target in targets), targets
