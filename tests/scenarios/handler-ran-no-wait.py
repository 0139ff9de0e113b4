#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A handler that takes note of the death and leaves the rest to nobody."""
import os
import signal
import subprocess
import time

from _direct import direct

noted = []


def sick(stage):
    signal.signal(signal.SIGCHLD, lambda sig, frame: noted.append(sig))
    child = subprocess.Popen(["true"])
    while not noted:
        time.sleep(0.005)
    stage.ready(children=[child.pid])
    while True:
        time.sleep(1)


def twin(stage):
    """A wake-up descriptor, as event loops use it."""
    heard, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda sig, frame: None)
    while True:
        child = subprocess.Popen(["true"])
        os.read(heard, 64)
        child.wait()
        stage.round()


direct("handler-ran-no-wait", {"sick": sick, "twin": twin})
