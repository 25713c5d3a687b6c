"""The pages of the travel certificate: asking, waiting, downloading, trying again, and who sees what."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from core.models import OutgoingEmail
from core.pdf import RenderError
from policies import actions
from policies.models import Certificate, Policy
from tests.factories import make_receipt
from tests.policies.certificates import ask, next_week, trip

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a paper"


@pytest.fixture(autouse=True)
def engine(monkeypatch):
    """An engine that draws nothing; put an error in to break it."""
    box = {"error": None}

    def draw(*args, **kwargs):
        if box["error"]:
            raise box["error"]
        return PDF

    monkeypatch.setattr("core.pdf.render_pdf", draw)
    return box


@pytest.fixture
def english(cast):
    """The words of the tests are those of the source."""
    User.objects.update(language="en")
    with translation.override("en"):
        yield


def filled(insured, /, **changes):
    starts_on, ends_on = next_week()
    return {
        "insured": insured.reference,
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "destination": "schengen",
        "country": "France",
        "language": "es",
    } | changes


def waiting(cast) -> Certificate:
    """Asked for, with no worker about."""
    with TestCase.captureOnCommitCallbacks(execute=False):
        return actions.ask_certificate(
            insured=cast.insured(cast.ana, cast.health), by=cast.ana.user, **trip()
        )


def url(name: str, certificate: Certificate) -> str:
    return reverse(f"policies:certificate_{name}", args=[certificate.reference])


NEW = "policies:certificate_create"


def test_from_the_form_to_the_paper(cast, log_in):
    client = log_in(cast.ana)
    insured = cast.insured(cast.ana, cast.health)
    response = client.post(reverse(NEW), filled(insured, country="  France\n and  Italy "))
    certificate = Certificate.objects.get()
    assert (response.status_code, response.url) == (302, certificate.get_absolute_url())
    assert (certificate.insured, certificate.country, certificate.asked_by) == (
        insured,
        "France and Italy",
        cast.ana.user,
    )
    page = client.get(response.url)
    assert page.context["standing"] == "valid"
    assert certificate.printed_code in page.content.decode()

    paper = client.get(url("download", certificate))
    body = b"".join(paper.streaming_content)
    assert body == PDF
    assert hashlib.sha256(body).hexdigest() == certificate.sha256
    assert paper["Content-Type"] == "application/pdf"
    assert paper["Content-Disposition"].startswith("attachment; filename=")
    assert certificate.reference in paper["Content-Disposition"]
    assert paper["X-Content-Type-Options"] == "nosniff"
    assert paper["Cache-Control"] == "no-store"
    assert "sandbox" in paper["Content-Security-Policy"]


def test_pressed_twice_is_one(cast, log_in):
    client = log_in(cast.ana)
    data = filled(cast.insured(cast.ana, cast.health))
    first, second = client.post(reverse(NEW), data), client.post(reverse(NEW), data)
    assert first.url == second.url
    assert Certificate.objects.count() == 1
    assert OutgoingEmail.objects.count() == 1


def test_the_form_is_read_or_sent_and_nothing_else(cast, log_in):
    client = log_in(cast.ana)
    page = reverse("policies:certificate_create")
    answers = [
        client.generic(method, page).status_code for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")
    ]
    assert answers == [200, 405, 405, 405, 405]


def test_the_number_of_a_policy_stays_on_one_line_of_a_choice(cast, log_in):
    """Its hyphen is one that does not break."""
    form = log_in(cast.ana).get(reverse(NEW)).context["form"]
    numbers = {label.rpartition("(")[2] for _reference, label in form.fields["insured"].choices}
    assert numbers == {"S\N{NON-BREAKING HYPHEN}1000001)", "F\N{NON-BREAKING HYPHEN}2000001)"}


def test_the_choices_are_the_people_and_policies_with_travel_cover(cast, log_in):
    def offered(actor):
        form = log_in(actor).get(reverse(NEW)).context["form"]
        return {(row.person.first_name, row.policy) for row in form.fields["insured"].people.values()}

    names = ("Ana", "Bruno", "Carla", "Diego")
    assert offered(cast.ana) == {(name, policy) for name in names for policy in (cast.health, cast.funeral)}
    assert offered(cast.bruno) == {
        (name, policy) for name in ("Bruno", "Carla", "Diego") for policy in (cast.health, cast.funeral)
    }
    assert offered(cast.elena) == {("Elena", cast.elenas)}
    assert offered(cast.hugo) == set()
    cast.insured(cast.elena, cast.elenas).covers.filter(cover__code="worldwide").delete()
    assert offered(cast.elena) == set()


def test_the_person_of_the_link_is_chosen(cast, log_in):
    carla = cast.insured(cast.carla, cast.funeral)
    response = log_in(cast.ana).get(reverse(NEW), {"insured": carla.reference})
    checked = re.findall(r'<input type="radio"[^>]*value="([^"]+)"[^>]* checked', response.content.decode())
    assert carla.reference in checked


def test_nobody_to_certify_is_told_what_to_do(cast, log_in, english):
    text = log_in(cast.hugo).get(reverse(NEW)).content.decode()
    assert "nothing that we could certify" in text
    assert reverse("account_link") in text
    assert "<fieldset" not in text


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"ends_on": "2020-01-01"}, "ends_on", "ends before it begins"),
        ({"starts_on": "2020-01-01", "ends_on": "2020-01-05"}, "ends_on", "This trip is over"),
        ({"starts_on": "soon"}, "starts_on", ""),
        ({"country": "   "}, "country", ""),
        ({"country": "x" * 101}, "country", ""),
        ({"destination": "moon"}, "destination", ""),
        ({"language": "xx"}, "language", ""),
        ({"insured": "ASE-NOBODY"}, "insured", ""),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(cast, log_in, english, changes, field, words):
    data = filled(cast.insured(cast.ana, cast.health), **changes)
    response = log_in(cast.ana).post(reverse(NEW), data)
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]
    text = response.content.decode()
    assert 'class="error-summary"' in text
    assert Certificate.objects.count() == 0
    assert form["starts_on"].value() == data["starts_on"], "what was typed is kept"


def test_a_trip_that_is_too_long_says_how_long_it_may_be(cast, log_in, english):
    _starts_on, ends_on = next_week(91)
    data = filled(cast.insured(cast.ana, cast.funeral), ends_on=ends_on.isoformat())
    response = log_in(cast.ana).post(reverse(NEW), data)
    [error] = response.context["form"].errors["ends_on"]
    assert "up to 90 days" in error
    assert "yours has 91" in error
    data["ends_on"] = (ends_on - timedelta(days=1)).isoformat()
    assert log_in(cast.ana).post(reverse(NEW), data).status_code == 302


def test_one_too_many_is_said_and_nothing_typed_is_lost(cast, log_in, english, settings):
    settings.CERTIFICATES_A_DAY = 1
    ask(cast, cast.ana)
    insured = cast.insured(cast.ana, cast.health)
    response = log_in(cast.ana).post(
        reverse("policies:certificate_create"), filled(insured, country="Malta and Gozo")
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert "You have asked for 1 certificates within 24 hours" in page
    assert 'value="Malta and Gozo"' in page
    assert Certificate.objects.count() == 1


def test_a_stranger_or_an_ended_person_is_not_a_choice(cast, log_in):
    data = filled(cast.insured(cast.elena, cast.elenas))
    assert list(log_in(cast.ana).post(reverse(NEW), data).context["form"].errors) == ["insured"]
    Policy.objects.filter(pk=cast.elenas.pk).update(ends_on=timezone.localdate() - timedelta(days=1))
    assert not log_in(cast.elena).get(reverse(NEW)).context["form"].fields["insured"].people


def test_an_unpaid_premium_is_named_to_the_holder_and_not_to_the_husband(cast, log_in, english):
    make_receipt(cast.health, timezone.localdate() - timedelta(days=75))
    told = log_in(cast.ana).post(reverse(NEW), filled(cast.insured(cast.bruno, cast.health)))
    assert "suspended because the premium due on" in told.context["form"].errors["insured"][0]
    hidden = log_in(cast.bruno).post(reverse(NEW), filled(cast.insured(cast.bruno, cast.health)))
    assert hidden.context["form"].errors["insured"] == [
        "We cannot certify the cover for these days. The policyholder can tell you more."
    ]


def test_the_waiting_page_with_and_without_script(cast, log_in):
    certificate = waiting(cast)
    client = log_in(cast.ana)
    text = client.get(certificate.get_absolute_url()).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in text
    assert f'hx-get="{url("progress", certificate)}"' in text
    assert "htmx-2.min.js" in text
    assert client.get(url("download", certificate)).status_code == 404

    asked = {"HX-Request": "true"}
    assert client.get(url("progress", certificate), headers=asked).status_code == 204
    actions.render_certificate(certificate_id=certificate.pk)
    done = client.get(url("progress", certificate), headers=asked)
    assert done["HX-Refresh"] == "true"
    assert client.get(url("progress", certificate)).url == certificate.get_absolute_url()
    text = client.get(certificate.get_absolute_url()).content.decode()
    assert "http-equiv" not in text
    assert "htmx" not in text


def test_a_failure_is_said_and_tried_again(cast, log_in, engine, english):
    engine["error"] = RenderError("the trip to France broke the template")
    client = log_in(cast.ana)
    page = client.post(reverse(NEW), filled(cast.insured(cast.ana, cast.health)), follow=True)
    certificate = Certificate.objects.get()
    text = page.content.decode()
    assert certificate.status == Certificate.Status.FAILED
    assert "We could not make it" in text
    assert "broke the template" not in text
    assert client.get(url("progress", certificate), headers={"HX-Request": "true"})["HX-Refresh"] == "true"

    engine["error"] = None
    assert client.get(url("retry", certificate)).status_code == 405
    response = client.post(url("retry", certificate))
    assert response.url == certificate.get_absolute_url()
    certificate.refresh_from_db()
    assert certificate.status == Certificate.Status.READY
    assert client.post(url("retry", certificate)).status_code == 302
    assert OutgoingEmail.objects.count() == 1


@pytest.mark.parametrize("name", ["detail", "progress", "download", "retry"])
def test_nobody_elses_certificate_exists(cast, log_in, client, name):
    brunos = ask(cast, cast.bruno)
    call = "post" if name == "retry" else "get"
    for actor in (cast.ana, cast.elena, cast.hugo, cast.felix, cast.gema):
        assert getattr(log_in(actor), call)(url(name, brunos)).status_code == 404
    own = getattr(log_in(cast.bruno), call)(url(name, brunos))
    assert own.status_code in {200, 302}
    client.logout()
    anonymous = getattr(client, call)(url(name, brunos))
    assert anonymous.status_code == 302
    assert anonymous.url.startswith(reverse("account_login"))


def test_the_list_shows_mine_and_those_i_asked_for(cast, log_in):
    anas, brunos = ask(cast, cast.ana), ask(cast, cast.bruno)
    carlas = ask(cast, cast.ana, about=cast.carla)

    def listed(actor):
        return set(log_in(actor).get(reverse("policies:certificate_list")).context["page"].object_list)

    assert listed(cast.ana) == {anas, carlas}
    assert listed(cast.bruno) == {brunos}
    assert listed(cast.elena) == set()
    assert listed(cast.hugo) == set()


def test_the_list_costs_the_same_for_one_row_and_for_three(cast, log_in, django_assert_num_queries):
    client = log_in(cast.ana)
    page = reverse("policies:certificate_list")
    ask(cast, cast.ana)
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    ask(cast, cast.ana, country="Italy")
    ask(cast, cast.ana, about=cast.carla)
    with django_assert_num_queries(len(one)):
        client.get(page)


def test_long_lists_have_pages(cast, log_in):
    row = ask(cast, cast.ana)
    for number in range(20):
        row.pk, row.reference, row.code, row.content_key = None, f"CER-{number}", f"C{number}", f"k{number}"
        row._state.adding = True
        row.save()
    client = log_in(cast.ana)
    first = client.get(reverse("policies:certificate_list"))
    second = client.get(reverse("policies:certificate_list"), {"page": "2"})
    assert (len(first.context["page"].object_list), len(second.context["page"].object_list)) == (20, 1)
    assert "?page=2" in first.content.decode()


def test_a_paper_that_lost_its_worth_says_so_and_cannot_be_mistaken(cast, log_in, english):
    certificate = ask(cast, cast.ana)
    Policy.objects.filter(pk=cast.health.pk).update(ends_on=timezone.localdate())
    page = log_in(cast.ana).get(certificate.get_absolute_url())
    assert page.context["standing"] == "revoked"
    assert "no longer valid" in page.content.decode()
    actions.revoke_certificate(certificate=certificate, reason="Wrong name", by=cast.felix.user)
    page = log_in(cast.ana).get(certificate.get_absolute_url())
    assert "We revoked it on" in page.content.decode()
