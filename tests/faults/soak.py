#!/usr/bin/env python3
"""Mixed traffic at the machine's limit with faults in it; needs root, loop devices, e2fsprogs, nginx, nghttp2-client, faketime.

    tests/faults/soak.py PROGRAM 1800      so many seconds; PROGRAM is `tower-consent` with the feature `proxy`

`tower-consent serve` stands before nginx with a page of many trackers; its store is on a small file system of its own. At the same
time: pages over HTTP/1.1 and HTTP/2 as fast as they go, visitors who choose, choose again and take back, exports, dashboard and
metrics. The faults take turns: the disk fills up and is freed, the upstream's worker is killed and another upstream answers
with nothing, the clock jumps an hour ahead and ten minutes back, a hundred SIGHUPs come at once, the policy's texts change.

It ends with 1 when a page that goes to somebody who has not agreed holds anything of a refused service, when an answer is
none that is documented or takes over ten seconds, when a choice is not taken again after a fault is over, when the log lacks a
choice that was answered or `store check` finds a fault, or when memory or open files grow. SEED sets what visitors do.
"""

import base64
import collections
import contextlib
import gzip
import html.parser
import http.client
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parents[1] / "benches/proxy")]
from disks import Disk  # noqa: E402
from servers import BROWSER, USUAL, Room, family, free_ports, middle  # noqa: E402

ROOT = HERE.parents[1]
VISITORS = 6
SLOWEST = 10.0
# What may come instead of an answer, and when: a fault is on, or the form was made under another clock or another text.
WHILE_FULL, AFTER_CHANGE = {503}, {400, 403, 409}
WHILE_UPSTREAM_IS_AWAY = {502, 504}
TOKEN = re.compile(rb'name="token" value="([^"]*)"')
ADMIN = "soak-token-of-32-bytes-0123456789"
SCRIPTS = ("", "module", "text/javascript", "application/javascript")
LOADS = {"src", "srcset", "href", "data", "poster", "background", "action", "content", "style"}


class Alive(html.parser.HTMLParser):
    """Collects what of a page would load or run, by a parser that is not ours."""

    def __init__(self, refused, inline):
        super().__init__(convert_charrefs=True)
        self.refused, self.inline, self.found, self.runs = refused, inline, [], False

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.runs = tag == "script" and (values.get("type") or "").strip().lower() in SCRIPTS
        if tag == "a" or (tag == "link" and (values.get("rel") or "").lower() in ("canonical", "alternate")):
            return
        for name, value in attrs:
            if name in LOADS and value and any(host in value for host in self.refused):
                self.found.append(f"<{tag} {name}={value[:80]}>")

    def handle_data(self, data):
        if self.runs and any(mark in data for mark in self.inline):
            self.found.append(f"<script>{data[:80]}")

    def handle_endtag(self, tag):
        self.runs = False


