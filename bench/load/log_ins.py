"""Many log-ins at once against web processes as the demo and production run them: answers, waits, memory."""

import http.client
import os
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from signal import SIGTERM
from threading import Barrier
from urllib.parse import urlencode, urlsplit

from portal.demo.runner import GUNICORN
from portal.embedded.processes import end_child, free_port, spawn, wait

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 1_500_000_000
LOGIN = "/accounts/login/"
# Whoever waits longer has hung: this ends a run and judges nothing.
PATIENCE_SECONDS = 300
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Web:
    port: int
    pid: int


@dataclass(frozen=True)
class Seen:
    # Of the forms, and of the pages to which they led.
    answers: Counter[int]
    pages: Counter[int]
    # Seconds until the form was answered.
    waits: list[float]
    # The most that each web process ever held, added up: what they share is counted with each of them.
    peak_bytes: int
    processes: int


class Browser:
    """As the proxy passes it on: by TLS, from an address of its own."""

    def __init__(self, port: int, site: str, address: str) -> None:
        self.site, self.cookies = urlsplit(site), SimpleCookie[str]()
        self.port = port
        self.headers = {
            "Host": self.site.netloc,
            "X-Forwarded-For": address,
            "X-Forwarded-Proto": self.site.scheme,
            "Referer": f"{site}{LOGIN}",
            "Accept-Language": "es",
        }

    def ask(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it leads, and the page."""
        sent = "; ".join(f"{name}={cookie.coded_value}" for name, cookie in self.cookies.items())
        headers = self.headers | ({"Cookie": sent} if sent else {})
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(data) if data is not None else None
        # One for each: whoever thinks about a page for two seconds finds the last one closed.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("POST" if data is not None else "GET", path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return answer.status, answer.headers.get("Location", ""), page


def log_in_at_once(web: Web, site: str, people: list[str], password: str) -> Seen:
    """Each opens the page of the log-in; then all send it at the same moment, and go where it leads."""
    together = Barrier(len(people))

    def one(number: int) -> tuple[int, int, float]:
        browser = Browser(web.port, site, f"10.0.{number // 250}.{number % 250 + 1}")
        _status, _location, page = browser.ask(LOGIN)
        token = TOKEN.search(page)
        form = {"login": people[number], "password": password}
        form["csrfmiddlewaretoken"] = token[1] if token else ""
        together.wait(PATIENCE_SECONDS)
        began = time.perf_counter()
        status, location, _page = browser.ask(LOGIN, form)
        waited = time.perf_counter() - began
        return status, browser.ask(location)[0] if location else 0, waited

    with ThreadPoolExecutor(len(people)) as threads:
        seen = list(threads.map(one, range(len(people))))
    peaks = _peaks(web.pid)
    return Seen(
        answers=Counter(status for status, _page, _waited in seen),
        pages=Counter(page for _status, page, _waited in seen),
        waits=sorted(waited for _status, _page, waited in seen),
        peak_bytes=sum(peaks),
        processes=len(peaks),
    )


def report(folder: Path, people: list[str], password: str) -> int:
    """Twice, because the first time the processes load what they have not needed yet."""
    site = "https://portal.example"
    environment = os.environ | {
        "PORTAL_ENV": "production",
        "SECRET_KEY": "only-for-the-stopwatch-and-for-nothing-else-0123456789",
        "SITE_URL": site,
        "ALLOWED_HOSTS": "portal.example",
        "TRUSTED_PROXIES": "1",
        "LOG_LEVEL": "WARNING",
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=ROOT, env=environment, check=True)
    with serve(environment, folder / "web.log") as web:
        first, second = (log_in_at_once(web, site, people, password) for _time in range(2))
    failed = 0
    for name, seen in (("just started", first), ("once more", second)):
        refused = sum(count for status, count in (seen.answers + seen.pages).items() if status >= 500)
        good = not refused and seen.peak_bytes < MOST_BYTES
        failed += not good
        sys.stdout.write(
            f"{name}: {len(people)} log-ins at once, answers {dict(seen.answers)}, pages {dict(seen.pages)}, "
            f"wait {statistics.median(seen.waits):.1f} s in the middle, {seen.waits[-1]:.1f} s at most, "
            f"{seen.processes} processes with {seen.peak_bytes / 1e6:.0f} MB   {'ok' if good else 'MISSED'}\n"
        )
    return failed


@contextmanager
def serve(environment: dict[str, str], log: Path) -> Iterator[Web]:
    """gunicorn by the command of the demo, which is that of docker-compose.yml."""
    port = free_port()
    command = [sys.executable, "-m", *GUNICORN.split(), "--bind", f"127.0.0.1:{port}"]
    child = spawn(command, log=log, cwd=ROOT, env=environment, sign=SIGTERM)
    try:
        wait(child, lambda: _answers(port), name="gunicorn", log=log)
        yield Web(port, child.pid)
    finally:
        end_child(child, SIGTERM, seconds=20)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def _peaks(pid: int) -> list[int]:
    """Of a process and its children, as the kernel has kept it: no sample can miss it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [
        re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{one}/status").read_text()) for one in (pid, *children)
    ]
    return [int(line[1]) * 1024 for line in found if line]
