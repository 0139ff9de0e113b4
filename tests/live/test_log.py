# SPDX-License-Identifier: GPL-2.0-or-later
"""-l FILE: appended lines, and what happens when the file cannot be written."""
import gzip
import json
import os
import re
import signal

from harness import DEADWAIT, ROOT, Watch, parse_lines, run, scratch, start, until
from scenario import Scenario, built, command
from services import Space, fill


def read(path):
    with open(path, "rb") as f:
        return f.read()


def logged(path, pid):
    return [o for o in parse_lines(read(path)) if o.get("type") == "zombie" and o["child"]["pid"] == pid]


def test_log_is_appended_to():
    with scratch() as directory:
        path = os.path.join(directory, "log")
        with open(path, "wb") as f:
            f.write(b'{"before":true}\n')
        with Watch("-a", "200ms", "-l", path, output="text") as watch:
            with built("never-waits", "sick") as sick:
                child = sick.children[0]
                until(lambda: logged(path, child), 3, "the finding in the log")
            until(lambda: logged(path, child)[-1]["state"] == "closed", 5, "its end in the log")
            assert watch.process.poll() is None
        lines = parse_lines(read(path))
        assert lines[0] == {"before": True}, lines[0]
        assert [o["state"] for o in logged(path, child)][0] == "open"


def test_log_is_reopened_on_sighup():
    with scratch() as directory:
        path = os.path.join(directory, "log")
        with Watch("-a", "200ms", "-l", path) as watch:
            with built("never-waits", "sick") as first:
                until(lambda: logged(path, first.children[0]), 3, "the first finding in the log")
            os.rename(path, path + ".1")
            watch.process.send_signal(signal.SIGHUP)
            until(lambda: os.path.exists(path), 3, "the new log")
            with built("never-waits", "sick") as second:
                until(lambda: logged(path, second.children[0]), 3, "the second finding in the new log")


def test_log_that_cannot_be_opened():
    for path in ("/nowhere/at/all/log", "/"):
        ended = run([DEADWAIT, "watch", "-l", path], timeout=20)
        lines = ended.stderr.decode().splitlines()
        assert ended.returncode == 4, f"status {ended.returncode}: {lines}"
        assert len(lines) == 1 and path in lines[0], lines


def test_full_disk():
    """Said once, the tool goes on, what was lost is counted, and it writes again once there is room."""
    with scratch() as directory:
        mount = f"mount -t tmpfs -o size=2m none '{directory}' && exec \"$@\""
        watch = Watch("-a", "200ms", "-l", os.path.join(directory, "log"),
                      prefix=["unshare", "--mount", "sh", "-c", mount, "sh"])
        inside = f"/proc/{watch.pid}/root{directory}"
        until(lambda: os.path.exists(f"{inside}/log"), 5, "the log")
        # The log has a last block with some room in it.
        with built("never-waits", "sick") as sick:
            until(lambda: logged(f"{inside}/log", sick.children[0]), 5, "the first line of the log")
        fill(f"{inside}/fill")
        quiet = len(watch.errors)
        # More lines than fit into what may be left of the log's last page.
        with built("many", "60") as many:
            watch.wait_for(many.children[-1], 5)
            said = until(lambda: watch.errors[quiet:], 5, "the word about the full disk")
            with built("never-waits", "sick-three") as sick:
                for child in sick.children:
                    watch.wait_for(child, 3)
            # Their ends are shorter lines: one may fit into the last block, which is no end of the trouble.
            many.end()
            until(lambda: watch.latest(many.children[-1])["state"] == "closed", 5, "the end of the many")
            said = watch.errors[quiet:]
            assert len(said) == 1 and "No space left" in said[0], said
            os.unlink(f"{inside}/fill")
            more = []
            try:
                def written_again():
                    more.append(Scenario(command("never-waits", "sick")).ready())
                    watch.wait_for(more[-1].children[0], 3)
                    return logged(f"{inside}/log", more[-1].children[0])
                until(written_again, 20, "the first line after there was room again", pace=0.5)
            finally:
                for scenario in more:
                    scenario.end()
        until(lambda: len(watch.errors) >= quiet + 2, 5, "the word about the end of the trouble")
        told = [o["count"] for o in parse_lines(read(f"{inside}/log")) if o["type"] == "lost" and o["reason"] == "log"]
        assert watch.stop() == 0
        assert f"works again; lines lost: {sum(told)}" in watch.errors[quiet + 1], (told, watch.errors[quiet:])
        lost = watch.objects("summary")[-1]["lost"]["log_lines"]
        assert lost == sum(told) > 0, f"{lost} lines lost by the summary, {told} by the log"
        assert len(watch.errors) == quiet + 2, watch.errors[quiet:]


