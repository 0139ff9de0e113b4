# SPDX-License-Identifier: GPL-2.0-or-later
"""For each cause its sick programs and their healthy twins, all at the same time under one watch."""
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
    once = Once([s for s in subjects if selects(s.name)])
    for subject in once.subjects:
        yield subject.name, lambda s=subject: once.result(s)
