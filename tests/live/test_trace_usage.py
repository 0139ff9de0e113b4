# SPDX-License-Identifier: GPL-2.0-or-later
"""`trace` at a terminal and in a pipe: who reads, where it is written, what options do, two at once."""
import os
import re
import signal
import subprocess
import time

from harness import DEADWAIT, assert_clean_text, deadwait, end, holds_for, parse_lines, run, scratch, start, until
from tracing import REAPS_WAIT_S, Lives, Trace

WRONG = [
    (["--age", "1s"], "age"),
    (["--only", "zombie"], "only"),
    (["--orphans", "zombie"], "orphans"),
    (["--error-exitcode", "1"], "error-exitcode"),
    (["--follow"], "follow"),
    (["--famly", "1"], "famly"),
    (["--family", "none"], "none"),
    (["--family", "0"], "0"),
    (["--family"], "family"),
    (["--buffer", "1K"], "1K"),
    (["--buffer", "64k"], "64k"),
    (["--buffer", "2G"], "2G"),
    (["--buffer", "much"], "much"),
    (["-p", "1,,2"], "1,,2"),
    (["-d", "0"], "0"),
    (["-c", "relative/path"], "relative/path"),
    (["-o", "xml"], "xml"),
]
LINE = re.compile(rb"\d\d:\d\d:\d\d\.\d{6} \d+ +\S.* (fork|exec|exit|stop|continue|sigchld|deliver|wait|reap|reparent) +\S")
STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d \d+ +\S.* (fork|exit|wait|sigchld|reap) +\S")


def tests(selects):
    for words, named in WRONG:
        name = " ".join(words)
        if selects(name):
            yield name, lambda w=words, n=named: is_usage_error(w, n)


def is_usage_error(words, named):
    ended = deadwait("trace", *words, timeout=20)
    lines = ended.stderr.decode().splitlines()
    assert ended.returncode == 2, f"status {ended.returncode}: {lines}"
    assert len(lines) == 1 and named in lines[0] and lines[0].startswith("deadwait: "), lines
    assert not ended.stdout, ended.stdout


class Loop:
    """A shell that forks and waits until it is ended: something to tell all the time."""

    def __enter__(self):
        self.process = start(["bash", "-c", "while :; do /bin/true; done"])
        return self.process

    def __exit__(self, *_):
        end(self.process)


def test_head():
    """`trace | head`: the reader goes, trace ends at once, quietly, with 0."""
    with Loop() as loop, scratch() as directory:
        status, errors = os.path.join(directory, "status"), os.path.join(directory, "errors")
        line = f'{{ "{DEADWAIT}" trace --family {loop.pid} 2>"{errors}"; echo $? >"{status}"; }} | head -n 5'
        ended = run(["bash", "-c", line], timeout=30)
        assert ended.stdout.count(b"\n") == 5, ended.stdout
        until(lambda: os.path.exists(status) and os.path.getsize(status), 5, "the end of trace")
        with open(status, encoding="ascii") as f:
            assert f.read() == "0\n"
        with open(errors, encoding="utf-8") as f:
            assert f.read() == "deadwait: tracing; Ctrl-C ends\n"


def traced_into_a_pipe(pid):
    """A trace of that family whose standard output nobody reads yet: the process, and the end to read from."""
    heard, said = os.pipe()
    process = start([DEADWAIT, "trace", "-o", "json", "--family", str(pid)], stdout=said, stderr=subprocess.PIPE,
                    stdin=subprocess.DEVNULL)
    os.close(said)
    assert b"tracing" in process.stderr.readline()
    return process, heard


def test_reader_goes_while_nothing_happens():
    with Lives("steps") as idle:
        trace, heard = traced_into_a_pipe(idle.pid)
        os.close(heard)
        assert trace.wait(5) == 0
        assert not trace.stderr.read()
        end(trace)


def test_reader_that_stalls():
    """Nobody reads the pipe, it fills: SIGTERM ends it all the same."""
    with Loop() as loop:
        trace, heard = traced_into_a_pipe(loop.pid)
        until(lambda: held_up(trace.pid), 30, "the pipe to fill", pace=0.1)
        trace.send_signal(signal.SIGTERM)
        trace.wait(5)
        os.close(heard)
        end(trace)


