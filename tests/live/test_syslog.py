# SPDX-License-Identifier: GPL-2.0-or-later
"""--syslog, read back from what a real rsyslogd wrote; and what happens while there is none."""
import os
import re

from harness import ROOT, Watch, parse_lines, until
from scenario import Scenario, built, command
from services import Rsyslog

SNIPPET = os.path.join(ROOT, "contrib", "deadwait.rsyslog")
FILE = "/var/log/deadwait.syslog.json"
HEADER = re.compile(rb"<28>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ deadwait (\d+) zombie-open - \{")


def written(server, pid, file=FILE):
    return [o for o in parse_lines(server.read(file)) if o["type"] == "zombie" and o["child"]["pid"] == pid]


def test_own_socket():
    """With the rules of contrib/deadwait.rsyslog the file has the lines of the log."""
    with Rsyslog(SNIPPET) as server:
        with Watch("-a", "200ms", "--syslog-socket", server.SOCKET, prefix=server.enter) as watch:
            with built("sigchld-merged", "sick") as sick:
                child = sick.children[0]
                until(lambda: written(server, child), 5, "the finding in rsyslog's file")
                assert written(server, child)[0] == watch.findings(child)[0][1]
            until(lambda: written(server, child)[-1]["state"] == "closed", 5, "its end in rsyslog's file")
            assert watch.stop() == 0
        until(lambda: parse_lines(server.read(FILE))[-1]["type"] == "summary", 5, "the summary")


def test_dev_log():
    """--syslog sends to /dev/log; what comes out of rsyslog's raw message is RFC 5424."""
    with Rsyslog(SNIPPET) as server:
        with Watch("-a", "200ms", "--syslog", prefix=server.enter) as watch:
            with built("never-waits", "sick") as sick:
                watch.wait_for(sick.children[0], 3)
                found = until(lambda: HEADER.search(server.read("/var/log/raw")), 5, "the finding in /dev/log")
            assert int(found.group(1)) == watch.pid


def test_hostile_parent_does_not_spoil_its_record():
    """A command line as long as can be makes a line longer than rsyslog takes: it is made to fit, not cut."""
    with Rsyslog(SNIPPET) as server:
        with Watch("-a", "200ms", "--syslog-socket", server.SOCKET, prefix=server.enter) as watch:
            long_name = ["bash", "-c", 'exec -a "$0" "$@"', "\x01" * 5000]
            with Scenario([*long_name, *command("never-waits", "sick")]) as sick:
                child = sick.children[0]
                watch.wait_for(child, 3)
                record = until(lambda: written(server, child), 5, "the finding in rsyslog's file")[0]
            assert record["left_out"] == ["facts", "parent.cmdline"], record.get("left_out")
            assert record["cause"] == "never-waits" and record["parent"]["pid"] == sick.parent, record


def test_rsyslog_restarts():
    """Said once; what was found meanwhile arrives."""
    with Rsyslog(SNIPPET) as server:
        with Watch("-a", "200ms", "--syslog-socket", server.SOCKET, prefix=server.enter) as watch:
            quiet = len(watch.errors)
            server.stop(server.rsyslogd)
            with built("never-waits", "sick-three") as sick:
                for child in sick.children:
                    watch.wait_for(child, 3)
                until(lambda: watch.errors[quiet:], 5, "the word about syslog")
                server.begin()
                until(lambda: all(written(server, child) for child in sick.children), 5,
                      "the findings in rsyslog's file")
            until(lambda: len(watch.errors) >= quiet + 2, 5, "the word about its end")
            said = watch.errors[quiet:]
            assert len(said) == 2 and "cannot reach syslog" in said[0], said
            assert "works again; lines lost: 0" in said[1], said
