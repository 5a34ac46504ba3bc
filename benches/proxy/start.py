"""Prints how large the proxy is, and how long it takes until it serves with every service of the catalogue.

    start.py PROGRAM [RUNS]

Each run has a new store in a file system, so that keys are made and everything the policy shows is kept; then a start with
the store that is there. Counted from the start of the process to its word that it is ready; the first page is asked for
behind that. Ends with 1 when the middle of the first starts is above 100 ms.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from servers import Room, catalogue, free_ports, get, machine, middle

AIM = 100


def main(program, runs=9):
    size = os.path.getsize(program)
    stripped = ""
    if shutil.which("strip"):
        with tempfile.NamedTemporaryFile() as copy:
            subprocess.run(["strip", "--strip-all", "-o", copy.name, program], check=True)
            stripped = f", {os.path.getsize(copy.name) / 2**20:.1f} without names of functions"
    print(f"{program}: {size / 2**20:.1f} MiB{stripped}; {machine()}")
    services = catalogue()
    with Room() as room:
        page, port = free_ports(2)
        room.pages(page, b"<!doctype html><title>x</title><body><p>page")
        policy = room.policy("policy", services)
        starts = {"new store": [], "the same store again": []}
        pages = []
        for run in range(runs):
            for name, times in starts.items():
                process, seconds, told = room.serve(program, policy, page, port, f"sled:{room.path}/store{run}")
                times.append(seconds * 1000)
                begun = time.monotonic()
                if b'<section id="tc"' not in get(port)[1]:
                    sys.exit("the first page is not gated")
                pages.append((time.monotonic() - begun) * 1000)
                process.terminate()
                if process.wait(60) != 0:
                    sys.exit(f"it did not end in order: {told}")
        print(f"policy with all {len(services)} services of the catalogue, {runs} runs each")
        for name, times in starts.items():
            print(f"{name}: ready after {middle(times):.0f} ms (least {min(times):.0f}, most {max(times):.0f})")
        print(f"the first page then took {middle(pages):.1f} ms (most {max(pages):.1f})")
        slow = middle(starts["new store"]) > AIM
        print(f"aim: {AIM} ms, {'MISSED' if slow else 'met'}")
        sys.exit(slow)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], *map(int, sys.argv[2:]))
