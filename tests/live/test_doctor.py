# SPDX-License-Identifier: GPL-2.0-or-later
"""doctor, and what is missing when a hook is: the findings that rest on it must not come (negative control)."""
import contextlib
import json
import os

from harness import Watch, as_nobody, deadwait, run, DEADWAIT, assert_clean_text
from scenario import built

# Of each hook, a scenario whose cause cannot be told without it.
CONTROLS = {
    "dw_fork": "clone-parent",
    "dw_exec": "sigchld-blocked-inherited",
    "dw_exit": "handler-ran-no-wait",
    "dw_signal": "sigchld-merged",
    "dw_deliver": "handler-replaced",
    "dw_wait": "asked-too-early",
}


@contextlib.contextmanager
def switched_off(hook):
    os.environ["DEADWAIT_OFF"] = hook
    try:
        yield
    finally:
        del os.environ["DEADWAIT_OFF"]


def examine(*args):
    done = deadwait("doctor", "-o", "json", *args)
    return done.returncode, json.loads(done.stdout)


def test_all_is_well():
    status, told = examine()
    assert status == 0 and told["watch"] == "fully" and told["scan"] == "task list", told
    assert {hook["state"] for hook in told["hooks"] if hook["tier"] == "base"} == {"attached"}, told["hooks"]
    assert told["history_bytes"] == 480 * told["history_records"], told
    text = deadwait("doctor")
    assert text.returncode == 0 and b"can run fully" in text.stdout
    assert_clean_text(text.stdout)


def test_without_privileges():
    done = run(as_nobody(DEADWAIT, "doctor", "-o", "json"))
    told = json.loads(done.stdout)
    assert done.returncode == 3, done
    assert told["watch"] == "no" and told["scan"] == "/proc" and told["reason"], told
    assert not any(told["privileges"].values()), told


def test_not_the_hosts_pids():
    done = run(["unshare", "--pid", "--fork", "--mount-proc", DEADWAIT, "doctor", "-o", "json"])
    told = json.loads(done.stdout)
    assert done.returncode == 3 and not told["host_pids"] and "--pid=host" in told["reason"], told


def check_without(hook):
    with switched_off(hook):
        status, told = examine()
        assert status == 3 and told["watch"] == "partly", told
        assert [h["program"] for h in told["hooks"] if h["state"] == "switched off"] == [hook], told
        cause = CONTROLS[hook]
        assert cause in next(h for h in told["hooks"] if h["program"] == hook)["without"]
        with Watch("-a", "200ms") as watch, built(cause, "sick") as sick:
            # It still runs, says what is missing, and finds the zombie; the cause it cannot tell.
            line = watch.wait_for(sick.children[0], 4)
            assert line["cause"] != cause, line
            assert any(hook in error and cause in error for error in watch.errors), watch.errors


def test_without_fork():
    check_without("dw_fork")


def test_without_exec():
    check_without("dw_exec")


def test_without_exit():
    check_without("dw_exit")


def test_without_signal():
    check_without("dw_signal")


def test_without_deliver():
    check_without("dw_deliver")


def test_without_wait():
    check_without("dw_wait")


def test_without_the_pass():
    with switched_off("dw_pass"):
        status, told = examine()
        assert status == 3 and told["watch"] == "no", told
        done = deadwait("watch", "-d", "1s")
        assert done.returncode == 3 and b"dw_pass" in done.stderr, done


def test_without_btf():
    """As on a kernel built without CONFIG_DEBUG_INFO_BTF: its file is hidden, in a mount namespace of its own."""
    def hidden(*words):
        hide = "mount -t tmpfs tmpfs /sys/kernel/btf && exec \"$@\""
        return run(["unshare", "--mount", "sh", "-c", hide, "sh", DEADWAIT, *words])

    for words, status in ((["watch", "-d", "1s"], 3), (["trace", "-d", "1s"], 3), (["run", "--", "true"], 125)):
        done = hidden(*words)
        assert done.returncode == status and b"CONFIG_DEBUG_INFO_BTF" in done.stderr, done
        assert done.stderr.count(b"\n") == 1 and not done.stdout, done
    told = json.loads(hidden("doctor", "-o", "json").stdout)
    assert not told["btf"] and told["watch"] == "no" and "CONFIG_DEBUG_INFO_BTF" in told["reason"], told
    done = hidden("scan")
    assert done.returncode == 0 and b"CONFIG_DEBUG_INFO_BTF" in done.stderr, done
