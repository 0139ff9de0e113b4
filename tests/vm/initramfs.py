# SPDX-License-Identifier: GPL-2.0-or-later
"""The initramfs of a guest: an archive of programs with their libraries, and of the tree.

The programs are this machine's own, copied with what `ldd` names; for another architecture they are those of a
directory of unpacked packages, with all the libraries that lie there. Of python only the modules come that are imported.
Nothing is written but the archive.
"""
import glob
import importlib.util
import lzma
import marshal
import modulefinder
import os
import shutil
import stat
import subprocess
import sys
import sysconfig

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = "bash bpftool busybox dash perl ps setpriv unshare".split()
# What the standard library refers to in passing and does without, and what would come with it: half of it.
NOT_USED = ("ctypes.macholib decimal distutils doctest ensurepip lib2to3 multiprocessing pdb pydoc pydoc_data sqlite3 "
            "ssl test tkinter unittest").split()
CODECS = "__init__ aliases ascii latin_1 utf_8".split()


class Archive:
    """A cpio archive in the kernel's `newc` format. A file that is there already stays as it is."""

    def __init__(self):
        self.entries = {}

    def add(self, path, data, mode):
        path = path.strip("/")
        if path in self.entries:
            return
        parent = os.path.dirname(path)
        if parent:
            self.add(parent, b"", stat.S_IFDIR | 0o755)
        self.entries[path] = (data, mode)

    def text(self, path, text):
        self.add(path, text.encode(), stat.S_IFREG | 0o644)

    def copy(self, source, path):
        with open(source, "rb") as f:
            self.add(path, f.read(), stat.S_IFREG | stat.S_IMODE(os.fstat(f.fileno()).st_mode))

    def link(self, path, target):
        self.add(path, target.encode(), stat.S_IFLNK | 0o777)

    def directory(self, path, mode=0o755):
        self.add(path, b"", stat.S_IFDIR | mode)

    def save(self, path):
        with open(path, "wb") as f:
            for number, (name, (data, mode)) in enumerate([*self.entries.items(), ("TRAILER!!!", (b"", 0))], 1):
                encoded = name.encode() + b"\0"
                fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
                header = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
                f.write(header + b"\0" * (-len(header) % 4) + data + b"\0" * (-len(data) % 4))


class OwnUserland:
    """The programs of this machine."""

    def __init__(self, archive):
        self.archive, self.root = archive, ""
        self.stdlib = sysconfig.get_path("stdlib")
        self.site = sysconfig.get_path("purelib")
        self.extensions = set()
        self.library("libgcc_s.so.1")  # glibc loads it by name, for pthread_exit()

    def program(self, name):
        """A program under its own path and in /bin."""
        source = shutil.which(name)
        if not source:
            raise FileNotFoundError(f"cannot find '{name}'; `make deps` installs it")
        self.file(os.path.realpath(source))
        if os.path.realpath(source) != f"/bin/{name}":
            self.archive.link(f"/bin/{name}", os.path.realpath(source))

    def python(self):
        self.archive.copy(os.path.realpath(sys.executable), sys.executable)
        self.needs(sys.executable)
        self.archive.link("/bin/python3", sys.executable)

    def file(self, source):
        """A file at the place that it has here; a program or library with what it is linked with."""
        self.archive.copy(source, source)
        self.needs(source)

    def needs(self, source):
        listed = subprocess.run(["ldd", source], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True)
        for word in listed.stdout.split():
            if word.startswith("/"):
                self.archive.copy(os.path.realpath(word), word)

    def library(self, name):
        """A shared library, where the loader looks for it."""
        listed = subprocess.run(["/sbin/ldconfig", "-p"], check=True, stdout=subprocess.PIPE, text=True)
        for words in map(str.split, listed.stdout.splitlines()):
            if words[:1] == [name]:
                self.archive.copy(os.path.realpath(words[-1]), words[-1])
                return


class UnpackedUserland:
    """The programs of a directory of unpacked Debian packages, and all the libraries in it."""

    def __init__(self, archive, root):
        self.archive, self.root = archive, root
        self.stdlib = glob.glob(os.path.join(root, "usr", "lib", "python3.*"))[0]
        self.site = os.path.join(root, "usr", "lib", "python3")
        # Those of another architecture have names that this python does not look for.
        self.extensions = set(glob.glob(os.path.join(self.stdlib, "lib-dynload", "*.so")))
        for path in glob.glob(os.path.join(root, "**", "lib", "**", "*.so*"), recursive=True):
            if os.path.islink(path):
                self.archive.link(path[len(root):], os.readlink(path))
            elif not path.startswith((self.stdlib, self.site)) and "/gconv/" not in path:
                self.archive.copy(path, path[len(root):])

    def program(self, name):
        for folder in ("bin", "sbin", "usr/bin", "usr/sbin"):
            source = os.path.join(self.root, folder, name)
            if os.path.exists(source):
                self.archive.copy(source, f"/bin/{name}")
                return
        raise FileNotFoundError(f"there is no '{name}' in '{self.root}'")

    def python(self):
        self.archive.copy(os.path.join(self.root, "usr", "bin", os.path.basename(self.stdlib)), "/usr/bin/python3")

    def file(self, source):
        self.archive.copy(source, source[len(self.root):])

    def needs(self, source):
        """Every library is there."""


