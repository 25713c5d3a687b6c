"""A QR code as one SVG path, so that a template can draw it without any picture to fetch."""

from dataclasses import dataclass

import segno

# Light modules that must surround the code (ISO/IEC 18004).
QUIET = 4


@dataclass(frozen=True)
class QrCode:
    """`path` draws dark modules of one unit on a square of `size`, quiet zone included."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    matrix = segno.make(text, error="m", micro=False).matrix
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(matrix)
        for x, dark in enumerate(row)
        if dark
    )
    return QrCode(size=len(matrix) + 2 * QUIET, path=path)
