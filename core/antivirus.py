"""ClamAV, asked over its own protocol (INSTREAM), where an operator has set CLAMD_SOCKET."""

import logging
import socket
import struct
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

SECONDS = 10
CHUNK = 64 * 1024


class ScannerUnavailable(Exception):  # noqa: N818 - it will be back
    """Nobody answers, or not with a verdict: the file waits."""


def found_in(path: Path) -> str:
    """The name of what was found in the file, or "". Without a scanner nothing is ever found."""
    if not settings.CLAMD_SOCKET:
        return ""
    try:
        reply = _ask(path)
    except OSError as error:
        raise ScannerUnavailable(type(error).__name__) from error
    verdict = reply.rstrip("\0\n ").removeprefix("stream: ")
    if verdict == "OK":
        return ""
    if verdict.endswith(" FOUND"):
        return verdict.removesuffix(" FOUND")
    raise ScannerUnavailable(verdict[:100])


def _ask(path: Path) -> str:
    with _connection() as connection, path.open("rb") as file:
        connection.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))
        reply = b""
        while not reply.endswith(b"\0") and (part := connection.recv(4096)):
            reply += part
    return reply.decode("utf-8", "replace")


def _connection() -> socket.socket:
    """`/run/clamav/clamd.ctl`, or `host:3310`."""
    address = settings.CLAMD_SOCKET
    if not address.startswith("/"):
        host, _colon, port = address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=SECONDS)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(SECONDS)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection
