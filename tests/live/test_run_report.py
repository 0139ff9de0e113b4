# SPDX-License-Identifier: GPL-2.0-or-later
"""run: what it reports of sick programs, each left-behind zombie with its cause, and the silence about healthy ones."""
import os
import re
import sys

import harness
from harness import CONTAIN, assert_clean_text, scratch
from runner import run

# `gone .2`: until all children so far have ended, and .2 s; they hold the write end of a pipe open as long as they live.
PERL = "use POSIX; use POSIX ':sys_wait_h'; pipe R, W; sub nap { select undef, undef, undef, $_[0] } " \
       "sub gone { close W; 1 until defined sysread R, $b, 1; nap $_[0] } "

# What a parent did with its child, and the cause that its end must be reported with. All exit with 4.
LEFT = {
    "never-waits": "fork or exit 3; gone .2; exit 4",
    "kills-never-waits": "$p = fork or sleep 60; nap .1; kill 'TERM', $p; gone .2; exit 4",
    "late-handler": "fork or exit 3; gone .1; $SIG{CHLD} = sub { wait }; nap .2; POSIX::_exit(4)",
    "handler-ran-no-wait": "$SIG{CHLD} = sub { $seen++ }; fork or exit 3; gone .1; nap .1; exit 4",
    "asked-too-early": "$p = fork or do { nap .3; exit 3 }; waitpid $p, WNOHANG; gone .2; exit 4",
    "waits-for-others": "fork or exit 3; gone .1; $p = fork or do { nap .3; exit 0 }; waitpid $p, 0; exit 4",
    "exit-signal": "$p = syscall 56, 0, 0, 0, 0, 0; POSIX::_exit(3) unless $p; gone .2; exit 4",
    "clone-parent": "$q = fork or do { $p = syscall 56, 0x8000 | 17, 0, 0, 0, 0; POSIX::_exit(3) unless $p; "
                    "POSIX::_exit(0) }; waitpid $q, 0; gone .2; exit 4",
    "sigchld-merged": "$SIG{CHLD} = sub { wait }; $s = POSIX::SigSet->new(SIGCHLD); sigprocmask(SIG_BLOCK, $s); "
                      "for (1 .. 3) { fork or exit 3 } gone .1; sigprocmask(SIG_UNBLOCK, $s); nap .2; exit 4",
}
LEFT_ARGV = {cause: ["perl", "-e", PERL + program] for cause, program in LEFT.items()}
LEFT_ARGV["exec-inherited"] = ["bash", "-c", "sleep 0.1 & exec perl -e 'select undef, undef, undef, .8; exit 4'"]
LEFT_ARGV["held"] = [sys.executable, "-c", "import os, time; p = os.fork() or os._exit(3); "
                                           "os.waitid(os.P_PID, p, os.WEXITED | os.WNOWAIT); time.sleep(.2); os._exit(4)"]
CHILDREN = {"sigchld-merged": 2}

HEALTHY = {
    "shell jobs and wait": ["bash", "-c", "for i in 1 2 3 4 5; do sleep 0.0$i & done; wait; exit 4"],
    "wait -n": ["bash", "-c", "for i in 1 2 3; do sleep 0.$i & done; wait -n; wait -n; wait; exit 4"],
    "pipeline": ["bash", "-c", "seq 1 20000 | sort -r | uniq -c | tail -1 >/dev/null; x=$(ls / | wc -l); exit 4"],
    "dash": ["sh", "-c", "(true & ); sleep 0.1 & true; wait; exit 4"],
    "subprocess": [sys.executable, "-c",
                   "import subprocess, sys\nfor i in range(20): subprocess.run(['true'])\n"
                   "subprocess.run('sleep 0.1; false', shell=True); p = subprocess.Popen(['sleep', '0.2']); p.wait(); "
                   "sys.exit(4)"],
    "multiprocessing": [sys.executable, "-c", "import multiprocessing, sys\nif __name__ == '__main__':\n"
                        "  with multiprocessing.get_context('fork').Pool(4) as p: p.map(abs, range(100))\n"
                        "  p.join(); sys.exit(4)"],
    "perl": ["perl", "-e", "for (1 .. 50) { fork or exit 3 } 1 while wait > 0; exit 4"],
    "loop in its handler": ["perl", "-e", PERL + "$SIG{CHLD} = sub { $n++ while waitpid(-1, WNOHANG) > 0 }; "
                            "for (1 .. 20) { fork or exit 3 } nap .1 while $n < 20; exit 4"],
    "SIG_IGN": ["perl", "-e", PERL + "$SIG{CHLD} = 'IGNORE'; for (1 .. 20) { fork or exit 3 } gone .1; exit 4"],
    "xargs": ["sh", "-c", "seq 1 100 | xargs -n 1 -P 4 true; exit 4"],
    "vfork": [sys.executable, "-c", "import os, sys\nfor i in range(20): os.waitpid(os.posix_spawn('/bin/true', ['true'],"
              " {}), 0)\nsys.exit(4)"],
    "threads": [sys.executable, "-c", "import subprocess, sys, threading\n"
                "t = [threading.Thread(target=lambda: subprocess.run(['sleep', '0.1'])) for _ in range(8)]\n"
                "[x.start() for x in t]; [x.join() for x in t]; sys.exit(4)"],
}


