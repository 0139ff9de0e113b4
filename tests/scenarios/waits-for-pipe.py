#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""communicate() returns only when the pipe ends, and a background process of the shell command holds it."""
import subprocess

from _direct import direct


def sick(stage):
    child = subprocess.Popen("sleep 300 & exit 0", shell=True, stdout=subprocess.PIPE)
    stage.ready(children=[child.pid])
    child.communicate()


def sick_both(stage):
    child = subprocess.Popen("sleep 300 & exit 0", shell=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stage.ready(children=[child.pid])
    child.communicate()


def twin(stage):
    while True:
        subprocess.run("sleep 0.3 >/dev/null 2>&1 & echo started", shell=True, capture_output=True, check=True)
        stage.round()


direct("waits-for-pipe", {"sick": sick, "sick-both": sick_both, "twin": twin})
