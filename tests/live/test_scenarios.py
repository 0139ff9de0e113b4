# SPDX-License-Identifier: GPL-2.0-or-later
"""For each cause its sick programs and their healthy twins, all at the same time under one watch.

Where a machine is too slow for all at once, LIVE_BATCH says how many are to run together.
"""
import os

from batch import Batch, Subject
from scenario import programs, variants


class Once:
    """The batch runs when the first of its tests does; the others only read its result."""

    def __init__(self, subjects):
        self.subjects = subjects
        self.error = None
        self.done = False

    def result(self, subject):
        if not self.done:
            self.done = True
            try:
                batch = Batch(self.subjects)
                batch.run()
                batch.enter_in_table()
            except Exception as error:
                self.error = error
                raise
        if self.error:
            raise AssertionError("the batch did not end well") from self.error
        if subject.skip:
            raise subject.skip
        assert not subject.problem, subject.problem


def tests(selects):
    subjects = [Subject(program, variant) for program in programs() for variant in variants(program)]
    chosen = [s for s in subjects if selects(s.name)]
    size = int(os.environ.get("LIVE_BATCH") or len(chosen) or 1)
    for first in range(0, len(chosen), size):
        once = Once(chosen[first:first + size])
        for subject in once.subjects:
            yield subject.name, lambda s=subject, o=once: o.result(s)
