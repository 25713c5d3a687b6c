"""The rule of linking, as a table; the twenty attempts to take somebody else's policies among them."""

from datetime import date

import pytest

from accounts.linking import Decision, OnFile, Outcome, by_identity, by_mailbox

TODAY = date(2026, 11, 21)
MINE = "ana@example.org"
DNI = "12345678Z"
BORN = date(1982, 5, 3)


def on_file(**changes: object) -> OnFile:
    facts = {"pk": 1, "dni": DNI, "born_on": BORN, "email": MINE, "customer": True, "linked": False}
    return OnFile(**{**facts, **changes})  # type: ignore[arg-type]


ANA = on_file()
BRUNO = on_file(pk=2, dni="87654321X", born_on=date(1980, 1, 9), email="bruno@example.org")
BOY = on_file(pk=4, dni="11111111H", born_on=date(2010, 2, 2))


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([ANA], Decision(Outcome.LINK, ANA)),
        ([on_file(email="ANA@Example.org ")], Decision(Outcome.LINK, on_file(email="ANA@Example.org "))),
        ([], Decision(Outcome.ASK)),
        ([BRUNO], Decision(Outcome.ASK)),
        ([on_file(email="")], Decision(Outcome.ASK)),
        ([ANA, on_file(pk=2)], Decision(Outcome.ASK)),
        # Even when one of the two is linked already: whose mailbox it is now, the file does not say.
        ([ANA, on_file(pk=2, linked=True)], Decision(Outcome.ASK)),
        ([on_file(linked=True)], Decision(Outcome.ASK)),
        ([on_file(customer=False)], Decision(Outcome.ASK)),
        # A child with a parent's address does not make it ambiguous.
        ([ANA, BOY], Decision(Outcome.LINK, ANA)),
        ([BOY], Decision(Outcome.TOO_YOUNG)),
    ],
)
def test_what_the_mailbox_alone_says(people: list[OnFile], expected: Decision) -> None:
    assert by_mailbox(MINE, people, on=TODAY, adult_age=18) == expected


def test_an_account_without_mailbox_matches_nobody() -> None:
    assert by_mailbox("", [on_file(email="")], on=TODAY, adult_age=18) == Decision(Outcome.ASK)


@pytest.mark.parametrize(
    ("born_on", "outcome"),
    [
        (date(2008, 11, 20), Outcome.LINK),
        (date(2008, 11, 21), Outcome.LINK),
        (date(2008, 11, 22), Outcome.TOO_YOUNG),
    ],
)
def test_eighteen_on_the_birthday_itself(born_on: date, outcome: Outcome) -> None:
    person = on_file(born_on=born_on)
    assert by_mailbox(MINE, [person], on=TODAY, adult_age=18).outcome == outcome
    assert by_identity(MINE, DNI, born_on, [person], on=TODAY, adult_age=18).outcome == outcome


THIEF = "thief@example.org"
OTHER = "87654321X"
NO, THERE, YOUNG = Outcome.NO_MATCH, Outcome.OTHER_MAILBOX, Outcome.TOO_YOUNG
ANOTHER_DAY = date(1982, 3, 5)

# Who is on file, from which verified mailbox, which DNI and which date of birth.
ATTEMPTS = [
    ("right DNI and date, another mailbox", [ANA], THIEF, DNI, BORN, THERE),
    ("mailbox that begins alike", [ANA], "ana@example.org.evil.example", DNI, BORN, THERE),
    ("mailbox with a tag", [ANA], "ana+1@example.org", DNI, BORN, THERE),
    ("mailbox with a dot", [ANA], "a.na@example.org", DNI, BORN, THERE),
    ("mailbox of another domain", [ANA], "ana@example.com", DNI, BORN, THERE),
    ("mailbox with a letter that looks alike", [ANA], "аna@example.org", DNI, BORN, THERE),
    ("mailbox of her husband", [ANA, BRUNO], BRUNO.email, DNI, BORN, THERE),
    ("no mailbox at all", [ANA], "", DNI, BORN, THERE),
    ("nothing on file for the mailbox", [on_file(email="")], MINE, DNI, BORN, NO),
    ("nothing on file, no mailbox", [on_file(email="")], "", DNI, BORN, NO),
    ("right mailbox, another DNI", [ANA], MINE, OTHER, BORN, NO),
    ("right mailbox, another date", [ANA], MINE, DNI, ANOTHER_DAY, NO),
    ("right mailbox, DNI of her husband", [ANA, BRUNO], MINE, OTHER, BORN, NO),
    ("right mailbox, husband's DNI and date", [ANA, BRUNO], MINE, OTHER, BRUNO.born_on, THERE),
    ("nobody on file", [], MINE, DNI, BORN, NO),
    ("person without a DNI", [on_file(dni=None)], MINE, DNI, BORN, NO),
    ("taken already", [on_file(linked=True)], MINE, DNI, BORN, NO),
    ("taken already, from another mailbox", [on_file(linked=True)], THIEF, DNI, BORN, NO),
    ("no longer insured", [on_file(customer=False)], MINE, DNI, BORN, NO),
    ("minor", [BOY], MINE, "11111111H", BOY.born_on, YOUNG),
    ("minor who says to be older", [BOY], MINE, "11111111H", date(2000, 2, 2), NO),
]


@pytest.mark.parametrize(
    ("people", "mailbox", "dni", "born_on", "outcome"),
    [row[1:] for row in ATTEMPTS],
    ids=[r[0] for r in ATTEMPTS],
)
def test_no_attempt_links_somebody_else(
    people: list[OnFile], mailbox: str, dni: str, born_on: date, outcome: Outcome
) -> None:
    assert by_identity(mailbox, dni, born_on, people, on=TODAY, adult_age=18).outcome == outcome


def test_the_owner_is_linked_whatever_the_case_of_the_address() -> None:
    expected = Decision(Outcome.LINK, ANA)
    assert by_identity("Ana@Example.Org", DNI, BORN, [ANA, BRUNO], on=TODAY, adult_age=18) == expected