class Soak:
    def __init__(self, room, port, admin, refused, inline, seed):
        self.room, self.port, self.admin, self.refused, self.inline, self.seed = room, port, admin, refused, inline, seed
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.faults, self.judged = [], set()
        # By visitor: how many events were answered.
        self.answered = collections.Counter()
        # Faults that are on, and when each last ended.
        self.on, self.ended = set(), {}
        self.threads = []
        self.turn = 0

    def codings(self):
        """Plain and coded pages, in turn."""
        self.turn ^= 1
        return "gzip" if self.turn else "identity"

    def fault(self, text):
        with self.lock:
            self.faults.append(f"{time.strftime('%H:%M:%S')} {text}")
        print(f"FAULT {text}", flush=True)

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def recently(self, fault, seconds=12):
        return fault in self.on or time.monotonic() - self.ended.get(fault, -1e9) < seconds

    @contextlib.contextmanager
    def during(self, fault):
        self.on.add(fault)
        try:
            yield
        finally:
            self.ended[fault] = time.monotonic()
            self.on.discard(fault)

    def ask(self, connection, method, path, body=None, **headers):
        """Returns status, headers and body, or nothing where the connection broke."""
        begun = time.monotonic()
        try:
            connection.request(method, path, body, {**BROWSER, "Accept-Encoding": self.codings(), "Host": f"127.0.0.1:{self.port}", **headers})
            answer = connection.getresponse()
            content = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            # A page that broke off behind us is cut off before the visitor too.
            if not self.recently("upstream"):
                self.fault(f"{method} {path}: {error!r} after {time.monotonic() - begun:.1f} s")
            self.count("broken off")
            return None
        took = time.monotonic() - begun
        if took > SLOWEST:
            self.fault(f"{method} {path} took {took:.1f} s")
        return answer.status, answer.headers, content

    def judge(self, content, whose):
        """A page for somebody who agreed to nothing holds nothing alive of what is refused."""
        plain = TOKEN.sub(b"", content)
        key = hash(plain)
        with self.lock:
            if key in self.judged:
                return
        alive = Alive(self.refused, self.inline)
        alive.feed(plain.decode())
        if alive.found:
            self.fault(f"LEAK to {whose}: {alive.found[:3]}")
        with self.lock:
            self.judged.add(key)

    def page(self, connection, cookie, whose):
        answer = self.ask(connection, "GET", "/", **({"Cookie": cookie} if cookie else {}))
        if answer is None:
            return None
        status, _, content = answer
        self.count(f"page {status}")
        if status == 200:
            if whose != "one who accepted":
                self.judge(content, whose)
            return content
        if not (status in WHILE_UPSTREAM_IS_AWAY and self.recently("upstream")):
            self.fault(f"page for {whose}: {status} {content[:200]}")
        return None

    def visitor(self, number):
        """Somebody new: looks at a page, chooses, looks again, now and then chooses otherwise or takes back."""
        rng = random.Random(self.seed * 1000 + number)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        origin = f"http://127.0.0.1:{self.port}"
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin, "Sec-Fetch-Site": "same-origin"}
        while not self.stopping.is_set():
            cookie, whose = "", "a new visitor"
            for step in range(rng.choice([1, 1, 1, 2, 3])):
                page = self.page(connection, cookie, whose)
                if step or page is None:
                    centre = self.ask(connection, "GET", "/_consent/", **({"Cookie": cookie} if cookie else {}))
                    page = centre[2] if centre and centre[0] == 200 else None
                token = TOKEN.search(page) if page else None
                if token is None:
                    break
                choice = rng.choice(["accept", "refuse"]) if step < 2 else "withdraw"
                path = "/_consent/withdraw" if choice == "withdraw" else "/_consent/choice"
                fields = {"token": token[1].decode(), "back": "/"} | ({} if choice == "withdraw" else {"choice": choice})
                more = {**form, **({"Cookie": cookie} if cookie else {})}
                answer = self.ask(connection, "POST", path, urllib.parse.urlencode(fields), **more)
                if answer is None:
                    break
                status, headers, content = answer
                self.count(f"{choice} {status}")
                if status != 303:
                    # Who came while the disk was full may wait 5 s for his answer, and the store is opened again.
                    excused = status in WHILE_FULL and self.recently("disk", 10)
                    excused |= status in AFTER_CHANGE and (self.recently("clock") or self.recently("policy"))
                    if not excused:
                        self.fault(f"{choice}: {status} {content[:200]}")
                    if status == 503 and not headers.get("Retry-After"):
                        self.fault("503 without Retry-After")
                    break
                set_cookie = [one.split(";")[0] for one in headers.get_all("Set-Cookie") or [] if one.startswith("tower-consent=")]
                if len(set_cookie) != 1:
                    self.fault(f"{choice}: no cookie")
                    break
                cookie = set_cookie[0]
                with self.lock:
                    self.answered[cookie.split("=", 1)[1].split(".")[1]] += 1
                whose = "one who accepted" if choice == "accept" else "one who refused"
            self.page(connection, cookie, whose)
            self.stopping.wait(rng.random() * 0.02)

    def pressure(self):
        """Pages as fast as they go, HTTP/2 and HTTP/1.1 in turn."""
        turn = 0
        headers = [part for name, value in BROWSER.items() for part in ("-H", f"{name}: {value}")]
        while not self.stopping.is_set():
            turn += 1
            how = ["--h1"] if turn % 2 else ["-m4"]
            command = ["h2load", "-t1", "-c8", "-D5", *how, *headers, f"http://127.0.0.1:{self.port}/"]
            ran = subprocess.run(command, capture_output=True, text=True)
            done = re.search(r"(\d+) total, .* (\d+) succeeded", ran.stdout)
            total, good = (int(done[1]), int(done[2])) if done else (0, 0)
            with self.lock:
                self.counts["pages under pressure"] += good
            # Those that the killed upstream owed are the only ones that may fail.
            if ran.returncode or not good or (good < total and not self.recently("upstream")):
                self.fault(f"under pressure {good} of {total} pages came: {ran.stdout[-300:]}{ran.stderr[-300:]}")

    def operator(self):
        """Dashboard, metrics, exports."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=120)
        entrance = {"Authorization": f"Bearer {ADMIN}"}
        turn = 0
        while not self.stopping.is_set():
            for path in ("/metrics", "/", "/ledger?days=30", "/healthz"):
                self.answer_of_operator(connection, "GET", path, None, entrance)
            turn += 1
            if turn % 5 == 0:
                form = urllib.parse.urlencode({"level": "regulator", "format": ["zip", "jsonl"][turn % 2]})
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                self.answer_of_operator(connection, "POST", "/export", form, {**entrance, **kind})
            self.stopping.wait(1)

    def answer_of_operator(self, connection, method, path, body, headers):
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            size = len(answer.read())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            # An export that cannot read on ends without an end.
            if not (path == "/export" and self.recently("disk")):
                self.fault(f"operator {method} {path}: {error!r}")
            return
        self.count(f"operator {path.split('?')[0]} {answer.status}")
        if answer.status != 200 and not (answer.status == 503 and self.recently("disk")):
            self.fault(f"operator {method} {path}: {answer.status}")
        if path == "/export" and answer.status == 200:
            with self.lock:
                self.counts["exported MiB"] += size >> 20

    def start(self, what, *arguments):
        thread = threading.Thread(target=self.guarded, args=(what, *arguments), daemon=True)
        thread.start()
        self.threads.append(thread)

    def guarded(self, what, *arguments):
        try:
            what(*arguments)
        except Exception as error:  # noqa: BLE001 - a thread that dies is a fault of this program
            self.fault(f"{what.__name__} died: {error!r}")

    def must_choose(self, after):
        """Choices are taken again soon after a fault."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            before = self.answered.total()
            time.sleep(0.5)
            if self.answered.total() > before:
                return
        self.fault(f"no choice was answered within 10 s after {after}")


