"""What the measurements of `tower-consent serve` share: policies, servers, what /proc says of them.

No measurement by itself: compare.py, load.py and start.py are started by `benches/run proxy`, `load` and `start`.
"""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
# Headers of a browser that opens a page.
BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "ru,en;q=0.9",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
}
# What is on the measured page, and what news sites have besides; with those of the example they are ten.
USUAL = ["rambler-top100", "uptolike", "youtube", "google-analytics", "vk-pixel"]


class Room:
    """A folder and the processes in it; both go when the block ends."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="tower-consent-"))
        # nginx gives up root, and must reach its pages.
        self.path.chmod(0o755)
        self.processes = []
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.path, ignore_errors=True)

    def start(self, command, **more):
        process = subprocess.Popen([str(one) for one in command], **more)
        self.processes.append(process)
        return process

    def nginx(self, name, port, servers, upstream=None):
        """Starts nginx with one worker; returns the process."""
        up = f"upstream page {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}" if upstream else ""
        folders = "".join(
            f"{kind}_temp_path {self.path}/{name}.{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.path / f"{name}.conf").write_text(
            f"""worker_processes 1; pid {self.path}/{name}.pid; error_log {self.path}/{name}.log; daemon off;
events {{ worker_connections 1024; }}
http {{
    types {{ text/html html; text/plain txt; }}
    access_log off; {folders} keepalive_requests 1000000000; keepalive_timeout 600; sendfile on; tcp_nodelay on;
    open_file_cache max=16; {up}
    server {{ listen 127.0.0.1:{port}; {servers} }}
}}
"""
        )
        process = self.start(["nginx", "-c", self.path / f"{name}.conf"])
        wait_for(port, process)
        return process

    def pages(self, port, page):
        """Starts the server of the pages: `/` is the page, `/page.txt` the same bytes as a text."""
        site = self.path / "site"
        site.mkdir()
        for name in ("index.html", "page.txt"):
            (site / name).write_bytes(page)
            (site / name).chmod(0o644)
        return self.nginx("upstream", port, f"root {site}; location = /status {{ stub_status; }}")

    def policy(self, name, services):
        """Copies the policy of the example and adds services of the catalogue; returns the folder."""
        folder = self.path / name
        shutil.copytree(ROOT / "policies/news-site", folder)
        text = (folder / "policy.toml").read_text()
        here = [one for one in services if f'catalogue = "{one}"' not in text]
        blocks = "".join(f'\n[[service]]\ncatalogue = "{one}"\npurpose = "metrics"\n' for one in here)
        # Before the next table, so that all services stand together.
        (folder / "policy.toml").write_text(text.replace("\n[destruction]", blocks + "\n[destruction]"))
        return folder

    def serve(self, program, policy, upstream, port, store, *options):
        """Starts the proxy with these options besides; returns its process, the seconds until it said that it is ready, and what it said."""
        command = [program, "serve", "--policy", policy, "--upstream", f"http://127.0.0.1:{upstream}"]
        # What is compressed costs what compression costs, here as in nginx, which does not either.
        command += ["--compression", "off"]
        command += ["--listen", f"127.0.0.1:{port}", "--origin", f"http://127.0.0.1:{port}", "--store", store]
        command += options
        begun = time.monotonic()
        process = self.start(command, stderr=subprocess.PIPE, text=True)
        told = ""
        for line in process.stderr:
            told += line
            if "ready after" in line:
                return process, time.monotonic() - begun, told
        sys.exit(f"the proxy ended: {told}")


def catalogue():
    """Returns the names of all known services."""
    return sorted(path.stem for path in (ROOT / "policies/catalogue").glob("*.toml"))


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_for(port, process):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            sys.exit(f"{process.args} ended with {process.returncode}")
        time.sleep(0.05)
    sys.exit(f"nobody listens on port {port}")


def get(port, path="/", **headers):
    """Returns headers and body of an answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={**BROWSER, **headers})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers, answer.read()


def token(page):
    return re.search(rb'name="token" value="([^"]*)"', page)[1].decode()


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *_):
        return None


def choose(port, choice):
    """Presses a button of the banner; returns the cookie."""
    form = {"choice": choice, "token": token(get(port, "/_consent/")[1]), "back": "/"}
    headers = {"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/_consent/choice", urllib.parse.urlencode(form).encode(), headers
    )
    try:
        answer = urllib.request.build_opener(Stay).open(request, timeout=20)
    except urllib.error.HTTPError as error:
        answer = error
    cookies = [one.split(";")[0] for one in answer.headers.get_all("Set-Cookie") or [] if one.startswith("tower-consent=")]
    if answer.status != 303 or len(cookies) != 1:
        sys.exit(f"no choice was made: {answer.status} {answer.read()[:500]}")
    return cookies[0]


def connections(port):
    """Returns how many connections the server of the pages has taken so far, and how many requests."""
    numbers = get(port, "/status")[1].split(b"\n")[2].split()
    return int(numbers[0]), int(numbers[2])


def family(process):
    """Returns the ids of a process and its children."""
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [process.pid, *map(int, children)]


def cpu(process):
    """Returns the seconds of CPU that a process and its children have spent, kernel included."""
    spent = 0
    for pid in family(process):
        # The name may hold spaces and brackets; what follows the last bracket does not.
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        spent += int(fields[11]) + int(fields[12])
    return spent / TICKS


def memory(process):
    """Returns what a process holds in memory, in MiB."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def middle(values):
    values = sorted(values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def machine():
    """Returns a line that says where this was measured."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {model[1] if model else os.uname().machine}, Linux {os.uname().release}, load before {load:.1f}"
