# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of the bench, by name: what each measures of which tools. Each returns {"name", "what", "tools"}."""
import json
import os
import subprocess
import time

import harness
import kernel
from measure import Series, measure
from tools import ALL, FLOOR, OURS, PEERS, Load, NotHere, Tool, program

WATCH = OURS[0]


class Size:
    """How much is done. Ours and the floor are measured with more pairs: their cost is near to the noise."""

    def __init__(self, quick=False, pairs=None, scale=1.0):
        self.quick, self.scale = quick, scale
        self.pairs_ours = pairs or (5 if quick else 9)
        self.pairs_peers = pairs or 5
        self.idle_s = 5 if quick else 60
        self.calm_s = (1 if quick else 20) * min(scale, 1)  # the most that one row waits for a quiet machine

    def pairs(self, tool):
        return self.pairs_ours if tool.ours or tool is FLOOR else self.pairs_peers

    def ops(self, full, quick):
        return max(1, int((quick if self.quick else full) * self.scale))


def cpus():
    return len(os.sched_getaffinity(0))


def loop_row(name, kind, full, quick, what, jobs=1, forks=0, comm="load"):
    def row(size, scratch):
        load = Load(kind, size.ops(full, quick), jobs() if callable(jobs) else jobs, forks=forks, comm=comm)
        tools = [FLOOR] + OURS if size.quick else ALL
        many = f" in each of {load.jobs} loops at once" if load.jobs > 1 else ""
        return {"name": name, "what": f"{what}, {load.ops} times{many}", 
                "tools": measure({tool: size.pairs(tool) for tool in tools}, load, scratch, size.calm_s)}
    return row


def cpus_row(size, scratch):
    """The same work on one CPU, on all, and by threads of one parent, which all add to the same record."""
    ops, many = size.ops(10000, 3000), cpus()
    loads = {"1 CPU, 1 loop": Load("life", ops, 1, cpus="0", forks=1),
             f"1 CPU, {many} loops": Load("life", ops, many, cpus="0", forks=1),
             f"{many} CPUs, {many} loops": Load("life", ops, many, forks=1),
             f"{many} CPUs, 1 parent": Load("shared-life", ops, many, forks=1)}
    results = {}
    for name, load in loads.items():
        measured = measure({FLOOR: size.pairs_peers, WATCH: size.pairs_peers}, load, scratch, size.calm_s)
        results.update({f"{tool}, {name}": result for tool, result in measured.items()})
    return {"name": "cpus", "what": f"a process's life, {ops} times in each loop", "tools": results}