def tests(selects):
    for cause, argv in sorted(LEFT_ARGV.items()):
        if selects(f"left {cause}"):
            yield f"left {cause}", lambda c=cause, a=argv: is_left(c, a)
        # Under an init that reaps at once, no pass ever sees the zombie.
        if selects(f"left at once {cause}"):
            yield f"left at once {cause}", lambda c=cause, a=argv: is_left(c, [CONTAIN, *a])
    for name, argv in HEALTHY.items():
        if selects(f"healthy {name}"):
            yield f"healthy {name}", lambda a=argv: run(*a, options=["--error-exitcode", "99"]).assert_clean(4)


def is_left(cause, argv):
    count = CHILDREN.get(cause, 1)
    ended = run(*argv)
    assert ended.status == 4, ended
    assert [c for c in ended.causes() if c != "unknown"] == [cause], ended
    assert ended.text.count(" ZOMBIE ") == 1, ended
    assert ended.text.count(", left behind") == count, ended
    assert "still there" not in ended.text and "parent has ended" in ended.text, ended
    balance = ended.balance()
    assert balance["left dead"] == count and not balance["still dead"], ended
    assert balance["forks"] + 1 == balance["exits"] == balance["reaped"] + count, ended
    assert_clean_text(ended.err)
    assert max(map(len, ended.lines)) < 100, ended
    assert "the parent lives" not in " ".join(ended.text.split()), ended


def test_exits_right_after_its_child():
    """The child ends, the parent sees the end of a pipe and exits: no time to reap in, nothing to report."""
    once = "pipe R, W; if (!fork) { close R; exit 0 } close W; sysread R, $b, 1; exit 0"
    fifty = f"for i in $(seq 50); do perl -e '{once}'; done"
    # In real time, so that a busy machine does not come in between.
    ended = run("chrt", "-f", "10", CONTAIN, "sh", "-c", fifty)
    ended.assert_clean()
    assert ended.balance()["forks"] >= 100, ended
    for _ in range(5):
        run("chrt", "-f", "10", "perl", "-e", once).assert_clean()


def test_exit_one_after_the_other():
    """Each leaves a child that is dead for 10 ms. That others exit later in the same tick makes it no older."""
    once = "if (!fork) { fork or exit 0; nap .01; exit 0 } wait; nap .015;"
    ended = run("chrt", "-f", "10", "perl", "-e", PERL + once * 10 + "exit 4").assert_clean(4)
    assert ended.balance()["left dead"] == 10, ended


def test_make():
    with scratch() as directory:
        with open(os.path.join(directory, "Makefile"), "w", encoding="ascii") as f:
            f.write("all: $(foreach n,$(shell seq 40),t$(n))\nt%:\n\t@sleep 0.02; echo $@ | cat >/dev/null\n")
        ended = run("make", "-j4", cwd=directory, options=["--error-exitcode", "99"]).assert_clean()
        assert ended.balance()["forks"] >= 120, ended


# --- zombies that do not stay ---

