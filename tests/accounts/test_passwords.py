from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.passwords import (
    RULES,
    PortalPasswordValidator,
    WeakRootValidator,
    has_weak_root,
    normalise,
    problems,
    rules,
    weak_words,
)

ALL = ["length", "lower", "upper", "digit", "special"]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("password", "total", "run"),
    [
        # The table of the seed's rule, PWD-1 to PWD-6.
        ("Abcdefghij1!", [], []),
        ("Abcdefghi1!", ["length"], ["length"]),
        ("ABCDEFGHij1!", ["lower"], ["lower"]),
        ("ABCDEFGhij1!", [], []),
        ("Abcdefghijk1", ["special"], ["special"]),
        ("Abcdefghijk!", ["digit"], ["digit"]),
        ("abcdefghij1!", ["upper"], ["upper"]),
        ("aaaaBcdefg1!", ["repeat"], ["repeat"]),
        ("aaaaB1!cdefg", ["repeat"], ["repeat"]),
        ("aaaBcdefg12!", [], []),
        ("abaBacaDefg1!", ["repeat"], []),
        ("abaBacDefg12!", [], []),
        ("Contraseña12!", [], []),
        # Nothing, and nearly nothing.
        ("", ALL, ALL),
        ("a", ALL, ALL),
        ("aB1!", ["length", "lower"], ["length", "lower"]),
        ("            ", [*ALL[1:], "repeat"], [*ALL[1:], "repeat"]),
        ("123456789012", ["lower", "upper", "special"], ["lower", "upper", "special"]),
        ("!!!!!!!!!!!!", ["lower", "upper", "digit", "repeat"], ["lower", "upper", "digit", "repeat"]),
        # Letters of Spanish and Catalan are letters.
        ("ñéçBCDEFGH1!", [], []),
        ("ñéCBDEFGHJ1!", ["lower"], ["lower"]),
        ("ÑbcdefghijK1·", [], []),
        ("Ébcdefghij1-", [], []),
        ("ébcdefghijk1-", ["upper"], ["upper"]),
        ("ßbcdefGhijk1?", [], []),
        # The same letter typed as one sign or as two counts once.
        ("Abcdefghie\u03011", ["length", "special"], ["length", "special"]),
        ("e\u0301e\u0301e\u0301Bcdefg1!", ["length"], ["length"]),
        ("e\u0301e\u0301e\u0301Bcdefgh1!", [], []),
        ("éée\u0301e\u0301Bcdefg1!", ["repeat"], ["repeat"]),
        # Capital and small letter are two characters.
        ("aaaAAAbcd12!", [], []),
        ("aaaAAAAbcd1!", ["repeat"], ["repeat"]),
        # Which signs are special: punctuation and symbols, not spaces.
        ("Abcdefghij1 ", ["special"], ["special"]),
        ("Abcdefghi 1€", [], []),
        ("Abcdefghij1_", [], []),
        ("Abcdefghij1¿", [], []),
        ("Abcdefghij1+", [], []),
        ("Abcdefghij1\u00a0", ["special"], ["special"]),
        ("Abcdefghij1😀", [], []),
        # Spaces are allowed anywhere, and count for the length.
        ("  Abcdefg1! ", [], []),
        ("El perro de San Roque no 1!", ["repeat"], []),
        ("Cuatro gatos verdes, 7 lunas", ["repeat"], []),
        # Which signs are digits.
        ("Abcdefghij²!", ["digit"], ["digit"]),
        ("Abcdefghij\uff11!", [], []),
        # Repetition in the middle and at the end.
        ("Abcdefg1111!", ["repeat"], ["repeat"]),
        ("Abcdefgh111!", [], []),
        ("Abcdefgh1!!!!", ["repeat"], ["repeat"]),
        ("1a1b1c1Defgh!", ["repeat"], []),
        ("1!aBcdeFgh1!1!", [], []),
        # Eleven characters are too few, twelve are enough, wherever the rare ones stand.
        ("1!Abcdefghi", ["length"], ["length"]),
        ("1!Abcdefghij", [], []),
        ("abcdefghij!1A", [], []),
        # Three small letters are enough, two are not, however many capitals there are.
        ("ABCDEFGHIJabc1!", [], []),
        ("ABCDEFGHIJab1!", ["lower"], ["lower"]),
        # Two rules at once, each named.
        ("abcdefghijkl", ["upper", "digit", "special"], ["upper", "digit", "special"]),
        ("ABCDEFGHIJ1!", ["lower"], ["lower"]),
        ("Abcdefghijkl", ["digit", "special"], ["digit", "special"]),
        # Long ones.
        ("Ab1!" * 3, [], []),
        ("Ab1!" * 4, ["repeat"], []),
        ("Ab1!" * 32, ["repeat"], []),
        ("Ab1!" * 32 + "x", ["too_long"], ["too_long"]),
        ("a" * 5000, ["too_long"], ["too_long"]),
    ],
)
def test_each_unmet_rule_is_named(password, total, run):
    assert problems(password) == total
    assert problems(password, "run") == run


