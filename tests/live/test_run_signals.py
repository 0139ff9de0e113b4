# SPDX-License-Identifier: GPL-2.0-or-later
"""run: signals and the terminal reach the command as they would without deadwait in between."""
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time

from harness import DEADWAIT, end, holds_for, start, until
from runner import Ended

# Says what it gets, each a line; ends with 42 on the word of the test: an end of its standard input, or `last`.
LISTENER = """
import os, signal, sys
names = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"]
for name in names:
    signal.signal(getattr(signal, name), lambda n, _: os.write(1, (signal.Signals(n).name + chr(10)).encode()))
print("ready", flush=True)
while sys.stdin.readline().strip() != "end":
    pass
print("ending", flush=True)
os._exit(42)
"""
LISTEN = [sys.executable, "-c", LISTENER]


class Session:
    """A process on a terminal of its own, as the leader of its session."""

    def __init__(self, argv):
        self.master, slave = pty.openpty()
        self.said = b""
        settings = termios.tcgetattr(slave)
        settings[1] &= ~termios.OPOST  # no CR before NL
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        self.process = start(argv, tied=False, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                             preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def read(self):
        while self.master >= 0 and select.select([self.master], [], [], 0)[0]:
            try:
                got = os.read(self.master, 65536)
            except OSError:
                break  # everyone has closed it
            if not got:
                break
            self.said += got
        return self.said

    def hears(self, words, times=1, timeout=15):
        until(lambda: self.read().count(words) >= times, timeout, lambda: f"no {words!r} in {self.said[-1500:]!r}")

    def type(self, data):
        os.write(self.master, data)

    def hang_up(self):
        os.close(self.master)
        self.master = -1

    def ended(self, timeout=15):
        until(lambda: (self.read(), self.process.poll())[1] is not None, timeout,
              lambda: f"it does not end: {self.said[-1500:]!r}")
        self.read()
        return Ended(self.process.returncode, b"", self.said, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        end(self.process)
        if self.master >= 0:
            os.close(self.master)


def on_terminal(*argv, options=()):
    return Session([DEADWAIT, "run", *options, "--", *argv])


def count(said, name):
    return len(re.findall(rb"^" + name.encode() + rb"$", said, re.M))


# --- the terminal ---

def test_ctrl_c_reaches_the_command():
    """Its own trap runs, once, and what it makes of it is the result."""
    with on_terminal("sh", "-c", "trap 'echo trapped; exit 42' INT; echo ready; while :; do sleep 0.05; done") as session:
        session.hears(b"ready")
        session.type(b"\x03")
        ended = session.ended()
        assert ended.status == 42 and session.said.count(b"trapped") == 1, ended
        ended.balance()


def test_ctrl_c_comes_once():
    """deadwait got it from the terminal as well: it is not passed on."""
    with on_terminal(*LISTEN) as session:
        session.hears(b"ready")
        for times in (1, 2, 3):
            session.type(b"\x03")
            session.hears(b"SIGINT\n", times)
        assert not holds_for(lambda: count(session.read(), "SIGINT") > 3, 0.3)
        session.type(b"\x1c")
        session.hears(b"SIGQUIT\n")
        session.type(b"end\n")
        ended = session.ended()
        assert ended.status == 42 and count(session.said, "SIGINT") == 3 and count(session.said, "SIGQUIT") == 1, ended


def test_ctrl_c_ends_the_command():
    with on_terminal("sleep", "60") as session:
        until(lambda: b"sleep" in children_of(session.process.pid), 10)
        session.type(b"\x03")
        ended = session.ended()
        assert ended.status == 130, ended
        ended.balance()


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            names = []
            for child in f.read().split():
                with open(f"/proc/{child}/comm", "rb") as comm:
                    names.append(comm.read().strip())
            return names
    except OSError:
        return []


def test_it_is_a_terminal():
    """Standard streams are the terminal, the command is in its foreground and reads it."""
    show = "import os; print([os.isatty(n) for n in range(3)], os.tcgetpgrp(0) == os.getpgrp(), input(), flush=True)"
    with on_terminal(sys.executable, "-c", show) as session:
        session.type(b"typed\n")
        ended = session.ended()
        assert b"[True, True, True] True typed" in session.said and ended.status == 0, ended


def test_new_size():
    with on_terminal(*LISTEN) as session:
        session.hears(b"ready")
        fcntl.ioctl(session.master, termios.TIOCSWINSZ, b"\x20\x00\x40\x00\x00\x00\x00\x00")
        session.hears(b"SIGWINCH\n")
        session.type(b"end\n")
        assert session.ended().status == 42


def test_hang_up():
    """The terminal goes: the command hears of it once, and its status counts."""
    with tempfile.NamedTemporaryFile() as heard:
        on_hup = f"trap 'echo hup >>{heard.name}; exit 7' HUP; echo ready; while :; do sleep 0.05; done"
        with on_terminal("bash", "-c", on_hup) as session:
            session.hears(b"ready")
            session.hang_up()
            assert session.ended().status == 7
        assert heard.read() == b"hup\n"


def test_ctrl_z_and_fg():
    """In a shell with job control: both stop, the shell says so, both go on."""
    with Session(["bash", "--norc", "--noprofile", "-i"]) as shell:
        shell.type(b"PS1='$ '; bind 'set enable-bracketed-paste off'; echo st''arted\n")
        shell.hears(b"started")
        words = " ".join(f"'{word}'" for word in [DEADWAIT, "run", "--", "sh", "-c",
                                                  "trap \"echo go''ing on\" CONT; echo rea''dy; i=0; "
                                                  "while [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); "
                                                  "[ -e /tmp/never ] && exit; [ $i -gt 20 ] && exit 6; done"])
        shell.type(words.encode() + b"\n")
        shell.hears(b"ready")
        shell.type(b"\x1a")
        shell.hears(b"Stopped")
        process = until(lambda: [p for p in descend(shell.process.pid) if comm(p) == "deadwait"], 5)[0]
        everyone = [process, *descend(process)]
        until(lambda: all(state(p) in "TZ?" for p in everyone), 5, lambda: f"{[(p, comm(p), state(p)) for p in everyone]}")
        shell.type(b"fg\n")
        shell.hears(b"going on")
        shell.hears(b"deadwait: ")
        shell.type(b"echo st''atus $?\n")
        shell.hears(b"status ")
        assert b"status 6" in shell.said, shell.said[-800:]
        shell.type(b"exit\n")
        shell.ended()


def descend(pid):
    found, todo = [], [pid]
    while todo:
        try:
            with open(f"/proc/{todo[0]}/task/{todo.pop(0)}/children", encoding="ascii") as f:
                below = [int(p) for p in f.read().split()]
        except OSError:
            continue
        found += below
        todo += below
    return found


def comm(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as f:
            return f.read().strip()
    except OSError:
        return ""


def state(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rsplit(b") ", 1)[1][:1].decode()
    except OSError:
        return "?"


# --- signals from other processes ---

def listening(*options):
    process = start([DEADWAIT, "run", *options, "--", *LISTEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n", process.stderr.read()
    return process


def finish(process):
    out, err = process.communicate(b"end\n", timeout=15)
    return Ended(process.returncode, out, err, 0)


def test_killed_signals_are_passed_on():
    process = listening()
    passed = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT"]
    try:
        for name in passed:
            process.send_signal(getattr(signal, name))
            assert process.stdout.readline() == name.encode() + b"\n"
        ended = finish(process)
    finally:
        end(process)
    assert ended.status == 42 and ended.out == b"ending\n", ended
    ended.balance()


def test_sigterm_ends_the_command():
    process = start([DEADWAIT, "run", "--", "sh", "-c", "echo ready; exec sleep 60"], stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        ended = Ended(process.wait(15), b"", process.stderr.read(), 0)
    finally:
        end(process)
    assert ended.status == 128 + signal.SIGTERM, ended
    ended.balance()


def test_sigterm_reaches_another_user():
    """Signals are passed on as root's, though privileges were given up."""
    for command in "run", "trace":
        process = start([DEADWAIT, command, "-q", "--", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                         "sh", "-c", "echo ready; exec sleep 60"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 128 + signal.SIGTERM, (command, process.returncode)
        finally:
            end(process)


def test_deadwait_is_killed():
    """Its command goes on, as under time(1), and nothing stays in the kernel."""
    process = start([DEADWAIT, "run", "--", "sh", "-c", "echo $$; read x; echo $x"], stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        pid = int(process.stdout.readline())
        process.kill()
        process.wait(10)
        assert state(pid) in "SR", state(pid)
        process.stdin.write(b"on\n")
        process.stdin.close()
        assert process.stdout.readline() == b"on\n"
        until(lambda: state(pid) in "Z?", 10)
    finally:
        end(process)


# --- --follow ---

def test_follow_and_ctrl_c():
    """CMD has ended, its daemon runs on: Ctrl-C ends the following, not the daemon."""
    begin = "setsid sh -c 'echo daemon $$; exec sleep 20' & sleep 0.2; exit 5"
    with on_terminal("sh", "-c", begin, options=["--follow"]) as session:
        session.hears(b"daemon ")
        daemon = int(until(lambda: re.search(rb"daemon (\d+)\n", session.read()), 5)[1])
        try:
            until(lambda: not children_of(session.process.pid), 10, "the command's end")
            assert not holds_for(lambda: session.process.poll() is not None, 0.7), session.said
            session.type(b"\x03")
            ended = session.ended(5)
            assert ended.status == 5, ended
            assert "daemonized" in ended.text and ended.balance()["still running"] == 1, ended
            until(lambda: state(daemon) == "S", 5, "the sleep of the daemon")
        finally:
            os.kill(daemon, signal.SIGKILL)


def test_follow_and_sigterm():
    process = start([DEADWAIT, "run", "--follow", "--", "sh", "-c", "sleep 20 >/dev/null 2>&1 & echo $!; exit 5"],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        daemon = int(process.stdout.readline())
        until(lambda: not children_of(process.pid), 10)
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        ended = Ended(process.wait(5), b"", process.stderr.read(), time.monotonic() - begun)
        assert ended.status == 5 and ended.balance()["still running"] == 1, ended
        until(lambda: state(daemon) == "S", 5, "the sleep of the daemon")
        os.kill(daemon, signal.SIGKILL)
    finally:
        end(process)

