"""Passwords that keep every rule and are weak all the same; and those of a manager, which are not."""

import random
import string

import pytest
from django.core.exceptions import ValidationError

from accounts.passwords import WeakRootValidator, problems

# Not taken from our own list: what people in Spain choose.
WORDS = """
contraseña barcelona madrid valencia sevilla alejandro carmen futbol primavera verano invierno enero
septiembre familia chocolate mariposa princesa estrella corazon tequiero realmadrid atletico
zaragoza bilbao montserrat catalunya benvingut girona tarragona lleida gener desembre estiu hivern
perro elefante tortuga dragon superman naruto pokemon batman cristina francisco antonio manuel
dolores navidad vacaciones playa montaña guitarra musica seguro salud medico hospital doctor amigos
hermano abuela abuelo madre padre
""".split()  # noqa: SIM905 - a list of a word a line would hide the test
ENDS = ("{}!", "-{}", "{}*", "_{}", "!{}", "{}.", "#{}", "@{}")
NUMBERS = (1, 12, 123, 1234, 2024, 2025, 2026, 1987, 99, 2001)
SHAPES = (
    lambda word, end: word + end,
    lambda word, end: word + end + "!",
    lambda word, end: end + word,
    lambda word, end: word.replace("a", "4") + end,
    lambda word, end: word.replace("o", "0") + end,
    lambda word, end: word.replace("e", "3") + end,
    lambda word, end: word.replace("a", "@") + end,
    lambda word, end: f"{word}.{end}",
    lambda word, end: word[:2].upper() + word[2:] + end,
)


def is_weak(password: str) -> bool:
    try:
        WeakRootValidator().validate(password)
    except ValidationError:
        return True
    return False


def chosen_by_people(count: int) -> list[str]:
    draw = random.Random(7)
    found: list[str] = []
    while len(found) < count:
        end = draw.choice(ENDS).format(draw.choice(NUMBERS))
        password = draw.choice(SHAPES)(draw.choice(WORDS).capitalize(), end)
        if not problems(password):
            found.append(password)
    return found


def made_by_a_manager(count: int) -> list[str]:
    draw = random.Random(11)
    letters = string.ascii_letters + string.digits + "!#$%&*+-=?@_"
    found: list[str] = []
    while len(found) < count:
        password = "".join(draw.choices(letters, k=16))
        if not problems(password):
            found.append(password)
    return found


def test_of_500_that_people_choose_at_least_95_in_100_are_refused() -> None:
    passwords = chosen_by_people(500)
    missed = [password for password in passwords if not is_weak(password)]
    assert len(missed) <= 25, missed


def test_of_1000_that_a_manager_makes_none_is_refused() -> None:
    assert [password for password in made_by_a_manager(1000) if is_weak(password)] == []


@pytest.mark.parametrize("make", [chosen_by_people, made_by_a_manager])
def test_they_keep_every_rule(make) -> None:
    assert [password for password in make(50) if problems(password)] == []
