"""The list of my policies, the page of one, and the general conditions, as a reader meets them."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.ages import today_in_madrid
from core.deadlines import add_months, day_after_months
from core.money import euros
from core.templatetags.formats import longdate
from policies.access import Level
from policies.models import (
    Card,
    Certificate,
    Copayment,
    Cover,
    Grant,
    InsuredCover,
    InsuredPerson,
    Mandate,
    Policy,
    PremiumReceipt,
)
from policies.policy_page import MODALITIES
from tests.factories import make_receipt
from tests.people import Cast, insure, make_person, make_policy
from tests.policies.pages import in_english, queries, words  # noqa: F401

IBAN = "ES9121000418450200051332"
PREMIUM = euros(Decimal("1011.84"), "en")
RECEIPT = euros(Decimal("84.32"), "en")
LIST = "/policies/"
ONE_DAY = timedelta(days=1)


@pytest.fixture
def read(client: Any, log_in: Any) -> Callable[[Any, str], str]:
    """read(actor, address) -> the words of the page, in English, without marks and line breaks."""

    def read(actor: Any, address: str) -> str:
        actor.user.language = "en"
        actor.user.save()
        response = log_in(actor).get(address)
        assert response.status_code == 200
        return words(response)

    return read


@pytest.fixture
def mandate(cast: Cast) -> Mandate:
    return Mandate.objects.create(reference="M-1", policy=cast.health, iban=IBAN, signed_on=date(2024, 1, 1))


# --- the list -------------------------------------------------------------------------------------


def test_the_list_shows_each_policy_with_role_state_and_people(cast: Cast, read: Any) -> None:
    page = read(cast.ana, LIST)
    assert "Policy S-1000001 · you are the policyholder" in page
    assert "Policy F-2000001 · you are the policyholder" in page
    assert cast.elenas.number not in page
    assert "Ana (you), Bruno, Carla, Diego" in page
    assert page.count("In force") == 2


def test_the_list_names_the_holder_to_the_insured(cast: Cast, read: Any) -> None:
    page = read(cast.bruno, LIST)
    assert "policyholder: Ana Ferrer Vidal" in page
    assert "Bruno (you), Carla, Diego" in page


def test_the_next_receipt_is_shown_to_who_pays_it(cast: Cast, read: Any) -> None:
    due = today_in_madrid() + 10 * ONE_DAY
    make_receipt(cast.health, due)
    line = f"Next receipt {RECEIPT} on {longdate(due)}"
    assert line in read(cast.ana, LIST)
    assert "Next receipt" not in read(cast.bruno, LIST)


def test_an_account_that_is_not_linked_is_told_what_to_do(cast: Cast, read: Any) -> None:
    page = read(cast.hugo, LIST)
    assert "We do not know yet which policies are yours" in page
    assert "Find my policies" in page


def test_somebody_on_file_without_a_policy_is_told_whom_to_ask(cast: Cast, read: Any) -> None:
    InsuredPerson.objects.filter(policy=cast.elenas).delete()
    PremiumReceipt.objects.filter(policy=cast.elenas).delete()
    cast.elenas.delete()
    page = read(cast.elena, LIST)
    assert "You have no policy with us now" in page
    assert "See the phone and its hours" in page


def test_the_list_goes_on_behind_the_twenty_fifth(cast: Cast, client: Any, log_in: Any) -> None:
    for number in range(26):
        make_policy(f"X-{number:03}", "PF-2012", cast.elena.person, modality="levelled", premium="90.00")
    first = log_in(cast.elena).get(LIST)
    assert [item.facts.number for item in first.context["policies"]] == [
        f"X-{n:03}" for n in range(25, 0, -1)
    ]
    second = client.get(LIST, {"before": first.context["older"]})
    assert [item.facts.number for item in second.context["policies"]] == ["X-000", cast.elenas.number]
    assert second.context["older"] == ""


@pytest.mark.parametrize("before", ["POL-NOTHING", "\0", "'"])
def test_a_place_in_the_list_that_is_none_is_not_found(cast: Cast, log_in: Any, before: str) -> None:
    status = log_in(cast.ana).get(LIST, {"before": before}).status_code
    assert status == (200 if before == "\0" else 404)


def test_a_stranger_policy_is_no_place_in_my_list(cast: Cast, log_in: Any) -> None:
    assert log_in(cast.ana).get(LIST, {"before": cast.elenas.reference}).status_code == 404


# --- one policy -----------------------------------------------------------------------------------


def test_the_holder_reads_the_whole_policy(cast: Cast, read: Any, mandate: Mandate) -> None:
    page = read(cast.ana, cast.health.get_absolute_url())
    assert "Policy number S-1000001" in page
    assert f"Yearly premium {PREMIUM}" in page
    assert "You pay Every month" in page
    assert "Account that pays ES91 •••• 1332" in page
    assert IBAN not in page
    assert page.count(RECEIPT) == 3
    assert "See all receipts" in page
    for name in ("Ana Ferrer Vidal (you)", "Bruno Soto Gil", "Carla Soto Ferrer", "Diego Soto Ferrer"):
        assert name in page


def test_an_insured_adult_reads_it_without_the_holders_money(cast: Cast, read: Any, mandate: Mandate) -> None:
    address = cast.health.get_absolute_url()
    secrets = [PREMIUM, RECEIPT, "1332", "Latest receipts", "Yearly premium", "Account that pays", "You pay"]
    of_ana = read(cast.ana, address)
    assert [secret for secret in secrets if secret not in of_ana] == []
    of_bruno = read(cast.bruno, address)
    assert [secret for secret in secrets if secret in of_bruno] == []
    assert "Ana Ferrer Vidal" in of_bruno
    assert "Bruno Soto Gil (you)" in of_bruno
    # The holder is a name to him: not a card, not a cover.
    assert "Ana Ferrer Vidal Policyholder" not in of_bruno


def test_nothing_hidden_is_in_the_source_of_the_page_either(
    cast: Cast, log_in: Any, mandate: Mandate
) -> None:
    source = log_in(cast.bruno).get(cast.health.get_absolute_url()).content.decode()
    page = log_in(cast.bruno).get(cast.health.get_absolute_url()).context["page"]
    assert (page.facts.premium, page.facts.iban, page.receipts) == (None, None, [])
    assert IBAN not in source
    assert "receipts/" not in source


def test_the_holders_grant_opens_the_money(cast: Cast, read: Any, mandate: Mandate) -> None:
    Grant.objects.create(giver=cast.ana.person, receiver=cast.bruno.person, level=Level.AMOUNTS)
    page = read(cast.bruno, cast.health.get_absolute_url())
    assert f"Yearly premium {PREMIUM}" in page
    assert page.count(RECEIPT) == 3


@pytest.mark.parametrize("name", ["elena", "felix", "gema", "hugo"])
def test_a_stranger_gets_404_as_for_a_policy_that_does_not_exist(cast: Cast, log_in: Any, name: str) -> None:
    client = log_in(getattr(cast, name))
    real = client.get(cast.health.get_absolute_url())
    none = client.get(reverse("policies:detail", args=["POL-2222222222"]))
    assert (real.status_code, none.status_code) == (404, 404)
    for page in (real, none):
        assert cast.health.number not in page.content.decode()


def test_who_has_not_logged_in_is_asked_to(cast: Cast, client: Any) -> None:
    for address in (LIST, cast.health.get_absolute_url(), reverse("policies:receipts", args=["POL-2"])):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))


def test_a_reference_with_a_nul_is_not_found(cast: Cast, log_in: Any) -> None:
    assert log_in(cast.ana).get("/policies/POL%00/").status_code == 404


def test_levelled_is_not_flat(cast: Cast, read: Any) -> None:
    """PRM-11."""
    page = read(cast.ana, cast.funeral.get_absolute_url())
    assert "Levelled does not mean that it stays the same: every year it rises" in page


@pytest.mark.parametrize("modality", list(Policy.Modality))
def test_each_modality_is_explained(cast: Cast, read: Any, modality: Policy.Modality) -> None:
    Policy.objects.filter(pk=cast.funeral.pk).update(modality=modality)
    assert str(MODALITIES[modality]) in read(cast.ana, cast.funeral.get_absolute_url())


@pytest.mark.parametrize(
    ("instalments", "told"), [("yearly", False), ("single", False), ("quarterly", True), ("monthly", True)]
)
def test_instalments_do_not_free_from_the_years_premium(
    cast: Cast, read: Any, instalments: str, told: bool
) -> None:
    """PAY-02, PAY-03."""
    Policy.objects.filter(pk=cast.funeral.pk).update(instalments=instalments)
    page = read(cast.ana, cast.funeral.get_absolute_url())
    assert ("the premium of the whole year is owed all the same" in page) == told


# --- covers ---------------------------------------------------------------------------------------


def covers_of(log_in: Any, actor: Any, policy: Policy) -> dict[str, Any]:
    page = log_in(actor).get(policy.get_absolute_url()).context["page"]
    return {cover.text.code: cover for cover in page.covers}


def test_equal_covers_are_said_once(cast: Cast, log_in: Any, read: Any) -> None:
    covers = covers_of(log_in, cast.ana, cast.health)
    assert list(covers) == list(
        Cover.objects.filter(edition=cast.health.edition).values_list("code", flat=True)
    )
    assert {len(cover.groups) for cover in covers.values()} == {1}
    assert "Ana, Bruno, Carla, Diego:" not in read(cast.ana, cast.health.get_absolute_url())


def test_persons_are_named_where_their_covers_differ(cast: Cast, read: Any) -> None:
    carla = cast.insured(cast.carla, cast.health)
    InsuredCover.objects.filter(insured=carla, cover__code="health_network").update(capital=Decimal("500.00"))
    page = read(cast.ana, cast.health.get_absolute_url())
    assert f"Ana, Bruno, Diego: insured sum {euros(Decimal(3000), 'en')}" in page
    assert f"Carla: insured sum {euros(Decimal(500), 'en')}" in page


def test_a_cover_that_a_person_lacks_names_those_who_have_it(cast: Cast, read: Any) -> None:
    carla = cast.insured(cast.carla, cast.health)
    InsuredCover.objects.filter(insured=carla, cover__code="health_network").delete()
    assert "Ana, Bruno, Diego:" in read(cast.ana, cast.health.get_absolute_url())


def test_covers_of_persons_whom_i_may_not_see_are_not_shown(cast: Cast, log_in: Any) -> None:
    InsuredCover.objects.filter(cover__code="health_network").exclude(
        insured__person=cast.ana.person
    ).delete()
    assert "health_network" in covers_of(log_in, cast.ana, cast.health)
    assert "health_network" not in covers_of(log_in, cast.bruno, cast.health)


def test_the_waiting_period_says_from_when_or_that_it_is_over(cast: Cast, read: Any) -> None:
    today = today_in_madrid()
    rows = InsuredCover.objects.filter(insured__policy=cast.health, cover__code="health_network")
    months = Cover.objects.get(edition=cast.health.edition, code="health_network").waiting_months
    assert months
    starts = add_months(today, -months) + 2 * ONE_DAY
    rows.update(starts_on=starts)
    page = read(cast.ana, cast.health.get_absolute_url())
    assert f"waiting period: covered from {longdate(day_after_months(starts, months))}" in page
    rows.update(starts_on=add_months(today, -months) - 5 * ONE_DAY)
    page = read(cast.ana, cast.health.get_absolute_url())
    assert "waiting period: covered from" not in page
    assert "waiting period over" in page


def test_limits_clauses_and_exclusions_stand_on_the_page(cast: Cast, read: Any) -> None:
    page = read(cast.ana, cast.funeral.get_absolute_url())
    cover = Cover.objects.get(edition=cast.funeral.edition, code="transfer")
    assert f"clause {cover.clause}" in page
    for limit in cover.limits.all():
        assert limit.name in page
    for exclusion in cover.exclusions:
        assert exclusion["text"]["en"] in page


def test_limits_are_folded(cast: Cast, log_in: Any) -> None:
    source = log_in(cast.ana).get(cast.funeral.get_absolute_url()).content.decode()
    assert source.count("<details>") > 5
    assert "<details open" not in source


# --- people, cards, copayments, papers ------------------------------------------------------------


def test_the_card_of_who_is_insured_is_shown_and_no_other(cast: Cast, read: Any) -> None:
    today = today_in_madrid()
    for actor, number, first, last in (
        (cast.ana, "4471 0001", today - ONE_DAY, None),
        (cast.bruno, "4471 0002", today - 9 * ONE_DAY, today - ONE_DAY),
        (cast.carla, "4471 0003", today, today),
    ):
        insured = cast.insured(actor, cast.health)
        Card.objects.create(number=number, insured=insured, valid_from=first, valid_to=last)
    page = read(cast.ana, cast.health.get_absolute_url())
    assert "card 4471 0001" in page
    assert "card 4471 0002" not in page
    assert "card 4471 0003" in page
    assert "4471 0001" not in read(cast.bruno, cast.health.get_absolute_url())


@pytest.fixture
def copayments(cast: Cast) -> None:
    day = today_in_madrid()
    for actor in (cast.ana, cast.bruno, cast.carla, cast.diego):
        insured = cast.insured(actor, cast.health)
        name = actor.person.first_name
        for count in range(7):
            Copayment.objects.create(
                key=f"{insured.key}-{count}",
                insured=insured,
                used_on=day,
                act=f"Act of {name} {count}",
                provider=f"Centre of {name}",
                amount=Decimal("6.50"),
            )
        Copayment.objects.create(
            key=f"{insured.key}-old",
            insured=insured,
            used_on=add_months(day, -12),
            act=f"Old act of {name}",
            provider="Centre",
            amount=Decimal("99.00"),
        )


def test_copayments_are_lines_of_mine_and_totals_of_others(cast: Cast, read: Any, copayments: None) -> None:
    page = read(cast.ana, cast.health.get_absolute_url())
    total = euros(Decimal("45.50"), "en")
    for name in ("Ana Ferrer Vidal", "Bruno Soto Gil", "Carla Soto Ferrer", "Diego Soto Ferrer"):
        assert f"{name}: {total}" in page
    # Herself and the child of 9; the newest ten.
    assert [f"Act of Ana {n}" in page for n in range(7)] == [False, False, False, False, True, True, True]
    assert [f"Act of Carla {n}" in page for n in range(7)] == [True] * 7
    assert "of Bruno" not in page
    assert "of Diego" not in page
    assert "Old act" not in page


def test_an_insured_adult_reads_only_what_is_theirs_to_read(cast: Cast, read: Any, copayments: None) -> None:
    page = read(cast.bruno, cast.health.get_absolute_url())
    assert "Act of Bruno 6" in page
    assert "Act of Carla 6" in page
    assert f"Diego Soto Ferrer: {euros(Decimal('45.50'), 'en')}" in page
    assert "of Ana" not in page
    assert "Ana Ferrer Vidal:" not in page


def test_no_copayment_no_heading(cast: Cast, read: Any) -> None:
    assert "Copayments in" not in read(cast.ana, cast.health.get_absolute_url())


def test_certificates_of_mine_are_among_the_documents(cast: Cast, read: Any) -> None:
    today = today_in_madrid()
    for actor in (cast.ana, cast.bruno):
        Certificate.objects.create(
            insured=cast.insured(actor, cast.health),
            starts_on=today,
            ends_on=today + 7 * ONE_DAY,
            destination="world",
            language="es",
            asked_by=actor.user,
            content_key=actor.email,
        )
    page = read(cast.ana, cast.health.get_absolute_url())
    assert page.count("Being prepared") == 1
    assert "Ask for a travel certificate" in page


def test_without_travel_cover_no_certificate_is_offered(cast: Cast, read: Any) -> None:
    address = cast.health.get_absolute_url()
    assert "Ask for a travel certificate" in read(cast.ana, address)
    InsuredCover.objects.filter(insured__policy=cast.health, cover__unlocks="travel").delete()
    assert "Ask for a travel certificate" not in read(cast.ana, address)


# --- beginnings and ends --------------------------------------------------------------------------


def test_a_policy_that_begins_later_says_so(cast: Cast, read: Any) -> None:
    begins = today_in_madrid() + 30 * ONE_DAY
    Policy.objects.filter(pk=cast.health.pk).update(effective_on=begins)
    page = read(cast.ana, cast.health.get_absolute_url())
    assert f"This policy begins on {longdate(begins)}. Until then it gives no cover." in page


def test_a_policy_that_ended_says_so_and_keeps_its_past(cast: Cast, read: Any) -> None:
    ended = today_in_madrid() - ONE_DAY
    Policy.objects.filter(pk=cast.health.pk).update(ends_on=ended)
    page = read(cast.ana, cast.health.get_absolute_url())
    assert f"This policy ended on {longdate(ended)}" in page
    assert "What was covered" in page
    assert "Ask for a travel certificate" not in page


def test_the_last_day_of_a_policy_is_still_in_force(cast: Cast, read: Any) -> None:
    Policy.objects.filter(pk=cast.health.pk).update(ends_on=today_in_madrid())
    page = read(cast.ana, cast.health.get_absolute_url())
    assert "In force" in page
    assert f"The policy ends on {longdate(today_in_madrid())}." in page


def test_who_pays_reads_until_when_all_is_well(cast: Cast, read: Any) -> None:
    due = today_in_madrid() + 10 * ONE_DAY
    make_receipt(cast.health, due)
    sentence = f"The next receipt, of {RECEIPT}, falls due on {longdate(due)}."
    assert sentence in read(cast.ana, cast.health.get_absolute_url())
    assert longdate(due) not in read(cast.bruno, cast.health.get_absolute_url())


def test_who_left_the_policy_reads_until_when_they_were_insured(cast: Cast, read: Any) -> None:
    left = today_in_madrid() - ONE_DAY
    InsuredPerson.objects.update(guardian_1=None, guardian_2=None)
    InsuredPerson.objects.filter(person=cast.bruno.person, policy=cast.health).update(insured_until=left)
    page = read(cast.bruno, cast.health.get_absolute_url())
    assert f"You were insured in this policy until {longdate(left)}." in page
    assert "What was covered" in page
    assert f"insured until {longdate(left)}" in read(cast.ana, cast.health.get_absolute_url())


# --- what it costs --------------------------------------------------------------------------------


def test_the_list_costs_the_same_for_one_policy_and_for_three(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.elena)
    one = queries(client, LIST)
    for number in ("F-1200002", "F-1200003"):
        policy = make_policy(number, "PF-2024", cast.elena.person, modality="levelled", premium="90.00")
        insure(policy, cast.elena.person, "holder")
        make_receipt(policy, today_in_madrid())
    assert len(client.get(LIST).context["policies"]) == 3
    assert queries(client, LIST) == one
    assert one <= 8


def test_a_policy_costs_the_same_for_one_person_and_for_four(
    cast: Cast, log_in: Any, mandate: Mandate, copayments: None
) -> None:
    alone = make_person("P-jordi", "Jordi Pla Sala", years=30, dni=None)
    policy = make_policy("S-1000009", "SA-2026", cast.ana.person, modality="annual", premium="300.00")
    insured = insure(policy, alone, "other")
    Copayment.objects.create(
        key="alone", insured=insured, used_on=today_in_madrid(), act="Act", provider="Centre", amount=3
    )
    client = log_in(cast.ana)
    of_one, of_four = (queries(client, item.get_absolute_url()) for item in (policy, cast.health))
    assert of_one == of_four
    assert of_four <= 11
