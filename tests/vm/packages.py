# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages of any suite, fetched and checked by apt, unpacked without being installed.

apt gets a state directory of its own in the cache, so that nothing of this machine's apt changes. What was fetched is
kept; a package in the cache is used only if its checksum is the one in apt's signed lists. Root is not needed.
"""
import hashlib
import os
import re
import shutil
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "deadwait", "kernels")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LISTS_KEPT_S = 24 * 3600
# What a meta package pulls in of the kernel itself; the rest of its dependencies is for an installed system.
PARTS = re.compile(r"linux-(image|binary|modules)-\d")


class Missing(Exception):
    """A package that can neither be fetched nor is in the cache."""


def say(text):
    print(f"vm: {text}", flush=True)


def mirror():
    if os.environ.get("VM_MIRROR"):
        return os.environ["VM_MIRROR"]
    found = subprocess.run([os.path.join(HERE, "..", "fresh", "mirror")], check=True, stdout=subprocess.PIPE, text=True)
    if not found.stdout.strip():
        raise Missing("this machine's apt sources name no Debian mirror; give one as VM_MIRROR=URL")
    return found.stdout.strip()


class Suite:
    """One suite of Debian for one architecture (Debian's name of it)."""

    def __init__(self, name, architecture):
        self.name = f"{name} {architecture}"
        self.home = os.path.join(CACHE, f"{name}-{architecture}")
        self.lists = os.path.join(self.home, "state", "lists")
        for directory in (os.path.join(self.lists, "partial"), os.path.join(self.home, "debs", "partial")):
            os.makedirs(directory, exist_ok=True)
        self.config = os.path.join(self.home, "apt.conf")
        sources = os.path.join(self.home, "sources.list")
        with open(self.config, "w", encoding="ascii") as f:
            f.write(f'Dir::State "{self.home}/state";\nDir::Cache "{self.home}";\n'
                    f'Dir::Cache::archives "debs";\nDir::State::status "/dev/null";\n'
                    f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "-";\n'
                    f'APT::Architecture "{architecture}";\nAPT::Architectures {{ "{architecture}"; }};\n'
                    'Acquire::Languages "none";\nAPT::Sandbox::User "";\n')
        with open(sources, "w", encoding="ascii") as f:
            f.write(f"deb [signed-by={KEYRING}] {mirror()} {name} main\n")
        self.offline = None
        self._update()

    def _apt(self, program, *args):
        return subprocess.run([program, "-q", *args], cwd=os.path.join(self.home, "debs"), text=True, check=False,
                              env={**os.environ, "APT_CONFIG": self.config}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def _update(self, forced=False):
        """Reads the lists again if they are a day old; an old list stays if there is no network."""
        stamp = os.path.join(self.home, "updated")
        if not forced and os.path.exists(stamp) and time.time() - os.path.getmtime(stamp) < LISTS_KEPT_S:
            return
        done = self._apt("apt-get", "-o", "APT::Update::Error-Mode=any", "-o", "Acquire::Retries=2", "update")
        if done.returncode == 0:
            open(stamp, "w", encoding="ascii").close()
            return
        self.offline = (done.stderr.strip().splitlines() or ["apt-get update failed"])[0]
        say(f"{self.name}: cannot read the package lists: {self.offline}; going on with what is cached")

    def _newest(self, packages):
        """The fields of the newest version of each package, by name, from the signed lists."""
        shown = self._apt("apt-cache", "show", "--no-all-versions", *packages)
        found = {}
        for stanza in shown.stdout.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in stanza.splitlines() if line[:1] != " " and ": " in line)
            if fields:
                found[fields["Package"]] = fields
        for package in packages:
            if package not in found:
                raise Missing(f"{self.name}: no package '{package}'" + (" in the cache" if self.offline else ""))
        return found

    def _deb(self, fields):
        """The package file in the cache, with the checksum that the lists promise."""
        name, version = fields["Package"], fields["Version"].replace(":", "%3a")
        path = os.path.join(self.home, "debs", f"{name}_{version}_{fields['Architecture']}.deb")
        if not sound(path, fields["SHA256"]):
            if os.path.exists(path):
                os.unlink(path)
            got = self._apt("apt-get", "download", f"{name}={fields['Version']}")
            if got.returncode:
                raise Missing(f"{self.name}: cannot fetch {name}: {got.stderr.strip().splitlines()[-1:]}, not cached")
            if not sound(path, fields["SHA256"]):
                raise Missing(f"{self.name}: {path} is not what the package list promises")
        return path

    def kernel(self, package):
        """Unpacks a kernel by its meta package. Returns (directory, version)."""
        return self._again_with_new_lists(lambda: self._kernel(package))

    def userland(self, packages):
        """Unpacks packages with all that they depend on. Returns the directory."""
        return self._again_with_new_lists(lambda: self._userland(packages))

    def _again_with_new_lists(self, fetch):
        try:
            return fetch()
        except Missing:
            if self.offline:
                raise
            # An old list names versions that the mirror no longer has.
            self._update(forced=True)
            return fetch()

    def _kernel(self, package):
        fields = self._newest([package])[package]
        version, todo, debs = fields["Version"], [fields], []
        while todo:
            fields = todo.pop()
            debs.append(self._deb(fields))
            parts = {word for word in re.split(r"[ ,|()]+", fields.get("Depends", "")) if PARTS.match(word)}
            todo += self._newest(sorted(parts)).values() if parts else []
        return self._unpack(f"{package}_{version}", debs), version

    def _userland(self, packages):
        planned = self._apt("apt-get", "-s", "-o", "APT::Install-Recommends=0", "install", *packages)
        names = [line.split()[1] for line in planned.stdout.splitlines() if line.startswith("Inst ")]
        if planned.returncode or not names:
            raise Missing(f"{self.name}: cannot resolve {' '.join(packages)}: {planned.stderr.strip()}")
        debs = [self._deb(fields) for fields in self._newest(names).values()]
        digest = hashlib.sha256("\n".join(sorted(debs)).encode()).hexdigest()[:16]
        return self._unpack(f"userland_{digest}", debs)

    def _unpack(self, name, debs):
        root = os.path.join(self.home, "roots", name.replace(":", "%3a"))
        if not os.path.exists(root + ".done"):
            shutil.rmtree(root, ignore_errors=True)
            os.makedirs(root)
            for deb in debs:
                subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
            open(root + ".done", "w", encoding="ascii").close()
        return root


def sound(path, sha256):
    if not os.path.exists(path):
        return False
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest() == sha256
