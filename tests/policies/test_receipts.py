"""What the premiums of a policy mean today, in words; all its receipts, by year and in pages."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from core.money import euros
from core.templatetags.formats import longdate
from policies import payment_words
from policies.models import Policy, PremiumReceipt
from tests.factories import make_receipt
from tests.people import Cast
from tests.policies.pages import in_english, queries, words  # noqa: F401

SUM = euros(Decimal("84.32"), "en")
DUE = date(2026, 3, 1)


def at(day: date) -> Any:
    """Noon in Madrid."""
    return time_machine.travel(datetime(day.year, day.month, day.day, 11, tzinfo=UTC), tick=False)


@pytest.fixture
def policy(cast: Cast) -> Policy:
    """Ana's, in effect since 2025; nothing has fallen due but what the test adds."""
    User.objects.update(language="en")
    PremiumReceipt.objects.filter(policy=cast.health).delete()
    Policy.objects.filter(pk=cast.health.pk).update(effective_on=date(2025, 1, 1))
    return cast.health


@pytest.fixture
def reads(cast: Cast, log_in: Any, policy: Policy) -> Callable[..., str]:
    """reads(actor, on) -> the words of the policy page on a day."""

    def reads(actor: Any, on: date) -> str:
        with at(on):
            return words(log_in(actor).get(policy.get_absolute_url()))

    return reads


# Receipt due on 1 March 2026 (PAY-05 to PAY-08). `None`: what Bruno must not read of it.
STATES = [
    # fields, today, what Ana reads, what Bruno reads
    (
        {"paid_on": DUE},
        date(2026, 3, 1),
        "In force | Every receipt that has fallen due is paid. The cover is in force.",
        "In force | The cover is in force.",
    ),
    (
        {},
        date(2026, 3, 1),
        f"In force | The receipt of {SUM} falls due today. The cover goes on.",
        "In force | The cover is in force.",
    ),
    (
        {},
        date(2026, 3, 2),
        f"Payment missing | The receipt of {SUM}, due on 1 March 2026, is not paid. You are still covered "
        "until 31 March 2026, that day included: it is the month of grace. From 1 April 2026 the cover is "
        "suspended. Call us before then to pay it, and nothing changes.",
        "In force | The cover is in force.",
    ),
    (
        {"paid_on": date(2026, 3, 10)},
        date(2026, 3, 9),
        f"In force | The receipt of {SUM}, due on 1 March 2026, is being paid. The cover goes on.",
        "In force | The cover is in force.",
    ),
    (
        {},
        date(2026, 3, 31),
        "Payment missing | You are still covered until 31 March 2026",
        "In force | The cover is in force.",
    ),
    (
        {},
        date(2026, 4, 1),
        f"Suspended | The cover has been suspended since 1 April 2026, because the receipt of {SUM}, due on "
        "1 March 2026, is not paid. What happens now is not covered. Pay by 31 August 2026: "
        "after that day the contract is at an end. Call us to pay it. If you pay today, the cover is back on "
        "2 April 2026, from the first minute of that day. While it is suspended we may ask only for the "
        "premium of the current period.",
        "Suspended | The cover has been suspended since 1 April 2026. What happens now is not covered. "
        "The policyholder can tell you more.",
    ),
    (
        {"claimed_on": date(2026, 6, 1)},
        date(2026, 9, 1),
        "Suspended | What happens now is not covered. Call us to pay it.",
        "Suspended | The cover has been suspended since 1 April 2026.",
    ),
    (
        {"paid_on": date(2026, 5, 20)},
        date(2026, 5, 20),
        "Suspended | Your payment has arrived: the cover is back on 21 May 2026, from the first minute of "
        "that day.",
        "Suspended | The cover has been suspended since 1 April 2026.",
    ),
    (
        {"paid_on": date(2026, 5, 20)},
        date(2026, 5, 21),
        "In force again | The cover was suspended for a time and has been back since 21 May 2026.",
        "In force | The cover is in force.",
    ),
    (
        {},
        date(2026, 8, 31),
        "Suspended | Pay by 31 August 2026: after that day the contract is at an end.",
        "Suspended | The cover has been suspended since 1 April 2026.",
    ),
    (
        {},
        date(2026, 9, 1),
        "Ended | This contract ended on 1 September 2026, because the receipt due on 1 March 2026 was not "
        "paid. It gives no cover since then. If you would like to be insured again, call us.",
        "Ended | This policy ended on 1 September 2026 and gives no cover since then.",
    ),
]


