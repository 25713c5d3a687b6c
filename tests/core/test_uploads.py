"""Hostile files end as words or as a harmless copy; good ones come through upright and whole."""

import io
import re
import resource
import socket
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from cases.papers import REASONS
from core import cleaning, uploads
from core.cleaning import ACTIONS, DROPPED_ANNOTATIONS
from tests.core.good_files import Good, good_pdfs, good_pictures
from tests.core.hostile_pdfs import pdfs
from tests.core.hostile_pictures import POISON, pictures, pretenders

HOSTILE = [*pretenders(), *pictures(), *pdfs()]
RESULTS = {"jpeg": ("image/jpeg", ".jpg"), "png": ("image/png", ".png"), "pdf": ("application/pdf", ".pdf")}


def sent(folder: Path, name: str, content: bytes) -> tuple[uploads.Cleaned, bytes]:
    """As a file goes: looked at, then cleaned."""
    uploads.look_at(name, len(content), content[:1024])
    source, target = folder / "source", folder / "target"
    source.write_bytes(content)
    cleaned = uploads.clean(source, target)
    return cleaned, target.read_bytes()


def laid_open(content: bytes) -> bytes:
    """Every object and every stream of a PDF in clear."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
        )
    return out.getvalue()


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 120
    labels = [label for label, *_ in HOSTILE]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    ("name", "content", "outcome"), [pytest.param(*row[1:], id=row[0]) for row in HOSTILE]
)
def test_a_hostile_file_ends_in_words_or_harmless(
    tmp_path: Path, name: str, content: bytes, outcome: str
) -> None:
    before = seconds_of_children()
    try:
        cleaned, kept = sent(tmp_path, name, content)
    except uploads.FileRefused as refused:
        assert refused.code == outcome
        assert str(REASONS[refused.code])
    else:
        assert (cleaned.content_type, cleaned.ending) == RESULTS.get(outcome, f"refused as {outcome}")
        assert kept != content
        opened = laid_open(kept) if outcome == "pdf" else kept
        assert POISON not in opened
        left = {word for word in ACTIONS | DROPPED_ANNOTATIONS if re.search(rb"%b\b" % word.encode(), opened)}
        assert left == set()
    assert seconds_of_children() - before < 10


def seconds_of_children() -> float:
    """Work, not waiting: the machine that runs the tests may be busy."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# --- good files -----------------------------------------------------------------------------------

GOOD = [*good_pictures(), *good_pdfs()]


def test_there_are_enough_good_ones() -> None:
    assert len(GOOD) >= 40


@pytest.mark.parametrize(("name", "make"), [pytest.param(*row[1:], id=row[0]) for row in GOOD])
def test_a_good_file_comes_through_upright_and_whole(
    tmp_path: Path, name: str, make: Callable[[], Good]
) -> None:
    good = make()
    cleaned, kept = sent(tmp_path, name, good.content)
    assert cleaned.pages == good.pages
    assert POISON not in kept
    if cleaned.ending == ".pdf":
        opened = laid_open(kept)
        with pikepdf.open(io.BytesIO(kept)) as pdf:
            assert len(pdf.pages) == good.pages
            assert [list(page.mediabox) for page in pdf.pages] == good.boxes
        assert [text for text in good.texts if text not in opened] == []
        return
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == good.size
        # The picture's sun stands in its upper left corner.
        bright = [image.convert("L").getpixel(place) > 128 for place in corners(image)]
        assert bright == [True, False, False, False]
        assert dict(image.getexif()) == {}
        assert not {"exif", "icc_profile", "comment", "xmp", "photoshop"} & image.info.keys()


def corners(image: Image.Image) -> list[tuple[int, int]]:
    width, height = image.size
    x, y = width // 8, height // 8
    return [(x, y), (width - x, y), (x, height - y), (width - x, height - y)]


NAMES = [
    ("factura.pdf", ".pdf", "factura.pdf"),
    ("Factura 12.03.2026.PDF", ".pdf", "Factura 12.03.2026.pdf"),
    ("IMG_1.HEIC", ".jpg", "IMG_1.jpg"),
    ("captura.jpg", ".png", "captura.png"),
    ("sin nombre", ".jpg", "sin nombre.jpg"),
    ("Señal médica ñ.jpeg", ".jpg", "Señal médica ñ.jpg"),
    ("../../etc/passwd.pdf", ".pdf", "passwd.pdf"),
    ("C:\\temp\\x.pdf", ".pdf", "x.pdf"),
    ("a\x00b.pdf", ".pdf", "a b.pdf"),
    ("a\r\nSet-Cookie: x.pdf", ".pdf", "a Set-Cookie: x.pdf"),
    ("fac\u202egpj.pdf", ".pdf", "fac gpj.pdf"),
    ("...", ".pdf", "document.pdf"),
    ("", ".pdf", "document.pdf"),
    ("/", ".pdf", "document.pdf"),
    (".htaccess", ".jpg", "htaccess.jpg"),
    ("x.pdf   ", ".pdf", "x.pdf"),
    ("x" * 4096 + ".pdf", ".pdf", "x" * 146 + ".pdf"),
    ("invoice.exe", ".pdf", "invoice.exe.pdf"),
]


@pytest.mark.parametrize(("given", "ending", "kept"), NAMES)
def test_a_name_is_kept_without_what_could_harm(given: str, ending: str, kept: str) -> None:
    assert uploads.named(given, ending) == kept


