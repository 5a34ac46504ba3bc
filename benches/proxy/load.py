"""Puts load on `tower-consent serve` and looks whether it errs or grows.

    load.py PROGRAM PAGE [SECONDS] [REQUESTS]

First SECONDS (60) of HTTP/1.1 by wrk, then as long of HTTP/2 by h2load, pages and choices in both; then REQUESTS (1000000)
in twenty parts, HTTP/2 and HTTP/1.1 in turn, and what the process holds in memory after each part. The store is sled, in a
file system. In front of it nobody, behind it nginx with PAGE. Ends with 1 when an answer was no answer (an error, a time-out,
a status that is neither 2xx nor 3xx), when a choice that was answered is missing from the log, or when the last quarter of
the parts holds over 10 % more memory than the second quarter did.
"""

import json
import pathlib
import re
import subprocess
import sys
import threading
import time

from servers import BROWSER, ROOT, USUAL, Room, free_ports, get, machine, memory, middle, token

PARTS = 20


class Choosing(threading.Thread):
    """Makes choices over HTTP/2, one after the other, each as another visitor, until told to stop."""

    def __init__(self, port):
        # When everything else has ended with an error, so does this.
        super().__init__(daemon=True)
        self.port, self.stopping, self.made, self.failed = port, threading.Event(), 0, []

    def run(self):
        origin = f"http://127.0.0.1:{self.port}"
        while not self.stopping.is_set():
            body = get(self.port)[1]
            choice = "accept" if self.made % 2 else "refuse"
            command = ["curl", "--http2-prior-knowledge", "-sS", "-o", "/dev/null", "-w", "%{http_version} %{http_code}"]
            command += ["-H", f"Origin: {origin}", "-H", "Sec-Fetch-Site: same-origin", "--max-time", "30"]
            command += ["-d", f"choice={choice}&back=/&token={token(body)}", f"{origin}/_consent/choice"]
            answer = subprocess.run(command, capture_output=True, text=True)
            if answer.stdout == "2 303":
                self.made += 1
            else:
                self.failed.append(answer.stdout + answer.stderr)
            self.stopping.wait(0.02)

    def end(self):
        self.stopping.set()
        self.join(60)
        if self.is_alive() or not self.made:
            sys.exit("choices over HTTP/2 hang, or none was made")
        if self.failed:
            sys.exit(f"{len(self.failed)} choices over HTTP/2 failed, the first: {self.failed[0]}")
        return self.made


def wrk(port, seconds):
    """Returns pages and choices of a run over HTTP/1.1."""
    headers = [part for name, value in BROWSER.items() for part in ("-H", f"{name}: {value}")]
    script = pathlib.Path(__file__).with_name("choices.lua")
    origin = f"http://127.0.0.1:{port}"
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", "10s", *headers, "-s", script, f"{origin}/", "--", origin]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pages, choices, others = map(int, re.search(r"pages (\d+) choices (\d+) others (\d+)", told).groups())
    if others or "Socket errors" in told or "Non-2xx" in told or not pages or not choices:
        sys.exit(f"HTTP/1.1 met errors:\n{told}")
    return pages, choices


def h2load(port, arguments, http1=False):
    """Returns the requests of a run; every one of them was answered with 2xx."""
    headers = [part for name, value in BROWSER.items() for part in ("-H", f"{name}: {value}")]
    version = ["--h1"] if http1 else ["-m8"]
    command = ["h2load", "-t1", "-c16", *version, *arguments, *headers, f"http://127.0.0.1:{port}/"]
    ran = subprocess.run(command, capture_output=True, text=True)
    told = ran.stdout
    if ran.returncode:
        sys.exit(f"{command} ended with {ran.returncode}:\n{told}{ran.stderr}")
    done = re.search(r"requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", told)
    total, _, succeeded, failed, errored, timeout = map(int, done.groups())
    statuses = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", told)
    if failed or errored or timeout or not succeeded or int(statuses[1]) < succeeded or set(statuses.groups()[1:]) != {"0"}:
        sys.exit(f"errors:\n{told}")
    return succeeded


def main(program, page, seconds=60, requests=1_000_000):
    text = pathlib.Path(page).read_bytes()
    with Room() as room:
        up, own = free_ports(2)
        room.pages(up, text)
        store = f"sled:{room.path}/store"
        serve, _, _ = room.serve(program, room.policy("policy", USUAL), up, own, store)
        print(f"{page}, {len(text)} bytes; {machine()}")
        print(f"at the start: {memory(serve):.1f} MiB", flush=True)
        made = 0
        begun = time.monotonic()
        pages, choices = wrk(own, seconds)
        made += choices
        took = time.monotonic() - begun
        print(f"HTTP/1.1, {took:.0f} s: {pages} pages and {choices} choices, no error; {memory(serve):.1f} MiB", flush=True)
        choosing = Choosing(own)
        choosing.start()
        begun = time.monotonic()
        pages = h2load(own, ["-D", str(seconds)])
        choices = choosing.end()
        made += choices
        took = time.monotonic() - begun
        print(f"HTTP/2, {took:.0f} s: {pages} pages and {choices} choices, no error; {memory(serve):.1f} MiB\n", flush=True)

        held, total = [], 0
        begun = time.monotonic()
        choosing = Choosing(own)
        choosing.start()
        for part in range(PARTS):
            total += h2load(own, ["-n", str(requests // PARTS)], http1=part % 2 == 1)
            held.append(memory(serve))
            print(f"{total:9} pages, {time.monotonic() - begun:6.0f} s, {choosing.made:6} choices: {held[-1]:.1f} MiB", flush=True)
        made += choosing.end()
        early, late = middle(held[PARTS // 4 : PARTS // 2]), middle(held[-PARTS // 4 :])
        print(f"memory: {early:.1f} MiB in the second quarter, {late:.1f} MiB in the last: {late / early - 1:+.1%}")

        serve.terminate()
        if serve.wait(60) != 0:
            sys.exit("it did not end in order")
        told = subprocess.run(
            [program, "log", "stats", "--store", store, "--format", "json"], capture_output=True, text=True, check=True
        ).stdout
        kinds = json.loads(told)["by_kind"]
        logged = kinds.get("accept", 0) + kinds.get("refuse", 0)
        print(f"choices answered: {made}; choices in the log: {logged}")
        # wrk breaks off what is under way at its end: those choices may be logged without having been counted.
        if not made <= logged <= made + 16:
            sys.exit("the log does not hold what was answered")
        if late > early * 1.1:
            sys.exit("it grows")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
