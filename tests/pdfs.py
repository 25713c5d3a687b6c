"""What a screen reader and an archive need of a PDF."""

import io

import pikepdf


def pages_of_readable(pdf: bytes, *, language: str, title: str) -> int:
    """How many pages it has; fails unless it is tagged, says its language and title, and claims PDF/UA-1."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.Root.Lang) == language
        assert bool(document.Root.MarkInfo.Marked) is True
        assert title in str(document.docinfo.Title)
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        return len(document.pages)
