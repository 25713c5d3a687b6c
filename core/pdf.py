"""PDFs drawn from our own templates. The engine reads a few named pictures of ours and nothing else.

Only workers import this module: the engine takes seconds to load and about 40 MB to keep.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

STYLESHEET = "pdf/paper.css"
# What a template may name, as `static:<name>`. Text of people never becomes an address: templates escape it.
ASSETS = {"brand/logo.svg": "image/svg+xml"}


class RenderError(Exception):
    """The paper cannot be drawn, and a second try would end the same way."""


class ClosedFetcher(URLFetcher):
    def __init__(self) -> None:
        super().__init__(allowed_protocols={"static"}, allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        scheme, _colon, name = url.partition(":")
        if scheme != "static" or name not in ASSETS:
            raise ValueError(f"a paper may not read {url[:80]}")
        return URLFetcherResponse(url, _read(name), {"Content-Type": ASSETS[name]})


def render_pdf(template: str, context: Mapping[str, Any], *, language: str) -> bytes:
    """A tagged PDF/UA-1 in `language`; raises RenderError if the page names what it may not read."""
    with translation.override(language):
        ours = {"brand": settings.BRAND, "site_url": settings.SITE_URL, "language": language}
        html = render_to_string(template, {**ours, **context})
    fonts, stylesheet = _style()
    try:
        pdf = HTML(string=html, url_fetcher=ClosedFetcher()).write_pdf(
            stylesheets=[stylesheet], font_config=fonts, pdf_variant="pdf/ua-1"
        )
    # Not an Exception: left alone it would take the worker down.
    except FatalURLFetchingError as error:
        raise RenderError(str(error)) from error
    return bytes(pdf)


@cache
def _style() -> tuple[FontConfiguration, CSS]:
    """Fonts and stylesheet, kept for the life of the process: they cost more than a page."""
    fonts = FontConfiguration()
    colours = settings.BRAND.colours.light
    tokens = "".join(f"--{name.replace('_', '-')}: {value};" for name, value in colours.items())
    text = f":root {{ {tokens} }}\n{_read(STYLESHEET).decode()}"
    return fonts, CSS(string=text, font_config=fonts, url_fetcher=ClosedFetcher())


def _read(name: str) -> bytes:
    path = finders.find(name)
    if path is None:
        raise RenderError(f"{name} is not among the static files")
    return Path(path).read_bytes()
