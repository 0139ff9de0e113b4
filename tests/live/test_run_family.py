# SPDX-License-Identifier: GPL-2.0-or-later
"""run and watch --family: one family and no one else; orphans, --follow; JSON and the log."""
import os
import re
import subprocess
import threading

import harness
from harness import CONTAIN, DEADWAIT, SLACK_S, Watch, parse_lines, scratch, start, until
from runner import run
from scenario import built, process_table

NEVER_WAITS = ["perl", "-e", "fork or exit 3; select undef, undef, undef, 0.3; exit 4"]
WAITS = ["perl", "-e", "fork or exit 3; select undef, undef, undef, 0.3; wait; exit 4"]
# Waits until the session is its own: before that it is a background job.
DAEMON = "setsid sleep {} >/dev/null 2>&1 </dev/null & sleep 0.2; exit 5"


# --- nobody else ---

def test_other_zombies_are_not_reported():
    with built("never-waits", "sick") as sick, built("sigchld-merged", "sick") as other:
        for options in ((), ("-a", "0"), ("-a", "100ms", "-o", "json")):
            ended = run("sleep", "1.5", options=options)
            assert ended.status == 0, ended
            if "json" in options:
                assert [o["type"] for o in ended.objects] == ["summary"], ended
            else:
                ended.assert_clean()
                assert ended.balance()["forks"] == 0 and ended.balance()["exits"] == 1, ended
        assert sick.parent != other.parent


def test_work_beside_it_is_not_counted():
    done = threading.Event()

    def work():
        while not done.is_set():
            harness.run(["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do /bin/true; done"])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        ended = run("sh", "-c", "/bin/true; /bin/true; sleep 0.5; exit 4").assert_clean(4)
    finally:
        done.set()
        thread.join()
    assert ended.balance()["forks"] == 3 and ended.balance()["exits"] == 4, ended


def test_two_at_once():
    """Neither sees the other's."""
    results = {}

    def one(name, argv):
        results[name] = run(*argv)

    jobs = [threading.Thread(target=one, args=a) for a in (("sick", NEVER_WAITS), ("healthy", WAITS))]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    results["healthy"].assert_clean(4)
    assert results["sick"].causes() == ["never-waits"] and results["sick"].status == 4, results["sick"]
    assert results["sick"].balance()["forks"] == 1


def test_inside_another_run():
    """Both see it; the outer one counts the inner deadwait as well. Statuses go through."""
    ended = run(DEADWAIT, "run", "--", *NEVER_WAITS)
    assert ended.status == 4 and ended.text.count(" ZOMBIE ") == 2, ended
    assert ended.causes() == ["never-waits"] * 2, ended
    outer = ended.balance()
    assert outer["forks"] == 2 and outer["exits"] == 3 and outer["left dead"] == 1, ended
    inner = next(line for line in ended.lines if line.startswith("deadwait: "))
    assert inner.startswith("deadwait: 1 fork, 2 exits, 1 reaped, 1 left dead"), ended
    ended = run(DEADWAIT, "run", "-q", "--error-exitcode", "7", "--", *NEVER_WAITS, options=["-q"])
    assert ended.status == 7, ended


# --- orphans, --follow ---

def test_daemon_is_told_and_not_waited_for():
    ended = run("sh", "-c", DAEMON.format(5))
    assert ended.status == 5 and ended.seconds < 5, ended
    heads = re.findall(r"^\S+ (\w+) ", ended.text, re.M)
    assert heads.count("ORPHAN") == 1 and "(sleep)" in ended.text and "daemonized" in ended.text, ended
    assert ended.balance()["still running"] == 1 and ended.balance()["exits"] == 2, ended


def test_background_job_is_told():
    ended = run("sh", "-c", "sleep 4 >/dev/null 2>&1 & exit 5")
    assert ended.status == 5 and "background" in ended.text and ended.balance()["still running"] == 1, ended


def test_follow_waits_for_the_family():
    ended = run("sh", "-c", DAEMON.format(1.5), options=["--follow"], timeout=30)
    assert 1.5 <= ended.seconds < 15, ended
    assert " ORPHAN " not in ended.text and ended.status == 5, ended
    balance = ended.balance()
    assert not balance["still running"] and balance["exits"] == balance["forks"] + 1, ended


def test_follow_reports_what_comes_later():
    """CMD has long ended when its daemon leaves a zombie behind."""
    late = "setsid perl -e 'select undef, undef, undef, .5; fork or exit 3; select undef, undef, undef, .5; exit 0' & exit 5"
    ended = run("sh", "-c", late, options=["--follow"], timeout=30)
    assert ended.status == 5 and "never-waits" in ended.causes(), ended
    assert ended.text.count(", left behind") == 1 and ended.balance()["left dead"] == 1, ended
    ended = run("sh", "-c", late, timeout=30)
    assert ended.status == 5 and "never-waits" not in ended.causes(), ended


def test_follow_of_nobody():
    run("sh", "-c", "/bin/true; exit 5", options=["--follow"]).assert_clean(5)


def wait_once(others):
    """Waits once for three children, then exits; the other two `others`."""
    program = f"for $i (1 .. 3) {{ if (!fork) {{ {others} if $i > 1; exit 0 }} }} " \
              "select undef, undef, undef, .3; wait; exit 4"
    return run("perl", "-e", program, options=["-o", "json"])


