# SPDX-License-Identifier: GPL-2.0-or-later
"""As a service: with no more than the unit grants, under a service manager's protocol, with its configuration file."""
import os
import signal

from harness import deadwait, end, parse_lines, scratch, until
from manager import Manager
from scenario import built


def test_runs_as_the_unit_grants():
    with scratch() as directory:
        os.chmod(directory, 0o777)
        log, config = os.path.join(directory, "log.json"), os.path.join(directory, "deadwait.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"# a comment\nlog = {log}\nage = 200ms\nquiet\n")
        manager = Manager(directory, config)
        try:
            until(lambda: manager.heard("READY=1"), 10, manager.complaints)
            with built("handler-stuck", "sick") as sick:
                # Its stack is another user's: it takes CAP_SYS_PTRACE to see it.
                def told():
                    with open(log, "rb") as f:
                        return [o for o in parse_lines(f.read()) if (o.get("child") or {}).get("pid") == sick.children[0]]
                found = until(told, 5, "the zombie in the log")[0]
                assert found["cause"] == "handler-stuck", found
            pings = until(lambda: len(manager.heard("WATCHDOG=1")) >= 2 and manager.heard("WATCHDOG=1"), 12, "the watchdog's pings")
            assert max(b - a for a, b in zip(pings, pings[1:])) < 4, pings
            # logrotate's way: moved away, and told so.
            os.rename(log, log + ".1")
            manager.process.send_signal(signal.SIGHUP)
            until(lambda: os.path.exists(log), 5, "the log reopened")
            manager.process.send_signal(signal.SIGTERM)
            assert manager.process.wait(10) == 0
            assert manager.heard("STOPPING=1")
            assert manager.complaints() == "", "it complained"
        finally:
            end(manager.process)


def test_a_bad_line_is_named():
    with scratch() as directory:
        config = os.path.join(directory, "deadwait.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write("quiet\n\nage = soon\n")
        done = deadwait("watch", "--config", config)
        assert done.returncode == 2 and f"{config}:3: bad option 'age'".encode() in done.stderr, done
