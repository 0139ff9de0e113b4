#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""subprocess under an ignored SIGCHLD: every status is lost, and python reports 0 for a command that failed."""
import signal
import subprocess

from _direct import direct


def sick(stage):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        assert subprocess.run(["false"]).returncode == 0
        stage.round(0.3)


def twin(stage):
    while True:
        assert subprocess.run(["false"]).returncode == 1
        stage.round(0.1)


direct("auto-reaped", {"sick": sick, "twin": twin})
