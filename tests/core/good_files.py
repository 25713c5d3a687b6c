"""What customers really send: photos of phones, scans, and PDFs of several programs."""

import io
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw, ImageOps, PngImagePlugin

from tests.core import hostile_pdfs
from tests.core.hostile_pictures import POISON, saved

# As in tests/journeys.
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
A4 = [0, 0, 595, 842]


@dataclass
class Good:
    content: bytes
    size: tuple[int, int] = (240, 320)
    pages: int = 1
    boxes: list[list[int]] = field(default_factory=list)
    # What must still be there.
    texts: list[bytes] = field(default_factory=list)


Row = tuple[str, str, Callable[[], Good]]

# How the pixels lie in the file for each way of holding the phone, so that the reader turns them upright.
LYING = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def scene(mode: str = "RGB") -> Image.Image:
    """Dark, with the sun in the upper left corner."""
    image = Image.new("L", (240, 320), 20)
    ImageDraw.Draw(image).rectangle((0, 0, 110, 150), fill=240)
    if mode == "I;16":
        return image.convert("I").point(lambda value: value * 257).convert("I;16")
    return image.convert("1", dither=Image.Dither.NONE) if mode == "1" else image.convert(mode)


def held(orientation: int) -> Image.Image:
    turn = LYING[orientation]
    return scene() if turn is None else scene().transpose(turn)


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F], tags[0x0110] = orientation, "Phone", POISON.decode()
    tags.get_ifd(0x8825).update({1: "N", 2: (41.0, 23.0, 19.2), 3: "E", 29: POISON.decode()})
    return tags


def photo(orientation: int) -> Good:
    return Good(saved(held(orientation), "JPEG", exif=exif(orientation), quality=85))


def screenshot(orientation: int) -> Good:
    return Good(saved(held(orientation), "PNG", exif=exif(orientation)))


def jpeg(mode: str = "RGB", **options: object) -> Good:
    return Good(saved(scene(mode), "JPEG", **options))


def png(mode: str, **options: object) -> Good:
    return Good(saved(scene(mode), "PNG", **options))


def two_in_one() -> Good:
    file = io.BytesIO()
    scene().save(file, "MPO", save_all=True, append_images=[ImageOps.flip(scene())])
    return Good(file.getvalue())


def with_a_film_behind() -> Good:
    return Good(saved(scene(), "JPEG") + b"\x00\x00\x00\x18ftypmp42" + POISON * 1000)


def cut_out() -> Good:
    image = scene("RGBA")
    image.putpixel((200, 200), (0, 0, 0, 0))
    return Good(saved(image, "PNG"))


def with_texts() -> Good:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Software", POISON.decode())
    return Good(saved(scene(), "PNG", pnginfo=texts, dpi=(300, 300)))


def good_pictures() -> Iterator[Row]:
    for orientation in LYING:
        yield f"photo held the way {orientation}", "IMG_0001.JPG", lambda way=orientation: photo(way)
    yield "screenshot with a way", "captura.png", lambda: screenshot(6)
    yield "grey photo", "foto.jpg", lambda: jpeg("L")
    yield "photo in four inks", "foto.jpeg", lambda: jpeg("CMYK")
    yield "progressive photo", "foto.jpg", lambda: jpeg(progressive=True, quality=95)
    yield "photo without an ending", "foto", jpeg
    yield "photo called png", "foto.png", jpeg
    yield "two photos in one", "foto.jpg", two_in_one
    yield "photo with a film", "foto.jpg", with_a_film_behind
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield f"scan in {mode}", "escaneo.png", lambda mode=mode: png(mode)
    yield "scan with a hole", "escaneo.png", cut_out
    yield "palette with a hole", "escaneo.png", lambda: png("P", transparency=255)
    yield "scan with texts", "escaneo.png", with_texts


def pdf(content: bytes, pages: int = 1, box: list[int] = A4, texts: list[bytes] | None = None) -> Good:
    return Good(content, pages=pages, boxes=[box] * pages, texts=texts or [])


def drawn(pages: int, **options: object) -> Good:
    texts = [b"(Page %d)" % number for number in range(pages)]
    return pdf(hostile_pdfs.saved(hostile_pdfs.blank(pages), **options), pages, texts=texts)


def of_pillow(pages: int) -> Good:
    first, *others = [scene()] * pages
    content = saved(first, "PDF", save_all=True, append_images=others, resolution=72.0)
    return pdf(content, pages, [0, 0, 240, 320])


