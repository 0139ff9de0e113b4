# SPDX-License-Identifier: GPL-2.0-or-later
"""What `trace` tells of small lives: every event, with its details, in order. The lives are in tests/scenarios/_lives.c."""
import tempfile

from harness import has_exact, holds_for, until
from tracing import REAP_S, REAPS_WAIT_S, Lives, Trace, compare, in_order

# WHO EVENT FIELD=VALUE…, in order; the exit of P at the end and the reaps are not written down.
LIVES = {
    "life": """
        P fork child={C} child_ns_pid={C} parent={P} forker_tid={P} exit_signal=SIGCHLD
        P wait call="waitpid({C}, 0)" target_kind=pid target={C} options=0 tid={P}
        C exec filename=/proc/self/exe filename_cut=false tid={C} comm=exe
        C exit ppid={P} exit_code=3 signal=null core=false threads_left=0
        P sigchld from={C} from_ns_pid={C} code=CLD_EXITED result=ignored
        """,
    "fork-by-thread": """
        P fork child={C} parent={P} forker_tid={T} tid={T}
        C reparent from={P} to={P} role=thread dead=false confirmed=true
        P wait call="waitpid({C}, 0)"
        C exit exit_code=0
        P sigchld from={C} result=ignored
        """,
    "stop": """
        P fork child={C}
        C stop ppid={P} signal=SIGSTOP
        P sigchld from={C} code=CLD_STOPPED result=queued
        P deliver tid={P}
        P wait call="waitpid({C}, WUNTRACED|WCONTINUED)" options=WUNTRACED|WCONTINUED
        C continue ppid={P} signal=SIGCONT
        P sigchld from={C} code=CLD_CONTINUED result=queued
        P deliver
        P wait call="waitpid({C}, WUNTRACED|WCONTINUED)"
        C exit exit_code=0
        P sigchld from={C} code=CLD_EXITED result=queued
        P deliver
        P wait call="waitpid({C}, 0)"
        """,
    "nocldstop": """
        P fork child={C}
        P wait call="waitpid({C}, WUNTRACED|WCONTINUED)"
        P wait call="waitpid({C}, WUNTRACED|WCONTINUED)"
        C exit exit_code=0
        P sigchld from={C} code=CLD_EXITED result=queued
        P deliver
        P wait call="waitpid({C}, 0)"
        """,
    "stop-merged": """
        P fork child={C}
        C stop ppid={P} signal=SIGSTOP
        P sigchld from={C} code=CLD_STOPPED result=queued
        C exit exit_code=null signal=SIGKILL core=false
        P sigchld from={C} code=CLD_KILLED result=merged
        P wait call="waitpid({C}, 0)"
        P deliver
        """,
    "nowait": """
        P fork child={C}
        C exit exit_code=0
        P sigchld from={C} result=ignored
        P wait call="waitid(P_PID, {C}, WEXITED|WNOWAIT)" options=WEXITED|WNOWAIT
        P wait call="waitid(P_ALL, WNOHANG|WEXITED|WNOWAIT)" target_kind=any target=null
        P wait call="waitid(P_PID, {C}, WEXITED)"
        """,
    "forms": """
        P fork child={C}
        P wait call="waitpid(-1, WNOHANG)" target_kind=any target=null options=WNOHANG
        P wait target_kind=group target={G} options=WNOHANG
        P wait call="waitpid({C}, WNOHANG|WUNTRACED)" target_kind=pid target={C} options=WNOHANG|WUNTRACED
        P wait call="waitpid(-{C}, WNOHANG|WCONTINUED)" target_kind=group target={C} options=WNOHANG|WCONTINUED
        P wait call="waitpid(-1, WNOHANG|__WALL)" options=WNOHANG|__WALL
        P wait call="waitid(P_ALL, WNOHANG|WEXITED)" target_kind=any target=null options=WNOHANG|WEXITED
        P wait call="waitid(P_PID, {C}, WNOHANG|WSTOPPED)" target_kind=pid target={C} options=WNOHANG|WSTOPPED
        P wait call="waitid(P_PGID, {C}, WNOHANG|WCONTINUED)" target_kind=group target={C}
        P wait call="waitid(P_PIDFD, 55→{C}, WNOHANG|WEXITED)" target_kind=pidfd target={C}
        P wait call="waitid(P_PIDFD, 55→{C}, WEXITED)" target_kind=pidfd target={C} options=WEXITED
        C exit exit_code=0
        P sigchld from={C} result=ignored
        P wait target_kind=pid target=null
        """,
    "clone-parent": """
        P fork child={M} parent={P}
        M fork child={S} parent={P} forker_tid={M}
        S exit ppid={P} exit_code=2
        P sigchld from={S} result=ignored
        P wait call="waitpid({S}, 0)"
        M exit ppid={P} exit_code=1
        P sigchld from={M}
        P wait call="waitpid({M}, 0)"
        """,
    "exit-signal": """
        P fork child={C} exit_signal=SIGUSR1
        C exit exit_code=4
        P wait call="waitpid({C}, __WCLONE)" options=__WCLONE
        P fork child={D} exit_signal=null
        D exit exit_code=5
        P wait call="waitpid({D}, __WALL)"
        """,
    "signalled": """
        P fork child={C}
        C exit exit_code=null signal=SIGKILL core=false
        P sigchld from={C} code=CLD_KILLED
        P wait call="waitpid({C}, 0)"
        P fork child={D}
        D exit exit_code=null signal=SIGSEGV core={has_core}
        P sigchld from={D} code={core_code}
        P wait call="waitpid({D}, 0)"
        P fork child={E}
        E exit exit_code=null signal=SIGRTMIN+3 core=false
        P sigchld from={E} code=CLD_KILLED
        P wait call="waitpid({E}, 0)"
        """,
    "ignored": """
        P fork child={C}
        C exit exit_code=6
        P sigchld from={C} from_ns_pid={C} code=null result=none
        P wait target_kind=pid
        P wait call="waitpid(-1, 0)"
        """,
    "nocldwait": """
        P fork child={C}
        C exit exit_code=6
        P sigchld from={C} code=CLD_EXITED result=queued
        P deliver
        """,
    "merged": """
        P fork child={A}
        P fork child={B}
        P fork child={C}
        A exit exit_code=0
        P sigchld from={A} result=queued
        P deliver tid={P}
        B exit exit_code=1
        P sigchld from={B} result=queued
        C exit exit_code=2
        P sigchld from={C} code=CLD_EXITED result=merged
        P wait call="waitpid(-1, 0)"
        P deliver
        P wait call="waitpid(-1, 0)"
        P wait call="waitpid({C}, 0)"
        """,
    "killed-with-sigchld": """
        P fork child={C}
        P sigchld from={C} code=SI_USER result=queued
        P deliver
        P sigchld from={C} code=SI_QUEUE result=queued
        P deliver
        P sigchld from={C} code=SI_TKILL result=queued
        P deliver
        C exit exit_code=0
        P sigchld from={C} code=CLD_EXITED result=queued
        P deliver
        P wait call="waitpid({C}, 0)"
        """,
    "traced": """
        P fork child={C}
        P sigchld from={C} code=CLD_TRAPPED result=ignored
        P wait call="waitpid({C}, 0)"
        C exit exit_code=7
        P sigchld from={C} code=CLD_EXITED
        P wait call="waitpid({C}, 0)"
        """,
    "subreaper": """
        P fork child={F}
        F fork child={C} parent={F}
        F exit ppid={P} exit_code=5
        C reparent from={F} to={P} role=subreaper dead=false confirmed=true
        P sigchld from={F}
        P wait call="waitpid({F}, 0)"
        C exit ppid={P} exit_code=0
        P sigchld from={C}
        P wait call="waitpid(-1, 0)"
        """,
    "leaves": """
        P fork child={F}
        F fork child={A}
        A exit exit_code=1
        F sigchld from={A}
        F fork child={B}
        F fork child={C}
        C exit ppid={F} exit_code=3
        F sigchld from={C}
        F wait call="waitpid({A}, 0)"
        F exit exit_code=0
        B reparent from={F} to={P} role=subreaper dead=false
        C reparent from={F} to={P} role=subreaper dead=true
        P sigchld from={C} code=CLD_EXITED
        P sigchld from={F}
        P wait call="waitpid({F}, 0)"
        P wait call="waitpid(-1, 0)"
        B exit ppid={P} exit_code=2
        P sigchld from={B}
        P wait call="waitpid(-1, 0)"
        """,
    "namespace-init": """
        P fork child={I} child_ns_pid=1 parent={P}
        I fork child={F} child_ns_pid=2 parent={I}
        F fork child={C} child_ns_pid=3 parent={F}
        F exit ppid={I} exit_code=5
        C reparent from={F} to={I} role=namespace-init dead=false confirmed=true
        I sigchld from={F} from_ns_pid=2
        I wait call="waitpid({F}, 0)" target={F}
        C exit ppid={I} exit_code=0
        I sigchld from={C} from_ns_pid=3
        I wait call="waitpid(-1, 0)"
        I exit exit_code=9
        I wait call="wait(any, WEXITED)" target_kind=any target=null options=null
        P sigchld from={I} from_ns_pid={I}
        P wait call="waitpid({I}, 0)"
        """,
    "teardown": """
        P fork child={I} child_ns_pid=1
        I fork child={C} child_ns_pid=2
        I exit exit_code=0
        C exit ppid={I} signal=SIGKILL
        P sigchld from={I}
        P wait call="waitpid({I}, 0)"
        """,
    "exec-by-thread": """
        P fork child={C}
        C exit exit_code=0 signal=null threads_left=1 tid={C}
        C exec filename=/proc/self/exe tid={T}
        C exit exit_code=8 threads_left=0
        P sigchld from={C} code=CLD_EXITED
        P wait call="waitpid({C}, 0)"
        """,
    "leader-exits": """
        P fork child={C}
        C exit exit_code=11 threads_left=1 tid={C}
        C exit exit_code=12 threads_left=0
        P sigchld from={C} code=CLD_EXITED
        P wait call="waitpid({C}, 0)"
        """,
}


