from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from accounts.fields import BirthDateField
from core.day_field import DayField

FIELDS = [DayField, BirthDateField]
LANGUAGES = ["es", "ca", "en"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "typed",
    [
        "1984-05-04",
        "04/05/1984",
        "4/5/1984",
        "04-05-1984",
        "04.05.1984",
        "4. 5. 1984",
        "4 5 1984",
        " 04 / 05 / 1984 ",
        "04\u201305\u20111984",  # en dash, non-breaking hyphen
        "04\u00a005\u00a01984",  # no-break spaces
        "1984/05/04",
    ],
)
def test_the_day_is_first_in_every_language(field: type[DayField], language: str, typed: str) -> None:
    with translation.override(language):
        assert field().clean(typed) == date(1984, 5, 4)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "typed",
    [
        "05/14/1984",  # there is no month 14
        "31/02/1984",
        "4/5/84",  # of which century
        "4/5",
        "04051984",
        "1984",
        "tomorrow",
        "-",
    ],
)
def test_what_is_no_day_is_refused(field: type[DayField], language: str, typed: str) -> None:
    with translation.override(language), pytest.raises(ValidationError):
        field().clean(typed)


def test_nothing_is_no_day() -> None:
    assert DayField(required=False).clean("  ") is None
    assert DayField().clean(date(1984, 5, 4)) == date(1984, 5, 4)


def test_the_calendar_of_the_browser_is_given_iso_text() -> None:
    for field in FIELDS:
        html = field().widget.render("day", date(1984, 5, 4))
        assert 'type="date"' in html
        assert 'value="1984-05-04"' in html
