"""The day and the hour in Madrid, also in the hour that comes twice."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils import translation

from core.templatetags.formats import moment

HOUR = datetime(2026, 11, 21, 13, 5, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "21 de noviembre de 2026, 14:05"),
        ("ca", "21 de novembre del 2026, 14:05"),
        ("en", "21 November 2026, 14:05"),
    ],
)
def test_it_is_written_as_the_reader_s_language_does(language: str, words: str) -> None:
    with translation.override(language):
        assert moment(HOUR) == f'<time datetime="2026-11-21T14:05+01:00">{words}</time>'


@pytest.mark.parametrize(
    ("at", "written", "day"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30+02:00", "25 October 2026, 02:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30+01:00", "25 October 2026, 02:30"),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), "2026-07-01T00:00+02:00", "1 July 2026, 00:00"),
        (
            datetime(2026, 1, 1, 1, 59, tzinfo=timezone(timedelta(hours=3))),
            "2025-12-31T23:59+01:00",
            "31 December 2025, 23:59",
        ),
    ],
)
def test_it_is_madrid_s_wherever_it_comes_from(at: datetime, written: str, day: str) -> None:
    with translation.override("en"):
        assert moment(at) == f'<time datetime="{written}">{day}</time>'


def test_none_is_nothing() -> None:
    assert moment(None) == ""
