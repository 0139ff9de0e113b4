# SPDX-License-Identifier: GPL-2.0-or-later
"""The table at the end: cause | sick found as primary | twin silent | seconds to finding."""

rows = {}


class Row:
    def __init__(self):
        self.sick = [0, 0]  # right, of
        self.twin = [0, 0]
        self.seconds = []
        self.judged = True


def row(cause):
    return rows.setdefault(cause, Row())


def cell(pair):
    right, of = pair
    return f"{right}/{of}" + ("" if right == of else "  <--")


def show():
    if not rows:
        return
    print(f"\n{'cause':<28} {'sick found as primary':<24} {'twin silent':<14} seconds to finding")
    for cause in sorted(rows):
        r = rows[cause]
        slowest = f"{min(r.seconds):.2f} to {max(r.seconds):.2f}" if r.seconds else "-"
        note = "" if r.judged else "   (found; its rule does not exist yet)"
        print(f"{cause:<28} {cell(r.sick):<24} {cell(r.twin):<14} {slowest}{note}")
    print()