def of_weasyprint(pages: int, **options: object) -> Good:
    from weasyprint import HTML

    leaf = "<h1 style='page-break-after: always'>Informe <a href='https://example.org'>médico</a></h1>"
    style = "<style>@page { size: 600px 800px }</style>"
    content = HTML(string=style + leaf * (pages - 1) + "<p>Fin</p>").write_pdf(**options)
    return pdf(content, pages, [0, 0, 450, 600])


def of_a_browser() -> Good:
    with tempfile.TemporaryDirectory() as folder:
        page, out = Path(folder) / "page.html", Path(folder) / "out.pdf"
        page.write_text("<style>@page { size: 600px 800px; margin: 0 }</style><p>Informe", encoding="utf-8")
        subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
             f"--user-data-dir={folder}/profile", f"--print-to-pdf={out}", page.as_uri()],
            check=True, timeout=60, capture_output=True,
        )  # fmt: skip
        return pdf(out.read_bytes(), 1, [0, 0, 450, 600])


def filled_form() -> Good:
    value = String("Nombre: Ana Ferrer")
    content = hostile_pdfs.built(hostile_pdfs.field(FT=Name.Tx, V=value, DA=String("/Helv 12 Tf")))
    return pdf(content, texts=[b"(Nombre: Ana Ferrer)"])


def with_outline() -> Good:
    source = hostile_pdfs.blank(5)
    with source.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Capítulo", 3))
    return pdf(hostile_pdfs.saved(source), 5, texts=[b"/Outlines", b"/Dest"])


def with_inner_link() -> Good:
    source = hostile_pdfs.blank(2)
    jump = Dictionary(S=Name.GoTo, D=Array([source.pages[1].obj, Name.Fit]))
    hostile_pdfs.note(A=jump)(source)
    return pdf(hostile_pdfs.saved(source), 2, texts=[b"/GoTo"])


def with_remark() -> Good:
    source = hostile_pdfs.blank()
    hostile_pdfs.note("FreeText", Contents=String("Visto bueno"))(source)
    return pdf(hostile_pdfs.saved(source), texts=[b"(Visto bueno)"])


ODD = ("/AA", "/JS", "/F", "/A")


def with_odd_fonts() -> Good:
    """Names of resources that look like what acts."""
    source = hostile_pdfs.blank()
    font = source.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    source.pages[0].Resources = Dictionary(Font=Dictionary(dict.fromkeys(ODD, font)))
    return pdf(hostile_pdfs.saved(source), texts=[name.encode() + b" " for name in ODD])


def in_two_codes() -> Good:
    source = hostile_pdfs.blank()
    packed = source.make_stream(b"x")
    packed.write(b"GhPO", filter=[Name.ASCII85Decode])
    source.pages[0].obj.X = packed
    return pdf(hostile_pdfs.saved(source))


def with_a_wrong_table() -> Good:
    content = hostile_pdfs.saved(hostile_pdfs.blank(4), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return pdf(content.replace(b"startxref\n", b"startxref\n9"), 4, texts=[b"(Page 3)"])


def good_pdfs() -> Iterator[Row]:
    yield "one page", "informe.pdf", lambda: drawn(1)
    yield "sixty pages", "informe.pdf", lambda: drawn(60)
    yield "for the web", "informe.pdf", lambda: drawn(3, linearize=True)
    yield (
        "old style",
        "informe.pdf",
        lambda: drawn(3, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False),
    )
    yield "new style", "informe.pdf", lambda: drawn(3, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    yield "without an ending", "informe", lambda: drawn(1)
    yield "of pillow", "escaneo.pdf", lambda: of_pillow(1)
    yield "of pillow, seven pages", "escaneo.pdf", lambda: of_pillow(7)
    yield "of weasyprint", "informe.pdf", lambda: of_weasyprint(1)
    yield "of weasyprint, four pages", "informe.pdf", lambda: of_weasyprint(4)
    yield "of weasyprint, tagged", "informe.pdf", lambda: of_weasyprint(2, pdf_tags=True)
    yield "of a browser", "receta.pdf", of_a_browser
    yield "filled form", "parte.pdf", filled_form
    yield "with an outline", "condiciones.pdf", with_outline
    yield "with a link inside", "condiciones.pdf", with_inner_link
    yield "with a remark", "informe.pdf", with_remark
    yield "with odd fonts", "informe.pdf", with_odd_fonts
    yield "in text code", "informe.pdf", in_two_codes
    yield "with a wrong table", "informe.pdf", with_a_wrong_table
