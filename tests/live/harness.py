# SPDX-License-Identifier: GPL-2.0-or-later
"""What every live test uses: deadlines, processes that die with the harness, and deadwait itself under observation."""
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEADWAIT = os.environ.get("DEADWAIT", os.path.join(ROOT, "build", "deadwait"))
BUILT = os.environ.get("SCENARIOS", os.path.join(ROOT, "build", "scenarios"))
SCRIPTS = os.path.join(ROOT, "tests", "scenarios")
CONTAIN = os.path.join(BUILT, "contain")

# Scenarios in python leave no __pycache__ in the tree; bpftool is where a user's PATH does not look.
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
os.environ["PATH"] += ":/usr/sbin:/sbin"

# As from a terminal, whoever starts us: a shell's background job has these ignored, and children inherit it. Under nohup
# we stay, our children have the default.
for sig, action in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL),
                    (signal.SIGHUP, lambda *_: None)):
    if signal.getsignal(sig) == signal.SIG_IGN:
        signal.signal(sig, action)

START_S = 10  # the most a watch may take until its hooks are attached, on a busy machine
# A finding must come within its age and this; more where the machine is slow.
SLACK_S = float(os.environ.get("LIVE_SLACK_S") or 1.5)


class Skip(Exception):
    """The test cannot run on this machine. That is a failure unless the machine really cannot (may=True)."""

    def __init__(self, reason, may=False):
        super().__init__(reason)
        self.may = may


def until(condition, timeout, what="the condition", pace=0.02):
    """Polls until `condition` returns something true, and returns that; an AssertionError at the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(what() if callable(what) else f"{what} did not come within {timeout} s")
        time.sleep(pace)


def holds_for(condition, seconds, pace=0.05):
    """Polls until `condition` returns something true or the time is over; returns its last value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(pace)
    return condition()


started = []


def start(argv, tied=True, **kwargs):
    """Popen that dies with the harness and that the runner ends, should the test forget it."""
    tie = ["setpriv", "--pdeathsig", "KILL", "--"] if tied else []
    process = subprocess.Popen(tie + argv, **kwargs)
    started.append(process)
    return process


def end(process, timeout=10):
    if process.poll() is None:
        process.kill()
    process.wait(timeout)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            try:
                stream.close()
            except OSError:
                pass


def run(argv, timeout=60, **kwargs):
    """subprocess.run that captures bytes and never raises for a status."""
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    kwargs.setdefault("stdout", subprocess.PIPE)
    kwargs.setdefault("stderr", subprocess.PIPE)
    return subprocess.run(argv, timeout=timeout, check=False, **kwargs)


def deadwait(*args, **kwargs):
    return run([DEADWAIT, *args], **kwargs)


def parse_lines(data):
    """Every line of `data` as an object; what does not parse strictly is an error."""
    objects = []
    for line in data.split(b"\n"):
        if line:
            try:
                objects.append(json.loads(line.decode("utf-8", "strict")))
            except ValueError as error:
                raise AssertionError(f"not a line of JSON: {line[:200]!r}: {error}") from error
    return objects


class Watch:
    """A running `deadwait watch -o json`. Lines are read by a thread, with the time at which each came."""

    def __init__(self, *args, output="json", prefix=(), wait=True, command="watch"):
        words = [command] if command else []
        argv = [*prefix, DEADWAIT, *words, *(["-o", output] if output else []), *args]
        self.output = output
        self.lines = []  # (time, object), or (time, bytes) for text
        self.broken = []
        self.errors = []
        self.process = start(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.threads = [threading.Thread(target=self._read_stdout, daemon=True),
                        threading.Thread(target=self._read_stderr, daemon=True)]
        for thread in self.threads:
            thread.start()
        if wait:
            self.ready()

    def _read_stdout(self):
        for line in self.process.stdout:
            now = time.monotonic()
            if self.output != "json":
                self.lines.append((now, line))
                continue
            try:
                self.lines.append((now, json.loads(line.decode("utf-8", "strict"))))
            except ValueError as error:
                self.broken.append((line, str(error)))

    def _read_stderr(self):
        for line in self.process.stderr:
            self.errors.append(line.decode("utf-8", "backslashreplace").rstrip("\n"))

    def ready(self):
        until(lambda: any("watching" in line for line in self.errors) or self.process.poll() is not None, START_S,
              lambda: f"deadwait did not say that it is watching: {self.errors}", pace=0.005)
        assert self.process.poll() is None, f"deadwait ended with {self.process.returncode}: {self.errors}"

    @property
    def pid(self):
        return self.process.pid

    def objects(self, kind=None):
        return [o for _, o in list(self.lines) if kind is None or o.get("type") == kind]

    def findings(self, pid):
        """All zombie lines about this dead child, oldest first, as (time, object)."""
        return [(t, o) for t, o in list(self.lines)
                if o.get("type") == "zombie" and (o.get("child") or {}).get("pid") == pid]

    def latest(self, pid):
        found = self.findings(pid)
        return found[-1][1] if found else None

    def wait_for(self, pid, timeout, what=None):
        return until(lambda: self.latest(pid), timeout, what or f"a finding about {pid}")

    def check(self):
        assert not self.broken, f"lines that are not JSON: {self.broken[:3]}"

    def stop(self, sig=signal.SIGINT, timeout=10):
        """Ends it by a signal; returns its exit status. All lines are there afterwards."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            end(self.process)
            raise AssertionError(f"deadwait did not end within {timeout} s of {sig!r}") from None
        for thread in self.threads:
            thread.join(5)
        self.check()
        return status

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            status = self.stop()
            assert status == 0, f"deadwait ended with {status}: {self.errors[-5:]}"
        else:
            end(self.process)


CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


def assert_clean_text(data):
    """Text for a terminal: no control byte but newline and tab, and valid UTF-8."""
    hit = CONTROL.search(data)
    assert not hit, f"control byte {hit.group()!r} in {data[max(0, hit.start() - 60):hit.end() + 20]!r}"
    data.decode("utf-8", "strict")


def scratch():
    """A directory of the test's own that everyone may enter; `with scratch() as path`."""
    directory = tempfile.TemporaryDirectory(prefix="dw-live-")
    os.chmod(directory.name, 0o755)
    return directory


def as_nobody(*argv):
    """The command line with neither root nor any capability."""
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
            "--", *argv]


# Causes that only the exact tier can tell.
EXACT_CAUSES = {"interrupted-wait", "status-stolen"}


def exact_hooks():
    """The hooks of the exact tier, as doctor tells of them."""
    told = json.loads(deadwait("doctor", "-o", "json").stdout)
    return [hook for hook in told["hooks"] if hook["tier"] == "exact"]


def has_exact():
    """Whether deadwait has its exact tier here and now."""
    return all(hook["state"] == "attached" for hook in exact_hooks())


def needs_exact():
    """Skips where deadwait has no exact tier: a failure, unless the kernel refuses it or it was switched off."""
    for hook in exact_hooks():
        if hook["state"] == "attached":
            continue
        refused = hook["state"] == "refused" and hook["error"] == "Operation not permitted"
        off = os.environ.get("DEADWAIT_TIER") == "base"
        raise Skip(f"no exact tier here: {hook['program']} is {hook['state']} ({hook['error']})",
                   may=off or (refused and os.environ.get("VM_LEVEL") != "exact"))