# Whose parent ignores SIGCHLD: an init does, once it ends.
AUTOREAPED = {"ignored": "C", "nocldwait": "C", "teardown": "C"}


def tests(selects):
    for case in LIVES:
        if selects(case):
            yield case, lambda c=case: is_told(c)
    if selects("orphan"):
        yield "orphan", orphan


def trace_of(case):
    """Its names, its events but for the reaps and its own exit, and the reaps."""
    with tempfile.TemporaryDirectory(prefix="dw-live-") as directory, Lives(case, cwd=directory) as lives:
        with Trace("--family", str(lives.pid)) as trace:
            names = lives.go(seen=lambda: trace.events("reparent"))
            lives.finish()
            trace.wait_for_event("exit", lives.pid)
            dead = lambda: {e["pid"] for e in trace.events("exit") if not e["threads_left"]}
            holds_for(lambda: {e["pid"] for e in trace.events("reap")} >= dead(), REAPS_WAIT_S)
            until(lambda: trace.events("reap"), REAP_S, "any reap")
        assert trace.lost() == 0, trace.objects("lost")
        all_events = trace.events()
    in_order(all_events)
    reaps = [e for e in all_events if e["event"] == "reap"]
    check_reaps(all_events, reaps, dead(), names.get(AUTOREAPED.get(case)))
    rest = [e for e in all_events if e["event"] != "reap"]
    assert rest[-1]["event"] == "exit" and rest[-1]["pid"] == lives.pid and rest[-1]["exit_code"] == 0, rest[-1]
    return names, rest[:-1]


