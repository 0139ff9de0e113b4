# SPDX-License-Identifier: GPL-2.0-or-later
"""The plain variants once more, with a fork loop burning beside them: the verdicts are the same."""
from batch import Batch, Subject
from harness import end
from scenario import Scenario, programs


def test_same_verdicts_under_load():
    loop = Scenario(["bash", "-c", "echo '{\"parent\": 1}'; while :; do (true); done"], name="fork loop")
    try:
        subjects = [Subject(program, variant) for program in programs() if "." not in program
                    for variant in ("sick", "twin")]
        Batch(subjects).run()
    finally:
        end(loop.process)
    wrong = [f"{s.name}: {s.problem}" for s in subjects if s.problem]
    assert not wrong, "; ".join(wrong)
