"""References and codes: opaque, evenly drawn, and forgiving of how people type them."""

from collections import Counter

import pytest

from core.references import ALPHABET, new_code, new_reference, normalise_code


def test_a_reference_names_its_kind_and_nothing_else() -> None:
    prefix, _, code = new_reference("POL").partition("-")
    assert (prefix, len(code)) == ("POL", 10)
    assert set(code) <= set(ALPHABET)


def test_no_two_are_equal() -> None:
    assert len({new_code(10) for _ in range(20_000)}) == 20_000


def test_every_character_is_drawn_as_often_as_any_other() -> None:
    drawn = Counter(new_code(100_000))
    assert set(drawn) == set(ALPHABET)
    # Six standard deviations around 4,000.
    assert all(3_620 < times < 4_380 for times in drawn.values())


def test_no_character_is_heard_as_another() -> None:
    assert not set("0O1IL2Z5S8B") & set(ALPHABET)


@pytest.mark.parametrize("typed", ["97f7-nxag-mcer", "97F7 NXAG MCER", " 97f7nxagmcer\n", "97F7.NXAG.MCER"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert normalise_code(typed) == "97F7NXAGMCER"