def test_the_child_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "the key")
    probe = tmp_path / "probe.py"
    probe.write_text("import json, os, sys; print(json.dumps({'refused': ' '.join(os.environ)}))")
    monkeypatch.setattr("core.cleaning.__file__", str(probe))
    with pytest.raises(uploads.FileRefused) as refused:
        uploads.clean(tmp_path / "a", tmp_path / "b")
    assert "SECRET_KEY" not in refused.value.code
    assert "DATABASE_URL" not in refused.value.code


def test_a_child_that_somebody_kills_says_nothing_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = tmp_path / "probe.py"
    probe.write_text("import os; os.kill(os.getpid(), 9)")
    monkeypatch.setattr("core.cleaning.__file__", str(probe))
    with pytest.raises(InterruptedError):
        uploads.clean(tmp_path / "a", tmp_path / "b")


ROOT = Path(cleaning.__file__).parent.parent
LIMITED = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from core import cleaning\n"
DEATHS = [
    ("import os; os.kill(os.getpid(), 11)", "too_heavy"),
    ("raise SystemExit(3)", "broken"),
    ("print('no report')", "broken"),
    ("import time; time.sleep(60)", "too_heavy"),
    (LIMITED + "cleaning.clean = lambda *_: bytes(10**9); cleaning.main()", "too_heavy"),
    (LIMITED + "cleaning.clean = lambda *_: 1 / 0; cleaning.main()", "broken"),
    (LIMITED + "cleaning.CPU_SECONDS = 1; cleaning.close_the_doors()\nwhile True: pass", "too_heavy"),
    (
        LIMITED + "cleaning.clean = lambda *_: open(sys.argv[2], 'wb').write(bytes(10**8))\ncleaning.main()",
        "too_heavy",
    ),
]


@pytest.mark.parametrize(("program", "code"), DEATHS)
def test_however_the_child_ends_there_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, code: str
) -> None:
    probe = tmp_path / "probe.py"
    probe.write_text(program)
    monkeypatch.setattr("core.cleaning.__file__", str(probe))
    monkeypatch.setattr(uploads, "SECONDS", 3)
    with pytest.raises(uploads.FileRefused) as refused:
        uploads.clean(tmp_path / "a", tmp_path / "b")
    assert refused.value.code == code
    assert not (tmp_path / "b").exists() or (tmp_path / "b").stat().st_size <= cleaning.WRITTEN_BYTES


# What somebody would try who has broken out of a decoder.
TRIED = """
import ctypes, json, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def signalled(process):
    tgkill = {{"x86_64": 234, "aarch64": 131}}[os.uname().machine]
    if libc.syscall(tgkill, process, process, 0):
        raise OSError(ctypes.get_errno(), "tgkill")
{before}
cleaning.close_the_doors()
ways = {{
    "internet": lambda: socket.create_connection(("127.0.0.1", {port}), 1),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX).connect("/tmp/.s.PGSQL.5432"),
    "pair": socket.socketpair,
    "program": lambda: os.execv("/bin/true", ["true"]),
    "parent": lambda: os.kill(os.getppid(), 0),
    "thread": lambda: signalled(os.getppid()),
}}
done = {{}}
for name, way in ways.items():
    try:
        way()
        done[name] = "open"
    except OSError as error:
        done[name] = type(error).__name__
print(json.dumps({{"refused": " ".join(f"{{name}}:{{end}}" for name, end in done.items())}}))
"""
# A container that forbids a network of one's own: the filter alone must hold.
NO_UNSHARE = """
class Libc:
    def __getattr__(self, name):
        return (lambda *_: -1) if name == "unshare" else getattr(real, name)
real = ctypes.CDLL(None)
cleaning.ctypes.CDLL = lambda name: Libc()
"""
# The program that it starts would take its place, and say nothing.
STAYS = "os.execv = lambda *_: None"
WAYS = ("internet", "udp", "unix", "pair", "program", "parent", "thread")


def tried(folder: Path, monkeypatch: pytest.MonkeyPatch, before: str = "") -> dict[str, str]:
    """Each way out, and how it ended."""
    probe = folder / "probe.py"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        probe.write_text(LIMITED + TRIED.format(before=before, port=port))
        monkeypatch.setattr("core.cleaning.__file__", str(probe))
        with pytest.raises(uploads.FileRefused) as refused:
            uploads.clean(folder / "a", folder / "b")
    return dict(pair.split(":") for pair in refused.value.code.split())


@pytest.mark.parametrize("before", ["", NO_UNSHARE], ids=["own network", "no network of its own"])
def test_the_child_has_no_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    assert tried(tmp_path, monkeypatch, before) == dict.fromkeys(WAYS, "PermissionError")


def test_without_its_doors_it_would_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = tried(tmp_path, monkeypatch, f"cleaning.close_the_doors = lambda: None; {STAYS}")
    assert {name for name, end in ends.items() if end == "open"} == {*WAYS} - {"unix"}


def test_a_machine_whose_numbers_we_do_not_know_has_the_limits_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = tried(tmp_path, monkeypatch, f"cleaning.FORBIDDEN = {{}}; {STAYS}")
    assert ends["pair"] == "open"


def test_every_answer_has_its_words() -> None:
    for module in (cleaning, uploads):
        source = Path(module.__file__).read_text()
        codes = set(re.findall(r'Refused\("(\w+)"\)', source)) | set(re.findall(r'else "(\w+)"\)', source))
        assert codes - REASONS.keys() == set()
