# SPDX-License-Identifier: GPL-2.0-or-later
"""-p -n -u -c --only: what they let through and what not."""
import os
import shutil
import time

from harness import BUILT, Skip, Watch, deadwait, holds_for, parse_lines, scratch, until
from scenario import Scenario, built


def old_enough(*scenarios):
    newest = max(s.ready_at for s in scenarios)
    until(lambda: time.monotonic() > newest + 1.1, 3)


def scanned(*args):
    ended = deadwait("scan", "-o", "json", *args)
    assert ended.returncode == 0, (ended.returncode, ended.stderr)
    return {o["child"]["pid"] for o in parse_lines(ended.stdout) if o.get("type") == "zombie"}


def test_pid_of_parent_or_child():
    with built("never-waits", "sick") as a, built("kills-never-waits", "sick") as b:
        old_enough(a, b)
        assert scanned("-p", str(a.parent)) == set(a.children)
        assert scanned("-p", str(b.children[0])) == set(b.children)
        assert scanned("-p", f"{a.parent},{b.children[0]}") == {*a.children, *b.children}
        assert not scanned("-p", str(os.getpid()))


def test_name_is_a_glob():
    with built("never-waits", "sick") as a, built("kills-never-waits", "sick") as b:
        old_enough(a, b)
        found = scanned("-n", "kills-*")
        assert set(b.children) <= found and not set(a.children) & found, found
        found = scanned("--name", "never-waits")
        assert set(a.children) <= found and not set(b.children) & found, found


def test_user_of_the_parent():
    with built("never-waits", "sick") as root, scratch() as directory:
        program = shutil.copy(os.path.join(BUILT, "never-waits"), os.path.join(directory, "never-waits"))
        nobody = Scenario(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "sick"])
        try:
            nobody.ready()
            old_enough(root, nobody)
            found = scanned("-u", "nobody")
            assert set(nobody.children) <= found and not set(root.children) & found, found
            found = scanned("-u", "0")
            assert set(root.children) <= found and not set(nobody.children) & found, found
        finally:
            nobody.end()


def cgroup_root():
    """Where a process's cgroup "/x" is a directory, for the hierarchy that /proc/PID/cgroup calls 0 or systemd's."""
    with open("/proc/self/mounts", encoding="utf-8") as f:
        mounts = [line.split() for line in f]
    for _, where, kind, *_ in mounts:
        if kind == "cgroup2":
            return where
    raise Skip("no cgroup v2 hierarchy is mounted", may=True)


def test_cgroup_or_below():
    root = cgroup_root()
    group = os.path.join(root, f"dw-filter-{os.getpid()}")
    inner = os.path.join(group, "inner")
    os.makedirs(inner)
    scenarios = []
    try:
        for place in (group, inner, None):
            move = f"echo $$ >'{place}/cgroup.procs' && " if place else ""
            scenarios.append(Scenario(["sh", "-c", f"{move}exec '{BUILT}/never-waits' sick"]))
        outer_sick, inner_sick, elsewhere = [s.ready() for s in scenarios]
        old_enough(*scenarios)
        name = "/" + os.path.basename(group)
        found = scanned("-c", name)
        assert {*outer_sick.children, *inner_sick.children} <= found, found
        assert not set(elsewhere.children) & found, found
        found = scanned("--cgroup", name + "/inner")
        assert set(inner_sick.children) <= found and not set(outer_sick.children) & found, found
        assert not set(outer_sick.children) & scanned("-c", name[:-1]), "a prefix of a name is not a cgroup"
    finally:
        for scenario in scenarios:
            scenario.end()
        until(lambda: remove(inner) and remove(group), 5, "the end of the cgroup")


def remove(directory):
    try:
        os.rmdir(directory)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def test_only():
    with built("never-waits", "sick") as sick:
        with Watch("-a", "200ms", "--only", "orphan") as orphans, Watch("-a", "200ms", "--only", "zombie") as zombies:
            zombies.wait_for(sick.children[0], 3)
            assert not holds_for(lambda: orphans.objects("zombie"), 0.5), "a zombie in spite of --only orphan"
            assert not [o for o in zombies.objects() if o["type"] in ("orphan", "sigchld")]


def test_filters_in_watch():
    with Watch("-a", "200ms", "-n", "kills-*") as watch:
        with built("never-waits", "sick") as a, built("kills-never-waits", "sick") as b:
            watch.wait_for(b.children[0], 3)
            assert not holds_for(lambda: watch.findings(a.children[0]), 0.5)
