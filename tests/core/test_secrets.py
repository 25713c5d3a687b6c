"""Sealed text: opens where it belongs and nowhere else, and outlives a change of keys."""

from typing import Any

import pytest

from core.secrets import Unreadable, is_sealed_anew, seal, unseal

IBAN = "ES9121000418450200051332"
HERE = "cases_draft.iban:17"


def test_what_was_sealed_opens_and_says_nothing_before() -> None:
    token = seal(IBAN, purpose=HERE)
    assert unseal(token, purpose=HERE) == IBAN
    assert IBAN not in token
    assert "1332" not in token
    assert len(token) < 120


def test_two_equal_values_do_not_look_equal() -> None:
    assert seal(IBAN, purpose=HERE) != seal(IBAN, purpose=HERE)


@pytest.mark.parametrize("text", ["", "ñ€ 😀", "a" * 20_000])
def test_any_text_fits(text: str) -> None:
    assert unseal(seal(text, purpose=HERE), purpose=HERE) == text


@pytest.mark.parametrize(
    "elsewhere",
    ["cases_draft.iban:18", "cases_draft.owner:17", "accounts_secret.iban:17", "cases_draft.iban:1"],
)
def test_a_value_pasted_into_another_place_does_not_open(elsewhere: str) -> None:
    token = seal(IBAN, purpose=HERE)
    with pytest.raises(Unreadable):
        unseal(token, purpose=elsewhere)


def test_a_place_is_always_named() -> None:
    with pytest.raises(ValueError, match="belongs"):
        seal(IBAN, purpose="")


@pytest.mark.parametrize("place", range(0, 90, 7))
def test_a_value_that_was_changed_does_not_open(place: int) -> None:
    token = seal(IBAN, purpose=HERE)
    place = min(place, len(token) - 5)
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    with pytest.raises(Unreadable):
        unseal(changed, purpose=HERE)


@pytest.mark.parametrize("token", ["", ".", "..", "1..", IBAN, "2.00000000.AAAA", "1.ñ.ñ"])
def test_what_was_never_sealed_does_not_open(token: str) -> None:
    with pytest.raises(Unreadable):
        unseal(token, purpose=HERE)


def test_a_new_key_seals_and_the_old_ones_still_open(settings: Any) -> None:
    of_secret_key = seal(IBAN, purpose=HERE)
    settings.FIELD_ENCRYPTION_KEYS = ["the first key of our own, long and random"]
    of_first = seal(IBAN, purpose=HERE)
    settings.FIELD_ENCRYPTION_KEYS = ["the second key", *settings.FIELD_ENCRYPTION_KEYS]
    of_second = seal(IBAN, purpose=HERE)
    assert [unseal(token, purpose=HERE) for token in (of_secret_key, of_first, of_second)] == [IBAN] * 3
    assert [is_sealed_anew(token) for token in (of_secret_key, of_first, of_second)] == [False, False, True]
    # The first key is given up: what was not sealed again is lost, as it should be.
    settings.FIELD_ENCRYPTION_KEYS = ["the second key"]
    with pytest.raises(Unreadable):
        unseal(of_first, purpose=HERE)
    assert unseal(of_second, purpose=HERE) == IBAN


def test_a_change_of_secret_key_loses_nothing_if_the_old_one_is_listed(settings: Any) -> None:
    token = seal(IBAN, purpose=HERE)
    settings.FIELD_ENCRYPTION_KEYS = ["another key", settings.SECRET_KEY]
    settings.SECRET_KEY = "a new secret key"
    assert unseal(token, purpose=HERE) == IBAN