class Crowd:
    """Dead or sleeping processes; ended by their parent, which ends with us."""

    def __init__(self, kind, count):
        room = kernel.pid_max() - kernel.processes_now() - 1500
        if count > room:
            raise NotHere(f"{count} {kind} do not fit below pid_max")
        self.process = harness.start([program("crowd"), kind, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            harness.end(self.process)
            raise NotHere(f"{count} {kind} could not be made")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()
        self.process.wait(60)
        harness.end(self.process)
        harness.started.remove(self.process)


def cost(argv):
    done = harness.run([program("cost"), *argv], timeout=120)
    result = json.loads(done.stdout)
    if result["status"]:
        raise NotHere(f"ended with {result['status']}: {done.stderr.decode(errors='replace').strip()[-80:]}")
    return result


def costs(commands, pairs):
    """All commands in turn, so many times: time, CPU and memory of the whole process."""
    runs = {name: [] for name in commands}
    absent = {}
    for _ in range(pairs):
        for name, argv in commands.items():
            try:
                runs[name].append(cost(argv))
            except NotHere as why:
                absent[name] = {"absent": str(why)}
    return {name: absent.get(name) or {"ms": Series([r["elapsed_ns"] / 1e6 for r in each]).as_json(),
                                       "cpu_ms": Series([r["cpu_ns"] / 1e6 for r in each]).as_json(),
                                       "peak_mib": Series([r["rss_kib"] / 1024 for r in each]).as_json()}
            for name, each in runs.items()}


def scan_row(zombies):
    commands = {"deadwait scan": [harness.DEADWAIT, "scan"],
                "deadwait scan json": [harness.DEADWAIT, "scan", "-o", "json"],
                "ps": ["ps", "-eo", "pid,ppid,stat,comm"],
                "walk of /proc": [program("walk")]}

    def row(size, scratch):  # pylint: disable=unused-argument
        name = f"scan-{zombies}"
        kernel.calm(size.calm_s)
        try:
            with Crowd("zombies", zombies):
                tools = costs(commands, size.pairs_peers)
        except NotHere as why:
            tools = {name: {"absent": str(why)} for name in commands}
        return {"name": name, "what": f"to list {zombies} zombies, whole command", "tools": tools}
    return row


def start_row(size, scratch):
    """From the start of the command to the line that says it watches."""
    times = []
    for _ in range(size.pairs_ours):
        err = os.path.join(scratch, "start.err")
        with open(err, "wb") as f:
            begun = time.monotonic()
            process = harness.start([harness.DEADWAIT, "watch"], tied=False, stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=f)
        harness.until(lambda p=process: "watching" in kernel.read(err) or p.poll() is not None, 30, pace=0.0005)
        times.append((time.monotonic() - begun) * 1000)
        process.terminate()
        process.wait(10)
        harness.started.remove(process)
    return {"name": "start", "what": "from the start to 'watching'", "tools": {WATCH.name: {"ms": Series(times).as_json()}}}


def idle_row(size, scratch):
    """All tools at once on a host where nothing happens: what each uses then."""
    sessions, results = {}, {}
    for tool in OURS[:-1] + PEERS:
        try:
            sessions[tool.name] = tool.session(scratch).__enter__()  # pylint: disable=unnecessary-dunder-call
        except NotHere as why:
            results[tool.name] = {"absent": str(why)}
    try:
        kernel.calm(size.calm_s)
        time.sleep(1)
        host = kernel.Host()
        before = {name: s.cpu_ns() for name, s in sessions.items()}
        begun = time.monotonic()
        time.sleep(size.idle_s)
        elapsed = time.monotonic() - begun
        forks = host.since()[0]
        for name, s in sessions.items():
            results[name] = {"cpu_percent": (s.cpu_ns() - before[name]) / 1e7 / elapsed,
                             "rss_mib": kernel.memory_kib(s.pid)[0] / 1024}
    finally:
        for s in sessions.values():
            s.__exit__()
    order = {t.name: results[t.name] for t in ALL if t.name in results}
    return {"name": "idle", "what": f"{size.idle_s} s on an idle host ({forks} forks by others)", "tools": order}


def findings_row(count):
    def row(size, scratch):  # pylint: disable=unused-argument
        name = f"findings-{count}"
        tool = Tool(WATCH.name, WATCH.argv + ["-a", "0"], ready=WATCH.ready, ours=True)
        result = {}
        try:
            with tool.session(scratch) as session, Crowd("zombies", count):
                def found():
                    with open(session.out, "rb") as f:
                        return sum(1 for line in f if b'"state":"open"' in line) >= count
                before = session.cpu_ns()
                begun = time.monotonic()
                harness.until(found, 60, f"{count} findings", pace=0.2)
                result["ms"] = (time.monotonic() - begun) * 1000
                result["cpu_ms"] = (session.cpu_ns() - before) / 1e6
                now, most = kernel.memory_kib(session.pid)
                result.update(rss_mib=now / 1024, peak_mib=most / 1024)
        except NotHere as why:
            result = {"absent": str(why)}
        return {"name": name, "what": f"{count} findings open, all told as JSON", "tools": {WATCH.name: result}}
    return row


def growth_of(sleepers, zombies, size, scratch):
    """What a pass costs with so many processes there; one zombie keeps the passes coming."""
    tool = Tool(WATCH.name, WATCH.argv + ["-a", "1h"], ready=WATCH.ready, ours=True)
    seconds = 2 if size.quick else 5
    try:
        with Crowd("sleepers", sleepers), Crowd("zombies", zombies):
            processes = kernel.processes_now()
            with tool.session(scratch) as session:
                before = session.cpu_ns()
                begun = time.monotonic()
                time.sleep(seconds)
                percent = (session.cpu_ns() - before) / 1e7 / (time.monotonic() - begun)
    except NotHere as why:
        return {"absent": str(why)}
    summary = session.summary()
    pass_ns = summary["pass_cpu_s"] * 1e9 / summary["passes"]
    return {"pass_ms": pass_ns / 1e6, "ns_per_process": pass_ns / processes, "passes": summary["passes"],
            "cpu_percent": percent}


def growth_row(size, scratch):
    crowds = [(100, 1), (1000, 1), (10000, 1), (29000, 1), (0, 0), (0, 100), (0, 1000), (0, 15000)]
    if size.quick:
        crowds = [(100, 1), (1000, 1), (0, 1000)]
    results = {}
    for sleepers, zombies in crowds:
        sleepers, zombies = int(sleepers * min(size.scale, 1)), int(zombies * min(size.scale, 1)) or min(zombies, 1)
        results[f"{sleepers} sleepers, {zombies} zombies"] = growth_of(sleepers, zombies, size, scratch)
    return {"name": "growth", "what": "watch's passes over the task list", "tools": results}


def memory_row(size, scratch):
    """A fork storm that leaves zombies behind: memory stays where it was."""
    load = Load("life", size.ops(200000, 20000), cpus(), forks=1)
    with WATCH.session(scratch) as session, Crowd("zombies", size.ops(2000, 500)):
        before = kernel.memory_kib(session.pid)[0] / 1024
        session.run_load(load)
        now, most = kernel.memory_kib(session.pid)
    return {"name": "storm", "what": f"{load.total} lives at full speed beside zombies; {before:.1f} MiB before",
            "tools": {WATCH.name: {"rss_mib": now / 1024, "peak_mib": most / 1024,
                                   "lost": sum((session.summary() or {}).get("lost", {}).values())}}}


ROWS = {
    "life": loop_row("life", "life", 8000, 4000, "fork, exit, wait", forks=1),
    "life-all-cpus": loop_row("life-all-cpus", "life", 8000, 4000, "fork, exit, wait", jobs=cpus, forks=1),
    "thread": loop_row("thread", "thread", 40000, 20000, "pthread_create, pthread_join", forks=1),
    "spawn": loop_row("spawn", "spawn", 1500, 500, "posix_spawn of /bin/true, wait", forks=1, comm="true"),
    "signal": loop_row("signal", "signal", 300000, 200000, "SIGUSR1 to itself, handled"),
    "getppid": loop_row("getppid", "getppid", 5000000, 4000000, "getppid"),
    "pingpong": loop_row("pingpong", "pingpong", 130000, 80000, "a byte through a pipe and back"),
    "scan-100": scan_row(100),
    "scan-1000": scan_row(1000),
    "scan-13000": scan_row(13000),
    "scan-15000": scan_row(15000),
    "start": start_row,
    "idle": idle_row,
    "findings-10000": findings_row(10000),
    "storm": memory_row,
    "growth": growth_row,
    "cpus": cpus_row,
}
QUICK = ["life", "signal", "getppid", "scan-1000", "start"]
