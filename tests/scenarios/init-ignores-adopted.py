#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""unshare(1) with an init that is no init: sleep, or a shell that waits for one application."""
import subprocess
import time

from _direct import find_child, direct

ORPHAN = "(sleep 0.1 &)"


def unshare(command):
    return subprocess.Popen(["unshare", "--fork", "--pid", "--mount-proc", "--kill-child", "sh", "-c", command])


def comm_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as f:
            return f.read().strip()
    except OSError:
        return None


def report(stage, launcher):
    """The init is unshare's only child; the dead one is the zombie below it."""
    init = child = None
    while not child:
        time.sleep(0.01)
        init = find_child(launcher.pid)
        child = init and find_child(init, "Z")
        if child and comm_of(child) != "sleep":
            child = None
    stage.ready(parent=init, children=[child], healthy=[launcher.pid])
    launcher.wait()


def sick(stage):
    report(stage, unshare(f"{ORPHAN}; exec sleep 300"))


def twin(stage):
    """A shell as init waits for anything, and so collects what it adopts."""
    launcher = unshare(f"while :; do {ORPHAN}; sleep 0.15; done")
    while not find_child(launcher.pid) or not find_child(find_child(launcher.pid)):
        time.sleep(0.01)
    stage.ready(healthy=[launcher.pid])
    launcher.wait()


direct("init-ignores-adopted", {"sick": sick, "twin": twin})
