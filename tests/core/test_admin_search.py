"""What a caller says decides which index is asked."""

import pytest
from django.utils import translation

from core.staff.search import Typed, read

TABLE = [
    ("", Typed(notice="Type a DNI, a name, a number or an e-mail address.")),
    ("  . - ", Typed(notice="Type a DNI, a name, a number or an e-mail address.")),
    ("Ana@Example.ORG ", Typed(email="ana@example.org")),
    ("12345678z", Typed(dni="12345678Z", numbers=("12345678z", "12345678Z"))),
    ("12345678", Typed(dni="12345678Z", numbers=("12345678",))),
    ("1234567", Typed(dni="01234567L", numbers=("1234567",))),
    ("123456", Typed(numbers=("123456",))),
    ("123456789", Typed(numbers=("123456789",))),
    ("S-1000001", Typed(numbers=("S-1000001",))),
    ("s 1000001", Typed(numbers=("s 1000001", "S 1000001", "S1000001", "S-1000001"))),
    ("Ana", Typed(words=("Ana",))),
    ("de la Cruz", Typed(words=("de", "la", "Cruz"))),
    ("Jo", Typed(notice="Type at least three letters of a name.")),
    ("%__", Typed(words=("%__",))),
    ("ana\x00", Typed(words=("ana",))),
]


@pytest.mark.parametrize(("text", "typed"), TABLE)
def test_read(text: str, typed: Typed) -> None:
    with translation.override("en"):
        assert read(text) == typed


@pytest.mark.parametrize(
    "text", ["12.345.678-Z", "12345678 z", " 12345678-Z ", "12 345 678 Z", "１２３４５６７８Z"]
)
def test_a_dni_is_one_in_any_spelling(text: str) -> None:
    assert read(text).dni == "12345678Z"


def test_a_wrong_letter_is_said_with_the_right_one() -> None:
    with translation.override("en"):
        typed = read("12345678A")
    assert (typed.dni, typed.notice) == ("", "If this is a DNI or NIE, its letter should be Z.")
    assert typed.numbers == ("12345678A",)


def test_nothing_too_long_is_carried_on() -> None:
    assert len(read("a" * 5000).words[0]) == 254