@pytest.mark.parametrize(("repeat", "word"), [("total", "whole password"), ("run", "in a row")])
def test_the_rules_are_data_for_the_page(repeat, word):
    shown = rules(repeat)
    assert [(rule.code, rule.count) for rule in shown] == [
        ("length", 12),
        ("lower", 3),
        ("upper", 1),
        ("digit", 1),
        ("special", 1),
        ("repeat", 3),
    ]
    assert word in str(shown[-1].text)
    assert all(str(rule.text).endswith(".") for rule in shown)
    assert all(str(rule.text) in PortalPasswordValidator(repeat).get_help_text() for rule in shown)


def test_the_stricter_reading_is_the_default():
    assert rules() == RULES
    assert problems("abaBacaDefg1!") == ["repeat"]


def test_the_validator_raises_one_error_for_each_unmet_rule():
    with pytest.raises(ValidationError) as refusal:
        PortalPasswordValidator().validate("abc")
    assert [error.code for error in refusal.value.error_list] == ["length", "upper", "digit", "special"]
    assert refusal.value.messages[0] == "Use at least 12 characters."


def test_the_validator_accepts_what_meets_all_rules():
    PortalPasswordValidator().validate("Abcdefghij1!")
    PortalPasswordValidator(repeat="run").validate("abaBacaDefg1!")
    with pytest.raises(ValidationError, match="128"):
        PortalPasswordValidator().validate("Ab1!" * 33)


def test_a_password_has_one_form():
    assert normalise("contrasen\u0303a") == "contraseña"


PASSWORD_CHARACTERS = st.text(st.sampled_from("aabBcdD1 2!-é"), max_size=30)


@given(PASSWORD_CHARACTERS)
def test_what_the_strict_reading_accepts_the_other_accepts_too(password):
    assert set(problems(password, "run")) <= set(problems(password, "total"))


@given(PASSWORD_CHARACTERS, st.sampled_from("xyzXYZ789?¡"))
def test_a_new_character_mends_and_never_breaks(password, character):
    assert set(problems(password + character)) <= set(problems(password))


@pytest.mark.parametrize(
    "password",
    [
        "Contraseña12!",
        "contrasena",
        "CONTRASEÑA-2026",
        "¡Contraseña!2026",
        "C0ntr4s3ñ4-26",
        "Contrasen\u0303a12!",
        "Barcelona-2026",
        "B4rcel0na-2026",
        "2026-Barcelona!",
        "B.a.r.c.e.l.o.n.a-1",
        "BarcelonaBarcelona1!",
        "Visca el Barça 1899!",
        "RealMadrid2026!!",
        "Real Madrid 2026!",
        "Diciembre-2025!",
        "Septiembre2026*",
        "Desembre--2026",
        "Te quiero 2026!",
        "P@ssw0rd2026!",
        "Pa$$w0rd-2026",
        "Passw0rd!!!1",
        "Qwertyuiop123!",
        "1234Zaragoza!?",
        "Va1enc1a2026!",
        "@lejandro1987",
        "@lejandra!1987",
        "Montserrat1975+",
        "Bienvenido123!",
        "Benvinguda123!",
        "Alborada2026!",
        "4lborad@-2026!",
        "Barcelon@-2026",
        "Seguros2026!!",
    ],
)
def test_a_known_word_in_disguise_is_refused(password, settings):
    settings.PASSWORD_BRAND_WORDS = ["Alborada"]
    with pytest.raises(ValidationError) as refusal:
        WeakRootValidator().validate(password)
    assert refusal.value.code == "weak"


