"""Files that can be told apart after the portal has drawn them anew: each carries its number."""

import io
from pathlib import Path

import pikepdf
from PIL import Image

BITS, BLOCK, SIDE = 24, 16, 6


def content(number: int) -> tuple[str, bytes]:
    """Name and bytes; every third is a PDF."""
    return (
        (f"paper-{number}.pdf", _pdf(number)) if number % 3 == 0 else (f"photo-{number}.jpg", _jpeg(number))
    )


def number_in(path: Path) -> int:
    """The number of a file that came out of the portal. Raises for what cannot be opened."""
    if path.suffix == ".pdf":
        with pikepdf.open(path) as pdf:
            left, bottom, right, top = (int(side) for side in pdf.pages[0].mediabox)  # type: ignore[call-overload]
            return (right - left - 100) * 1000 + (top - bottom - 100)
    with Image.open(path) as picture:
        grey = picture.convert("L")
        middles = [grey.getpixel((x * BLOCK + 8, y * BLOCK + 8)) for y in range(SIDE) for x in range(SIDE)]
    return sum(1 << place for place in range(BITS) if middles[place] > 127)  # type: ignore[operator]


def _pdf(number: int) -> bytes:
    high, low = divmod(number, 1000)
    pdf, out = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page(page_size=(100 + high, 100 + low))
    pdf.save(out)
    return out.getvalue()


def _jpeg(number: int) -> bytes:
    picture, out = Image.new("L", (SIDE * BLOCK, SIDE * BLOCK), 0), io.BytesIO()
    for place in range(BITS):
        if number >> place & 1:
            x, y = place % SIDE * BLOCK, place // SIDE * BLOCK
            picture.paste(255, (x, y, x + BLOCK, y + BLOCK))
    picture.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()
