# SPDX-License-Identifier: GPL-2.0-or-later
"""Orphans with their adopters, and parents' lost SIGCHLDs."""
from harness import Watch, until
from scenario import Scenario, built

# Runs as a child of `contain`'s init, in a pid namespace. WHAT makes the orphan; the last line is the protocol's.
PROGRAM = """
import ctypes, json, os, signal, sys, time

def child_of(father_does, child_does=lambda: None):
    r, w = os.pipe()
    father = os.fork()
    if father == 0:
        child = os.fork()
        if child == 0:
            child_does()
            signal.pause()
        os.write(w, str(child).encode())
        father_does(child)
        os._exit(5)
    child = int(os.read(r, 16))
    os.waitid(os.P_PID, father, os.WEXITED | os.WNOWAIT)
    return father, child

def leave(_): time.sleep(0.1)
def be_killed(_): os.kill(os.getpid(), signal.SIGKILL)
def outlive(child):
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
def subreaper(): ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)

WHAT
print(json.dumps({"variant": "sick", "cause": None, "parent": father, "children": [], "healthy": [child, os.getpid()]}),
      flush=True)
sys.stdin.read()
"""


def orphan_of(what):
    """The orphan line about the child, and the scenario's own pid and that of its init on the host."""
    with Watch("-a", "60s") as watch:
        program = ["/usr/bin/env", "python3", "-c", PROGRAM.replace("WHAT", what)]
        with Scenario(program, name=what) as scenario:
            # The dead may be gone from the host's list: find the line by the pid in the namespace.
            ns_pid, own = scenario.said["healthy"]
            lines = lambda: [o for o in watch.objects("orphan") if o["child"]["ns_pid"] == ns_pid and
                             o["father"]["ns_pid"] == scenario.said["parent"]]
            line = until(lambda: lines() and lines()[0], 5, "the orphan")
            return line, scenario.host_pid(own), scenario.host_pid(1)


def test_background():
    line, _, init = orphan_of("father, child = child_of(leave)")
    assert line["kind"] == "background", line
    assert line["adopter"]["pid"] == init and line["adopter"]["role"] == "namespace-init", line["adopter"]
    assert line["confirmed"] is True
    assert line["father"]["exit_code"] == 5 and line["father"]["signal"] is None, line["father"]


def test_daemonized():
    line, _, _ = orphan_of("father, child = child_of(leave, os.setsid)")
    assert line["kind"] == "daemonized", line


def test_abandoned():
    line, _, _ = orphan_of("father, child = child_of(be_killed)")
    assert line["kind"] == "abandoned", line
    assert line["father"]["signal"] == "SIGKILL" and line["father"]["exit_code"] is None, line["father"]


def test_handed_over_dead():
    line, _, _ = orphan_of("father, child = child_of(outlive)")
    assert line["kind"] == "zombie", line


def test_subreaper_adopts():
    line, own, _ = orphan_of("subreaper(); father, child = child_of(leave)")
    assert line["adopter"]["pid"] == own and line["adopter"]["role"] == "subreaper", line["adopter"]


def test_forked_by_a_thread():
    line, _, init = orphan_of("""
import threading
def in_thread(child): pass
def family():
    def thread():
        global grandchild
        grandchild = os.fork()
        if grandchild == 0: signal.pause()
    t = threading.Thread(target=thread); t.start(); t.join()
    return grandchild
r, w = os.pipe()
father = os.fork()
if father == 0:
    os.write(w, str(family()).encode())
    os._exit(5)
child = int(os.read(r, 16))
os.waitid(os.P_PID, father, os.WEXITED | os.WNOWAIT)
""")
    assert line["kind"] == "background" and line["adopter"]["pid"] == init, line


def test_only_these_kinds():
    with Watch("--orphans", "abandoned", "-a", "60s") as watch:
        program = "father, child = child_of(leave); father, child = child_of(be_killed)"
        with Scenario(["/usr/bin/env", "python3", "-c", PROGRAM.replace("WHAT", program)], name=program) as scenario:
            father = scenario.said["parent"]
            until(lambda: any(o["father"]["ns_pid"] == father and o["kind"] == "abandoned"
                              for o in watch.objects("orphan")), 5, "the abandoned one")
        assert {o["kind"] for o in watch.objects("orphan")} == {"abandoned"}


def test_lost_sigchlds_add_up():
    with built("sigchld-merged", "sick") as sick, Watch("-a", "200ms") as watch:
        # From before the start there is no history to count from.
        assert watch.wait_for(sick.children[0], 3)
        assert not [o for o in watch.objects("sigchld") if o["parent"]["pid"] == sick.parent]
    with Watch("-a", "200ms") as watch, built("sigchld-merged", "sick") as sick:
        line = until(lambda: [o for o in watch.objects("sigchld") if o["parent"]["pid"] == sick.parent], 5,
                     "the lost SIGCHLDs")[0]
        parts = ("delivered", "fetched", "merged", "ignored", "pending")
        assert line["sent"] == sum(line[p] for p in parts), line
        assert line["merged"] == 2 and line["delivered"] == 1 and line["unreaped"] == 2, line
        assert line["cause"] == "sigchld-merged" and line["state"] == "lost", line
