"""The portal behind its real server: what a browser sees on the wire when too much is sent."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from portal.embedded.processes import free_port
from tests.house.source import ROOT

CHUNK = b"x" * 65536


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi:application", f"--bind=127.0.0.1:{port}"]
    options = ["--worker-class=gthread", "--threads=2", "--no-control-socket", "--graceful-timeout=1"]
    server = subprocess.Popen(
        [*command, *options], cwd=ROOT, env=os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings_test"},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stderr is not None
    for line in server.stderr:
        if "Booting worker" in line:
            break
    yield port
    server.terminate()
    server.communicate(timeout=20)


def talk(port: int, head: str, body: bytes, *, size: int) -> tuple[bytes, int, bool]:
    """What is answered, how much of the body went out, and whether the server closed the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"{head}\r\nHost: testserver\r\n\r\n".encode())
        sent = 0
        try:
            while sent < size:
                sent += connection.send(body[: size - sent])
        except OSError:
            pass
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
                if b"</html>" in answer:
                    # Whatever else comes is an answer to what was taken for another request.
                    connection.settimeout(2)
        except TimeoutError:
            return answer, sent, False
        except ConnectionResetError:
            pass
        return answer, sent, True


def test_a_body_that_is_too_large_ends_the_connection_and_is_not_taken_in(port: int) -> None:
    size = 300_000_000
    head = f"POST /accounts/login/ HTTP/1.1\r\nContent-Length: {size}"
    answer, sent, closed = talk(port, head, CHUNK, size=size)
    # A reset may throw the answer away on its way; what counts is that the body stays outside.
    assert answer[:12] in {b"HTTP/1.1 413", b""}
    assert closed
    assert sent < 20_000_000
    assert answer.count(b"HTTP/1.1") <= 1


def test_what_was_not_read_is_never_taken_for_another_request(port: int) -> None:
    hidden = b"GET /contact/ HTTP/1.1\r\nHost: testserver\r\n\r\n"
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)
    head = "POST /accounts/login/ HTTP/1.1\r\nTransfer-Encoding: chunked"
    answer, _, _ = talk(port, head, body, size=len(body))
    assert answer.count(b"HTTP/1.1 413") == 1
    assert answer.count(b"HTTP/1.1 ") == 1


def test_the_next_page_is_served_all_the_same(port: int) -> None:
    answer, _, closed = talk(port, "GET /healthz HTTP/1.1\r\nConnection: close", b"", size=0)
    assert answer.startswith(b"HTTP/1.1 200")
    assert closed
