"""Prints what a request costs behind `tower-consent serve`, beside nginx, all of them taking turns in one run.

    compare.py PROGRAM PASSING PAGE [ROUNDS] [SECONDS]

One nginx serves PAGE. In front of it stand, each alone: nginx with `proxy_pass`, with one rule of `sub_filter` (the host of
one counter that is on the page), with ten; PASSING, a proxy of hyper and nothing else; and `tower-consent serve` with ten
services. Each has one thread: of two that mostly wait, a request costs more. wrk asks (one thread, eight connections, kept
alive, as is the way to the server of the pages); the CPU is what /proc/PID/stat says of the processes of each, kernel included,
divided by the answers wrk has counted. Before it counts, every case is checked to do what it is named after, and every round to
have answered each request with as many bytes. The order turns with every round.

Aims: a body that is not gated at most 1.3 times the same through `proxy_pass`; a gated page no more than `sub_filter` with
one rule. Ends with 1 when a check fails, not when an aim is missed.
"""

import pathlib
import re
import subprocess
import sys

from servers import BROWSER, USUAL, Room, choose, connections, cpu, free_ports, get, machine, memory, middle, wait_for

PROXIED = (
    'proxy_pass http://page; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; '
    'proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; '
    'proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header Accept-Encoding ""; '
    # A whole page fits: nothing goes through a file.
    "proxy_buffer_size 16k; proxy_buffers 16 16k;"
)
RULES = ["mc.yandex.ru", "w.uptolike.com", "counter.yadro.ru", "counter.rambler.ru", "smi2.ru", "top-fwz1.mail.ru"]
RULES += ["www.youtube.com", "www.google-analytics.com", "connect.facebook.net", "vk.com/rtrg"]


def rule(host):
    return f"sub_filter '{host}' 'withheld.invalid';"


def replaced(page, hosts):
    for host in hosts:
        page = page.replace(host.encode(), b"withheld.invalid")
    return page


class Case:
    """A way to the page: which process, which path, as whom; what must come of it."""

    def __init__(self, name, process, port, check, path="/", cookie=""):
        self.name, self.process, self.port, self.check = name, process, port, check
        self.path, self.cookie = path, cookie
        self.costs, self.rates = [], []

    def checked(self):
        """Asks once; ends everything when the answer is not what the case is named after."""
        headers, body = get(self.port, self.path, **({"Cookie": self.cookie} if self.cookie else {}))
        wrong = self.check(headers, body)
        if wrong:
            sys.exit(f"{self.name}: {wrong}")
        self.length = len(body)

    def measure(self, seconds, counts):
        headers = [f"{name}: {value}" for name, value in BROWSER.items()]
        headers += [f"Cookie: session=1; {self.cookie}"]
        command = ["wrk", "-t1", "-c8", f"-d{seconds}s", *(part for one in headers for part in ("-H", one))]
        before = cpu(self.process)
        told = subprocess.run(
            [*command, f"http://127.0.0.1:{self.port}{self.path}"], capture_output=True, text=True, check=True
        ).stdout
        spent = cpu(self.process) - before
        requests = int(re.search(r"(\d+) requests in", told)[1])
        if "Non-2xx" in told or "Socket errors" in told:
            sys.exit(f"{self.name}: {told}")
        number, unit = re.search(r"requests in [^,]*, ([\d.]+)(\w+) read", told).groups()
        read = float(number) * 1024 ** ["B", "KB", "MB", "GB"].index(unit)
        # Heads come on top, and what eight connections had read of answers that were broken off; wrk rounds.
        if not requests * self.length * 0.99 <= read <= (requests + 8) * (self.length * 1.02 + 2048):
            sys.exit(f"{self.name}: {read / requests:.0f} bytes an answer, {self.length} are right")
        if counts:
            self.costs.append(spent / requests * 1e6)
            self.rates.append(requests / float(re.search(r"requests in ([\d.]+)s", told)[1]))


def equals(expected, what):
    return lambda _, body: None if body == expected else f"the body is not {what} ({len(body)} bytes)"