def check_reaps(events, reaps, dead, autoreaped):
    """One for each that died (but see REAPS_WAIT_S), after its death."""
    told = [e["pid"] for e in reaps]
    assert len(set(told)) == len(told) and set(told) <= set(dead), f"{sorted(dead)} died, told are {reaps}"
    if len(told) < len(dead):
        print(f"  {len(dead) - len(told)} of {len(dead)} reaps were not told")
    exact = has_exact()
    for reap in reaps:
        exits = [e for e in events if e["event"] == "exit" and e["pid"] == reap["pid"]]
        assert events.index(exits[-1]) < events.index(reap), f"reaped before it died: {reap}"
        assert reap["start_ns"] == exits[-1]["start_ns"] and reap["comm"] == exits[-1]["comm"], (reap, exits)
        assert reap["late"] or exact, reap
        if reap["late"] or reap["autoreaped"]:
            assert reap["by"] is None, reap
        else:
            by = reap["by"]
            assert by["pid"] and by["tid"] and by["comm"] and 0 <= reap["zombie_s"], reap
        assert reap["autoreaped"] is (reap["pid"] == autoreaped), reap
        assert reap["zombie_s"] is None or 0 <= reap["zombie_s"] < 60, reap


def is_told(case):
    names, events = trace_of(case)
    if case == "signalled":
        # Whether there is a core is up to core_pattern; what is told must be what wait said.
        names["has_core"] = "true" if names["core"] else "false"
        names["core_code"] = "CLD_DUMPED" if names["core"] else "CLD_KILLED"
    if case == "teardown":
        # Which of the two is first in the namespace's own affairs is not ours to say.
        events = [e for e in events if not (e["pid"] == names["I"] and e["event"] in ("sigchld", "wait"))]
    compare(events, LIVES[case], names)
    for exit_ in (e for e in events if e["event"] == "exit"):
        assert 0 < exit_["lived_s"] < 60, exit_


def orphan():
    """Handed over to whomever the kernel chooses, init or a subreaper above us."""
    names, events = trace_of("orphan")
    role = "init" if names["to"] == 1 else "subreaper"
    compare([e for e in events if e["pid"] != names["to"]], f"""
        P fork child={{F}}
        F fork child={{C}}
        F exit exit_code=5
        C reparent from={{F}} to={{to}} role={role} dead=false confirmed=true
        P sigchld from={{F}}
        P wait call="waitpid({{F}}, 0)"
        C exit ppid={{to}} exit_code=0
        """, names)
