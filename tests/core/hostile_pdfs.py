"""PDFs that act, hide, swell or break. Built here, stored nowhere."""

import io
import zlib
from collections.abc import Callable, Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from tests.core.hostile_pictures import EICAR, PHP, POISON, SCRIPT, Case, zipped

CODE = String("app.alert('" + POISON.decode() + "')")
ADDRESS = String("javascript:" + POISON.decode())
FILE = String("/c/" + POISON.decode() + ".exe")

ACTIONS: dict[str, dict[str, object]] = {
    "JavaScript": {"JS": CODE},
    "Launch": {"F": FILE, "Win": Dictionary(F=FILE, P=CODE)},
    "SubmitForm": {"F": Dictionary(FS=Name.URL, F=ADDRESS)},
    "ImportData": {"F": FILE},
    "GoToR": {"F": FILE, "D": String("x")},
    "GoToE": {"F": FILE, "T": Dictionary(R=Name.C, N=CODE)},
    "URI": {"URI": ADDRESS},
    "Rendition": {"JS": CODE, "OP": 0},
    "Movie": {"T": CODE},
    "Sound": {"T": CODE},
    "Thread": {"F": FILE, "D": 0},
    "RichMediaExecute": {"CMD": Dictionary(C=CODE)},
    "GoTo3DView": {"V": CODE},
}


def action(kind: str = "JavaScript") -> Dictionary:
    return Dictionary(Type=Name.Action, S=Name("/" + kind), **ACTIONS[kind])


def named() -> Dictionary:
    return Dictionary(Names=Array([String("x"), action()]))


def blank(pages: int = 1) -> Pdf:
    pdf = Pdf.new()
    for number in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Contents = pdf.make_stream(b"BT /F1 12 Tf 72 700 Td (Page %d) Tj ET" % number)
    return pdf


def saved(pdf: Pdf, **options: object) -> bytes:
    file = io.BytesIO()
    pdf.save(file, static_id=True, **options)
    return file.getvalue()


def built(change: Callable[[Pdf], object], pages: int = 1, **options: object) -> bytes:
    pdf = blank(pages)
    change(pdf)
    return saved(pdf, **options)


def root(**entries: object) -> Callable[[Pdf], None]:
    return lambda pdf: [pdf.Root.__setitem__("/" + key, value) for key, value in entries.items()] and None


def note(subtype: str = "Link", **entries: object) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        mark = Dictionary(Type=Name.Annot, Subtype=Name("/" + subtype), Rect=[0, 0, 100, 100], **entries)
        pdf.pages[0].Annots = Array([pdf.make_indirect(mark)])

    return change


def field(**entries: object) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        widget = pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=[0, 0, 9, 9], T=String("t"), **entries)
        )
        pdf.pages[0].Annots = Array([widget])
        pdf.Root.AcroForm = Dictionary(Fields=Array([widget]), SigFlags=3)

    return change


def attached(content: bytes) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        pdf.attachments["x.exe"] = content

    return change


def with_stream(place: Callable[[Pdf, pikepdf.Stream], None], data: bytes, **entries: object) -> bytes:
    pdf = blank()
    place(pdf, pikepdf.Stream(pdf, data, **entries))
    return saved(pdf)


def on_page(key: str) -> Callable[[Pdf, pikepdf.Stream], None]:
    return lambda pdf, stream: pdf.pages[0].obj.__setitem__(key, stream)


def as_picture(pdf: Pdf, stream: pikepdf.Stream) -> None:
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(Im0=stream))


def raw(*objects: bytes, root_at: int = 1) -> bytes:
    """A PDF written by hand, with a good table."""
    # Bytes that are not copied for each of 200,000 objects.
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(places) + 1, table, len(places) + 1, root_at, len(out))
    )


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
TREE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s >>"


