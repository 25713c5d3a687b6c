"""What a caller says decides which index is asked."""

from datetime import date

import pytest
from django.utils import translation

from core.staff.search import Typed, read

TABLE = [
    ("", Typed(notice="Type a DNI, a name, a number or an e-mail address.")),
    ("  . - ", Typed(notice="Type a DNI, a name, a number or an e-mail address.")),
    ("Ana@Example.ORG ", Typed(email="ana@example.org")),
    ("12345678z", Typed(dni="12345678Z", numbers=("12345678z", "12345678Z", "12345678-Z"))),
    ("12345678", Typed(dni="12345678Z", numbers=("12345678",))),
    ("1234567", Typed(dni="01234567L", numbers=("1234567",))),
    ("123456", Typed(numbers=("123456",))),
    ("123456789", Typed(numbers=("123456789",), phone="123456789")),
    ("S-1000001", Typed(numbers=("S-1000001", "S1000001"))),
    ("s 1000001", Typed(numbers=("s 1000001", "S 1000001", "S1000001", "S-1000001"))),
    ("s1000001", Typed(numbers=("s1000001", "S1000001", "S-1000001"))),
    ("sa2026x7", Typed(numbers=("sa2026x7", "SA2026X7", "SA-2026X7", "SA-2026-X-7"))),
    ("con-acdefghjkm", Typed(numbers=("con-acdefghjkm", "CON-ACDEFGHJKM", "CONACDEFGHJKM"))),
    ("CONACDEFGHJKM", Typed(numbers=("CONACDEFGHJKM", "CON-ACDEFGHJKM"), words=("CONACDEFGHJKM",))),
    ("Ana", Typed(words=("Ana",))),
    ("de la Cruz", Typed(words=("de", "la", "Cruz"))),
    ("Ana 04/05/1984", Typed(words=("Ana",), born_on=date(1984, 5, 4))),
    ("4.5.1984 ana  Ruiz", Typed(words=("ana", "Ruiz"), born_on=date(1984, 5, 4))),
    ("Ana 1984-05-04 Ruiz", Typed(words=("Ana", "Ruiz"), born_on=date(1984, 5, 4))),
    ("Jo 04/05/1984", Typed(notice="Type at least three letters of a name.")),
    ("Jo", Typed(notice="Type at least three letters of a name.")),
    ("%__", Typed(words=("%__",))),
    ("ana\x00", Typed(words=("ana",))),
]


@pytest.mark.parametrize(("text", "typed"), TABLE)
def test_read(text: str, typed: Typed) -> None:
    with translation.override("en"):
        assert read(text) == typed


@pytest.mark.parametrize("text", ["Ana 31/02/1984", "04/05/1984", "Ana 04/05/1984 7", "Ana 04/05-1984"])
def test_what_is_no_date_of_birth_beside_a_name_is_a_number(text: str) -> None:
    typed = read(text)
    assert (typed.words, typed.born_on, typed.numbers[0]) == ((), None, text)


PHONES = [
    ("600123456", "600123456"),
    ("+34 600 12 34 56", "600123456"),
    ("0034600123456", "600123456"),
    ("600-123-456", "600123456"),
    ("(+34) 600.123.456", "600123456"),
    ("(34) 600.123.456", "600123456"),
    ("60012345", ""),
    ("1234567890123456", ""),
    ("600123456a", ""),
]


@pytest.mark.parametrize(("text", "phone"), PHONES)
def test_a_telephone_number_is_its_last_nine_digits(text: str, phone: str) -> None:
    assert read(text).phone == phone


@pytest.mark.parametrize("text", ["CON-7K3M9QXC4D", "con7k3m9qxc4d", "con 7k3m9qxc4d", "Con-7K3M-9QXC4D"])
def test_a_reference_is_found_in_any_spelling(text: str) -> None:
    assert "CON-7K3M9QXC4D" in read(text).numbers


@pytest.mark.parametrize(
    "text", ["12.345.678-Z", "12345678 z", " 12345678-Z ", "12 345 678 Z", "１２３４５６７８Z"]
)
def test_a_dni_is_one_in_any_spelling(text: str) -> None:
    assert read(text).dni == "12345678Z"


def test_a_wrong_letter_is_said_with_the_right_one() -> None:
    with translation.override("en"):
        typed = read("12345678A")
    assert (typed.dni, typed.notice) == ("", "If this is a DNI or NIE, its letter should be Z.")
    assert typed.numbers == ("12345678A", "12345678-A")


def test_nothing_too_long_is_carried_on() -> None:
    assert len(read("a" * 5000).words[0]) == 254