def rotated(snippet):
    """Rotates twice while findings come, with the rules of contrib; each line must be in one of the files, once."""
    with Space() as space:
        space.write("/run/deadwait", snippet)
        # What stands for the service's manager.
        space.write("/run/systemctl", '#!/bin/sh\nread -r pid < /run/pid\nkill -HUP "$pid"\necho "$*" >> /run/asked\n', 0o755)

        def rotate():
            done = space.run(["logrotate", "-f", "-s", "/run/state", "/run/deadwait"],
                             env={**os.environ, "PATH": "/run:" + os.environ["PATH"]})
            assert done.returncode == 0 and not done.stderr, done.stderr
            return "/var/log/deadwait.json"

        def in_file(name, pid):
            return [o for o in parse_lines(space.read(name)) if o["type"] == "zombie" and o["child"]["pid"] == pid]

        with Watch("-a", "200ms", "-l", "/var/log/deadwait.json", prefix=space.enter) as watch:
            space.write("/run/pid", f"{watch.pid}\n")
            with built("never-waits", "sick") as first, built("never-waits", "sick-three") as more:
                child = first.children[0]
                until(lambda: in_file("/var/log/deadwait.json", child), 3, "the first finding in the log")
                until(lambda: in_file("/var/log/deadwait.json", more.children[-1]), 3, "the others")
                log = rotate()
                assert in_file(f"{log}.1", child) and not in_file(log, child)
                with built("never-waits", "sick") as second:
                    until(lambda: in_file(log, second.children[0]), 3, "the second finding in the new log")
                    until(lambda: space.read(log).endswith(b"\n"), 3, "the whole line")
                    rotate()
                    assert in_file(f"{log}.1", second.children[0])
            until(lambda: in_file(log, child), 5, "the end of the first in the newest log")
            oldest = gzip.decompress(space.read(f"{log}.2.gz"))
            assert watch.stop() == 0
        lines = parse_lines(oldest + space.read(f"{log}.1") + space.read(log))
        assert lines == watch.objects(), f"{len(lines)} lines in the files, {len(watch.objects())} printed"
        return space.read("/run/asked").decode().splitlines()


def logrotate_snippet():
    with open(os.path.join(ROOT, "contrib", "deadwait.logrotate"), encoding="utf-8") as f:
        return f.read()


def test_logrotate():
    asked = rotated(logrotate_snippet())
    assert asked == ["kill --signal=HUP deadwait.service"] * 2, asked


def test_logrotate_copytruncate():
    """The snippet with `create` and postrotate replaced, as it says itself."""
    snippet = re.sub(r"\tcreate\n.*endscript", "\tcopytruncate", logrotate_snippet(), flags=re.S)
    assert "copytruncate\n}" in snippet and "systemctl" not in snippet, snippet
    assert rotated(snippet) == []


def test_two_writers():
    """Two deadwaits, one file: every line whole, and all of both."""
    with scratch() as directory:
        path = os.path.join(directory, "log")
        with Watch("-a", "200ms", "-l", path) as one, Watch("-a", "200ms", "-l", path) as two:
            with built("many", "300") as many:
                for watch in (one, two):
                    watch.wait_for(many.children[-1], 10)
            for watch in (one, two):
                until(lambda w=watch: w.latest(many.children[-1])["state"] == "closed", 10, "the end of the findings")
            assert one.stop() == two.stop() == 0
        lines = parse_lines(read(path))
        printed = one.objects() + two.objects()
        assert len(lines) == len(printed), f"{len(lines)} lines in the log, {len(printed)} printed"
        text = lambda objects: sorted(json.dumps(o, sort_keys=True) for o in objects)
        assert text(lines) == text(printed)


def test_log_level_all():
    """A leak gets surer: that is a line of the log, but not of standard output."""
    with scratch() as directory:
        path = os.path.join(directory, "log")
        with Watch("-a", "200ms", "-l", path, "--log-level", "all") as watch:
            with built("never-waits", "sick") as sick:
                child = sick.children[0]
                watch.wait_for(child, 3)
                assert watch.latest(child)["confidence"] == "possible"
                surer = until(lambda: [o for o in logged(path, child) if o["confidence"] == "likely"], 15,
                              "the step to likely in the log", pace=0.2)
                assert surer[0]["state"] == "update", surer
                assert len(watch.findings(child)) == 1, watch.findings(child)


def test_stdout_full_disk():
    """stdout on /dev/full is no reason to hang."""
    with built("never-waits", "sick"), open("/dev/full", "wb") as full:
        process = start([DEADWAIT, "watch", "-a", "200ms", "-d", "2s"], stdout=full, stderr=-1, stdin=-3)
        assert process.wait(15) in (0, 4), process.returncode
        process.stderr.close()
