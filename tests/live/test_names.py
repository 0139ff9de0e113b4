# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that try to break the output: control bytes, a faked /proc line, invalid UTF-8, in comm and in arguments."""
from harness import CONTROL, Watch, assert_clean_text, until
from scenario import built

NAMES = [b"a\nb", b"\x1b[2J", b'") Z 1 (', b"\xff\xfe\xc3(", b'q"\\', b"tab\there", b"\xe2\x80", b"\x7f\x01",
         b"x) S 1 1 1"]
ARGS = [b"line\nbreak", b"\x1b]0;title\x07", b'"quoted\\"', b"\xff\xc0\x80", b"\xe2\x80\xae"]


def tests(selects):
    for name in NAMES:
        label = repr(name)[2:-1].replace(" ", "_")
        if selects(label):
            yield label, lambda n=name: hostile(n)


def hostile(name):
    with built("many", "2", name.hex(), *ARGS) as sick:
        child, parent = sick.children[0], sick.parent
        with Watch("-a", "200ms") as as_json, Watch("-a", "200ms", output="text") as as_text:
            found = as_json.wait_for(child, 3)
            until(lambda: any(str(child).encode() in line for _, line in as_text.lines), 3, "the text")
        assert found["parent"]["pid"] == parent and found["child"]["pid"] == child, found
        assert found["parent"]["zombies"] == 2 and found["parent"]["state"] in "RSD", found["parent"]
        assert found["child"]["comm"].startswith(plain_start(name)), found["child"]["comm"]
        text = b"".join(line for _, line in as_text.lines)
        assert_clean_text(text)
        assert not CONTROL.search(text)


def plain_start(name):
    """What of the name must be readable in any representation: its first plain bytes."""
    end = next((i for i, b in enumerate(name) if b < 0x20 or b > 0x7e or b == 0x5c), len(name))
    return name[:end].decode()
