# SPDX-License-Identifier: GPL-2.0-or-later
"""-l FILE: appended lines, and what happens when the file cannot be written."""
import os
import signal

from harness import DEADWAIT, Watch, parse_lines, run, scratch, start, until
from scenario import Scenario, built, command


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


def lost_lines(summary):
    """Whatever the summary calls lost lines of the log."""
    def numbers(value, inside):
        if isinstance(value, dict):
            return sum(numbers(v, inside or "lost" in k) for k, v in value.items())
        return value if inside and isinstance(value, (int, float)) and not isinstance(value, bool) else 0
    return numbers(summary, False)


def test_full_disk():
    """Said once, the tool goes on, what was lost is counted, and it writes again once there is room."""
    with scratch() as directory:
        mount = f"mount -t tmpfs -o size=64k none '{directory}' && exec \"$@\""
        watch = Watch("-a", "200ms", "-l", os.path.join(directory, "log"),
                      prefix=["unshare", "--mount", "sh", "-c", mount, "sh"])
        inside = f"/proc/{watch.pid}/root{directory}"
        until(lambda: os.path.exists(f"{inside}/log"), 5, "the log")
        with open(f"{inside}/fill", "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"x" * 4096)
            except OSError:
                pass
        quiet = len(watch.errors)
        # More lines than fit into what may be left of the log's last page.
        with built("many", "60") as many:
            watch.wait_for(many.children[-1], 5)
            said = until(lambda: watch.errors[quiet:], 5, "the word about the full disk")
            with built("never-waits", "sick-three") as sick:
                for child in sick.children:
                    watch.wait_for(child, 3)
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
        assert watch.stop() == 0
        summary = watch.objects("summary")[-1]
        assert lost_lines(summary) > 0, f"the summary does not count lost lines: {summary}"


def test_stdout_full_disk():
    """stdout on /dev/full is no reason to hang."""
    with built("never-waits", "sick"), open("/dev/full", "wb") as full:
        process = start([DEADWAIT, "watch", "-a", "200ms", "-d", "2s"], stdout=full, stderr=-1, stdin=-3)
        assert process.wait(15) in (0, 4), process.returncode
        process.stderr.close()