def acting() -> Iterator[tuple[str, bytes]]:
    for kind in ACTIONS:
        yield f"{kind} on opening", built(root(OpenAction=action(kind)))
        yield f"{kind} behind a link", built(note(A=action(kind)))
    places = {
        "on opening, in a row": root(OpenAction=Dictionary(S=Name.GoTo, Next=Array([action()]))),
        "on closing": root(AA=Dictionary(WC=action())),
        "on turning the page": lambda pdf: pdf.pages[0].obj.__setitem__("/AA", Dictionary(O=action())),
        "on touching": note(AA=Dictionary(E=action())),
        "behind a harmless step": note(A=Dictionary(S=Name.GoTo, Next=action())),
        "behind a step back": note(PA=action()),
        "in the outline": lambda pdf: root(
            Outlines=Dictionary(First=pdf.make_indirect(Dictionary(Title=String("x"), A=action())))
        )(pdf),
        "by name": root(Names=Dictionary(JavaScript=named())),
        "by name, a tree": root(Names=Dictionary(JavaScript=Dictionary(Kids=Array([named()])))),
        "in a field": field(FT=Name.Tx, AA=Dictionary(K=action(), V=action())),
        "as a stream": lambda pdf: pdf.Root.__setitem__(
            "/OpenAction", Dictionary(S=Name.JavaScript, JS=pdf.make_stream(bytes(CODE)))
        ),
        "out of sight": lambda pdf: root(X=pdf.make_indirect(Dictionary(Y=pdf.make_indirect(action()))))(pdf),
        "in a list": root(X=Array([Array([action()])])),
    }  # fmt: skip
    for label, change in places.items():
        yield f"script {label}", built(change)
    yield (
        "script under a written-out name",
        raw(
            b"<< /Type /Catalog /Pages 2 0 R /Open#41ction << /S /J#61vaScript /#4aS (" + POISON + b") >> >>",
            TREE,
            PAGE % b"",
        ),
    )
    yield (
        "script of an earlier version",
        built(root(OpenAction=action())) + raw(CATALOG, TREE, PAGE % b"").replace(b"%PDF-1.7", b"%more"),
    )
    yield (
        "packed script",
        built(root(OpenAction=action()), object_stream_mode=pikepdf.ObjectStreamMode.generate),
    )


def hiding() -> Iterator[tuple[str, bytes]]:
    yield "program inside", built(attached(b"MZ" + POISON))
    yield "eicar inside", built(attached(EICAR + POISON))
    yield "packed program inside", built(attached(zipped("x.exe", POISON) + POISON))
    for subtype in ("FileAttachment", "RichMedia", "3D", "Screen", "Sound", "Movie"):
        entries = {"FS": Dictionary(F=FILE), "RichMediaContent": Dictionary(A=CODE), "T": CODE}
        yield f"note of kind {subtype}", built(note(subtype, **entries))
    yield "associated file", built(root(AF=Array([Dictionary(Type=Name.Filespec, F=FILE)])))
    yield "collection", built(root(Collection=Dictionary(D=CODE)))
    yield "old form program, two pages", built(root(AcroForm=Dictionary(Fields=Array(), XFA=CODE)), pages=2)
    yield "address of the whole", built(root(URI=Dictionary(Base=ADDRESS)))
    yield "private piece", built(root(PieceInfo=Dictionary(X=CODE)))
    yield "metadata", with_stream(lambda pdf, stream: root(Metadata=stream)(pdf), SCRIPT)
    yield (
        "title and author",
        built(lambda pdf: pdf.docinfo.update({"/Title": String(SCRIPT.decode()), "/Author": CODE})),
    )
    yield "signature", built(field(FT=Name.Sig, V=Dictionary(Type=Name.Sig, Contents=CODE, Name=CODE)))
    yield (
        "content of another file",
        with_stream(as_picture, b"", F=FILE, FFilter=Name.FlateDecode, Subtype=Name.Form),
    )
    yield "reference to another file", with_stream(as_picture, b"", Subtype=Name.Form, Ref=Dictionary(F=FILE))
    yield "postscript", with_stream(as_picture, b"", Subtype=Name.Form, PS=CODE)
    yield "page behind the end", saved(blank()) + b"<html>" + SCRIPT
    yield "php behind the end", saved(blank()) + PHP
    yield "zip behind the end", saved(blank()) + zipped("x.exe", POISON)