def fill(disk, seconds):
    """Takes all room of the disk for a time."""
    path = os.path.join(disk.place, "filling")
    with open(path, "wb", buffering=0) as file:
        size, block = 0, 1 << 30
        while block >= 512:
            try:
                os.posix_fallocate(file.fileno(), size, block)
                size += block
            except OSError:
                block //= 2
        time.sleep(seconds)
    os.unlink(path)


def disturb(soak, turn, disk, clock, nginx, serve, policy):
    """One fault, and what must hold after it."""
    match turn % 6:
        case 0:
            with soak.during("disk"):
                fill(disk, 4)
            soak.must_choose("a full disk")
        case 1:
            with soak.during("upstream"):
                for _ in range(5):
                    for worker in family(nginx)[1:]:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(worker, signal.SIGKILL)
                    time.sleep(0.5)
            soak.must_choose("an upstream that died")
        case 2:
            with soak.during("clock"):
                for jump in ("+3600", "-600", "+0"):
                    clock.write_text(jump)
                    time.sleep(3)
            soak.must_choose("jumps of the clock")
        case 3:
            for _ in range(100):
                serve.send_signal(signal.SIGHUP)
                time.sleep(0.01)
            soak.must_choose("a storm of SIGHUP")
        case 4:
            with soak.during("policy"):
                text = policy / "ru/policy.md"
                text.write_text(text.read_text() + f"\nПоправка {turn}.\n")
                time.sleep(3)
            soak.must_choose("another policy")
        case 5:
            # Answers that are none.
            connection = http.client.HTTPConnection("127.0.0.1", soak.port, timeout=30)
            for _ in range(50):
                connection.request("GET", "/reset", headers=BROWSER)
                answer = connection.getresponse()
                answer.read()
                soak.count(f"reset {answer.status}")
                if answer.status != 502:
                    soak.fault(f"an upstream that resets: {answer.status}")


def main(program, seconds):
    seed = int(os.environ.get("SEED", str(os.getpid())))
    print(f"SEED={seed}", flush=True)
    disk = Disk("ext4", 1 << 30)
    disk.mount()
    try:
        with Room() as room:
            run(room, disk, program, seconds, seed)
    finally:
        subprocess.run(["umount", disk.place], stderr=subprocess.DEVNULL)
        disk.remove()


def withheld(policy):
    """Returns hosts of the services that wait for a choice, and what their inline scripts are known by."""
    hosts, inline = set(), set()
    for service in tomllib.loads((policy / "policy.toml").read_text())["service"]:
        known = ROOT / f"policies/catalogue/{service.get('catalogue')}.toml"
        told = {**(tomllib.loads(known.read_text()) if "catalogue" in service else {}), **service}
        hosts |= {host.removeprefix("*.") for host in told.get("hosts", [])}
        inline |= set(told.get("inline", []))
    return hosts, inline