def test_wait_once_for_three():
    """The two that still run become orphans, in the background; had they died before, they are zombies."""
    ended = wait_once("sleep 3")
    orphans = [o for o in ended.objects if o["type"] == "orphan"]
    assert [o["kind"] for o in orphans] == ["background"] * 2 and ended.status == 4, ended
    assert not [o for o in ended.objects if o["type"] == "zombie"], ended

    ended = wait_once("select undef, undef, undef, .05")
    orphans = [o for o in ended.objects if o["type"] == "orphan"]
    zombies = [o for o in ended.objects if o["type"] == "zombie" and o["state"] == "open"]
    assert [o["kind"] for o in orphans] == ["zombie"] * 2, ended
    assert {o["child"]["pid"] for o in orphans} == {o["child"]["pid"] for o in zombies}, ended


# --- JSON and the log ---

def check_objects(objects, summary=True):
    kinds = [o["type"] for o in objects]
    assert (kinds[-1:] == ["summary"]) == summary, kinds
    assert all(o["v"] == 1 and o["time"] and o["host"] and o["boot_id"] for o in objects), objects
    opened = [o for o in objects if o["type"] == "zombie" and o["state"] == "open"]
    assert len(opened) == 1, objects
    zombie = opened[0]
    assert zombie["cause"] == "never-waits" and zombie["confidence"] == "certain", zombie
    assert zombie["child"]["exit_code"] == 3 and zombie["child"]["comm"] == "perl", zombie
    assert zombie["facts"]["parent_ended"] is True, zombie["facts"]
    assert [o for o in objects if o["type"] == "zombie" and o["state"] == "closed"], kinds


def test_json():
    ended = run(*NEVER_WAITS, options=["-o", "json"])
    assert ended.status == 4 and not ended.out, ended
    check_objects(ended.objects)
    ended = run("sh", "-c", "exit 3", options=["-o", "json", "-q"])
    assert ended.status == 3 and not ended.err, ended


def test_log():
    """The same in a file, beside the text; appended."""
    with scratch() as directory:
        path = os.path.join(directory, "log")
        for times in (1, 2):
            ended = run(*NEVER_WAITS, options=["-l", path])
            assert ended.status == 4 and ended.causes() == ["never-waits"], ended
            with open(path, "rb") as f:
                objects = parse_lines(f.read())
            assert len([o for o in objects if o["type"] == "zombie" and o["state"] == "open"]) == times
        # CMD does not inherit it.
        ended = run("ls", "-l", "/proc/self/fd", options=["-q", "-l", path])
        assert path.encode() not in ended.out, ended


def test_only_and_orphans():
    ended = run("sh", "-c", DAEMON.format(3), options=["--only", "zombie"])
    assert " ORPHAN " not in ended.text, ended
    ended = run("sh", "-c", DAEMON.format(3), options=["--orphans", "abandoned"])
    assert " ORPHAN " not in ended.text, ended
    ended = run(*NEVER_WAITS, options=["--only", "orphan"])
    assert " ZOMBIE " not in ended.text and ended.status == 4, ended


# --- watch --family ---

def test_watch_family():
    """Only what the named process starts, before and after."""
    with built("never-waits", "sick") as other:
        ours = start([CONTAIN, "sh", "-c", "read x; perl -e 'fork or exit 3; sleep 60' & read x; kill $!; wait; read x"],
                     stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            with Watch("-a", "200ms", "--family", str(ours.pid)) as watch:
                ours.stdin.write(b"\n")
                ours.stdin.flush()
                found = until(lambda: watch.objects("zombie"), SLACK_S + 5)[0]
                assert found["parent"]["comm"] == "perl" and found["child"]["exit_code"] == 3, found
                table = process_table()
                assert found["parent"]["pid"] in table and found["parent"]["pid"] != other.parent
                ours.stdin.write(b"\n")
                ours.stdin.flush()
                until(lambda: watch.latest(found["child"]["pid"])["state"] == "closed", 5)
            assert {o["parent"]["pid"] for o in watch.objects("zombie")} == {found["parent"]["pid"]}
        finally:
            harness.end(ours)


def test_watch_family_that_existed():
    """Its zombies of before the start are found; a sibling of the root is not of the family."""
    with built("never-waits", "sick") as sick, built("never-waits", "sick") as other:
        with Watch("-a", "200ms", "--family", str(sick.parent)) as watch:
            found = watch.wait_for(sick.children[0], 5)
            assert found["parent"]["pid"] == sick.parent
            assert not watch.findings(other.children[0])
        assert {o["parent"]["pid"] for o in watch.objects("zombie")} == {sick.parent}


def test_watch_two_families():
    with built("never-waits", "sick") as one, built("late-handler", "sick") as two, built("held", "sick") as other:
        with Watch("-a", "200ms", "--family", f"{one.parent},{two.parent}") as watch:
            watch.wait_for(one.children[0], 5)
            watch.wait_for(two.children[0], 5)
        assert {o["parent"]["pid"] for o in watch.objects("zombie")} == {one.parent, two.parent}
        assert other.parent


def test_watch_family_of_nobody():
    """A pid that is not there: no family to follow, and it says so."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    with built("never-waits", "sick") as sick:
        ended = harness.deadwait("watch", "-a", "200ms", "-d", "1s", "-o", "json", "--family", str(gone.pid), timeout=20)
        assert not [o for o in parse_lines(ended.stdout) if o["type"] == "zombie"], ended.stdout
        assert sick.parent
    assert ended.returncode == 4 and b"No such process" in ended.stderr, ended
