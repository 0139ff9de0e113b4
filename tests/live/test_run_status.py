# SPDX-License-Identifier: GPL-2.0-or-later
"""run: its exit status is the command's, or says what went wrong."""
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor

import harness
from harness import DEADWAIT, as_nobody, scratch
from runner import run

AT_ONCE = 4

# What a default action does not end a process for.
HARMLESS = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH, signal.SIGSTOP, signal.SIGTSTP,
            signal.SIGTTIN, signal.SIGTTOU}
FATAL = [n for n in range(1, signal.SIGRTMAX + 1) if n not in (32, 33) and n not in HARMLESS]

# Raises it with the default action and nothing blocked, whatever the shell would do about it.
RAISE = "import ctypes,os,sys; n = int(sys.argv[1]); ctypes.CDLL(None).signal(n, None); os.kill(os.getpid(), n)"

NEVER_WAITS = ["perl", "-e", "fork or exit 3; select undef, undef, undef, 0.3; exit 4"]
# Three die while SIGCHLD is blocked, the handler reaps one.
MERGES = ["perl", "-e", """
use POSIX; $SIG{CHLD} = sub { wait };
my $set = POSIX::SigSet->new(SIGCHLD);
sigprocmask(SIG_BLOCK, $set);
pipe(R, W); for (1 .. 3) { if (!fork) { close R; exit 0 } } close W; sysread(R, my $b, 1);
select undef, undef, undef, 0.1;
sigprocmask(SIG_UNBLOCK, $set); select undef, undef, undef, 0.3; exit 4"""]
IGNORES = ["perl", "-e", "$SIG{CHLD} = 'IGNORE'; $p = fork or exit 3; select undef, undef, undef, 0.1; waitpid $p, 0; "
           "exit 4"]
CLEAN = ["perl", "-e", "fork or exit 3; wait; exit 4"]


def each(values, check):
    """Runs the check of every value, some at once; the first that fails is raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(check, value) for value in values]:
            done.result()


def test_exit_codes():
    def check(code):
        ended = run("sh", "-c", f"exit {code}", options=["-q"])
        assert ended.status == code, f"{code}: {ended}"
        assert not ended.err, f"{code}: {ended}"
    each(range(256), check)


def test_fatal_signals():
    def check(sig):
        ended = run("python3", "-c", RAISE, sig, options=["-q"], preexec_fn=no_core)
        assert ended.status == 128 + sig, f"{sig}: {ended}"
    each(FATAL, check)


def no_core():
    import resource  # pylint: disable=import-outside-toplevel
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def test_core_dumps():
    with scratch() as directory:
        for sig in (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT):
            ended = run("sh", "-c", 'ulimit -c unlimited; exec python3 -c "$0" "$1"', RAISE, int(sig), cwd=directory)
            ended.assert_clean(128 + sig)


def test_killed_from_outside():
    """128 + n of CMD itself, not of a child that the shell reports by an exit code of its own."""
    run("sh", "-c", "exec 2>/dev/null; sh -c 'kill -9 $$'; exit 5").assert_clean(5)
    run("sh", "-c", "exec 2>/dev/null; sh -c 'kill -9 $$'; exit $?").assert_clean(137)


def failed(status, *argv, **kwargs):
    """It ended with this status and one line."""
    ended = run(*argv, **kwargs)
    assert ended.status == status, ended
    assert len(ended.lines) == 1 and ended.lines[0].startswith("deadwait: "), ended
    assert not ended.out, ended
    return ended.lines[0]


def test_not_found():
    assert "'no-such-command-here'" in failed(127, "no-such-command-here")
    assert "No such file" in failed(127, "/no/such/command", "arg")
    failed(127, "no-such-command-here", options=["-q", "--error-exitcode", "9"])
    failed(127, "no-such-command-here", preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))


def test_cannot_be_run():
    assert "Permission denied" in failed(126, "/etc/passwd")
    failed(126, "/")
    with scratch() as directory:
        path = os.path.join(directory, "bad")
        with open(path, "wb") as f:
            f.write(b"#!/no/such/interpreter\n")
        os.chmod(path, 0o755)
        assert failed(127, path)  # as env says: the file is there, its interpreter is not found


def test_hostile_name_of_a_command():
    line = failed(127, b"/no/\x1b[2J\xff\n".decode("utf-8", "surrogateescape"))
    assert "\x1b" not in line and "\\x1b[2J" in line, line


def test_own_failure():
    with scratch() as directory:
        binary = shutil.copy(DEADWAIT, os.path.join(directory, "deadwait"))
        ended = harness.run([*as_nobody(binary, "run", "--", "touch", os.path.join(directory, "ran"))])
        lines = ended.stderr.decode().splitlines()
        assert ended.returncode == 125, f"{ended.returncode}: {lines}"
        assert len(lines) == 1 and "CAP_" in lines[0], lines
        assert not os.path.exists(os.path.join(directory, "ran"))
        assert "log" in failed(125, "touch", os.path.join(directory, "ran"), options=["-l", "/no/such/directory/log"])
        assert not os.path.exists(os.path.join(directory, "ran"))


def test_usage():
    for words in ([], ["--"], ["--nonsense", "true"], ["-d", "1s", "--", "true"], ["--error-exitcode", "256", "true"]):
        ended = harness.deadwait("run", *words, timeout=20)
        lines = ended.stderr.decode().splitlines()
        assert ended.returncode == 2, f"{words}: {ended.returncode} {lines}"
        assert len(lines) == 1 and lines[0].startswith("deadwait: "), lines
        assert not ended.stdout


def test_options_end_at_the_command():
    """With or without `--`: what follows the command is the command's."""
    ended = harness.deadwait("run", "sh", "-c", "echo $0; exit 3", "-q", timeout=20)
    assert ended.returncode == 3 and ended.stdout == b"-q\n", ended
    ended = harness.deadwait("run", "-q", "echo", "--follow", "--", "-o", timeout=20)
    assert ended.returncode == 0 and ended.stdout == b"--follow -- -o\n" and not ended.stderr, ended


# --- --error-exitcode ---

def test_error_exitcode_zombie():
    assert run(*NEVER_WAITS).status == 4
    ended = run(*NEVER_WAITS, options=["--error-exitcode", "99"])
    assert ended.status == 99 and "never-waits" in ended.causes(), ended
    ended = run(*NEVER_WAITS, options=["--error-exitcode", "0"])
    assert ended.status == 0, ended


def test_error_exitcode_sigchld():
    ended = run(*MERGES, options=["--error-exitcode", "99", "--only", "sigchld"])
    assert ended.status == 99 and "lost 2 of 3 SIGCHLDs" in ended.text, ended
    assert " ZOMBIE " not in ended.text, ended


def test_error_exitcode_status():
    ended = run(*IGNORES, options=["--error-exitcode", "99"])
    assert ended.status == 99 and ended.causes() == ["auto-reaped"], ended
    assert " STATUS " in ended.text and " ZOMBIE " not in ended.text, ended


def test_error_exitcode_clean():
    ended = run(*CLEAN, options=["--error-exitcode", "99"]).assert_clean(4)
    assert len(ended.lines) == 1 and ended.err.endswith(b"\n"), ended
    run("sh", "-c", "kill -9 $$", options=["--error-exitcode", "99"]).assert_clean(137)
