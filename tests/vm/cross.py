# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest of another architecture runs: the tree, built by a cross compiler against unpacked Debian packages."""
import os
import subprocess

from initramfs import ROOT
from packages import Suite, say

DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
SUITE = "bookworm"  # no newer than the cross compiler's own libraries
# Debian's names of what initramfs.PROGRAMS are in, of python, and of what the program is built with.
PACKAGES = ("bash bpftool busybox-static dash perl-base procps util-linux python3 "
            "libc6-dev libbpf-dev libelf-dev zlib1g-dev libjansson-dev libcap-ng-dev uthash-dev").split()
# By their files: a goal that has a name would be asked for all that this machine's own build needs.
GOALS = ["build/deadwait-static", "build/vm/exact", "build/vm/exact.bpf.o",
         *(f"build/scenarios/{name[:-2]}" for name in sorted(os.listdir(os.path.join(ROOT, "tests", "scenarios")))
           if name.endswith(".c"))]


def build(architecture):
    """Builds the tree for an architecture. Returns the directory of what was built, and that of the userland."""
    root = Suite(SUITE, DEBIAN[architecture]).userland(PACKAGES)
    triple = f"{architecture}-linux-gnu"
    # A tree of links: make writes below its own build/ only.
    tree = os.path.join(ROOT, "build", "vm", architecture)
    os.makedirs(tree, exist_ok=True)
    for name in (".ci", "Makefile", "bpf", "include", "tests", "user"):
        link = os.path.join(tree, name)
        if not os.path.islink(link):
            os.symlink(os.path.join(ROOT, name), link)
    environment = {**os.environ, "PKG_CONFIG_LIBDIR": f"{root}/usr/lib/{triple}/pkgconfig",
                   "PKG_CONFIG_SYSROOT_DIR": root}
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        environment.pop(name, None)
    say(f"building for {architecture}")
    made = subprocess.run(["make", "-s", "-C", tree, f"-j{os.cpu_count()}", "DEPS=no", f"machine={architecture}",
                           f"CC={triple}-gcc --sysroot={root}", *GOALS], env=environment, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode:
        raise OSError(f"cannot build for {architecture}: {' '.join(made.stdout.splitlines()[-3:])}")
    return os.path.join(tree, "build"), root
