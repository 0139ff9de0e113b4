# SPDX-License-Identifier: GPL-2.0-or-later
"""A pid that is used again is another process."""
from harness import Watch, until
from scenario import built


def test_pid_reused():
    """The same host pid, dead twice, one after the other: two findings with different ids."""
    with Watch("-a", "200ms") as watch:
        with built("reuse", contained=False) as reuse:
            pid = reuse.said["children"][0]
            first = watch.wait_for(pid, 3)
            assert first["child"]["exit_code"] == 1, first["child"]
            reuse.tell()

            def opened_again():
                return [o for _, o in watch.findings(pid) if o["state"] == "open" and o["id"] != first["id"]]
            second = until(opened_again, 3, lambda: f"no second finding: {watch.findings(pid)}")[0]
            assert second["child"]["exit_code"] == 2, second["child"]
            assert second["child"]["start_ns"] > first["child"]["start_ns"]
            assert second["age_s"] < 3, second["age_s"]

            def first_closed():
                return [o for _, o in watch.findings(pid) if o["state"] == "closed" and o["id"] == first["id"]]
            assert until(first_closed, 3)[0]["closed_by"] == "reaped"
