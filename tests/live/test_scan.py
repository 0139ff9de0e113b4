# SPDX-License-Identifier: GPL-2.0-or-later
"""Zombies that were there before: `deadwait scan`, and `watch` started late. With and without rights."""
import os
import shutil
import time

from harness import DEADWAIT, Watch, as_nobody, assert_clean_text, deadwait, parse_lines, run, scratch, until
from scenario import built

# What the live state alone decides; for the others being found is enough.
FROM_LIVE_STATE = [("sigchld-blocked", "sick"), ("waits-for-others", "sick"), ("parent-stopped", "sick"),
                   ("traced", "sick"), ("leader-exited", "sick")]
FOUND = [("never-waits", "sick"), ("sigchld-merged", "sick"), ("late-handler", "sick"),
         ("handler-ran-no-wait", "sick"), ("init-ignores-adopted", "sick")]


def all_sick():
    """Started, and at least a second old."""
    sick = [(built(*names), names) for names in FROM_LIVE_STATE + FOUND]
    for scenario, _ in sick:
        scenario.ready()
    newest = max(scenario.ready_at for scenario, _ in sick)
    until(lambda: time.monotonic() > newest + 1.1, 3)
    return sick


def end_all(sick):
    for scenario, _ in sick:
        scenario.end()


def zombies(objects):
    return {o["child"]["pid"]: o for o in objects if o.get("type") == "zombie"}


def test_scan_finds_what_is_there():
    sick = all_sick()
    try:
        ended = deadwait("scan", "-o", "json")
        assert ended.returncode == 0, (ended.returncode, ended.stderr)
        found = zombies(parse_lines(ended.stdout))
        for scenario, (cause, variant) in sick:
            for child in scenario.children:
                assert child in found, f"{cause} {variant}: {child} was not found"
                assert found[child]["parent"]["pid"] == scenario.parent, (cause, found[child]["parent"])
                if (cause, variant) in FROM_LIVE_STATE:
                    assert found[child]["cause"] == cause, f"{found[child]['cause']}, not {cause}"
        with_code = deadwait("scan", "-o", "json", "--error-exitcode", "9")
        assert with_code.returncode == 9, with_code.returncode
        text = deadwait("scan")
        assert text.returncode == 0
        assert_clean_text(text.stdout)
        for scenario, (cause, _) in sick:
            assert str(scenario.children[0]).encode() in text.stdout, f"{cause} is missing in the text"
    finally:
        end_all(sick)


def test_scan_without_rights_says_what_it_cannot_know():
    """By /proc alone: the zombies and their parents, and one word on what is missing."""
    with built("never-waits", "sick-three") as sick, scratch() as directory:
        until(lambda: time.monotonic() > sick.ready_at + 1.1, 3)
        binary = shutil.copy(DEADWAIT, os.path.join(directory, "deadwait"))
        ended = run(as_nobody(binary, "scan", "-o", "json"))
        assert ended.returncode == 0, (ended.returncode, ended.stderr)
        found = zombies(parse_lines(ended.stdout))
        for child in sick.children:
            assert child in found and found[child]["parent"]["pid"] == sick.parent, (child, found.get(child))
            assert found[child]["confidence"] != "certain", found[child]
        assert b"/proc" in ended.stderr and b"not known" in ended.stderr, ended.stderr
        assert len(ended.stderr.splitlines()) == 1, ended.stderr


def test_watch_finds_what_was_there_before():
    sick = all_sick()
    try:
        with Watch("-a", "1s") as watch:
            for scenario, (cause, variant) in sick:
                for child in scenario.children:
                    found = watch.wait_for(child, 2.5, f"{cause}: a finding about {child}")
                    assert found["child"]["died"] is None, f"{cause}: died {found['child']['died']}"
                    assert found["parent"]["pid"] == scenario.parent, cause
                    assert found["age_s"] is None or found["age_s"] >= 1.0, found["age_s"]
                    if (cause, variant) in FROM_LIVE_STATE:
                        assert found["cause"] == cause, f"{found['cause']}, not {cause}"
    finally:
        end_all(sick)


def test_scan_of_a_healthy_program_is_silent():
    with built("never-waits", "twin") as twin:
        ended = deadwait("scan", "-o", "json", "--error-exitcode", "9", "-n", "never-waits")
        assert not zombies(parse_lines(ended.stdout)), ended.stdout
        assert ended.returncode == 0, ended.returncode
        assert twin.process.poll() is None
