# SPDX-License-Identifier: GPL-2.0-or-later
"""One leak, read back from everything that deadwait exports to at once: Prometheus, the journal, syslog, the log, and
`deadwait report` over each of the logs; and what each of them knows after all were away at the same time."""
import collections
import json
import os
import shutil

from harness import BUILT, ROOT, Watch, deadwait, end, parse_lines, scratch, until
from manager import Manager
from prometheus import Prometheus, address, free_port, value
from scenario import Scenario, built
from services import Journal, Rsyslog, fill

SNIPPET = os.path.join(ROOT, "contrib", "deadwait.rsyslog")
LOG, SYSLOG = "/var/log/deadwait/deadwait.json", "/var/log/deadwait.syslog.json"
MANY = 900  # lines that are more than the courier's room, which is 2 MiB
Counted = collections.namedtuple("Counted", "there ended")


def counted(zombies):
    """{(parent, cause): Counted} of {child: (parent, cause, is there)}."""
    sums = collections.Counter()
    for parent, cause, there in zombies.values():
        sums[parent, cause, there] += 1
    return {(p, c): Counted(sums[p, c, True], sums[p, c, False]) for p, c, _ in sums}


def in_lines(data):
    return counted({o["id"]: (o["parent"]["comm"], o["cause"], o["state"] != "closed")
                    for o in parse_lines(data) if o["type"] == "zombie"})


def in_journal(journal):
    """By the fields alone, as a query of the journal sees it."""
    return counted({r["DEADWAIT_ID"]: (r["DEADWAIT_PARENT_COMM"], r["DEADWAIT_CAUSE"], r["DEADWAIT_STATE"] != "closed")
                    for r in journal.records("DEADWAIT_TYPE=zombie")})


def in_prometheus(server):
    """Who was reaped is known by cause only: the causes of these leaks differ."""
    ended = {labels["cause"]: int(v) for labels, v in server.query("deadwait_zombies_reaped_total")}
    return {(labels["parent"], labels["cause"]): Counted(int(v), ended.get(labels["cause"], 0))
            for labels, v in server.query("deadwait_zombies")}


def in_report(data):
    """Of a log that comes through a pipe."""
    done = deadwait("report", "-o", "json", "-", stdin=None, input=data)
    assert done.returncode == 0 and not done.stderr, done.stderr
    made = json.loads(done.stdout)
    assert made["lines"]["damaged"] == 0, made["lines"]
    return {(g["parent"], cause): Counted(g["still_there"], g["reaped"]) for g in made["groups"] for cause in g["causes"]}


def in_all(journal, server):
    """What each of them says now, by its name."""
    log, syslog = journal.read(LOG), journal.read(SYSLOG)
    carried = journal.run(["journalctl", "-D", "/run/log/journal", "-q", "-t", "deadwait", "-o", "cat",
                           "--output-fields=DEADWAIT_JSON"]).stdout
    return {"log": in_lines(log), "syslog": in_lines(syslog), "journal": in_journal(journal),
            "prometheus": in_prometheus(server), "report of the log": in_report(log),
            "report of syslog's file": in_report(syslog), "report of the journal": in_report(carried)}


def until_all_say(journal, server, wanted):
    said = {}

    def agreed():
        said.clear()
        said.update(in_all(journal, server))
        return all(one == wanted for one in said.values())
    until(agreed, 20, lambda: f"wanted {wanted}, told " +
          "; ".join(f"{name}: {one}" for name, one in said.items() if one != wanted), pace=0.2)


def make_log_directory(journal):
    os.mkdir(journal.path(os.path.dirname(LOG)))
    os.chmod(journal.path(os.path.dirname(LOG)), 0o777)


def test_a_leak_everywhere():
    """As the service, with no more than its privileges; the leaks have names of their own, one made to hurt."""
    leaky, evil = f"leak-{os.getpid()}", f'l"{{}}%s,{os.getpid()}'
    with scratch() as directory, Journal() as journal, Rsyslog(SNIPPET, within=journal) as syslog:
        os.chmod(directory, 0o777)
        make_log_directory(journal)
        config, target = os.path.join(directory, "deadwait.conf"), f"127.0.0.1:{free_port()}"
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"age = 200ms\nquiet\nname = {leaky}\nname = l\"*{os.getpid()}\nlog = {LOG}\njournal\n"
                    f"syslog-socket = {syslog.SOCKET}\nmetrics = {target}\n")
        manager = Manager(directory, config, prefix=journal.enter)
        try:
            until(lambda: manager.heard("READY=1"), 10, manager.complaints)
            shutil.copy(os.path.join(BUILT, "sigchld-merged"), os.path.join(directory, leaky))
            with Prometheus(directory, target) as server:
                with Scenario([os.path.join(directory, leaky), "sick"]), built("many", "7", evil.encode().hex()):
                    until_all_say(journal, server, {(leaky, "sigchld-merged"): Counted(2, 0),
                                                    (evil, "never-waits"): Counted(7, 0)})
                    lost = server.query("deadwait_sigchld_lost_total")[0][1]
                    told = parse_lines(journal.read(LOG))
                    merged = [o["merged"] for o in told if o["type"] == "sigchld" and o["parent"]["comm"] == leaky]
                    assert merged == [2] and lost >= 2, (merged, lost)
                until_all_say(journal, server, {(leaky, "sigchld-merged"): Counted(0, 2),
                                                (evil, "never-waits"): Counted(0, 7)})
                assert not server.query("deadwait_zombie_oldest_age_seconds"), "an age of no zombie"
                manager.process.terminate()
                assert manager.process.wait(10) == 0
                until(lambda: server.query('up{job="deadwait"}')[0][1] == 0, 10, "its end in Prometheus", pace=0.2)
            assert manager.complaints() == ""
            log = parse_lines(journal.read(LOG))
            assert log[-1]["type"] == "summary" and log[-1]["lost"]["log_lines"] == 0, log[-1]
            until(lambda: parse_lines(syslog.read(SYSLOG)) == log, 5, "all lines of the log in syslog's file")
            records = [json.loads(r["DEADWAIT_JSON"]) for r in journal.records()]
            assert records == log, f"{len(records)} records in the journal, {len(log)} lines in the log"
        finally:
            end(manager.process)


