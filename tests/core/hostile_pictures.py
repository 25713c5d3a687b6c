"""Pictures, and what pretends to be one, that nobody may get as it was sent. Built here, stored nowhere."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image, PngImagePlugin

# Stands in every payload: nothing of it may be left in what we keep.
POISON = b"POISON7F3A"
SCRIPT = b"<script>alert('" + POISON + b"')</script>"
PHP = b"<?php system('" + POISON + b"'); ?>"
# Put together at run time, so that no scanner finds it in the repository.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"

Case = tuple[str, str, bytes, str]


def picture(mode: str = "RGB", size: tuple[int, int] = (320, 240)) -> Image.Image:
    return Image.radial_gradient("L").resize(size).convert(mode)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def jpeg(**options: object) -> bytes:
    return saved(picture(), "JPEG", **options)


def png(mode: str = "RGB", **options: object) -> bytes:
    return saved(picture(mode), "PNG", **options)


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("!L", len(data)) + kind + data + struct.pack("!L", zlib.crc32(kind + data))


def png_of(width: int, height: int, *chunks: bytes, colour: int = 2, bits: int = 8) -> bytes:
    head = chunk(b"IHDR", struct.pack("!LLBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def with_chunk(kind: bytes, data: bytes) -> bytes:
    """A good PNG with one more chunk behind its head."""
    good = png()
    return good[:33] + chunk(kind, data) + good[33:]


def segment(marker: int, data: bytes) -> bytes:
    """A good JPEG with one more segment at its front."""
    good = jpeg()
    return good[:2] + bytes([0xFF, marker]) + struct.pack("!H", len(data) + 2) + data + good[2:]


def jpeg_of_size(width: int, height: int) -> bytes:
    good = bytearray(jpeg())
    place = good.index(b"\xff\xc0") + 5
    good[place : place + 4] = struct.pack("!HH", height, width)
    return bytes(good)


def many_scans() -> bytes:
    """A progressive JPEG whose last scan comes a thousand times: little to send, much to draw."""
    good = saved(picture("L", (3000, 2500)), "JPEG", progressive=True, quality=1)
    place = good.rindex(b"\xff\xda")
    return good[:place] + good[place:-2] * 1000 + b"\xff\xd9"


def pretenders() -> Iterator[Case]:
    """What is no picture and no PDF, whatever it is called."""
    contents = {
        "one byte": b"x",
        "html": b"<!doctype html><html>" + SCRIPT + b"</html>",
        "html in utf-16": ("<html>" + SCRIPT.decode() + "</html>").encode("utf-16"),
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
        "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        "script": b"alert('" + POISON + b"')",
        "php": PHP,
        "shell": b"#!/bin/sh\nrm -rf " + POISON,
        "gif": saved(picture("P"), "GIF"),
        "gif that is a script": b"GIF89a=1;alert('" + POISON + b"')",
        "bmp": saved(picture(), "BMP"),
        "tiff": saved(picture(), "TIFF"),
        "webp": saved(picture(), "WEBP"),
        "icon": saved(picture(size=(32, 32)), "ICO"),
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n(" + POISON + b") run",
        "rtf": b"{\\rtf1 " + POISON + b"}",
        "word": zipped("word/document.xml", POISON),
        "zip": zipped("invoice.pdf", b"%PDF-1.7"),
        "7z": b"7z\xbc\xaf\x27\x1c" + POISON,
        "rar": b"Rar!\x1a\x07\x01\x00" + POISON,
        "gzip": b"\x1f\x8b\x08\x00" + POISON,
        "windows program": b"MZ\x90\x00" + POISON * 20,
        "linux program": b"\x7fELF\x02\x01\x01" + POISON * 20,
        "film": b"\x00\x00\x00\x18ftypmp42" + POISON * 20,
        "avif": b"\x00\x00\x00\x18ftypavif" + POISON * 20,
        "sound": b"RIFF\x24\x00\x00\x00WAVEfmt " + POISON,
        "zeros": bytes(2048),
        "noise": random.Random(7).randbytes(5000),
        "eicar": EICAR,
        "eicar in a zip": zipped("eicar.com", EICAR),
        "pdf behind a script": b"#!/bin/sh\n" + POISON + b"\n%PDF-1.7\n%%EOF",
    }
    for number, (label, content) in enumerate(contents.items()):
        yield label, ("receta.jpg", "factura.pdf", "foto.png")[number % 3], content, "type"
    yield "nothing", "factura.pdf", b"", "empty"
    yield "apple's photo", "IMG_1.HEIC", b"\x00\x00\x00\x18ftypheic" + POISON * 20, "heic"
    yield "eleven megabytes", "foto.jpg", jpeg() + bytes(11 * 1024 * 1024), "too_large"
    for name in (
        "foto.exe", "foto.jpg.exe", "foto.jpg.js", "foto.html", "foto.svg", "foto.php", "foto.docx",
        "foto.pdf .scr", "fac\u202egpj.exe", "foto.jpg/../x.bat", "foto.jpg\x00.cmd", "..\\..\\x.hta",
    ):  # fmt: skip
        yield f"picture called {name!r}", name, jpeg(), "type"
    yield "picture called pdf", "foto.pdf", jpeg(), "name"


def pictures() -> Iterator[Case]:
    good, good_png = jpeg(), png()
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()
    exif[0x9286] = PHP.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 23.0, 19.2), 29: POISON.decode()})
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", PHP.decode())
    notes.add_itxt("XML:com.adobe.xmp", SCRIPT.decode())
    frames = [picture(), picture().rotate(90)]
    cleaned = {
        "php behind the picture": good + PHP,
        "zip behind the picture": good + zipped("x.exe", POISON),
        "page behind the picture": good + b"<html>" + SCRIPT,
        "pdf behind the picture": good + b"\n%PDF-1.7 " + POISON + b"\n%%EOF",
        "script in the comment": jpeg(comment=SCRIPT),
        "script and place in the exif": jpeg(exif=exif),
        "junk in the exif": segment(0xE1, b"Exif\x00\x00" + POISON * 50),
        "exif that points to itself": segment(0xE1, bytes.fromhex(
            "457869660000 49492a0008000000 0100 6987 0400 01000000 08000000 08000000") + POISON),
        "script in the xmp": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + SCRIPT),
        "junk in the profile": jpeg(icc_profile=POISON * 100),
        "photoshop's junk": segment(0xED, b"Photoshop 3.0\x00" + PHP),
        "an unknown segment": segment(0xEF, PHP),
        "multi-picture junk": segment(0xE2, b"MPF\x00" + POISON * 5),
        "four inks": saved(picture("CMYK"), "JPEG", comment=PHP),
        "jpeg called png": good + PHP,
    }  # fmt: skip
    for label, content in cleaned.items():
        yield label, "foto.png" if "called png" in label else "foto.jpg", content, "jpeg"
    cleaned_png = {
        "php behind the png": good_png + PHP,
        "zip behind the png": good_png + zipped("x.exe", POISON),
        "script in its texts": png(pnginfo=notes),
        "script in its exif": png(exif=exif),
        "junk in its profile": png(icc_profile=POISON * 100),
        "an unknown chunk": with_chunk(b"poIs", POISON),
        "sixteen bits": png("I;16", pnginfo=notes),
        "ten thousand chunks": png_of(1, 1, *[chunk(b"poIs", POISON)] * 10_000,
                                      chunk(b"IDAT", zlib.compress(b"\x00abc"))),
    }  # fmt: skip
    for label, content in cleaned_png.items():
        yield label, "foto.png", content, "png"
    refused = {
        "only the first bytes": (b"\xff\xd8\xff", "broken"),
        "first bytes and a page": (b"\xff\xd8\xff\xe0" + SCRIPT, "broken"),
        "half a jpeg": (good[: len(good) // 2], "cut_off"),
        "jpeg without its last part": (good[:-200], "cut_off"),
        "a tenth of a jpeg": (good[: len(good) // 10], "broken"),
        "65,000 by 65,000": (jpeg_of_size(65_000, 65_000), "too_many_pixels"),
        "40,000,100 pixels": (jpeg_of_size(40_001, 1000) + PHP, "too_many_pixels"),
        "no height": (jpeg_of_size(320, 0), "broken"),
        "a thousand scans": (many_scans(), "too_heavy"),
    }
    for label, (content, code) in refused.items():
        yield label, "foto.jpg", content, code
    bomb = zlib.compress(bytes(20_000_000), 9)
    refused = {
        "only png's first bytes": (b"\x89PNG\r\n\x1a\n", "broken"),
        "png's first bytes and a page": (b"\x89PNG\r\n\x1a\n" + SCRIPT, "broken"),
        "half a png": (good_png[: len(good_png) // 2], "cut_off"),
        "60,000 by 60,000": (png_of(60_000, 60_000, chunk(b"IDAT", bomb)), "too_many_pixels"),
        "two milliards wide": (png_of(2**31 - 1, 1, chunk(b"IDAT", bomb)), "too_many_pixels"),
        "no width": (png_of(0, 10, chunk(b"IDAT", b"")), "broken"),
        "no pixels": (png_of(10, 10), "broken"),
        "pixels that are no pixels": (png_of(10, 10, chunk(b"IDAT", POISON)), "broken"),
        "an unknown colour": (png_of(10, 10, chunk(b"IDAT", b""), colour=9), "broken"),
        "a text that swells": (with_chunk(b"zTXt", b"k\x00\x00" + bomb), "broken"),
        "a profile that swells": (with_chunk(b"iCCP", b"k\x00\x00" + bomb), "broken"),
        "a wrong sum": (good_png[:40] + b"\x00\x00" + good_png[42:], "broken"),
        "a moving picture": (png(save_all=True, append_images=frames[1:]), "animated"),
    }
    for label, (content, code) in refused.items():
        yield label, "foto.png", content, code
