# SPDX-License-Identifier: GPL-2.0-or-later
"""As a service: with no more than the unit grants, under a service manager's protocol, with its configuration file."""
import os
import re
import signal
import socket
import time

from harness import DEADWAIT, ROOT, deadwait, end, parse_lines, scratch, start, until
from scenario import built

UNIT = os.path.join(ROOT, "contrib", "deadwait.service")


class Manager:
    """Stands in for systemd: the socket of sd_notify, the user and the capabilities of the unit."""

    def __init__(self, directory, config):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = os.path.join(directory, "notify")
        self.socket.bind(path)
        os.chmod(path, 0o777)
        self.socket.setblocking(False)
        self.said = []
        with open(UNIT, encoding="utf-8") as f:
            granted = re.search(r"^AmbientCapabilities=(.*)$", f.read(), re.M).group(1).lower().split()
        capabilities = ",".join("+" + name.removeprefix("cap_") for name in granted)
        self.process = start(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"--inh-caps=-all,{capabilities}",
                              f"--ambient-caps=-all,{capabilities}", f"--bounding-set=-all,{capabilities}", "--no-new-privs",
                              DEADWAIT, "watch", "--config", config],
                             env={**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "4000000"},
                             stdout=-3, stderr=open(os.path.join(directory, "stderr"), "wb"))

    def heard(self, word):
        while True:
            try:
                self.said.append((time.monotonic(), self.socket.recv(4096).decode()))
            except BlockingIOError:
                return [t for t, said in self.said if said == word]


def test_runs_as_the_unit_grants():
    with scratch() as directory:
        os.chmod(directory, 0o777)
        log, config = os.path.join(directory, "log.json"), os.path.join(directory, "deadwait.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"# a comment\nlog = {log}\nage = 200ms\nquiet\n")
        manager = Manager(directory, config)
        try:
            until(lambda: manager.heard("READY=1"), 10, lambda: open(os.path.join(directory, "stderr")).read())
            with built("handler-stuck", "sick") as sick:
                # Its stack is another user's: it takes CAP_SYS_PTRACE to see it.
                def told():
                    with open(log, "rb") as f:
                        return [o for o in parse_lines(f.read()) if (o.get("child") or {}).get("pid") == sick.children[0]]
                found = until(told, 5, "the zombie in the log")[0]
                assert found["cause"] == "handler-stuck", found
            pings = until(lambda: len(manager.heard("WATCHDOG=1")) >= 2 and manager.heard("WATCHDOG=1"), 12, "the watchdog's pings")
            assert max(b - a for a, b in zip(pings, pings[1:])) < 4, pings
            # logrotate's way: moved away, and told so.
            os.rename(log, log + ".1")
            manager.process.send_signal(signal.SIGHUP)
            until(lambda: os.path.exists(log), 5, "the log reopened")
            manager.process.send_signal(signal.SIGTERM)
            assert manager.process.wait(10) == 0
            assert manager.heard("STOPPING=1")
            with open(os.path.join(directory, "stderr"), encoding="utf-8") as f:
                assert f.read() == "", "it complained"
        finally:
            end(manager.process)


def test_a_bad_line_is_named():
    with scratch() as directory:
        config = os.path.join(directory, "deadwait.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write("quiet\n\nage = soon\n")
        done = deadwait("watch", "--config", config)
        assert done.returncode == 2 and f"{config}:3: bad option 'age'".encode() in done.stderr, done