@pytest.mark.parametrize(("fields", "today", "for_ana", "for_bruno"), STATES)
def test_the_page_says_what_the_payment_state_means(
    cast: Cast,
    policy: Policy,
    reads: Callable[..., str],
    fields: dict[str, date],
    today: date,
    for_ana: str,
    for_bruno: str,
) -> None:
    period_to = date(2027, 2, 28)
    make_receipt(policy, DUE, period_to=period_to, **fields)
    for actor, expected in ((cast.ana, for_ana), (cast.bruno, for_bruno)):
        word, sentence = expected.split(" | ")
        page = reads(actor, today)
        assert f"Salud {word}" in page or f"Health {word}" in page
        assert sentence in page
    # Due date and sum are the holder's affair whatever the state.
    assert longdate(DUE) not in reads(cast.bruno, today)
    assert SUM not in reads(cast.bruno, today)


FIRST = [
    ({}, date(2026, 3, 1), f"The first premium of {SUM}, due on 1 March 2026, is not paid."),
    ({}, date(2026, 12, 1), "Until it is, nothing is covered."),
    ({"paid_on": date(2026, 3, 5)}, date(2026, 3, 4), "The cover begins on 5 March 2026."),
    ({"paid_on": date(2026, 3, 5)}, date(2026, 3, 5), "The cover is in force."),
]


@pytest.mark.parametrize(("fields", "today", "sentence"), FIRST)
def test_an_unpaid_first_premium_gives_no_cover(
    cast: Cast,
    policy: Policy,
    reads: Callable[..., str],
    fields: dict[str, date],
    today: date,
    sentence: str,
) -> None:
    """PAY-01, PAY-04."""
    Policy.objects.filter(pk=policy.pk).update(effective_on=DUE)
    make_receipt(policy, DUE, period_to=date(2027, 2, 28), **fields)
    assert sentence in reads(cast.ana, today)


def test_the_insured_are_told_that_cover_has_not_begun(
    cast: Cast, policy: Policy, reads: Callable[..., str]
) -> None:
    Policy.objects.filter(pk=policy.pk).update(effective_on=DUE)
    make_receipt(policy, DUE)
    page = reads(cast.bruno, DUE)
    assert "The cover has not begun yet. Until it does, nothing is covered." in page
    assert "premium" not in page.split("Today")[1].split("The policy ")[0]


def test_a_first_premium_is_known_among_many_that_were_paid_in_time(
    cast: Cast, policy: Policy, reads: Callable[..., str]
) -> None:
    """Only receipts that can decide are read; the state must not change by that."""
    for month in range(1, 13):
        make_receipt(policy, date(2025, month, 1), paid_on=date(2025, month, 1))
    assert "Every receipt that has fallen due is paid." in reads(cast.ana, date(2025, 12, 15))


# --- the receipts ---------------------------------------------------------------------------------

TODAY = date(2026, 6, 15)


def test_who_pays_what_the_page_names_is_covered_again(
    cast: Cast, reads: Callable[..., str], policy: Policy
) -> None:
    """Paying the oldest of three alone would leave the cover out, so the page names all three."""
    for due in (date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)):
        make_receipt(policy, due)
    today = date(2026, 5, 20)
    page = reads(cast.ana, today)
    assert f"because 3 receipts, {euros(3 * Decimal('84.32'), 'en')} in all, are not paid." in page
    assert "the cover is back on 21 May 2026" in page
    PremiumReceipt.objects.filter(policy=policy).update(paid_on=today)
    assert "In force again" in reads(cast.ana, date(2026, 5, 21))


RECEIPTS = [
    # due, paid, returned, the word
    (date(2026, 6, 1), date(2026, 6, 1), None, ("ok", "Paid")),
    (date(2026, 6, 1), date(2026, 6, 15), date(2026, 6, 3), ("ok", "Paid")),
    (date(2026, 6, 1), date(2026, 6, 16), None, ("wait", "Not paid")),
    (date(2026, 6, 1), None, date(2026, 6, 3), ("stop", "Returned by the bank")),
    (date(2026, 6, 14), None, None, ("wait", "Not paid")),
    (date(2026, 6, 15), None, None, ("info", "Pending")),
    (date(2026, 7, 1), None, None, ("info", "Pending")),
]


@pytest.mark.parametrize(("due_on", "paid_on", "returned_on", "expected"), RECEIPTS)
def test_each_receipt_has_its_word(
    due_on: date, paid_on: date | None, returned_on: date | None, expected: tuple[str, str]
) -> None:
    with translation.override("en"):
        assert (
            payment_words.of_receipt(due_on=due_on, paid_on=paid_on, returned_on=returned_on, today=TODAY)
            == expected
        )


