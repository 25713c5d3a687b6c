"""Where the mails of the demo land: every one a file, none leaves the machine.

python -m portal.demo.mail_sink --folder var/mail --smtp-port 1025 --page-port 8025
"""

import argparse
import datetime
import itertools
import os
import signal
from pathlib import Path
from types import FrameType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from portal.demo.mail_page import serve


class Sink:
    """Names sort by arrival; a file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count(1)

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.store(envelope.original_content or b"", [str(address) for address in envelope.rcpt_tos])
        return "250 Kept"

    def store(self, content: bytes, recipients: list[str]) -> Path:
        now = datetime.datetime.now(datetime.UTC)
        # The run's process number keeps the names of two runs apart.
        name = f"{now:%Y%m%dT%H%M%S.%f}-{os.getpid()}-{next(self.numbers)}.eml"
        partial = self.folder / f".{name}.new"
        with partial.open("wb") as file:
            # The envelope says who gets it: a header need not.
            file.write(f"X-Envelope-To: {', '.join(recipients)}\r\n".encode())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return partial.rename(self.folder / name)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--page-port", type=int, required=True)
    options = parser.parse_args(arguments)
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    controller = Controller(Sink(options.folder), hostname="127.0.0.1", port=options.smtp_port)
    controller.start()
    signal.signal(signal.SIGTERM, _leave)
    try:
        serve(options.folder, options.page_port)
    except KeyboardInterrupt:
        pass
    finally:
        controller.stop()


def _leave(_sign: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
