"""The insurer's book for the staff: to look at, never whole accounts or health, and two buttons."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.staff import staff_site
from policies.models import (
    Card,
    Certificate,
    Copayment,
    Grant,
    Limit,
    Mandate,
    Policy,
    PremiumReceipt,
    Product,
)
from tests.factories import make_receipt
from tests.people import Cast

POLICIES = "/admin/policies/policy/"
RECEIPTS = "/admin/policies/premiumreceipt/"
CERTIFICATES = "/admin/policies/certificate/"


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    client = log_in(cast.felix)
    client.get("/admin/")
    return client


@pytest.fixture
def felix_in_charge(cast: Cast, felix: Client) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_certificate"))
    return felix


@pytest.fixture
def papers(cast: Cast) -> None:
    insured = cast.insured(cast.bruno, cast.health)
    Card.objects.create(number="T-0001", insured=insured, valid_from=insured.insured_from)
    Mandate.objects.create(
        reference="M-1", policy=cast.health, iban="ES9121000418450200051332", signed_on=date(2024, 1, 1)
    )
    Copayment.objects.create(
        key="C-1",
        insured=insured,
        used_on=date(2026, 1, 1),
        act="psychotherapy",
        provider="Clinic of the test",
        amount=Decimal("5.00"),
    )


def make_certificate(cast: Cast, **fields: Any) -> Certificate:
    values = {
        "insured": cast.insured(cast.bruno, cast.health),
        "starts_on": date(2026, 12, 1),
        "ends_on": date(2026, 12, 10),
        "destination": Certificate.Destination.SCHENGEN,
        "language": "es",
        "asked_by": cast.bruno.user,
        "content_key": str(Certificate.objects.count()),
    }
    if fields.get("status") == Certificate.Status.READY:
        values |= {"ready_at": timezone.now(), "sha256": "0" * 64, "file": ContentFile(b"%PDF", "x.pdf")}
    return Certificate.objects.create(**(values | fields))


def found(response: Any) -> set[str]:
    return {str(row) for row in response.context["cl"].result_list}


# --- finding -----------------------------------------------------------------------------------------

HEALTH, FUNERAL, ELENAS = "S-1000001", "F-2000001", "F-1200001"
SAID = [
    (HEALTH, {HEALTH}),
    ("s-1000001", {HEALTH}),
    ("T-0001", {HEALTH}),
    ("12345678-z", {HEALTH, FUNERAL}),
    ("12345678", {HEALTH, FUNERAL}),
    ("carla", {HEALTH, FUNERAL}),
    ("Élena Mas", {ELENAS}),
    ("elena@example.org", {ELENAS}),
    ("F-12", set()),
    ("nobody", set()),
]


@pytest.mark.usefixtures("papers")
@pytest.mark.parametrize(("said", "which"), SAID)
def test_a_policy_is_found_by_what_a_caller_says(felix: Client, said: str, which: set[str]) -> None:
    assert found(felix.get(POLICIES, {"q": said})) == which


def test_a_name_that_many_have_is_cut_and_said(
    felix: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policies.admin.finding.MOST_PEOPLE", 2)
    assert felix.get(POLICIES, {"q": "soto"}).context["cl"].notice != ""
    assert felix.get(POLICIES, {"q": "elena"}).context["cl"].notice == ""


def test_a_receipt_is_found_by_number_policy_and_holder_and_not_by_name(felix: Client, cast: Cast) -> None:
    receipt = make_receipt(cast.elenas, date(2020, 1, 1), number="R-ELENA-1")
    assert found(felix.get(RECEIPTS, {"q": "r-elena-1"})) == {receipt.number}
    assert len(found(felix.get(RECEIPTS, {"q": ELENAS}))) == 7
    assert len(found(felix.get(RECEIPTS, {"q": "X1234567L"}))) == 7
    by_name = felix.get(RECEIPTS, {"q": "elena"})
    assert (found(by_name), bool(by_name.context["cl"].notice)) == (set(), True)


def test_the_receipts_of_a_policy_come_by_due_date_over_all_pages(felix: Client, cast: Cast) -> None:
    PremiumReceipt.objects.all().delete()
    # Two on each day, and read in another order than they are due.
    for year in (2015, 2024, 2019):
        for month in range(1, 13):
            make_receipt(cast.health, date(year, month, 1))
            make_receipt(cast.health, date(year, month, 1))
    make_receipt(cast.elenas, date(2022, 1, 1))
    in_order = list(
        PremiumReceipt.objects.filter(policy=cast.health)
        .order_by("-due_on", "-id")
        .values_list("pk", flat=True)
    )
    first = felix.get(RECEIPTS, {"policy": cast.health.pk})
    second = felix.get(RECEIPTS + first.context["cl"].next_url)
    read = [row.pk for page in (first, second) for row in page.context["cl"].result_list]
    assert read == in_order
    back = felix.get(RECEIPTS + second.context["cl"].previous_url)
    assert [row.pk for row in back.context["cl"].result_list] == in_order[:50]


@pytest.mark.parametrize("spelling", ["reference", "code", "printed_code"])
def test_a_certificate_is_found_by_what_stands_on_it(felix: Client, cast: Cast, spelling: str) -> None:
    certificate, _other = make_certificate(cast), make_certificate(cast)
    text = getattr(certificate, spelling)
    assert found(felix.get(CERTIFICATES, {"q": text.lower()})) == {certificate.reference}


def test_certificates_are_found_by_their_traveller(felix: Client, cast: Cast) -> None:
    certificate = make_certificate(cast)
    assert found(felix.get(CERTIFICATES, {"q": "87654321X"})) == {certificate.reference}
    assert found(felix.get(CERTIFICATES, {"q": "bruno"})) == {certificate.reference}
    assert found(felix.get(CERTIFICATES, {"q": "elena"})) == set()


# --- what is shown -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("papers")
def test_a_policy_shows_its_people_money_and_papers(felix: Client, cast: Cast) -> None:
    certificate = make_certificate(cast)
    html = felix.get(f"{POLICIES}{cast.health.pk}/change/").content.decode()
    for text in (
        "Bruno Soto Gil",
        "Carla Soto Ferrer",
        "T-0001",
        "M-1",
        "ES91 •••• 1332",
        certificate.reference,
    ):
        assert text in html
    assert f'href="/admin/accounts/person/{cast.diego.person.pk}/change/"' in html
    assert f'href="{RECEIPTS}?policy={cast.health.pk}"' in html
    assert "84,32\xa0€" in html
    assert "ES9121000418450200051332" not in html


@pytest.mark.usefixtures("papers")
def test_no_care_and_no_whole_account_is_shown_anywhere(felix: Client, cast: Cast) -> None:
    """Both could be: they are there."""
    assert Copayment.objects.filter(act="psychotherapy").exists()
    certificate = make_certificate(cast)
    pages = [
        f"{POLICIES}{cast.health.pk}/change/",
        f"/admin/accounts/person/{cast.bruno.person.pk}/change/",
        f"{CERTIFICATES}{certificate.pk}/change/",
        POLICIES,
    ]
    text = "".join(felix.get(page).content.decode() for page in pages)
    for word in ("psychotherapy", "Clinic of the test", "0418450200051332"):
        assert word not in text
    assert {Copayment, Mandate, Grant} & set(staff_site._registry) == set()


def test_the_latest_receipts_are_a_dozen_however_many_there_are(felix: Client, cast: Cast) -> None:
    for year in range(1990, 2020):
        make_receipt(cast.health, date(year, 1, 1))
    with CaptureQueriesContext(connection) as captured:
        html = felix.get(f"{POLICIES}{cast.health.pk}/change/").content.decode()
    assert html.count(f'href="{RECEIPTS}') == 12 + 1
    # The gate looks at the second factor; the kind of row is looked up once a process.
    assert len(captured) <= 16


def cost(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("list_of", ["policy", "premiumreceipt", "certificate"])
def test_as_many_queries_for_three_rows_as_for_one(felix: Client, cast: Cast, list_of: str) -> None:
    rows: Any = {"policy": Policy, "premiumreceipt": PremiumReceipt, "certificate": Certificate}[
        list_of
    ].objects
    for _ in range(3):
        make_certificate(cast)
    if list_of == "policy":
        last = rows.order_by("-id")[1].pk
    else:
        last = rows.order_by("id")[1].pk
    address = f"/admin/policies/{list_of}/"
    one, three = f"{address}?after={last}", address
    if list_of == "policy":
        one = f"{address}?after={rows.order_by('id')[1].pk}"
    assert len(found(felix.get(one))) == 1
    assert len(found(felix.get(three))) >= 3
    assert cost(felix, one) == cost(felix, three)


def test_a_page_of_a_policy_costs_the_same_for_one_and_for_three_insured(felix: Client, cast: Cast) -> None:
    # The kinds of rows are looked up once a process.
    felix.get(f"{POLICIES}{cast.elenas.pk}/change/")
    assert cost(felix, f"{POLICIES}{cast.elenas.pk}/change/") == cost(
        felix, f"{POLICIES}{cast.health.pk}/change/"
    )


def test_the_catalogue_can_be_read_to_its_last_figure(felix: Client, cast: Cast) -> None:
    for model in ("product", "edition", "cover", "limit"):
        assert felix.get(f"/admin/policies/{model}/").status_code == 200
    limit = Limit.objects.filter(amount__isnull=False).first()
    assert limit is not None
    edition = limit.cover.edition
    assert (
        f"/cover/{limit.cover_id}/"
        in felix.get(f"/admin/policies/edition/{edition.pk}/change/").content.decode()
    )
    assert (
        f"/limit/{limit.pk}/" in felix.get(f"/admin/policies/cover/{limit.cover_id}/change/").content.decode()
    )
    assert limit.clause in felix.get(f"/admin/policies/limit/{limit.pk}/change/").content.decode()
    assert found(felix.get(f"/admin/policies/cover/?edition__id__exact={edition.pk}")) == {
        str(cover) for cover in edition.covers.all()
    }


def test_the_book_is_not_written_here(felix_in_charge: Client, cast: Cast) -> None:
    for address in (f"{POLICIES}add/", f"{POLICIES}{cast.health.pk}/delete/", "/admin/policies/product/add/"):
        assert felix_in_charge.post(address, {"post": "yes"}).status_code == 403
    felix_in_charge.post(f"{POLICIES}{cast.health.pk}/change/", {"number": "X"})
    cast.health.refresh_from_db()
    assert cast.health.number == HEALTH
    assert Product.objects.count() == 2


# --- buttons -----------------------------------------------------------------------------------------


def test_a_certificate_is_revoked_with_a_reason_and_only_once(felix_in_charge: Client, cast: Cast) -> None:
    certificate = make_certificate(cast, status=Certificate.Status.READY)
    press = f"{CERTIFICATES}{certificate.pk}/press/revoke/"
    refused = felix_in_charge.post(press, {"reason": "   "})
    assert refused.status_code == 200
    assert refused.context["form"].errors.keys() == {"reason"}
    certificate.refresh_from_db()
    assert certificate.revoked_at is None
    felix_in_charge.post(press, {"reason": "Issued by mistake"})
    certificate.refresh_from_db()
    assert (certificate.revoked_reason, certificate.revoked_at is None) == ("Issued by mistake", False)
    felix_in_charge.post(press, {"reason": "Another"})
    certificate.refresh_from_db()
    assert certificate.revoked_reason == "Issued by mistake"


def test_a_certificate_that_failed_is_made_again(
    felix_in_charge: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    kicked: list[Any] = []
    monkeypatch.setattr("core.kick.after_commit", lambda task, pk: kicked.append((task, pk)))
    certificate = make_certificate(cast, status=Certificate.Status.FAILED, attempts=5, error="x")
    felix_in_charge.post(f"{CERTIFICATES}{certificate.pk}/press/retry/")
    certificate.refresh_from_db()
    assert (certificate.status, certificate.attempts) == (Certificate.Status.ASKED, 0)
    assert kicked == [("policies.tasks.render_certificate", certificate.pk)]


OFFERED = [
    (Certificate.Status.ASKED, set()),
    (Certificate.Status.READY, {"revoke"}),
    (Certificate.Status.FAILED, {"retry"}),
]


@pytest.mark.parametrize(("status", "names"), OFFERED)
def test_only_the_buttons_that_apply_are_there(
    felix_in_charge: Client, cast: Cast, status: str, names: set[str]
) -> None:
    certificate = make_certificate(cast, status=status)
    html = felix_in_charge.get(f"{CERTIFICATES}{certificate.pk}/change/").content.decode()
    assert {name for name in ("retry", "revoke") if f"/press/{name}/" in html} == names
    for name in {"retry", "revoke"} - names:
        response = felix_in_charge.post(f"{CERTIFICATES}{certificate.pk}/press/{name}/", {"reason": "x"})
        assert response.status_code == 302
    certificate.refresh_from_db()
    assert (certificate.status, certificate.revoked_at) == (status, None)


def test_who_may_only_look_revokes_nothing(felix: Client, cast: Cast) -> None:
    certificate = make_certificate(cast, status=Certificate.Status.READY)
    assert felix.post(f"{CERTIFICATES}{certificate.pk}/press/revoke/", {"reason": "x"}).status_code == 403