def test_reader_is_slow_at_the_end_of_the_command():
    """The command ends while the pipe is full: all is told once it is read."""
    loop = "for ((i = 0; i < 300; i++)); do /bin/true; done; echo ended"
    trace = start([DEADWAIT, "trace", "-o", "json", "--", "bash", "-c", loop], stdout=subprocess.PIPE,
                  stderr=subprocess.PIPE)
    try:
        assert trace.stdout.readline() == b"ended\n"
        until(lambda: held_up(trace.pid), 15, "the pipe to fill", pace=0.1)
        assert not holds_for(lambda: trace.poll() is not None, 0.5), trace.returncode
        told = parse_lines(trace.communicate(timeout=15)[1])
        assert trace.returncode == 0 and told[-1]["type"] == "summary", (trace.returncode, told[-1])
        assert sum(event.get("event") == "fork" for event in told) == 300
    finally:
        end(trace)


def test_log_is_reopened_while_the_reader_stalls():
    """SIGHUP is about the log only, standard output is not given up for it."""
    with scratch() as directory, Loop() as loop:
        heard, said = os.pipe()
        trace = start([DEADWAIT, "trace", "--family", str(loop.pid), "-l", os.path.join(directory, "log")],
                      stdout=said, stderr=subprocess.PIPE)
        os.close(said)
        try:
            until(lambda: held_up(trace.pid), 30, "the pipe to fill", pace=0.1)
            trace.send_signal(signal.SIGHUP)
            assert not holds_for(lambda: trace.poll() is not None, 0.7), trace.returncode
            trace.send_signal(signal.SIGTERM)
            trace.wait(5)
        finally:
            os.close(heard)
            end(trace)


def held_up(pid):
    """It waits until it may write, not for events."""
    with open(f"/proc/{pid}/wchan", encoding="ascii") as f:
        return "poll_schedule" in f.read()


def test_stdout_closed_from_the_start():
    ended = run(["sh", "-c", f"exec >&-; exec '{DEADWAIT}' trace -d 1s"], timeout=20)
    said = ended.stderr.decode().splitlines()
    assert ended.returncode == 4 and len(said) <= 2 and "standard output" in said[-1], (ended.returncode, said)


def test_stdout_full_disk():
    with Loop() as loop, open("/dev/full", "wb") as full:
        ended = run([DEADWAIT, "trace", "--family", str(loop.pid)], stdout=full, timeout=20)
        said = ended.stderr.decode().splitlines()
        assert ended.returncode == 4 and len(said) == 2 and "No space left" in said[1], (ended.returncode, said)


def test_quiet():
    with Loop() as loop:
        ended = deadwait("trace", "-q", "-d", "300ms", "--family", str(loop.pid), timeout=20)
        assert ended.returncode == 0 and not ended.stderr, ended
        lines = ended.stdout.splitlines()
        assert len(lines) > 5 and all(LINE.match(line) for line in lines), [x for x in lines if not LINE.match(x)][:3]
        ended = deadwait("trace", "-q", "-d", "300ms", "-o", "json", "--family", str(loop.pid), timeout=20)
        kinds = {o["type"] for o in parse_lines(ended.stdout)}
        assert kinds == {"event"} and not ended.stderr, (kinds, ended.stderr)


def test_text():
    """Lines in columns, then the summary; its numbers are those of the lines."""
    with Loop() as loop:
        ended = deadwait("trace", "-d", "500ms", "--family", str(loop.pid), timeout=20)
    assert_clean_text(ended.stdout)
    *lines, first, second = ended.stdout.splitlines()
    assert all(LINE.match(line) for line in lines), [x for x in lines if not LINE.match(x)][:3]
    assert max(map(len, lines)) < 100, max(lines, key=len)
    assert re.fullmatch(rb"summary: traced for 0\.\ds: %d events told, 0 lost" % len(lines), first), first
    for kind, name in ((b" fork ", b"forks"), (b" exec ", b"execs"), (b" exit ", b"exits")):
        assert b" %d %s" % (sum(kind in line for line in lines), name) in second, (kind, second)


def test_timestamp():
    with Lives("steps") as lives, Trace("-T", "--family", str(lives.pid), output="text") as trace:
        lives.go()
        lives.finish()
        until(lambda: len(trace.lines) >= 12, 5, "the lines")
        lines = [line for _, line in trace.lines]
        assert all(STAMP.match(line) for line in lines), lines


def test_duration():
    begun = time.monotonic()
    ended = deadwait("trace", "-d", "1s", "--family", str(os.getpid()), timeout=20)
    took = time.monotonic() - begun
    assert ended.returncode == 0 and 1 <= took < 6, (ended, took)
    assert b"summary: traced for 1." in ended.stdout, ended.stdout


