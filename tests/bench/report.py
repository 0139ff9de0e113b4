# SPDX-License-Identifier: GPL-2.0-or-later
"""The results: a table for people, JSON for machines, and what changed between two JSONs. Measures nothing."""
import json

# What section 6 of the design asks for: (row, tool, measure) and the most it may be.
GOALS = {
    ("life", "deadwait watch", "bpf_us"): 1.0,
    ("life", "deadwait watch", "cpu_us"): 0.1,
    ("life", "deadwait watch", "slowdown"): 1.01,
    ("life", "deadwait trace", "bpf_us"): 2.0,
    ("life", "deadwait trace", "cpu_us"): 4.0,
    ("life", "deadwait trace", "slowdown"): 1.05,
    ("life", "deadwait trace json", "bpf_us"): 2.0,
    ("life", "deadwait trace json", "cpu_us"): 4.0,
    ("life", "deadwait trace json", "slowdown"): 1.05,
    ("getppid", "deadwait watch", "slowdown"): 1.005,
    ("pingpong", "deadwait watch", "slowdown"): 1.005,
    ("scan-13000", "deadwait scan", "ms"): 40,
    ("start", "deadwait watch", "ms"): 150,
    ("idle", "deadwait watch", "cpu_percent"): 0.1,
    ("findings-10000", "deadwait watch", "rss_mib"): 12,
}

# measure: (heading, width, format)
COLUMNS = {
    "bpf_us": ("BPF µs", "{:.2f}"),
    "cpu_us": ("tool's CPU µs", "{:.2f}"),
    "slowdown": ("slowed by", "{:.3f}"),
    "alone_us": ("alone µs", "{:.2f}"),
    "seen": ("exits seen", "{:.1%}"),
    "lost": ("lost", "{:.0f}"),
    "ms": ("ms", "{:.1f}"),
    "cpu_ms": ("CPU ms", "{:.2f}"),
    "rss_mib": ("MiB resident", "{:.1f}"),
    "peak_mib": ("MiB at most", "{:.1f}"),
    "cpu_percent": ("CPU %", "{:.3f}"),
    "pass_ms": ("ms a pass", "{:.3f}"),
    "ns_per_process": ("ns a process", "{:.0f}"),
    "passes": ("passes", "{:.0f}"),
}


def middle(value):
    return value["median"] if isinstance(value, dict) else value


def cell(measure, value):
    """A median with its quartiles in brackets, or a single number; '-' for what is not known."""
    form = COLUMNS[measure][1]
    if value is None:
        return "-"
    if not isinstance(value, dict):
        return form.format(value)
    median, low, high = (form.format(value[name]) for name in ("median", "q1", "q3"))
    return median if low == high else f"{median} ({low}–{high})"


def goal_of(row, tool, measure, value):
    limit = GOALS.get((row, tool, measure))
    if limit is None or value is None:
        return None
    over = middle(value) - limit
    name = COLUMNS[measure][0]
    return f"{name} ≤ {limit}: " + ("met" if over <= 0 else f"over by {COLUMNS[measure][1].format(over)}")


def table(row):
    """Prints one row of the bench: a line for each tool, a column for each measure that any of them has."""
    tools = row["tools"]
    measures = [m for m in COLUMNS if any(t.get(m) is not None for t in tools.values())]
    if all(not t.get("lost") for t in tools.values()):
        measures = [m for m in measures if m != "lost"]
    lines = [["", *(COLUMNS[m][0] for m in measures)]]
    tails = [""]
    for name, result in tools.items():
        if "absent" in result:
            lines.append([name, "n/a"] + [""] * (len(measures) - 1))
            tails.append(result["absent"])
            continue
        lines.append([name, *(cell(m, result.get(m)) for m in measures)])
        said = [g for g in (goal_of(row["name"], name, m, result.get(m)) for m in measures) if g]
        tails.append("; ".join(said + result.get("notes", [])))
    widths = [max(len(line[i]) if i < len(line) else 0 for line in lines) for i in range(len(measures) + 1)]
    print(f"\n{row['name']}: {row['what']}")
    for line, tail in zip(lines, tails):
        cells = [line[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(line[1:], widths[1:])]
        print(("  " + "  ".join(cells) + ("   " + tail if tail else "")).rstrip(), flush=True)


def programs(row):
    """The parts of our BPF time, for those who look for them."""
    for name, result in row["tools"].items():
        parts = [f"{p} {v['ns']:.0f} ns in {v['runs']:.2f} runs" for p, v in result.get("programs", {}).items()
                 if v["runs"] >= 0.01]
        if parts and name.startswith("deadwait"):
            print(f"    {name}: {', '.join(parts)}", flush=True)


def apart(old, new):
    """Whether the middle halves of two series do not even touch: then the difference is hardly noise."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return True
    return old["q3"] < new["q1"] or new["q3"] < old["q1"]


def compare(old, new):
    """Prints what changed from one result to the other; rows that only one has are named."""
    before = {(r["name"], t): v for r in old["rows"] for t, v in r["tools"].items()}
    print(f"\nagainst {old['commit']} ({old['time']}); * where the quartiles do not overlap")
    for row in new["rows"]:
        for tool, result in row["tools"].items():
            was = before.pop((row["name"], tool), None)
            for measure in COLUMNS:
                a, b = middle((was or {}).get(measure)), middle(result.get(measure))
                if a is None or b is None or measure in ("alone_us", "passes"):
                    continue
                form = COLUMNS[measure][1]
                change = f"{(b / a - 1) * 100:+.0f} %" if a else ""
                mark = "*" if a != b and apart(was[measure], result[measure]) else " "
                print(f"  {row['name']:<16} {tool:<20} {COLUMNS[measure][0]:<14} {form.format(a):>9} -> "
                      f"{form.format(b):>9}  {change:>7} {mark}")
    missing = sorted({row for row, _ in before})
    if missing:
        print(f"  not measured now: {', '.join(missing)}")


def load(path):
    with open(path, encoding="utf-8") as f:
        result = json.load(f)
    if result.get("v") != 1 or "rows" not in result:
        raise ValueError("not a result of this bench")
    return result


def save(path, result):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
        f.write("\n")