@pytest.fixture
def many(policy: Policy) -> list[PremiumReceipt]:
    """40 months from January 2023 to April 2026, the oldest first."""
    dues = [date(2023 + month // 12, month % 12 + 1, 1) for month in range(40)]
    return [make_receipt(policy, due, paid_on=due) for due in dues]


def address(policy: Policy) -> str:
    return reverse("policies:receipts", args=[policy.reference])


def numbers(response: Any) -> list[str]:
    assert response.status_code == 200
    return [line.number for line in response.context["page"].lines]


def test_all_receipts_come_in_pages_the_newest_first(
    cast: Cast, log_in: Any, policy: Policy, many: list[PremiumReceipt]
) -> None:
    client = log_in(cast.ana)
    expected = [receipt.number for receipt in reversed(many)]
    first = client.get(address(policy))
    assert numbers(first) == expected[:25]
    older = first.context["page"].older
    assert f"before={older}" in first.content.decode()
    second = client.get(address(policy), {"before": older})
    assert numbers(second) == expected[25:]
    assert second.context["page"].older == ""
    assert "Back to the newest" in words(second)


def test_two_receipts_of_one_day_are_each_shown_once(cast: Cast, log_in: Any, policy: Policy) -> None:
    made = [make_receipt(policy, DUE) for _ in range(30)]
    client = log_in(cast.ana)
    first = client.get(address(policy))
    second = client.get(address(policy), {"before": first.context["page"].older})
    shown = numbers(first) + numbers(second)
    assert shown == [receipt.number for receipt in reversed(made)]


def test_receipts_are_filtered_by_year(
    cast: Cast, log_in: Any, policy: Policy, many: list[PremiumReceipt]
) -> None:
    client = log_in(cast.ana)
    response = client.get(address(policy), {"year": "2024"})
    assert numbers(response) == [receipt.number for receipt in reversed(many) if receipt.due_on.year == 2024]
    assert response.context["page"].years == [2026, 2025, 2024, 2023]
    assert '<option value="2024" selected>' in response.content.decode()
    assert numbers(client.get(address(policy), {"year": "1999"})) == []
    assert "No receipt fell due in this year." in words(client.get(address(policy), {"year": "1999"}))


@pytest.mark.parametrize("year", ["", "all", "20245", "-1", "٢٠٢٤", "\0"])
def test_what_is_no_year_shows_all(
    cast: Cast, log_in: Any, policy: Policy, many: list[PremiumReceipt], year: str
) -> None:
    assert len(numbers(log_in(cast.ana).get(address(policy), {"year": year}))) == 25


def test_the_year_stays_when_one_turns_the_page(cast: Cast, log_in: Any, policy: Policy) -> None:
    for _ in range(26):
        make_receipt(policy, DUE)
    response = log_in(cast.ana).get(address(policy), {"year": "2026"})
    assert f"?year=2026&amp;before={response.context['page'].older}" in response.content.decode()


def test_the_states_stand_in_the_table(cast: Cast, log_in: Any, policy: Policy) -> None:
    make_receipt(policy, date(2026, 4, 1), paid_on=date(2026, 4, 1))
    make_receipt(policy, date(2026, 5, 1), returned_on=date(2026, 5, 3))
    make_receipt(policy, date(2026, 6, 1))
    make_receipt(policy, date(2026, 7, 1))
    with at(TODAY):
        page = log_in(cast.ana).get(address(policy)).context["page"]
    assert [line.word for line in page.lines] == ["Pending", "Not paid", "Returned by the bank", "Paid"]


@pytest.mark.parametrize("name", ["bruno", "elena", "felix", "hugo"])
def test_the_receipts_are_the_holders(
    cast: Cast, log_in: Any, policy: Policy, many: list[PremiumReceipt], name: str
) -> None:
    assert len(numbers(log_in(cast.ana).get(address(policy)))) == 25
    assert log_in(getattr(cast, name)).get(address(policy)).status_code == 404


def test_a_receipt_of_another_policy_is_no_place_in_this_one(
    cast: Cast, log_in: Any, policy: Policy, many: list[PremiumReceipt]
) -> None:
    strange = PremiumReceipt.objects.filter(policy=cast.elenas).first()
    assert strange is not None
    assert log_in(cast.ana).get(address(policy), {"before": strange.number}).status_code == 404


def test_a_policy_without_receipts_says_what_will_come(cast: Cast, log_in: Any, policy: Policy) -> None:
    page = words(log_in(cast.ana).get(address(policy)))
    assert "There is no receipt yet." in page
    assert "Year" not in page


def test_the_page_costs_the_same_for_one_receipt_and_for_three(
    cast: Cast, log_in: Any, policy: Policy
) -> None:
    client = log_in(cast.ana)
    make_receipt(policy, DUE)
    one = queries(client, address(policy))
    make_receipt(policy, date(2026, 4, 1))
    make_receipt(policy, date(2026, 5, 1))
    assert queries(client, address(policy)) == one
    assert one <= 8