def run(room, disk, program, seconds, seed):
    up, own, admin = free_ports(3)
    page = (ROOT / "benches/page/page.html").read_bytes()
    site = room.path / "site"
    site.mkdir()
    (site / "index.html").write_bytes(page)
    nginx = room.nginx("upstream", up, f"root {site}; location = /reset {{ return 444; }}")
    policy = room.policy("policy", USUAL)
    hosts, inline = withheld(policy)
    token = room.path / "token"
    token.write_text(ADMIN)
    token.chmod(0o600)
    clock = room.path / "clock"
    clock.write_text("+0")
    configuration = room.path / "serve.toml"
    configuration.write_text(
        f"""[[listen]]
address = "127.0.0.1:{own}"
[[site]]
policy = "{policy}"
upstream = "http://127.0.0.1:{up}"
store = "sled:{disk.place}/store"
origin = "http://127.0.0.1:{own}"
admin = "127.0.0.1:{admin}"
admin-token = "{token}"
"""
    )
    asked = ["faketime", "-f", "+0", "sh", "-c", "echo $LD_PRELOAD"]
    library = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    environment = {
        **os.environ,
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    told = open(room.path / "told", "w+")
    serve = room.start([program, "serve", "--config", configuration], stderr=told, env=environment)
    for _ in range(200):
        if "ready after" in pathlib.Path(told.name).read_text():
            break
        if serve.poll() is not None:
            sys.exit(pathlib.Path(told.name).read_text())
        time.sleep(0.05)

    soak = Soak(room, own, admin, hosts, inline, seed)
    plain = Alive(hosts, inline)
    plain.feed(page.decode())
    if len(plain.found) < 5:
        sys.exit(f"the judge sees too little in the page as it is: {plain.found}")
    for number in range(VISITORS):
        soak.start(soak.visitor, number)
    soak.start(soak.pressure)
    soak.start(soak.operator)
    begun, turn, held = time.monotonic(), 0, []
    while time.monotonic() - begun < seconds and serve.poll() is None:
        disturb(soak, turn, disk, clock, nginx, serve, policy)
        turn += 1
        time.sleep(min(4, max(0, seconds - (time.monotonic() - begun))))
        status = pathlib.Path(f"/proc/{serve.pid}/status").read_text()
        held.append((int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024, len(os.listdir(f"/proc/{serve.pid}/fd"))))
        print(f"{time.monotonic() - begun:5.0f} s: {turn} faults put in, {soak.answered.total()} choices answered, "
              f"{held[-1][0]:.0f} MiB, {held[-1][1]} files open", flush=True)
    soak.stopping.set()
    for thread in soak.threads:
        thread.join(60)
    if serve.poll() is not None:
        soak.fault(f"the server ended by itself: {serve.returncode}")
    clock.write_text("+0")
    serve.send_signal(signal.SIGTERM)
    if serve.wait(60) != 0:
        soak.fault(f"it did not end in order: {serve.returncode}")
    for name, number in sorted(soak.counts.items()):
        print(f"{name}: {number}")
    print(f"{len(soak.judged)} different pages judged, each for every visitor who got it")
    verdict(soak, disk, program, held)
    if soak.faults:
        print(pathlib.Path(told.name).read_text()[-3000:])
        sys.exit("\n".join(soak.faults[:20]))


def verdict(soak, disk, program, held):
    """Everything answered is in the log, the store is whole, and nothing grew."""
    store = f"sled:{disk.place}/store"
    check = subprocess.run([program, "store", "check", "--store", store], capture_output=True, text=True)
    print(check.stdout.strip().splitlines()[-1] if check.stdout else check.stderr)
    if check.returncode:
        soak.fault(f"store check: {check.stdout[-500:]}{check.stderr[-500:]}")
    # Not on the small disk.
    out = soak.room.path / "events.jsonl"
    export = [program, "log", "export", "--store", store, "--level", "internal", "--format", "jsonl", "--out", out]
    subprocess.run(export, capture_output=True, check=True)
    logged = collections.Counter()
    for line in out.read_text().splitlines():
        event = json.loads(line)
        for sealed in event.get("disclosures", []):
            _, name, value = json.loads(base64.urlsafe_b64decode(sealed + "=="))
            if name == "subject":
                logged[value] += 1
    lost = {visitor: number for visitor, number in soak.answered.items() if logged[visitor] < number}
    print(f"{soak.answered.total()} choices of {len(soak.answered)} visitors answered, {sum(lost.values())} of them lost")
    if lost:
        soak.fault(f"lost: {list(lost.items())[:5]}")
    if not soak.answered:
        soak.fault("no choice was made")
    if len(held) < 16:
        print(f"!!!!!!!! ONLY {len(held)} LOOKS AT MEMORY AND FILES: whether they grow IS NOT JUDGED, run it for longer !!!!!!!!")
    else:
        for what, values in (("memory, MiB", [one[0] for one in held]), ("files open", [one[1] for one in held])):
            early, late = middle(values[len(values) // 4 : len(values) // 2]), middle(values[-len(values) // 4 :])
            print(f"{what}: {early:.0f} in the second quarter, {late:.0f} in the last: {late / early - 1:+.1%}")
            if late > early * 1.1 + 4:
                soak.fault(f"{what}: it grows")


if __name__ == "__main__":
    if len(sys.argv) != 3 or os.geteuid() != 0:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]))
