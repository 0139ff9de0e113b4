# SPDX-License-Identifier: GPL-2.0-or-later
"""`deadwait report` over the log of a real watch names the leak that the watch saw."""
import gzip
import json
import os
import shutil

from harness import Watch, assert_clean_text, deadwait, scratch, until
from scenario import built


def report(*args):
    ended = deadwait("report", *args)
    assert ended.returncode == 0 and not ended.stderr, f"status {ended.returncode}: {ended.stderr}"
    return ended.stdout


def group_of(made, parent):
    found = [g for g in made["groups"] if g["parent_pid"] == parent]
    assert len(found) == 1, f"{len(found)} groups of parent {parent}: {made['groups']}"
    return found[0]


def test_report_names_the_leak():
    with scratch() as directory:
        path = os.path.join(directory, "log")
        with Watch("-a", "200ms", "-l", path) as watch:
            with built("never-waits", "sick-three") as sick, built("sigchld-merged", "sick") as merged:
                leaker, loser = sick.parent, merged.parent
                for child in sick.children:
                    watch.wait_for(child, 5)
                until(lambda: [o for o in watch.objects("sigchld") if o["parent"]["pid"] == loser], 5,
                      "the lost SIGCHLDs")
                # In the middle of the run: all still there.
                made = json.loads(report("-o", "json", path))
                leak = group_of(made, leaker)
                assert (leak["zombies"], leak["still_there"]) == (3, 3), leak
                assert leak["causes"] == {"never-waits": 3}, leak
                assert leak["parent"] == "never-waits", leak
                assert group_of(made, loser)["sigchlds_lost"] >= 2, group_of(made, loser)
            until(lambda: all(watch.latest(c)["state"] == "closed" for c in sick.children), 10, "their end")
        made = json.loads(report("-o", "json", path))
        leak = group_of(made, leaker)
        assert (leak["zombies"], leak["reaped"], leak["still_there"]) == (3, 3, 0), leak
        assert any(f["father"] == "never-waits" and f["father_killed"] for f in made["orphans"]["fathers"]), \
            made["orphans"]
        assert made["lines"]["damaged"] == 0 and made["watched_s"] > 0, made
        # The log carries the facts: the same code comes to the same verdict.
        again = json.loads(report("-o", "json", "--rejudge", path))
        assert again["rejudged"] == {"zombies": made["all"]["zombies"], "with_another_cause": 0}, again["rejudged"]
        assert again["causes"] == made["causes"], again["causes"]

        with open(path, "rb") as log, gzip.open(path + ".gz", "wb") as zipped:
            shutil.copyfileobj(log, zipped)
        assert report(path + ".gz") == report(path)
        text = report(path)
        assert_clean_text(text)
        assert f"3  never-waits ({leaker})" in text.decode(), text.decode()
