# SPDX-License-Identifier: GPL-2.0-or-later
"""15,000 zombies at once: all are found, memory stays bounded, the screen is not flooded."""
import re

from harness import Watch, deadwait, parse_lines, until
from scenario import built, process_table

COUNT = 15000
RSS_MAX_KIB = 48 * 1024


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def zombies_of(parent):
    return {p.pid for p in process_table().values() if p.ppid == parent and p.state == "Z"}


def test_all_are_found():
    with Watch("-a", "1s") as as_json, Watch("-a", "1s", output="text") as as_text:
        with built("many", str(COUNT)) as many:
            expected = zombies_of(many.parent)
            assert len(expected) == COUNT, len(expected)

            def found():
                return {o["child"]["pid"] for o in as_json.objects("zombie")} >= expected
            until(found, 30, lambda: f"{COUNT} findings did not come, only "
                  f"{len({o['child']['pid'] for o in as_json.objects('zombie')} & expected)}", pace=0.3)
            rss = resident_kib(as_json.pid)
            assert rss < RSS_MAX_KIB, f"{rss} KiB resident"
            screen = lambda: b"".join(line for _, line in list(as_text.lines))
            until(lambda: re.search(rb"\d{4,5} more", screen()), 30, "the number of those not shown", pace=0.3)
            assert screen().count(b"ZOMBIE") < 200, f"{screen().count(b'ZOMBIE')} findings on the screen"
            listed = deadwait("scan", "-o", "json", "-p", str(many.parent), timeout=60)
            assert listed.returncode == 0
            scanned = {o["child"]["pid"] for o in parse_lines(listed.stdout) if o.get("type") == "zombie"}
            assert scanned == expected, f"scan found {len(scanned)}"
        ids = [o["id"] for o in as_json.objects("zombie") if o["state"] == "open"]
        assert len(ids) == len(set(ids)), "a zombie was opened twice"
        until(lambda: len({o["child"]["pid"] for o in as_json.objects("zombie") if o["state"] == "closed"} & expected)
              == COUNT, 30, "the end of all findings", pace=0.3)


def test_twenty_then_a_count():
    """30 for one parent within a tick are one story: 20 of them, then one line with the number of the rest."""
    with built("many", "30") as many:
        until(lambda: len(zombies_of(many.parent)) == 30, 3)
        with Watch("-a", "200ms", "-p", str(many.parent), output="text") as watch:
            until(lambda: any(b"10 more" in line for _, line in watch.lines), 5,
                  lambda: f"no line with the number of the rest among {len(watch.lines)} lines")
        heads = [line for _, line in watch.lines if b"ZOMBIE" in line]
        assert len(heads) == 1 and b"30 children of" in heads[0], f"not one story: {heads}"
        shown = [line for _, line in watch.lines if b"dead " in line and line.startswith(b" " * 17)]
        assert len(shown) == 20, f"{len(shown)} children shown"
