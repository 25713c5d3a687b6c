"""What a password must be: PWD-1 to PWD-7, and a check against words that everybody tries.

The rules are data, so that the page lists them before anything is typed and its script ticks the same ones.
A password is normalised once, with `normalise`, before it is checked, hashed or compared.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, product
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.breaches import is_leaked

Repeat = Literal["total", "run"]

MAX_LENGTH = 128
MAX_REPEATS = 3
# A shorter root says nothing: "Ana" is a name and the start of many good passwords.
MIN_ROOT = 4
WORDS_FILE = Path(__file__).with_name("weak_words.txt")

LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g"}
LEET |= {"@": "a", "$": "s", "!": "i", "|": "i", "€": "e", "+": "t"}


@dataclass(frozen=True)
class Rule:
    """`code` and `count` go to the page as data attributes; `text` says what to do."""

    code: str
    text: str | Promise
    count: int


LENGTH = Rule("length", _("Use at least 12 characters."), 12)
LOWER = Rule("lower", _("Use at least 3 lower-case letters."), 3)
UPPER = Rule("upper", _("Use at least 1 capital letter."), 1)
DIGIT = Rule("digit", _("Use at least 1 digit."), 1)
SPECIAL = Rule("special", _("Use at least 1 symbol, such as ! or -. A space does not count."), 1)
REPEAT: dict[Repeat, Rule] = {
    "total": Rule("repeat", _("Use each character at most 3 times in the whole password."), MAX_REPEATS),
    "run": Rule("repeat", _("Do not use the same character more than 3 times in a row."), MAX_REPEATS),
}
TOO_LONG = Rule("too_long", _("Use at most 128 characters."), MAX_LENGTH)


def rules(repeat: Repeat = "total") -> tuple[Rule, ...]:
    """The rules in the order of the page; the upper length is said only when it is passed."""
    return (LENGTH, LOWER, UPPER, DIGIT, SPECIAL, REPEAT[repeat])


RULES = rules()


def normalise(password: str) -> str:
    """One form for a character typed in two ways: é as one key or as e and an accent."""
    return unicodedata.normalize("NFC", password)


def problems(password: str, repeat: Repeat = "total") -> list[str]:
    """Codes of the unmet rules, in the order of `rules`; ["too_long"] alone beyond the greatest length."""
    text = normalise(password)
    if len(text) > MAX_LENGTH:
        return [TOO_LONG.code]
    met = {
        "length": len(text) >= LENGTH.count,
        "lower": sum(c.islower() for c in text) >= LOWER.count,
        "upper": sum(c.isupper() for c in text) >= UPPER.count,
        "digit": sum(c.isdecimal() for c in text) >= DIGIT.count,
        "special": sum(unicodedata.category(c)[0] in "PS" for c in text) >= SPECIAL.count,
        "repeat": _worst_repeat(text, repeat) <= MAX_REPEATS,
    }
    return [rule.code for rule in rules(repeat) if not met[rule.code]]


def _worst_repeat(text: str, repeat: Repeat) -> int:
    if repeat == "total":
        return max(Counter(text).values(), default=0)
    return max((len(list(same)) for _character, same in groupby(text)), default=0)


class PortalPasswordValidator:
    """One error for each unmet rule, each with its own code (PWD-7)."""

    def __init__(self, repeat: Repeat = "total") -> None:
        self.repeat: Repeat = repeat

    def validate(self, password: str, user: Any = None) -> None:
        texts = {rule.code: str(rule.text) for rule in (*rules(self.repeat), TOO_LONG)}
        errors = [ValidationError(texts[code], code=code) for code in problems(password, self.repeat)]
        if errors:
            raise ValidationError(errors)

    def get_help_text(self) -> str:
        return " ".join(str(rule.text) for rule in rules(self.repeat))


class WeakRootValidator:
    """Refuses a well-known word in disguise: "Contraseña12!", "B4rcel0na-2026", one's own name and a year."""

    def validate(self, password: str, user: Any = None) -> None:
        known = has_weak_root(password, (*brand_words(), *personal_words(user)))
        if known or _holds_personal_number(password, user):
            raise ValidationError(
                _(
                    "This is a common word or a name with digits or symbols around it. "
                    "Use several words that do not belong together."
                ),
                code="weak",
            )

    def get_help_text(self) -> str:
        return gettext("Do not use a common word, a place or a name with digits or symbols around it.")


