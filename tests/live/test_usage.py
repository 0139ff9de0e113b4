# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong command lines and missing rights: one line, the right status."""
import os
import shutil

from harness import DEADWAIT, as_nobody, deadwait, run, scratch

WRONG = [
    (["--nonsense"], "nonsense"),
    (["watch", "-Z"], "Z"),
    (["watch", "-a", "5parsecs"], "5parsecs"),
    (["watch", "-d", "-1s"], "-1s"),
    (["watch", "-a"], "a"),
    (["watch", "-p", "12x"], "12x"),
    (["watch", "-p", "0"], "0"),
    (["watch", "-o", "xml"], "xml"),
    (["watch", "--only", "ghosts"], "ghosts"),
    (["watch", "-u", "no-such-user-here"], "no-such-user-here"),
    (["watch", "superfluous"], "superfluous"),
    (["frobnicate"], "frobnicate"),
    (["scan", "--error-exitcode", "many"], "many"),
]


def tests(selects):
    for words, named in WRONG:
        name = " ".join(words)
        if selects(name):
            yield name, lambda w=words, n=named: is_usage_error(w, n)


def is_usage_error(words, named):
    ended = deadwait(*words, timeout=20)
    lines = ended.stderr.decode().splitlines()
    assert ended.returncode == 2, f"status {ended.returncode}: {lines}"
    assert len(lines) == 1 and named in lines[0] and lines[0].startswith("deadwait: "), lines
    assert not ended.stdout, ended.stdout


def refused(argv):
    """Exit 3 and one line that names the thing."""
    ended = run(argv, timeout=20)
    lines = ended.stderr.decode().splitlines()
    assert ended.returncode == 3, f"status {ended.returncode}: {lines}"
    assert len(lines) == 1 and lines[0].startswith("deadwait: "), lines
    assert not ended.stdout, ended.stdout
    return lines[0]


def test_not_root():
    with scratch() as directory:
        binary = shutil.copy(DEADWAIT, os.path.join(directory, "deadwait"))
        said = refused(as_nobody(binary, "watch"))
        assert "CAP_" in said or "root" in said or "sudo" in said, said


def test_root_without_cap_bpf():
    said = refused(["setpriv", "--bounding-set=-bpf,-sys_admin", "--inh-caps=-bpf,-sys_admin", "--", DEADWAIT,
                    "watch"])
    assert "CAP_BPF" in said.upper(), said
