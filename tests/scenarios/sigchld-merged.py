#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A python handler that waits once; three children have died when it runs."""
import os
import signal
import time

from _direct import await_state, direct


def three_die():
    """They die while the signal is blocked, so that it arrives once."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    children = []
    for code in range(3):
        pid = os.fork()
        if pid == 0:
            os._exit(code)
        children.append(pid)
    for pid in children:
        await_state(pid, "Z")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    return children


def sick(stage):
    signal.signal(signal.SIGCHLD, lambda sig, frame: os.waitpid(-1, os.WNOHANG))
    stage.ready(children=three_die()[1:])
    while True:
        time.sleep(1)


def reap_all(sig, frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def twin(stage):
    signal.signal(signal.SIGCHLD, reap_all)
    while True:
        three_die()
        stage.round()


direct("sigchld-merged", {"sick": sick, "twin": twin})