def has_weak_root(password: str, more_words: Iterable[str] = ()) -> bool:
    """Is a password, its disguise taken off, one of the listed words?"""
    more = {_alike(letters(word)) for word in more_words}
    for root in _roots(password[:MAX_LENGTH]):
        once = _alike(_without_repetition(root))
        if len(once) >= MIN_ROOT and (once in _weak_words_alike() or once in more):
            return True
    return False


class LeakedPasswordValidator:
    """Refuses what stands in the operator's list of leaked passwords, where there is one."""

    def validate(self, password: str, user: Any = None) -> None:
        if is_leaked(normalise(password), settings.BREACH_INDEX):
            raise ValidationError(
                _("This password is on a list of stolen passwords. Choose another one."), code="leaked"
            )

    def get_help_text(self) -> str:
        return gettext("Do not use a password that you use elsewhere.")


def letters(text: str) -> str:
    """Small letters only, without accents, digits and signs."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in bare if c.isalpha())


@lru_cache(maxsize=1)
def weak_words() -> frozenset[str]:
    """Django's list of common passwords and our own Spanish and Catalan words, as letters."""
    found = {letters(word) for word in CommonPasswordValidator().passwords}
    with WORDS_FILE.open(encoding="utf-8") as own:
        found |= {letters(line) for line in own if not line.startswith("#")}
    return frozenset(word for word in found if len(word) >= MIN_ROOT)


@lru_cache(maxsize=1)
def _weak_words_alike() -> frozenset[str]:
    return frozenset(map(_alike, weak_words()))


def _alike(word: str) -> str:
    """A 1 may stand for i or l, so both are one letter here."""
    return word.replace("l", "i")


def brand_words() -> tuple[str, ...]:
    return tuple(getattr(settings, "PASSWORD_BRAND_WORDS", ()))


def personal_words(user: Any) -> tuple[str, ...]:
    """Name of the mailbox and of the person on file, alone and together."""
    if user is None:
        return ()
    mailbox = str(getattr(user, "email", "") or "").partition("@")[0]
    person = _person(user)
    names = [str(getattr(person, field, "") or "") for field in ("first_name", "last_name_1", "last_name_2")]
    whole = [" ".join(names[:2]), " ".join(names[1:]), " ".join(names)]
    return tuple(word for word in (mailbox, *re.split(r"[._+-]", mailbox), *names, *whole) if word)


def _holds_personal_number(password: str, user: Any) -> bool:
    """The digits of the DNI, or the date of birth in any order, anywhere in the password."""
    person = _person(user)
    if person is None:
        return False
    numbers = {"".join(c for c in person.dni or "" if c.isdecimal())}
    numbers |= {person.born_on.strftime(order) for order in ("%d%m%Y", "%m%d%Y", "%Y%m%d", "%Y%d%m")}
    digits = "".join(c for c in unicodedata.normalize("NFKC", password) if c.isdecimal())
    return any(number in digits for number in numbers if number)


def _person(user: Any) -> Any:
    """The person on file of a saved account, or the one whose account is just being made."""
    known = getattr(user, "pk", None) or "person_on_file" in vars(user or object)
    return getattr(user, "person_on_file", None) if known else None


def _roots(password: str) -> Iterator[str]:
    """The letters of a password in every reading: a sign at an end may stand for a letter or for nothing."""
    text = unicodedata.normalize("NFC", password.casefold())
    inner = [place for place, c in enumerate(text) if c.isalpha()]
    if not inner:
        return
    first, last = inner[0], inner[-1]
    for start, end in product(_ends(text, first, -1), _ends(text, last, 1)):
        yield letters("".join(LEET.get(c, c) for c in text[start : end + 1]))


def _ends(text: str, place: int, step: int) -> Iterator[int]:
    """Places at which the word may end: its last letter and up to two signs beyond that stand for letters."""
    yield place
    for further in (place + step, place + 2 * step):
        if not (0 <= further < len(text) and text[further] in LEET):
            return
        yield further


def _without_repetition(root: str) -> str:
    """One `barcelona` for two in a row."""
    size = (root + root).find(root, 1)
    return root[:size] if size > 0 else root
