"""One search box for everything a caller may say: what it looks like decides which index is asked."""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from stdnum.es import dni

from core.day_field import read_day
from core.identity import IdentityError, normalise_identifier, parse_dni
from core.references import ALPHABET

SHORTEST_WORD = 3
# A name that more people have is not looked through to its end.
MOST_PEOPLE = 100
# Of core/references.py; one in 15 has no digit.
_REFERENCE = re.compile(rf"([A-Z]{{3}})-?([{ALPHABET}]{{10}})")
_DAY = re.compile(r"(?<!\S)(?:[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})(?!\S)")
_PHONE = re.compile(r"\(?\+?[0-9][0-9 .()-]*")
_LETTERS_THEN_DIGITS = re.compile(r"(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[A-Z])")
# The digits of a Spanish telephone number; of a longer one, the last ones tell it.
PHONE_DIGITS = 9


@dataclass(frozen=True)
class Typed:
    """What was typed, read. Several kinds may fit: eight digits are a DNI without its letter, or a number.

    `numbers`: spellings of a policy, card or receipt number, or of a reference. `phone`: its last nine
    digits. `words`: parts of a name, which `born_on` narrows. `notice`: what staff should know about the
    search.
    """

    email: str = ""
    dni: str = ""
    numbers: tuple[str, ...] = ()
    phone: str = ""
    words: tuple[str, ...] = ()
    born_on: date | None = None
    notice: str = ""


def read(text: str) -> Typed:
    text = " ".join(text.replace("\x00", "").split())[:254]
    compact = normalise_identifier(text)
    if not compact:
        return Typed(notice=_("Type a DNI, a name, a number or an e-mail address."))
    if "@" in compact:
        return Typed(email=compact)
    is_reference = _REFERENCE.fullmatch(text.upper()) is not None
    if "-" in text and is_reference:
        return Typed(numbers=_spellings(text))
    born_on, name = _birth_date(text)
    if any(character.isdigit() for character in name):
        return _number(text, compact)
    words = tuple(name.split())
    if max(map(len, words)) < SHORTEST_WORD:
        return Typed(notice=_("Type at least three letters of a name."))
    # A reference of letters alone, said without its hyphen, may be a name as well.
    return Typed(numbers=_spellings(text) if is_reference else (), words=words, born_on=born_on)


def _birth_date(text: str) -> tuple[date | None, str]:
    """A date beside a name, and the name. Alone it is none: nobody is looked up by the birthday only."""
    found = _DAY.search(text)
    name = f"{text[: found.start()]} {text[found.end() :]}".strip() if found else ""
    day = read_day(found[0]) if found and name else None
    return (day, name) if day else (None, text)


def _number(text: str, compact: str) -> Typed:
    if compact.isascii() and compact.isdigit() and len(compact) in (7, 8):
        digits = compact.zfill(8)
        return Typed(dni=digits + dni.calc_check_digit(digits), numbers=_spellings(text))
    try:
        return Typed(dni=parse_dni(text), numbers=_spellings(text))
    except IdentityError as error:
        notice = ""
        if phone := _phone(text):
            return Typed(numbers=_spellings(text), phone=phone)
        if error.code == "letter":
            notice = _("If this is a DNI or NIE, its letter should be %(letter)s.") % {
                "letter": error.expected
            }
        return Typed(numbers=_spellings(text), notice=notice)


def _phone(text: str) -> str:
    digits = "".join(character for character in text if character.isdigit())
    long_enough = PHONE_DIGITS <= len(digits) <= 15
    return digits[-PHONE_DIGITS:] if long_enough and _PHONE.fullmatch(text) else ""


def _spellings(text: str) -> tuple[str, ...]:
    """As typed, in capitals, with and without the gaps, and with a hyphen where letters meet digits: numbers
    are looked up exactly."""
    upper = text.upper()
    compact = re.sub(r"[\s./_-]", "", upper)
    hyphens = _LETTERS_THEN_DIGITS.sub("-", compact, count=1), _LETTERS_THEN_DIGITS.sub("-", compact)
    reference = _REFERENCE.fullmatch(compact)
    found = [text, upper, upper.replace(" ", ""), upper.replace(" ", "-"), compact, *hyphens]
    return tuple(dict.fromkeys([*found, "-".join(reference.groups())] if reference else found))
