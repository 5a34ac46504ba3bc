#!/usr/bin/env python3
"""Power cuts and full disks on file systems of their own; needs root, loop devices, e2fsprogs, xfsprogs, strace.

    tests/faults/disks.py powercut ext4 100          cuts the power under load, again and again
    tests/faults/disks.py powercut xfs 50
    tests/faults/disks.py control ext4 30            the same with the barrier, fdatasync, taken away: it must lose
    tests/faults/disks.py full ext4                  fills the disk under load and frees it again

A cut is the file system's shutdown ioctl without a flush of its journal: what was not synced is gone. Only what was
answered before it counts. SEED sets the moments, FAULTS the program (target/release/examples/faults unless told).
Ends with 1 when an answered choice is missing, or when the control loses nothing.
"""
import fcntl
import os
import random
import selectors
import shutil
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FAULTS = os.environ.get("FAULTS", os.path.join(ROOT, "target/release/examples/faults"))
SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32), the same for ext4 and XFS
WITHOUT_LOG_FLUSH = struct.pack("I", 2)


def call(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Disk:
    def __init__(self, kind, size):
        self.folder = tempfile.mkdtemp(prefix="faults-")
        self.image = os.path.join(self.folder, "image")
        self.place = os.path.join(self.folder, "mounted")
        os.mkdir(self.place)
        with open(self.image, "wb") as image:
            image.truncate(size)
        call(*(["mkfs.ext4", "-q", "-F"] if kind == "ext4" else ["mkfs.xfs", "-q", "-f"]), self.image)

    def mount(self):
        call("mount", "-o", "loop", self.image, self.place)

    def unmount(self):
        for _ in range(50):
            if subprocess.run(["umount", self.place], stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"cannot unmount {self.place}")

    def remove(self):
        shutil.rmtree(self.folder)


def worker(disk, barrier):
    command = [FAULTS, "serve", os.path.join(disk.place, "store"), "8"]
    if not barrier:
        away = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:retval=0"]
        command = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", *away, "--", *command]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)


def cut(disk, barrier, moment):
    """Runs the load, cuts the power at the moment, returns what was answered before."""
    process = worker(disk, barrier)
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    os.set_blocking(process.stdout.fileno(), False)
    text, until = b"", None
    while until is None or time.monotonic() < until:
        if selector.select(0.01):
            piece = process.stdout.read()
            if piece == b"":
                raise SystemExit(f"the worker ended by itself: {text[-200:]}")
            text += piece or b""
        if until is None and b"ready" in text:
            until = time.monotonic() + moment
    # What is read from here on was answered after the decision to cut: it does not count.
    folder = os.open(disk.place, os.O_RDONLY)
    fcntl.ioctl(folder, SHUTDOWN, WITHOUT_LOG_FLUSH)
    os.close(folder)
    os.killpg(process.pid, 9)
    process.wait()
    process.stdout.close()
    # The last line may be half.
    lines = text.decode().split("\n")[:-1]
    odd = [line for line in lines if line.startswith("odd ")]
    if odd:
        raise SystemExit(f"odd answers: {odd[:3]}")
    return [line for line in lines if line not in ("ready", "503")]


def powercut(kind, cycles, barrier):
    seed = int(os.environ.get("SEED", str(os.getpid())))
    print(f"SEED={seed}", flush=True)
    moments = random.Random(seed)
    disk, answered, total, losing, missing = Disk(kind, 700 << 20), [], 0, 0, 0
    list_of = os.path.join(disk.folder, "answered")
    try:
        for cycle in range(cycles):
            disk.mount()
            new = cut(disk, barrier, 0.05 + moments.random() * 0.6)
            answered += new
            total += len(new)
            disk.unmount()
            disk.mount()
            with open(list_of, "w") as file:
                file.write("".join(line + "\n" for line in answered))
            verify = subprocess.run([FAULTS, "verify", os.path.join(disk.place, "store"), list_of],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            if verify.returncode != 0:
                losing += 1
                words = verify.stdout.split()
                lost = int(words[3]) if len(words) > 3 else len(answered)
                missing += lost
                if barrier:
                    print(f"powercut: cycle {cycle}: {verify.stdout.strip()}", flush=True)
            if verify.returncode != 0 or len(answered) > 60_000:
                # A new store: either the old one is lost, or it has grown enough.
                for name in os.listdir(disk.place):
                    path = os.path.join(disk.place, name)
                    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
                answered = []
            disk.unmount()
            if cycle % 10 == 9 or cycle + 1 == cycles:
                print(f"powercut: {kind} barrier={barrier} {cycle + 1} cuts, {total} answered, "
                      f"{losing} cuts lost {missing}", flush=True)
    finally:
        subprocess.run(["umount", disk.place], stderr=subprocess.DEVNULL)
        disk.remove()
    return losing == 0


def main():
    match sys.argv[1:]:
        case ["powercut", kind, cycles]:
            return powercut(kind, int(cycles), True)
        case ["control", kind, cycles]:
            return not powercut(kind, int(cycles), False)
        case ["full", kind]:
            disk = Disk(kind, (64 if kind == "ext4" else 320) << 20)
            disk.mount()
            try:
                return subprocess.run([FAULTS, "full", disk.place]).returncode == 0
            finally:
                disk.unmount()
                disk.remove()
        case _:
            print(__doc__)
            return False


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
