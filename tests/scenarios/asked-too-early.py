#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Popen.poll() once, right after the start."""
import subprocess
import time

from _direct import direct


def sick(stage):
    child = subprocess.Popen(["sleep", "0.3"])
    assert child.poll() is None
    stage.ready(children=[child.pid])
    while True:
        time.sleep(1)


def twin(stage):
    while True:
        child = subprocess.Popen(["sleep", "0.1"])
        while child.poll() is None:
            time.sleep(0.1)
        stage.round()


direct("asked-too-early", {"sick": sick, "twin": twin})
