# SPDX-License-Identifier: GPL-2.0-or-later
"""Real servers for a test, in a mount namespace of its own: what they write and listen on is not the host's."""
import json
import os
import signal
import subprocess
import uuid

from harness import end, run, start, until

# A /dev that sockets can be made in, and a /run and /var/log that are the test's.
MOUNTS = """
set -e
mount -t tmpfs -o mode=0755 none /run
mount -t tmpfs -o mode=0755 none /var/log
mkdir /run/dev
for name in null zero full random urandom; do
	touch /run/dev/$name
	mount --bind /dev/$name /run/dev/$name
done
mount --rbind /run/dev /dev
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
touch /run/ready
exec sleep 1000000
"""


def fill(path):
    """Writes the file until the disk is full."""
    with open(path, "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            pass


class Space:
    """The namespace, or that of the space that it is `within`. `enter` is what goes before a command line, `path()` is
    how the host sees its files."""

    def __init__(self, within=None):
        self.own = within is None
        self.holder = start(["unshare", "--mount", "sh", "-c", MOUNTS]) if self.own else within.holder
        # The root as well: that of the namespace may lie above a chroot that the tests run in.
        place = f"/proc/{self.holder.pid}"
        self.enter = ["nsenter", f"--mount={place}/ns/mnt", f"--root={place}/root", "--"]
        self.servers = []
        until(lambda: os.path.exists(self.path("/run/ready")) or self.holder.poll() is not None, 10,
              "the mounts of the namespace")
        assert self.holder.poll() is None, f"the namespace was not made: status {self.holder.returncode}"

    def path(self, inside):
        return f"/proc/{self.holder.pid}/root{inside}"

    def write(self, inside, text, mode=0o644):
        with open(self.path(inside), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(inside), mode)

    def read(self, inside):
        try:
            with open(self.path(inside), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return b""

    def run(self, argv, **kwargs):
        return run([*self.enter, *argv], **kwargs)

    def serve(self, argv, socket):
        """Starts a server and waits until its socket is there."""
        if os.path.exists(self.path(socket)):
            os.unlink(self.path(socket))
        server = start([*self.enter, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        self.servers.append(server)
        until(lambda: os.path.exists(self.path(socket)) or server.poll() is not None, 10,
              f"the socket of {argv[0]}")
        assert server.poll() is None, f"{argv[0]} ended with {server.returncode}"
        return server

    def stop(self, server):
        """Ends a server as init would: it writes what it has."""
        server.send_signal(signal.SIGTERM)
        server.wait(10)
        self.servers.remove(server)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in [*self.servers, *([self.holder] if self.own else [])]:
            end(server)


class Journal(Space):
    """A systemd-journald, and its records."""

    SOCKET = "/run/systemd/journal/socket"
    # An empty Audit= leaves the host's auditing as it is.
    CONFIG = ("[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nReadKMsg=no\nAudit=\n"
              "ForwardToSyslog=no\nForwardToConsole=no\nForwardToWall=no\n")

    def __init__(self, within=None):
        super().__init__(within)
        assert os.path.exists("/etc/machine-id"), "no /etc/machine-id, which the package systemd makes"
        self.write("/run/machine-id", uuid.uuid4().hex + "\n")
        done = self.run(["mount", "--bind", "/run/machine-id", "/etc/machine-id"])
        assert done.returncode == 0, done.stderr
        self.write("/run/systemd/journald.conf.d/zz-test.conf", self.CONFIG)
        self.begin()

    def begin(self):
        self.journald = self.serve(["/lib/systemd/systemd-journald"], self.SOCKET)

    def records(self, *matches):
        shown = self.run(["journalctl", "-D", "/run/log/journal", "--all", "--no-pager", "-q", "-o", "json",
                          "SYSLOG_IDENTIFIER=deadwait", *matches])
        return [json.loads(line) for line in shown.stdout.splitlines()]


class Rsyslog(Space):
    """An rsyslogd with the socket and the file of contrib/deadwait.rsyslog, and a /dev/log as it is by default."""

    SOCKET = "/run/deadwait.syslog"
    CONFIG = """
global(workDirectory="/run")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="/dev/log" ruleset="raw")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="raw") { action(type="omfile" file="/var/log/raw" template="raw") }
"""

    def __init__(self, snippet, within=None):
        super().__init__(within)
        with open(snippet, encoding="utf-8") as f:
            self.write("/run/rsyslog.conf", self.CONFIG + f.read())
        self.begin()

    def begin(self):
        for leftover in ("/run/rsyslog.pid", "/dev/log"):
            if os.path.lexists(self.path(leftover)):
                os.unlink(self.path(leftover))
        self.rsyslogd = self.serve(["rsyslogd", "-n", "-f", "/run/rsyslog.conf", "-i", "/run/rsyslog.pid"],
                                   self.SOCKET)