@pytest.mark.parametrize(
    "password",
    [
        "Abcdefghij1!x",
        "Farola-Trineo-47",
        "Barcelona-Trineo-47",
        "xK7!mPq2rTz-",
        "Ana-2026-!!!",  # three letters are no root: length and variety are the other rule's matter
        "2026-12-31!!",
        "",
        "tejado verde 8 cucharas?",
    ],
)
def test_what_is_no_known_word_passes(password):
    WeakRootValidator().validate(password)


def test_the_brand_of_the_setting_decides(settings):
    settings.PASSWORD_BRAND_WORDS = ["Zyxwopia"]
    with pytest.raises(ValidationError, match="common word"):
        WeakRootValidator().validate("Zyxwopia-2026!")
    settings.PASSWORD_BRAND_WORDS = []
    WeakRootValidator().validate("Zyxwopia-2026!")
    del settings.PASSWORD_BRAND_WORDS
    WeakRootValidator().validate("Zyxwopia-2026!")


BRUNO = SimpleNamespace(
    pk=7,
    email="bruno.xarq@mail.test",
    person_on_file=SimpleNamespace(
        first_name="Brunqo",
        last_name_1="Núñezq",
        last_name_2="Ortubai",
        dni="12345678Z",
        born_on=date(1984, 5, 14),
    ),
)


@pytest.mark.parametrize(
    "password",
    [
        "Brunqo-2026!!",
        "Nunezq-2026!!",
        "NÚÑEZQ2026!!!",
        "Brunqo Núñezq 1!",
        "BrunqoNuñezqOrtubai1!",
        "Bruno.Xarq-1!",
        "Xarq2026!!!!",
        "Trineo12345678!",
        "Trineo-12.345.678",
        "Farola14051984!",
        "Farola-1984/05/14",
        "Farola05141984!",
    ],
)
def test_own_name_document_and_birth_date_are_refused(password):
    with pytest.raises(ValidationError) as refusal:
        WeakRootValidator().validate(password, BRUNO)
    assert refusal.value.code == "weak"
    WeakRootValidator().validate(password.replace("Bruno", "Cqxz"), None)


def test_who_is_registering_has_no_person_yet():
    hugo = SimpleNamespace(pk=None, email="hugonaut@mail.test")
    with pytest.raises(ValidationError, match="common word"):
        WeakRootValidator().validate("Hugonaut-2026", hugo)
    WeakRootValidator().validate("Farola14051984!", hugo)


def test_a_person_without_document_is_checked_for_the_rest():
    child = SimpleNamespace(
        pk=8,
        email="",
        person_on_file=SimpleNamespace(
            first_name="Dqiego", last_name_1="Pqaz", last_name_2="", dni=None, born_on=date(2008, 5, 14)
        ),
    )
    WeakRootValidator().validate("Farola-Trineo-47", child)
    with pytest.raises(ValidationError, match="common word"):
        WeakRootValidator().validate("Farola14052008!", child)


def test_the_word_list_is_folded_and_long_enough():
    listed = weak_words()
    assert {"contrasena", "barcelona", "desembre", "viscaelbarca", "password", "sunshine"} <= listed
    assert all(len(word) >= 4 and word == word.casefold() and word.isalpha() for word in listed)


def test_a_long_text_is_not_a_way_to_keep_the_server_busy():
    assert has_weak_root("!" * 100_000) is False
    assert has_weak_root("Barcelona" + "1" * 100_000)


def test_both_validators_say_in_advance_what_they_want():
    assert "12 characters" in PortalPasswordValidator().get_help_text()
    assert "common word" in WeakRootValidator().get_help_text()