def lost_in(objects, reason):
    return sum(o["count"] for o in objects if o["type"] == "lost" and o["reason"] == reason)


def test_all_of_them_away():
    """No journal, no syslog, a full disk: findings go on and are served; then each of the three tells what it missed."""
    with Journal() as journal, Rsyslog(SNIPPET, within=journal) as syslog:
        make_log_directory(journal)
        where = os.path.dirname(LOG)
        done = journal.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", where])
        assert done.returncode == 0, done.stderr
        name = f"leak-{os.getpid()}"

        def leak(count):
            return built("many", str(count), name.encode().hex())

        def arrived(pid):
            """In which of the three there is a finding about this child."""
            has = lambda data: any(o["type"] == "zombie" and o["child"]["pid"] == pid for o in parse_lines(data))
            return [has(journal.read(LOG)), has(syslog.read(SYSLOG)), bool(journal.records(f"DEADWAIT_CHILD_PID={pid}"))]

        with Watch("-a", "200ms", "-n", name, "--metrics", "0", "-l", LOG, "--journal", "--syslog-socket", syslog.SOCKET,
                   prefix=journal.enter) as watch:
            metrics = address(watch)
            with leak(3) as before:
                until(lambda: all(arrived(before.children[-1])), 5, "a first finding in all of them")
            until(lambda: watch.latest(before.children[-1])["state"] == "closed", 5, "its end")
            quiet = len(watch.errors)
            journal.stop(journal.journald)
            syslog.stop(syslog.rsyslogd)
            fill(journal.path(f"{where}/fill"))

            with leak(MANY) as missed:
                watch.wait_for(missed.children[-1], 15)
                until(lambda: value(metrics, "deadwait_zombies", parent=name) == MANY, 5, "the zombies in the metrics")
                with leak(1) as one:
                    watch.wait_for(one.children[0], 3)
                until(lambda: len(watch.errors) >= quiet + 3, 5, lambda: f"a word about each trouble: {watch.errors}")
            until(lambda: value(metrics, "deadwait_zombies", parent=name) == 0, 10, "the end of the findings")
            until(lambda: len(watch.objects("zombie")) >= 2 * (3 + MANY + 1), 10, "the last finding's end")
            lost = value(metrics, "deadwait_lost_total", reason="log-lines")
            assert lost > MANY, lost

            os.unlink(journal.path(f"{where}/fill"))
            journal.begin()
            syslog.begin()
            until(lambda: len([e for e in watch.errors if "works again" in e]) == 3, 30, lambda: f"three ends: {watch.errors}")
            with leak(3) as after:
                until(lambda: all(arrived(after.children[-1])), 10,
                      lambda: f"a later finding in log, syslog's file, journal: {arrived(after.children[-1])}", pace=0.2)
            until(lambda: watch.latest(after.children[-1])["state"] == "closed", 5, "its end")
            assert watch.stop() == 0
        said = watch.errors[quiet:]
        assert len(said) == 6, said
        for trouble in ("No space left", "cannot reach the journal", "cannot reach syslog"):
            assert len([e for e in said if trouble in e]) == 1, said

        printed = watch.objects()
        summary = printed[-1]
        assert summary["type"] == "summary" and len(printed) > 2 * MANY, summary
        kept = {"log": parse_lines(journal.read(LOG)), "syslog": parse_lines(syslog.read(SYSLOG)),
                "journal": [json.loads(r["DEADWAIT_JSON"]) for r in journal.records()]}
        missing = {reason: lost_in(objects, reason) for reason, objects in kept.items()}
        for reason, objects in kept.items():
            assert missing[reason] > 0, f"nothing was lost to the {reason}: {missing}"
            there = [o for o in objects if (o["type"], o.get("reason")) != ("lost", reason)]
            assert len(there) + missing[reason] == len(printed), (reason, len(there), missing, len(printed))
        assert sum(missing.values()) == summary["lost"]["log_lines"], (missing, summary["lost"])
