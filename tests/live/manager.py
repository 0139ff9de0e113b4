# SPDX-License-Identifier: GPL-2.0-or-later
"""deadwait under what stands for a service manager."""
import os
import re
import socket
import time

from harness import DEADWAIT, ROOT, start

UNIT = os.path.join(ROOT, "contrib", "deadwait.service")


class Manager:
    """Stands in for systemd: the socket of sd_notify, the user and the capabilities of the unit. `prefix` goes before the
    command line."""

    def __init__(self, directory, config, prefix=()):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = os.path.join(directory, "notify")
        self.socket.bind(path)
        os.chmod(path, 0o777)
        self.socket.setblocking(False)
        self.said = []
        self.stderr = os.path.join(directory, "stderr")
        with open(UNIT, encoding="utf-8") as f:
            granted = re.search(r"^AmbientCapabilities=(.*)$", f.read(), re.M).group(1).lower().split()
        capabilities = ",".join("+" + name.removeprefix("cap_") for name in granted)
        self.process = start([*prefix, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                              f"--inh-caps=-all,{capabilities}", f"--ambient-caps=-all,{capabilities}",
                              f"--bounding-set=-all,{capabilities}", "--no-new-privs", DEADWAIT, "watch", "--config", config],
                             env={**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "4000000"},
                             stdout=-3, stderr=open(self.stderr, "wb"))

    def complaints(self):
        with open(self.stderr, encoding="utf-8") as f:
            return f.read()

    def heard(self, word):
        while True:
            try:
                self.said.append((time.monotonic(), self.socket.recv(4096).decode()))
            except BlockingIOError:
                return [t for t, said in self.said if said == word]
