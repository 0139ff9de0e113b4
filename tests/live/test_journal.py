# SPDX-License-Identifier: GPL-2.0-or-later
"""--journal, read back from a real systemd-journald; and what happens while there is none."""
import json
import signal

from harness import Watch, until
from scenario import built
from services import Journal

OPEN, CLOSED = "a6a5c1a3d7e74d71be09e4c8005b04f6", "c9f4e8460a5c4c6fab5759475120e439"


def of_child(journal, pid, *matches):
    return journal.records(f"DEADWAIT_CHILD_PID={pid}", *matches)


def watch_with(journal, *args):
    return Watch("-a", "200ms", "--journal", *args, prefix=journal.enter)


def test_fields():
    with Journal() as journal:
        with watch_with(journal) as watch:
            with built("sigchld-merged", "sick") as sick:
                child = sick.children[0]
                opened = until(lambda: of_child(journal, child, f"MESSAGE_ID={OPEN}"), 5,
                               "the finding in the journal")[0]
                printed = watch.findings(child)[0][1]
                assert opened["PRIORITY"] == "4" and opened["SYSLOG_IDENTIFIER"] == "deadwait", opened
                assert opened["DEADWAIT_TYPE"] == "zombie" and opened["DEADWAIT_STATE"] == "open", opened
                assert opened["DEADWAIT_CAUSE"] == printed["cause"] == "sigchld-merged", opened
                assert opened["DEADWAIT_CONFIDENCE"] == printed["confidence"], opened
                assert opened["DEADWAIT_PARENT_PID"] == opened["OBJECT_PID"] == str(sick.parent), opened
                assert opened["OBJECT_EXE"].endswith("/sigchld-merged"), "journald did not look up the parent"
                assert opened["DEADWAIT_ADVICE"] == printed["advice"], opened
                assert opened["DEADWAIT_EVIDENCE"] in (printed["evidence"], printed["evidence"][0]), opened
                assert opened["MESSAGE"].startswith(f"zombie {child} (sigchld-merged) dead "), opened["MESSAGE"]
                assert json.loads(opened["DEADWAIT_JSON"]) == printed
            until(lambda: of_child(journal, child, f"MESSAGE_ID={CLOSED}"), 5, "its end in the journal")
            assert watch.stop() == 0
        ended = journal.records("DEADWAIT_TYPE=summary")
        assert len(ended) == 1 and ended[0]["PRIORITY"] == "6", ended


def test_journal_restarts():
    """Said once; what was found meanwhile arrives."""
    with Journal() as journal:
        with watch_with(journal) as watch:
            quiet = len(watch.errors)
            journal.stop(journal.journald)
            with built("never-waits", "sick-three") as sick:
                for child in sick.children:
                    watch.wait_for(child, 3)
                until(lambda: watch.errors[quiet:], 5, "the word about the journal")
                journal.begin()
                until(lambda: all(of_child(journal, child) for child in sick.children), 5,
                      "the findings in the new journal")
            until(lambda: len(watch.errors) >= quiet + 2, 5, "the word about its end")
            said = watch.errors[quiet:]
            assert len(said) == 2 and "cannot reach the journal" in said[0], said
            assert "works again; lines lost: 0" in said[1], said
            assert watch.stop() == 0
        assert watch.objects("summary")[-1]["lost"]["log_lines"] == 0


def test_stopped_journal():
    """journald does not read: nothing blocks; what cannot wait is counted, and the journal tells how much."""
    with Journal() as journal:
        with watch_with(journal) as watch:
            journal.journald.send_signal(signal.SIGSTOP)
            with built("many", "1000") as many:
                watch.wait_for(many.children[-1], 10)
                with built("never-waits", "sick") as sick:
                    watch.wait_for(sick.children[0], 10)
                until(lambda: [e for e in watch.errors if "cannot write fast enough to the journal" in e], 5,
                      "the word about the journal")
                journal.journald.send_signal(signal.SIGCONT)
                until(lambda: journal.records("DEADWAIT_REASON=journal"), 30, "the record of what was lost",
                      pace=0.2)
            # A reader that stalls as deadwait is stopped would be given less.
            until(lambda: all(watch.latest(child)["state"] == "closed" for child in many.children), 10,
                  "the end of the findings", pace=0.1)
            assert watch.stop() == 0
        printed = sum(len(watch.objects(kind)) for kind in ("zombie", "orphan", "sigchld", "status", "storm", "lost", "summary"))
        told = journal.records("DEADWAIT_REASON=journal")
        lost = sum(int(record["DEADWAIT_COUNT"]) for record in told)
        assert lost > 100, lost
        assert lost == watch.objects("summary")[-1]["lost"]["log_lines"], (lost, watch.objects("summary"))
        pid = str(watch.pid)
        arrived = [r for r in journal.records() if r["_PID"] == pid and r.get("DEADWAIT_REASON") != "journal"]
        assert len(arrived) + lost == printed, f"{printed} lines printed, {len(arrived)} arrived, {lost} lost"


def test_no_journal_at_all():
    """Neither an error nor a silence."""
    with Journal() as journal:
        journal.stop(journal.journald)
        with watch_with(journal, "-d", "1s") as watch:
            assert watch.process.wait(20) == 0
        said = [e for e in watch.errors if "journal" in e]
        assert "cannot reach the journal" in said[0], said
        assert "did not take" in said[-1] and len(said) == 2, said