def test_reaped_late():
    program = PERL + "fork or exit 3; nap 1.8; wait; exit 4"
    ended = run("perl", "-e", program)
    assert ended.status == 4 and ended.text.count(" ZOMBIE ") == 1, ended
    assert ", exit 3, reaped after 1." in ended.text or ", exit 3, reaped after 2." in ended.text, ended
    balance = ended.balance()
    assert balance["forks"] == 1 and balance["exits"] == 2 == balance["reaped"], ended
    run("perl", "-e", program, options=["-a", "10s", "--error-exitcode", "99"]).assert_clean(4)
    assert run("perl", "-e", program, options=["--error-exitcode", "99"]).status == 99


def test_still_there():
    """A daemon keeps its zombie when CMD ends."""
    daemon = PERL + "if (!fork) { POSIX::setsid(); fork or exit 3; nap 30 } nap 1.5; exit 4"
    ended = run(*contained("perl", "-e", daemon))
    assert ended.status == 4, ended
    ended = run("perl", "-e", daemon.replace("nap 30", "nap 3"), options=["-a", "500ms"],
                stdout=harness.subprocess.DEVNULL, stderr=harness.subprocess.PIPE)
    assert ", still there" in ended.text and ended.status == 4, ended
    balance = ended.balance()
    assert balance["still dead"] == 1 and balance["still running"] == 1, ended
    assert balance["forks"] + 1 == 3 and balance["exits"] == 2 and balance["reaped"] == 1, ended
    assert " ORPHAN " in ended.text and "daemonized" in ended.text, ended


def contained(*argv):
    return [CONTAIN, *argv]


def test_certain_before_it_is_left():
    """Reported already while its parent lived: the parent that left it is named, not the adopter."""
    program = LEFT["sigchld-merged"].replace("nap .2; exit 4", "for (1 .. 5) { nap .5 } exit 4")
    for argv in (["perl", "-e", PERL + program], [CONTAIN, "perl", "-e", PERL + program]):
        ended = run(*argv)
        assert ended.status == 4 and ended.causes()[:1] == ["sigchld-merged"], ended
        assert ended.text.count(" ZOMBIE  2 children of ") == 1 and ended.text.count(", left behind") == 2, ended
        assert "(perl)  cause" in ended.text and "adopted from" not in ended.text, ended
        assert len(re.findall(r"^\S+ SIGCHLD ", ended.text, re.M)) == 1 and "lost 2 of 3 SIGCHLDs" in ended.text, ended
        assert ended.balance()["left dead"] == 2, ended


def test_zombies_of_grandchildren():
    """Deep in the family, each parent is told apart."""
    program = PERL + "for (1 .. 3) { if (!fork) { for (1 .. 2) { fork or exit 3 } nap .3; exit 0 } } 1 while wait > 0; exit 4"
    ended = run(*contained("perl", "-e", program))
    assert ended.status == 4, ended
    assert ended.text.count(" ZOMBIE  2 children of ") == 3 and ended.causes() == ["never-waits"] * 3, ended
    assert ended.balance()["left dead"] == 6, ended


def test_lost_status():
    program = PERL + "$SIG{CHLD} = 'IGNORE'; $p = fork or exit 3; nap .2; waitpid $p, 0; exit 4"
    ended = run("perl", "-e", program)
    assert ended.causes() == ["auto-reaped"] and " STATUS " in ended.text and ended.status == 4, ended
    balance = ended.balance()
    assert balance["autoreaped"] == 1 and balance["reaped"] == 1 and balance["exits"] == 2, ended


def test_many_are_one_paragraph():
    """500 of one parent: twenty are named, the rest is counted."""
    program = PERL + "for (1 .. 500) { fork or exit 3 } nap .5; exit 4"
    ended = run(*contained("perl", "-e", program))
    assert ended.status == 4 and ended.text.count(" ZOMBIE  ") == 1, ended
    assert ended.text.count(", left behind") == 20 and "and 480 more of this parent" in ended.text, ended
    assert ended.balance()["left dead"] == 500, ended


def test_hostile_names():
    program = PERL + r"$0 = qq(\e[2J\n\xff); fork or exit 3; nap .3; exit 4"
    ended = run("perl", "-e", program)
    assert ended.status == 4 and "\\x1b[2J\\x0a\\xff" in ended.text, ended
    assert_clean_text(ended.err)
