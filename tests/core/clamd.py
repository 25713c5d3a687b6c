"""A virus scanner of one signature that speaks clamd's INSTREAM."""

import socket
import struct
import tempfile
from pathlib import Path
from threading import Thread
from types import TracebackType

from tests.core.hostile_pictures import EICAR


class Clamd:
    def __init__(self, answer: bytes | None = None) -> None:
        self.answer = answer
        self.seen: list[bytes] = []

    def __enter__(self) -> "Clamd":
        # A short path: a socket's name has at most 107 characters.
        self.folder = tempfile.TemporaryDirectory(dir="/tmp")
        self.address = str(Path(self.folder.name) / "clamd")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.address)
        self.listener.listen()
        self.thread = Thread(target=self.serve)
        self.thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as last:
            last.connect(self.address)
        self.thread.join()
        self.listener.close()
        self.folder.cleanup()

    def serve(self) -> None:
        while True:
            connection, _address = self.listener.accept()
            with connection, connection.makefile("rb") as stream:
                if stream.read(10) != b"zINSTREAM\0":
                    return
                data = b""
                while size := struct.unpack("!L", stream.read(4))[0]:
                    data += stream.read(size)
                self.seen.append(data)
                found = b"stream: Eicar FOUND\0" if EICAR in data else b"stream: OK\0"
                connection.sendall(found if self.answer is None else self.answer)