def add_python(archive, userland, scripts, modules):
    """Python with all that the scripts import, directly or not, and these modules: texts of -c import them."""
    userland.python()
    stdlib = userland.stdlib
    finder = modulefinder.ModuleFinder(path=[*{os.path.dirname(s) for s in scripts}, stdlib,
                                             os.path.join(stdlib, "lib-dynload")], excludes=NOT_USED)
    for script in scripts:
        finder.run_script(script)
    for module in modules:
        finder.import_hook(module)
    needed = {m.__file__ for m in finder.modules.values() if m.__file__}
    needed |= {os.path.join(stdlib, "encodings", f"{codec}.py") for codec in CODECS}
    needed |= userland.extensions
    same_version = os.path.basename(stdlib) == f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for path in sorted(needed):
        if not path.startswith(stdlib + os.sep) or path.startswith(userland.site + os.sep):
            continue
        if path.endswith(".py") and same_version and os.path.basename(path) != "os.py":
            where = path[len(userland.root):]
            archive.add(where + "c", compiled(path), stat.S_IFREG | 0o644)
        else:
            userland.file(path)
    # By os.py and this directory python knows where its library is.
    archive.directory(os.path.join(stdlib, "lib-dynload")[len(userland.root):])


def compiled(path):
    """A module as python keeps it: without its source, not to be compared with it."""
    with open(path, "rb") as f:
        source = f.read()
    code = compile(source, path, "exec", dont_inherit=True)
    header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(source)
    return header + marshal.dumps(code)


def add_kernel_module(archive, modules, name):
    """A module of the guest's kernel, unpacked, as /modules/NAME.ko; nothing if it is built in."""
    for path in glob.glob(os.path.join(modules, "**", f"{name}.ko*"), recursive=True):
        with open(path, "rb") as f:
            data = f.read()
        if path.endswith(".xz"):
            data = lzma.decompress(data)
        elif path.endswith(".zst"):
            data = subprocess.run(["zstd", "-dc", path], check=True, stdout=subprocess.PIPE).stdout
        archive.add(f"/modules/{name}.ko", data, stat.S_IFREG | 0o644)


def add_tree(archive, userland, build):
    """deadwait, the scenarios and the tests, as they lie in the tree. Returns the scripts in python."""
    archive.copy(os.path.join(build, "deadwait-static"), "/deadwait/build/deadwait")
    for name in ("exact", "exact.bpf.o"):
        archive.copy(os.path.join(build, "vm", name), f"/deadwait/build/vm/{name}")
    for path in sorted(glob.glob(os.path.join(build, "scenarios", "*"))):
        if os.access(path, os.X_OK):
            archive.copy(path, f"/deadwait/build/scenarios/{os.path.basename(path)}")
            userland.needs(path)
    scripts = []
    for source, folder in (("live", "live"), ("vm/guest", "live"), ("scenarios", "scenarios")):
        for path in sorted(glob.glob(os.path.join(ROOT, "tests", source, "*"))):
            if os.path.isfile(path):
                archive.copy(path, f"/deadwait/tests/{folder}/{os.path.basename(path)}")
                if path.endswith(".py") or os.path.basename(path) == "run":
                    scripts.append(path)
    return scripts


def guest(modules, build, root=None):
    """All that a guest needs to run tests/live, as an Archive.

    The kernel's own modules are below `modules`, what was built for it below `build`; its userland is that of the
    directory `root`, else this machine's.
    """
    archive = Archive()
    for directory in ("/dev", "/proc", "/sys", "/mnt", "/root", "/var", "/modules"):
        archive.directory(directory)
    archive.directory("/tmp", 0o1777)
    archive.copy(os.path.join(ROOT, "tests", "vm", "init"), "/init")
    archive.text("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")
    archive.text("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
    userland = UnpackedUserland(archive, root) if root else OwnUserland(archive)
    for name in PROGRAMS:
        userland.program(name)
    archive.link("/usr/bin/env", "/bin/env")
    scripts = add_tree(archive, userland, build)
    add_python(archive, userland, scripts, ["ctypes", "json", "threading"])
    add_kernel_module(archive, modules, "fuse")
    return archive
