#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""python programs that start children and forget them, and some that do not."""
import asyncio
import os
import subprocess
import threading
import time

from _direct import direct


def sick(stage):
    child = subprocess.Popen(["true"])
    stage.ready(children=[child.pid])
    while True:
        time.sleep(1)


def sick_fork(stage):
    pids = []
    for code in range(3):
        pid = os.fork()
        if pid == 0:
            os._exit(code)
        pids.append(pid)
    stage.ready(children=pids)


def sick_thread(stage):
    children = []
    starter = threading.Thread(target=lambda: children.append(subprocess.Popen(["true"])))
    starter.start()
    starter.join()
    stage.ready(children=[c.pid for c in children])
    while True:
        time.sleep(1)


def twin(stage):
    while True:
        subprocess.run(["true"], check=True)
        stage.round()


def twin_asyncio(stage):
    async def run():
        while True:
            child = await asyncio.create_subprocess_exec("true")
            await child.wait()
            stage.rounds += 1
            if stage.rounds == 2:
                stage.ready()
            await asyncio.sleep(0.05)

    asyncio.run(run())


direct("never-waits", {"sick": sick, "sick-fork": sick_fork, "sick-thread": sick_thread, "twin": twin,
                       "twin-asyncio": twin_asyncio})