def main(program, passing, page, rounds=7, seconds=2):
    text = pathlib.Path(page).read_bytes()
    hits = text.count(RULES[0].encode())
    if not hits or replaced(text, RULES) == replaced(text, RULES[:1]):
        sys.exit(f"the rules replace nothing on {page}")
    with Room() as room:
        up, plain, one, ten, own, alone = free_ports(6)
        room.pages(up, text)
        nginx = {
            name: room.nginx(name, port, f"location / {{ {PROXIED} {rules} }}", up)
            for name, port, rules in [
                ("proxy_pass", plain, ""),
                ("sub_filter-1", one, "sub_filter_once off; " + rule(RULES[0])),
                ("sub_filter-10", ten, "sub_filter_once off; " + " ".join(map(rule, RULES))),
            ]
        }
        serve, _, _ = room.serve(program, room.policy("policy", USUAL), up, own, "memory:", "--threads", "1")
        accepted, refused = choose(own, "accept"), choose(own, "refuse")
        hyper = room.start([passing, f"127.0.0.1:{alone}", f"127.0.0.1:{up}"], stderr=subprocess.DEVNULL)
        wait_for(alone, hyper)

        def gated(banner):
            def check(_, body):
                if (b'<section id="tc"' in body) != banner:
                    return "the banner is where it should not be, or the reverse"
                live = rb'<(?:script|img|iframe)[^>]* src="https?://(?:%s)' % b"|".join(re.escape(h.encode()) for h in RULES[:5])
                if not re.search(live, text):
                    return "there is nothing to withhold on the page"
                if re.search(live, body) or b"data-tc-src=" not in body:
                    return "what was not allowed is live"
                return None

            return check

        def whole(_, body):
            return None if body.startswith(text) and len(body) < len(text) + 2000 else "the page was changed"

        cases = [
            Case("text: nginx proxy_pass", nginx["proxy_pass"], plain, equals(text, "the text"), "/page.txt"),
            Case("text: hyper alone", hyper, alone, equals(text, "the text"), "/page.txt"),
            Case("text: tower-consent", serve, own, equals(text, "the text"), "/page.txt"),
            Case("page: nginx proxy_pass", nginx["proxy_pass"], plain, equals(text, "the page")),
            Case("page: nginx sub_filter, 1 rule", nginx["sub_filter-1"], one, equals(replaced(text, RULES[:1]), "replaced")),
            Case("page: nginx sub_filter, 10 rules", nginx["sub_filter-10"], ten, equals(replaced(text, RULES), "replaced")),
            Case("page: tower-consent, all allowed", serve, own, whole, cookie=accepted),
            Case("page: tower-consent, refused", serve, own, gated(False), cookie=refused),
            Case("page: tower-consent, undecided", serve, own, gated(True)),
        ]
        for case in cases:
            case.checked()
        nginx_version = subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.strip()
        print(f"{page}, {len(text)} bytes, {hits} places replaced by the one rule; {nginx_version}; {machine()}")
        print(f"{rounds} rounds of {seconds} s for each case, after one that does not count", flush=True)
        before = connections(up)
        for number in range(rounds + 1):
            turn = number % len(cases)
            for case in cases[turn:] + cases[:turn]:
                case.measure(seconds, number > 0)
        after = connections(up)
        taken, asked = after[0] - before[0], after[1] - before[1]
        if taken > asked / 100:
            sys.exit(f"the way to the pages is not kept alive: {taken} connections for {asked} requests")
        print(f"server of the pages: {asked} requests on {taken} connections; tower-consent holds {memory(serve):.1f} MiB\n")
        print(f"{'case':34}{'CPU µs':>9}{'least':>9}{'most':>9}{'requests/s':>12}")
        by = {case.name: case for case in cases}
        for case in cases:
            print(f"{case.name:34}{middle(case.costs):9.1f}{min(case.costs):9.1f}{max(case.costs):9.1f}{middle(case.rates):12.0f}")
        print()
        for name, other, aim in [
            ("text: hyper alone", "text: nginx proxy_pass", None),
            ("text: tower-consent", "text: hyper alone", None),
            ("text: tower-consent", "text: nginx proxy_pass", 1.3),
            ("page: tower-consent, all allowed", "page: nginx proxy_pass", 1.3),
            ("page: tower-consent, refused", "page: nginx sub_filter, 1 rule", 1.0),
            ("page: tower-consent, undecided", "page: nginx sub_filter, 1 rule", 1.0),
        ]:
            # Both of one round met the same machine.
            ratios = [a / b for a, b in zip(by[name].costs, by[other].costs)]
            ratio = middle(ratios)
            verdict = "" if aim is None else f", aim {aim}: {'met' if ratio <= aim else 'MISSED'}"
            print(f"{name} / {other}: {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}){verdict}")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))
