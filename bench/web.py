"""What a page costs, as a ratio to a bare Django page of five queries measured in the same run.

    .venv/bin/python bench/web.py [--people 2000] [--requests 150] [--rounds 3] [--write]

Starts a PostgreSQL of its own with the demo's book, the portal and the yardstick (bench/baseline), each on
one gunicorn worker, and asks both in turn, round by round. CPU is that of the server's process tree.
Statements are counted in a process of their own. --write puts the table into docs/performance.md.
Absolute times of a shared machine mean nothing the next day; the ratios do.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import brotli
import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from portal.embedded import start_postgres, start_valkey

TICK = os.sysconf("SC_CLK_TCK")
BEGIN, END = "<!-- bench/web.py -->", "<!-- end -->"
ASSET = re.compile(r'(?:href|src)="(/(?:static|brand)/[^"]+\.(?:css|js|svg)(?:#[^"]*)?)"')


@dataclass
class Server:
    port: int
    process: subprocess.Popen[bytes]
    cookie: str


@dataclass
class Page:
    name: str
    path: str
    logged_in: bool = True
    cpu: list[float] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)
    bytes: int = 0
    compressed: int = 0
    first_visit: int = 0
    requests: int = 1
    sql: int = 0


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def run(arguments: list[str], cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def serve(
    application: str, cwd: Path, env: dict[str, str], *options: str
) -> tuple[int, subprocess.Popen[bytes]]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "-b", f"127.0.0.1:{port}", "-w", "1"]
    command += ["--no-control-socket", "--log-level", "critical", *options]
    process = subprocess.Popen(command, cwd=cwd, env=env, start_new_session=True, stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return port, process
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{application} did not start")


def cpu_seconds(root: int) -> float:
    """CPU of a process and all that descends from it."""
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(entry.name)] = int(fields[1])
            used[int(entry.name)] = sum(int(value) for value in fields[11:15]) / TICK

    def below(pid: int | None) -> bool:
        while pid and pid != root:
            pid = parents.get(pid)
        return pid == root

    return sum(seconds for pid, seconds in used.items() if below(pid))


def ask(server: Server, path: str, *, logged_in: bool, encoding: str = "identity") -> tuple[bytes, float]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Accept-Language": "es", "Accept-Encoding": encoding}
    if logged_in:
        headers["Cookie"] = server.cookie
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    took = time.perf_counter() - began
    connection.close()
    if response.status != http.HTTPStatus.OK:
        raise SystemExit(f"{path} answered {response.status}")
    return body, took


def measure(server: Server, page: Page, requests: int) -> None:
    before = cpu_seconds(server.process.pid)
    took = [ask(server, page.path, logged_in=page.logged_in)[1] for _ in range(requests)]
    page.cpu.append((cpu_seconds(server.process.pid) - before) / requests * 1000)
    page.latency.append(statistics.median(took) * 1000)


def weigh(server: Server, page: Page) -> None:
    body, _took = ask(server, page.path, logged_in=page.logged_in)
    page.bytes = len(body)
    page.compressed = len(brotli.compress(body, quality=5))
    assets = sorted({found.partition("#")[0] for found in ASSET.findall(body.decode())})
    page.requests = 1 + len(assets)
    page.first_visit = page.compressed
    for asset in assets:
        content, _took = ask(server, asset, logged_in=False, encoding="br")
        page.first_visit += min(len(content), len(brotli.compress(content, quality=5)))


def table(baseline: Page, pages: list[Page], people: int) -> str:
    base_cpu, base_latency = statistics.median(baseline.cpu), statistics.median(baseline.latency)
    rows = [
        f"{people:,} people in the book. CPU and latency in units of the bare page of the same run "
        f"(here {base_cpu:.1f} ms CPU, {base_latency:.1f} ms). kB as sent with brotli.",
        "",
        "| page | CPU × bare | p50 × bare | SQL | HTML kB | HTML kB br | first visit kB br | requests |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        f"| bare Django page, five queries | 1.00 | 1.00 | 7 | {baseline.bytes / 1000:.1f} "
        f"| {baseline.compressed / 1000:.1f} | | |",
    ]
    for page in pages:
        cpu = statistics.median(page.cpu) / base_cpu
        latency = statistics.median(page.latency) / base_latency
        rows.append(
            f"| {page.name} | {cpu:.2f} | {latency:.2f} | {page.sql} | {page.bytes / 1000:.1f} "
            f"| {page.compressed / 1000:.1f} | {page.first_visit / 1000:.1f} | {page.requests} |"
        )
    return "\n".join(rows)


def prepare(folder: Path, people: int) -> tuple[Server, Server, list[Page], list[Callable[[], None]]]:
    folder.chmod(0o755)
    postgres, valkey = start_postgres(folder / "pg"), start_valkey(folder / "valkey")
    stops: list[Callable[[], None]] = [valkey.stop, postgres.stop]
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE baseline")
    env = os.environ | {
        "BASELINE_URL": postgres.url.rpartition("/")[0] + "/baseline",
        "DATABASE_URL": postgres.url,
        "REDIS_URL": valkey.url,
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "SECRET_KEY": "only-for-the-benchmark-and-for-nothing-else-0123456789",
        "PORTAL_ENV": "demo",
        "SITE_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "VAR_DIR": str(folder / "var"),
        "LOG_LEVEL": "WARNING",
    }
    baseline_dir = ROOT / "bench" / "baseline"
    baseline_env = env | {"PYTHONPATH": str(baseline_dir), "DJANGO_SETTINGS_MODULE": "settings"}
    cookie = run(["seed.py"], baseline_dir, baseline_env).split("COOKIE ")[1].strip()
    port, process = serve("wsgi:application", baseline_dir, baseline_env)
    baseline = Server(port, process, cookie)
    stops.insert(0, process.terminate)

    for command in ("migrate", "createcachetable", "load_catalogue"):
        run(["manage.py", command], ROOT, env)
    run(["manage.py", "seed_demo", "--people", str(people)], ROOT, env)
    run(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"], ROOT, env)
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    told = json.loads(run(["bench/web_session.py"], ROOT, env).splitlines()[-1])
    port, process = serve("portal.wsgi:application", ROOT, env, "-k", "gthread", "--threads", "4")
    stops.insert(0, process.terminate)
    pages = [Page(row["name"], row["path"], row["logged_in"], sql=row["sql"]) for row in told["pages"]]
    return baseline, Server(port, process, told["cookie"]), pages, stops


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--requests", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-web-", dir="/tmp"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    stops: list[Callable[[], None]] = []
    try:
        baseline_server, server, pages, stops = prepare(folder, options.people)
        bare = Page("bare", "/")
        weigh(baseline_server, bare)
        for page in pages:
            weigh(server, page)
        for _ in range(options.rounds):
            measure(baseline_server, bare, options.requests)
            for page in pages:
                measure(server, page, options.requests)
        text = table(bare, pages, options.people)
    finally:
        for stop in stops:
            stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(text)
    if options.write:
        document = ROOT / "docs" / "performance.md"
        content = document.read_text("utf-8")
        head, _, rest = content.partition(BEGIN)
        document.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
