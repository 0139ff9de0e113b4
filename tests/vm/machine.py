# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of qemu: a kernel, an initramfs, and what the console says, line by line.

The guest's clock counts instructions, one a nanosecond, and jumps over the time in which it would sleep: how busy
this machine is changes nothing in the guest, and no deadline of a test passes for want of a CPU. That allows of one
CPU only: with two, qemu 7.2 does not get past the start of the kernel.
"""
import glob
import os
import signal
import subprocess
import threading

# A whole guest, from power on to power off: minutes, but 20 on a machine with ten times too much to do.
LIMIT_S = 2400
QEMU = {
    "x86_64": ["qemu-system-x86_64", "-cpu", "max", "-serial", "stdio"],
    "aarch64": ["qemu-system-aarch64", "-machine", "virt", "-cpu", "max,pauth-impdef=on", "-serial", "stdio"],
}
CONSOLE = {"x86_64": "ttyS0", "aarch64": "ttyAMA0"}


class Machine:
    def __init__(self, architecture, root, initramfs, log):
        """The kernel is the one below `root`; the console is also written to the file `log`."""
        self.architecture, self.initramfs, self.log = architecture, initramfs, log
        images = glob.glob(os.path.join(root, "boot", "vmlinuz-*")) + \
            glob.glob(os.path.join(root, "usr", "lib", "modules", "*", "vmlinuz"))
        if len(images) != 1:
            raise FileNotFoundError(f"not one kernel below '{root}' but {len(images)}")
        self.kernel = images[0]

    def panic(self):
        """The first line of the last run's console that tells of the kernel's death, or None."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return next((line.strip() for line in log if "PANIC: double fault" in line), None)

    def run(self, words, take):
        """Boots with these words on the kernel's command line; each line goes to take(). Returns what went wrong."""
        argv = [*QEMU[self.architecture], "-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1", "-m", "1024",
                "-nodefaults", "-no-reboot", "-display", "none", "-kernel", self.kernel, "-initrd", self.initramfs, "-append",
                f"console={CONSOLE[self.architecture]} quiet loglevel=4 panic=-1 {words}"]
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *argv], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        timer = threading.Timer(LIMIT_S, lambda: process.send_signal(signal.SIGKILL))
        timer.start()
        ended, last = False, ""
        try:
            with open(self.log, "wb") as log:
                for raw in process.stdout:
                    log.write(raw)
                    log.flush()
                    line = raw.decode("utf-8", "replace").strip("\r\n")
                    ended = ended or line == "vm: end"
                    last = line or last
                    take(line)
            process.wait()
        finally:
            timer.cancel()
            process.kill()
            process.wait()
        if ended:
            return None
        return f"the guest did not come to its end within {LIMIT_S} s; the last line of '{self.log}' is: {last}"
