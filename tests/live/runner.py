# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of `deadwait run` share: a run and what it said."""
import re
import time

import harness
from harness import DEADWAIT, parse_lines

BALANCE = re.compile(r"^deadwait: (\d+) forks?, (\d+) exits?, (\d+) reaped(.*); (\d+) SIGCHLDs? merged; "
                     r"unreaped at most (\S+)$")
PARTS = ("autoreaped", "left dead", "still dead", "still running")


class Ended:
    """A run that has ended."""

    def __init__(self, status, out, err, seconds):
        self.status, self.out, self.err, self.seconds = status, out, err, seconds
        self.text = err.decode("utf-8", "strict")

    def __repr__(self):
        return f"status {self.status}, stdout {self.out[-300:]!r}, stderr:\n{self.text[-3000:]}"

    @property
    def lines(self):
        return self.text.splitlines()

    @property
    def objects(self):
        return parse_lines(self.err)

    def balance(self):
        """The last paragraph's numbers by their names; what is long goes on in a second line."""
        begin = max((i for i, line in enumerate(self.lines) if line.startswith("deadwait: ")), default=len(self.lines))
        found = BALANCE.match(" ".join(line.strip() for line in self.lines[begin:]))
        assert found, f"no balance: {self}"
        sums = {"forks": int(found[1]), "exits": int(found[2]), "reaped": int(found[3]), "merged": int(found[5])}
        rest = dict((name, int(count)) for count, name in re.findall(r", (\d+) ([a-z ]+)", found[4]))
        assert set(rest) <= set(PARTS), f"unknown parts: {self}"
        return {**{part: 0 for part in PARTS}, **rest, **sums}

    def assert_clean(self, status=0):
        """Not a word but the balance."""
        assert self.status == status, self
        assert self.lines and self.lines[0].startswith("deadwait: ") and self.text.count("deadwait: ") == 1, self
        self.balance()
        return self

    def causes(self):
        return re.findall(r"cause ([a-z-]+), ", self.text)


def run(*argv, options=(), prefix=(), timeout=60, **kwargs):
    """`deadwait run OPTIONS -- ARGV`, to its end."""
    begun = time.monotonic()
    ended = harness.run([*prefix, DEADWAIT, "run", *options, "--", *map(str, argv)], timeout=timeout, **kwargs)
    return Ended(ended.returncode, ended.stdout or b"", ended.stderr or b"", time.monotonic() - begun)
