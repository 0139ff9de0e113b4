#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Popen.kill() without wait(): kill() itself polls once, before it kills."""
import subprocess
import time

from _direct import direct


def start():
    return subprocess.Popen(["sleep", "300"])


def sick(stage):
    child = start()
    child.kill()
    stage.ready(children=[child.pid])
    while True:
        time.sleep(1)


def sick_terminate(stage):
    child = start()
    child.terminate()
    stage.ready(children=[child.pid])
    while True:
        time.sleep(1)


def twin(stage):
    while True:
        child = start()
        child.kill()
        child.wait()
        stage.round()


direct("kills-never-waits", {"sick": sick, "sick-terminate": sick_terminate, "twin": twin})