def refused() -> Iterator[tuple[str, bytes, str]]:
    good = saved(blank())
    yield "only the first bytes of a pdf", b"%PDF-1.7\n", "cut_off"
    yield "page that says it is a pdf", b"%PDF-1.4\n<html>" + SCRIPT, "cut_off"
    yield "page that says so at both ends", b"%PDF-1.4\n<html>" + SCRIPT + b"\n%%EOF", "broken"
    yield "half", good[: len(good) // 2], "cut_off"
    yield "without its end", good.replace(b"%%EOF", b""), "cut_off"
    locked = pikepdf.Encryption(user="secret", owner="secret")
    yield "locked", saved(blank(), encryption=locked), "encrypted"
    for strength in (2, 4, 6):
        old = {} if strength == 6 else {"aes": strength == 4, "metadata": strength == 4}
        guarded = pikepdf.Encryption(user="", owner="secret", R=strength, **old)
        yield f"guarded, kind {strength}", saved(blank(), encryption=guarded), "encrypted"
    yield "61 pages", saved(blank(61)), "too_many_pages"
    yield "10,000 pages", many_pages(10_000), "too_many_pages"
    yield "no pages", saved(Pdf.new()), "no_pages"
    yield "pages that are not there", raw(CATALOG, b"<< /Type /Pages /Kids [] /Count 3 >>"), "no_pages"
    yield "more pages than told", saved(blank(3)).replace(b"/Count 3", b"/Count 1"), "broken"
    yield "61 pages said to be 9", saved(blank(61)).replace(b"/Count 61", b"/Count 9 "), "too_many_pages"
    yield "no root", raw(b"<< /Type /Nothing >>"), "broken"
    yield "root that is a number", raw(b"42"), "broken"
    yield "pages that are a text", raw(b"<< /Type /Catalog /Pages (x) >>"), "broken"
    yield (
        "pages in a circle",
        raw(CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
        "broken",
    )
    yield "form program", built(root(AcroForm=Dictionary(Fields=Array(), XFA=CODE))), "xfa"
    yield "drawn by a program", built(root(NeedsRendering=True), pages=3), "xfa"
    yield "lists in lists", raw(CATALOG, TREE, PAGE % (b"/X " + b"[" * 60 + b"]" * 60)), "broken"
    yield (
        "ten thousand lists",
        raw(CATALOG, TREE, PAGE % (b"/X " + b"[" * 10_000 + b"]" * 10_000)),
        "no_pages",
    )
    yield (
        "tables in tables",
        raw(CATALOG, TREE, PAGE % (b"/X " + b"<</A " * 60 + b"1" + b">>" * 60)),
        "broken",
    )
    yield "200,000 objects", raw(CATALOG, TREE, PAGE % b"", *[b"1"] * 200_000), "too_heavy"
    bomb = zlib.compress(bytes(440_000_000), 1)
    flate = b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
    yield (
        "440 million zeros",
        raw(CATALOG, TREE, PAGE % b"/Contents 4 0 R", flate % (len(bomb), bomb)),
        "too_heavy",
    )
    twice = zlib.compress(bomb, 9)
    double = b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream"
    yield (
        "packed twice",
        raw(CATALOG, TREE, PAGE % b"/Contents 4 0 R", double % (len(twice), twice)),
        "too_heavy",
    )
    swollen = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
    yield "objects that swell", packed_objects(swollen % (len(bomb), bomb)), "broken"
    yield (
        "a picture of ten milliard pixels",
        with_stream(as_picture, b"x", Subtype=Name.Image, Width=100_000, Height=100_000),
        "too_many_pixels",
    )
    yield (
        "a picture without numbers",
        with_stream(as_picture, b"x", Subtype=Name.Image, Width=CODE, Height=Name.X),
        "broken",
    )


def many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + count))
    return raw(CATALOG, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count), *[PAGE % b""] * count)


def packed_objects(stream: bytes) -> bytes:
    """The page tree lies inside of the packed stream (object 3); the table is a stream too (object 4)."""
    out = b"%PDF-1.7\n"
    catalog = len(out)
    out += b"1 0 obj\n" + CATALOG + b"\nendobj\n"
    packed = len(out)
    out += b"3 0 obj\n" + stream + b"\nendobj\n"
    table = len(out)
    rows = [(0, 0, 0), (1, catalog, 0), (2, 3, 0), (1, packed, 0), (1, table, 0)]
    data = b"".join(bytes([kind]) + place.to_bytes(4, "big") + bytes([last]) for kind, place, last in rows)
    head = b"<< /Type /XRef /Size 5 /W [1 4 1] /Root 1 0 R /Length %d >>" % len(data)
    out += b"4 0 obj\n" + head + b"\nstream\n" + data + b"\nendstream\nendobj\n"
    return out + b"startxref\n%d\n%%%%EOF\n" % table


def pdfs() -> Iterator[Case]:
    for label, content in (*acting(), *hiding()):
        yield label, "factura.pdf", content, "pdf"
    for label, content, code in refused():
        yield label, "factura.pdf", content, code
    yield "pdf called jpg", "foto.jpg", saved(blank()), "name"