def test_term_is_a_normal_end():
    with Trace("--family", str(os.getpid())) as trace:
        assert trace.stop(signal.SIGTERM) == 0
        assert len(trace.objects("summary")) == 1


def test_log_beside_text():
    """-l: the same events as JSON lines; SIGHUP opens it anew."""
    with scratch() as directory, Lives("steps") as first, Lives("steps") as second:
        log, moved = os.path.join(directory, "log"), os.path.join(directory, "moved")
        with Trace("-l", log, "--family", f"{first.pid},{second.pid}", output="text") as trace:
            first.go()
            first.finish()
            exit_of = lambda pid: any(re.search(rb" %d .* exit " % pid, line) for _, line in list(trace.lines))
            until(lambda: exit_of(first.pid), 5, "the end of the first")
            reaps = lambda: sum(b" reap " in line for _, line in list(trace.lines))
            holds_for(lambda: reaps() >= 3, REAPS_WAIT_S)
            os.rename(log, moved)
            trace.process.send_signal(signal.SIGHUP)
            until(lambda: os.path.exists(log), 5, "a new log")
            second.go()
            second.finish()
            until(lambda: exit_of(second.pid), 5, "the end of the second")
            holds_for(lambda: reaps() >= 6, REAPS_WAIT_S)
            assert trace.stop() == 0
        logged = []
        for path in (moved, log):
            with open(path, "rb") as f:
                logged.append([o for o in parse_lines(f.read()) if o["type"] == "event"])
        text = [line for _, line in trace.lines if LINE.match(line)]
        assert len(text) == sum(map(len, logged)), (len(text), list(map(len, logged)))
        for line, event in zip(text, logged[0] + logged[1]):
            words = line.split()
            assert int(words[1]) == event["pid"] and f" {event['event']} ".encode() in line, (line, event)
        assert {e["pid"] for e in logged[0] if e["event"] == "fork"} == {first.pid}
        assert {e["pid"] for e in logged[1] if e["event"] == "fork"} == {second.pid}


def test_two_at_once():
    """Each tells all of what it is asked for; the end of one is nothing to the other."""
    with Lives("steps") as one, Lives("steps") as two:
        with Trace("--family", f"{one.pid},{two.pid}") as both:
            with Trace("--family", str(one.pid)) as first:
                one.go()
                one.finish()
                for trace in (both, first):
                    trace.wait_for_event("exit", one.pid)
            two.go()
            two.finish()
            both.wait_for_event("exit", two.pid)
        # Each reads the clock itself.
        told = lambda trace: [{k: v for k, v in e.items() if k not in ("time", "lived_s")} for e in trace.events()
                              if e["event"] not in ("reap", "reparent")]
        ours = {e["pid"] for e in first.events()}
        assert told(first) == [e for e in told(both) if e["pid"] in ours], "they tell different stories"
        assert len(both.events("fork")) == 6 and len(first.events("fork")) == 3


def test_hostile_name():
    """A name and a path of bytes that hurt: one clean line of text, one line of JSON that parses."""
    name = b"\x1b[2Jx\n\"\\\xff"
    with scratch() as directory:
        path = os.path.join(os.fsencode(directory), name)
        os.symlink("/bin/true", path)
        shell = start(["bash", "-c", 'read -r x; "$0"', path], stdin=subprocess.PIPE)
        with Trace("--family", str(shell.pid)) as as_json, \
                Trace("--family", str(shell.pid), output="text") as as_text:
            shell.stdin.write(b"go\n")
            shell.stdin.close()
            shell.wait(10)
            event = as_json.wait_for_event("exec", shell.pid) if not as_json.events("fork") else \
                until(lambda: as_json.events("exec"), 5)[0]
            until(lambda: any(b" exec " in line for _, line in as_text.lines), 5, "the exec in text")
            until(lambda: as_json.events("exit"), 5, "an exit")
        end(shell)
    assert event["filename"].endswith("/\x1b[2Jx\n\"\\\\xff"), event
    assert event["comm"] == "\x1b[2Jx\n\"\\\\xff", event
    text = b"".join(line for _, line in as_text.lines)
    assert_clean_text(text)
    assert rb'\x1b[2Jx\x0a"\\\xff' in text, text


def test_nothing_is_told_of_itself():
    """With no filter it does not tell of its own start, and does not go round in circles."""
    with Trace() as trace:
        assert not holds_for(lambda: trace.events(pid=trace.pid), 0.3), trace.events(pid=trace.pid)
