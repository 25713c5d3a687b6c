"""The PDF engine reads our named pictures and nothing else, and its papers can be read by a screen reader."""

import io
import logging
import socket
import threading
from collections.abc import Iterator

import pikepdf
import pytest
from django.template import engines
from django.test import override_settings
from weasyprint import HTML

from core import pdf
from core.pdf import RenderError, render_pdf

PAGE = (
    '<!doctype html><html lang="{{ language }}"><head><title>Paper of {{ name }}</title></head>'
    "<body><h1>{{ name }}</h1>{{ tail }}<p>End</p></body></html>"
)


@pytest.fixture
def page(settings, tmp_path):
    """Writes a template of that text, to be rendered by name."""
    (tmp_path / "pdf").mkdir()
    templates = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    def write(text: str = PAGE) -> str:
        (tmp_path / "pdf" / "page.html").write_text(text, encoding="utf-8")
        return "pdf/page.html"

    with override_settings(TEMPLATES=templates):
        yield write
    engines._templates = None


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A server that notes whoever knocks, and its address."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(5)
    calls: list[bytes] = []

    def answer() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                calls.append(connection.recv(200))
                connection.sendall(b"HTTP/1.0 404 No\r\n\r\n")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/x", calls
    # Closing alone does not wake a thread that waits in accept().
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def read(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


@pytest.mark.parametrize("language", ["es", "en", "ca"])
def test_a_paper_has_tags_language_and_title(page, language):
    paper = read(render_pdf(page(), {"name": "Núñez"}, language=language))
    assert str(paper.Root.Lang) == language
    assert bool(paper.Root.MarkInfo.Marked) is True
    assert bool(paper.Root.ViewerPreferences.DisplayDocTitle) is True
    assert paper.Root.StructTreeRoot.K is not None
    assert str(paper.docinfo.Title) == "Paper of Núñez"
    with paper.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"


def test_text_of_people_is_printed_and_not_obeyed(page, listener):
    url, calls = listener
    hostile = f'<img src="{url}"><link rel=attachment href="file:///etc/passwd">'
    paper = read(render_pdf(page(), {"name": hostile, "tail": hostile}, language="es"))
    assert hostile in str(paper.docinfo.Title)
    assert "/EmbeddedFiles" not in paper.Root.get("/Names", {})
    assert calls == []


def test_the_open_engine_would_have_fetched_it(listener, caplog):
    """Without this, the test above could pass because nothing ever fetches."""
    url, calls = listener
    caplog.set_level(logging.CRITICAL, logger="weasyprint")
    HTML(string=f'<img src="{url}" alt="x">').write_pdf()
    assert len(calls) == 1


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="{url}" alt="x">',
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="static:portal.css" alt="x">',
        '<img src="static:../portal/settings.py" alt="x">',
        '<img src="data:image/svg+xml,%3Csvg/%3E" alt="x">',
        '<link rel="stylesheet" href="{url}">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<p style="background: url({url})">x</p>',
        "<style>@font-face {{ font-family: x; src: url({url}) }} p {{ font-family: x }}</style>",
        '<object data="{url}"></object>',
    ],
)
def test_a_template_that_names_anything_else_is_not_drawn(page, listener, markup):
    url, calls = listener
    text = PAGE.replace("{{ tail }}", markup.format(url=url))
    with pytest.raises(RenderError):
        render_pdf(page(text), {"name": "x"}, language="es")
    assert calls == []


def test_the_logo_of_the_brand_may_be_named(page):
    text = PAGE.replace("{{ tail }}", '<img src="static:brand/logo.svg" alt="Alborada">')
    paper = read(render_pdf(page(text), {"name": "x"}, language="es"))
    assert len(paper.pages) == 1


def test_a_missing_picture_is_an_ordinary_error(page, monkeypatch):
    monkeypatch.setitem(pdf.ASSETS, "brand/none.svg", "image/svg+xml")
    text = PAGE.replace("{{ tail }}", '<img src="static:brand/none.svg" alt="x">')
    with pytest.raises(RenderError, match=r"none\.svg"):
        render_pdf(page(text), {"name": "x"}, language="es")


def test_fonts_and_stylesheet_are_parsed_once(page):
    render_pdf(page(), {"name": "x"}, language="es")
    assert pdf._style() is pdf._style()
