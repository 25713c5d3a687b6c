"""Is this container of service? python ops/healthcheck.py web|worker|beat: exit code 0 means yes."""

import os
import sys
import time
import urllib.request
from pathlib import Path

import redis

BEAT_SECONDS = 600


def web() -> None:
    # The portal answers to its own name only.
    host = os.environ["ALLOWED_HOSTS"].split(",")[0]
    request = urllib.request.Request("http://127.0.0.1:8000/readyz", headers={"Host": host})
    urllib.request.urlopen(request, timeout=5).close()  # noqa: S310


def worker() -> None:
    """The process itself is watched by the container; what else it needs is the broker."""
    path = os.environ.get("REDIS_URL_FILE")
    url = Path(path).read_text(encoding="utf-8").strip() if path else os.environ["REDIS_URL"]
    client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    client.ping()
    client.close()


def beat() -> None:
    """Beat writes down every three minutes what it has sent."""
    newest = max(path.stat().st_mtime for path in Path("/tmp").glob("beat*"))  # noqa: S108
    if time.time() - newest > BEAT_SECONDS:
        sys.exit("beat has written nothing for ten minutes")


if __name__ == "__main__":
    {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]()
