# SPDX-License-Identifier: GPL-2.0-or-later
"""The exact tier: who reaped and when, as findings, trace and run's balance tell it; and what is the same without it."""
import contextlib
import os
import sys

from batch import Batch, Subject
from harness import EXACT_CAUSES, Watch, deadwait, exact_hooks, has_exact, needs_exact, run, until, DEADWAIT
from runner import BALANCE
from scenario import built, programs, variants
from tracing import Trace

# Reaps its child in another thread, half a second after the death.
LATE = """
import os, threading, time
pid = os.fork()
if pid == 0:
    os._exit(3)
time.sleep(0.5)
thread = threading.Thread(target=os.waitpid, args=(pid, 0))
thread.start()
thread.join()
"""


@contextlib.contextmanager
def base_tier():
    before = os.environ.get("DEADWAIT_TIER")
    os.environ["DEADWAIT_TIER"] = "base"
    try:
        yield
    finally:
        del os.environ["DEADWAIT_TIER"]
        if before is not None:
            os.environ["DEADWAIT_TIER"] = before


def test_switched_off():
    with base_tier():
        assert not has_exact()
        assert {hook["state"] for hook in exact_hooks()} <= {"switched off"}, exact_hooks()
        done = deadwait("doctor", "-o", "json")
        assert done.returncode == 0, "the base tier alone is whole"
        with Watch("-a", "200ms") as watch, built("never-waits", "sick") as sick:
            line = watch.wait_for(sick.children[0], 4)
            assert line["parent"]["time_to_reap"] is None, line
            sick.end()
            closed = until(lambda: watch.latest(sick.children[0])["state"] == "closed" and
                           watch.latest(sick.children[0]), 5)
            assert closed["by"] is None, closed
            assert not watch.errors[1:], watch.errors


def test_finding_names_who_reaped():
    needs_exact()
    with Watch("-a", "200ms") as watch, built("slow-reaper", "sick") as sick:
        child = sick.children[0]
        line = watch.wait_for(child, 4)
        assert [t["below_s"] for t in line["parent"]["time_to_reap"]][-1] is None, line
        sick.end()
        closed = until(lambda: watch.latest(child)["state"] == "closed" and watch.latest(child), 5)
        assert closed["by"]["pid"] and closed["by"]["tid"] and closed["by"]["comm"], closed
        assert closed["lived_s"] > 0.2, closed


def test_times_to_reap_are_counted():
    """A parent with one that it does not reap, and many that it did."""
    needs_exact()
    script = "import os, time\nfor i in range(8):\n    pid = os.fork()\n    if pid == 0:\n        os._exit(0)\n" \
             "    time.sleep(0.03)\n    if i < 7:\n        os.waitpid(pid, 0)\ntime.sleep(3)\n"
    with Watch("-a", "500ms") as watch:
        run([sys.executable, "-c", script])
        lines = [o for o in watch.objects("zombie") if o["state"] == "open" and o["parent"].get("time_to_reap")]
    times = next(t for t in (o["parent"]["time_to_reap"] for o in lines) if sum(c["count"] for c in t) == 7)
    counts = {c["below_s"]: c["count"] for c in times}
    assert counts[0.1] + counts[1.0] >= 6, counts


def test_trace_tells_each_reap_at_its_moment():
    needs_exact()
    with Trace() as trace:
        done = run([sys.executable, "-c", LATE])
        assert done.returncode == 0, done
        dead = until(lambda: [e for e in trace.events("exit") if e["exit_code"] == 3], 5)[0]
        reap = trace.wait_for_event("reap", dead["pid"])
        assert reap["late"] is False and reap["autoreaped"] is False, reap
        assert reap["by"]["pid"] == dead["ppid"] and reap["by"]["tid"] != dead["ppid"], (reap, dead)
        assert 0.4 <= reap["zombie_s"] < 1.5, reap
        again = until(lambda: len({e["pid"] for e in trace.events("reap")}) >= 2 and trace.events("reap"), 5)
    told = [(e["pid"], e["start_ns"]) for e in again]
    assert len(set(told)) == len(told), "a reap was told twice"


def test_run_knows_the_longest():
    needs_exact()
    done = run([DEADWAIT, "run", "--", sys.executable, "-c", LATE])
    found = BALANCE.match(done.stderr.decode().replace("\n ", " ").splitlines()[-1])
    assert found, done
    longest = found[6]
    assert longest.endswith("ms") and 400 <= float(longest[:-2]) < 1500, longest


def judged(names):
    """The judgement of each scenario."""
    subjects = [Subject(*name) for name in names]
    size = int(os.environ.get("LIVE_BATCH") or len(subjects))
    for first in range(0, len(subjects), size):
        Batch(subjects[first:first + size]).run()
    return {subject.name: subject.problem or ("skipped" if subject.skip else "as it must be") for subject in subjects}


def test_the_same_without_it():
    """Every scenario of the base tier, with the exact tier and without."""
    needs_exact()
    names = [(p, v) for p in programs() for v in variants(p) if p.split(".")[0] not in EXACT_CAUSES]
    exact = judged(names)
    with base_tier():
        base = judged(names)
    different = {name: (exact[name], base[name]) for name in exact if exact[name] != base[name]}
    assert not different, different
