"""Asked once, printed once, whatever happens to the worker; refused in words; said when it failed."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from core import pdf, printing
from core.models import OutgoingEmail
from core.pdf import RenderError
from policies import actions, tasks
from policies.certificates import CertificateRefused
from policies.models import Certificate, Grant
from tests.policies.certificates import ask, trip

pytestmark = pytest.mark.django_db

ASKED, READY, FAILED = Certificate.Status.ASKED, Certificate.Status.READY, Certificate.Status.FAILED


@pytest.fixture
def quick(monkeypatch):
    """The paper itself is of no matter here."""
    drawn = []

    def draw(template, context, *, language):
        drawn.append(context["certificate"].pk)
        return b"%PDF-1.7 a paper"

    monkeypatch.setattr(pdf, "render_pdf", draw)
    return drawn


@pytest.fixture
def broken(monkeypatch):
    """An engine that fails with what is put in; None lets it work."""
    box = {"error": RenderError("bad template")}

    def draw(template, context, *, language):
        if box["error"] is not None:
            raise box["error"]
        return b"%PDF-1.7 a paper"

    monkeypatch.setattr(pdf, "render_pdf", draw)
    return box


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_it_is_printed_and_told(cast, quick, private_files):
    certificate = ask(cast, cast.ana)
    assert certificate.status == READY
    assert certificate.file.read() == b"%PDF-1.7 a paper"
    assert files(private_files) == [certificate.file_name]
    [mail] = OutgoingEmail.objects.all()
    assert (mail.to, mail.language, mail.template) == ("ana@example.org", "es", "emails/certificate_ready")
    assert certificate.get_absolute_url() in mail.text
    assert certificate.get_absolute_url() in mail.html
    for private in ("France", "Ferrer", certificate.code, certificate.insured.policy.number):
        assert private not in mail.subject + mail.text + mail.html


def test_the_mail_speaks_the_language_of_who_asked_not_that_of_the_paper(cast, quick):
    cast.ana.user.language = "ca"
    cast.ana.user.save()
    ask(cast, cast.ana, language="en")
    assert OutgoingEmail.objects.get().language == "ca"


def test_the_same_request_twice_gives_the_same_document(cast, quick):
    first, second = ask(cast, cast.ana), ask(cast, cast.ana)
    assert first == second
    assert quick == [first.pk]
    assert OutgoingEmail.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "ca"},
        {"country": "Italy"},
        {"destination": "europe"},
        {"ends_on": trip()["ends_on"] + timedelta(days=1)},
    ],
)
def test_another_request_gives_another_document(cast, quick, changes):
    assert ask(cast, cast.ana) != ask(cast, cast.ana, **changes)


def test_a_changed_figure_of_the_edition_gives_another_document(cast, quick):
    first = ask(cast, cast.ana)
    cover = cast.health.edition.covers.get(code="worldwide")
    cover.limits.filter(code="medical_abroad").update(amount=30_000)
    second = ask(cast, cast.ana)
    assert first != second
    assert first.statement["schengen_met"] is False
    assert second.statement["schengen_met"] is True


def test_two_relatives_do_not_learn_of_each_others_requests(cast, quick):
    brunos = ask(cast, cast.bruno)
    anas = ask(cast, cast.ana, about=cast.bruno)
    assert brunos != anas
    assert list(Certificate.objects.visible_to(cast.ana.user)) == [anas]
    assert set(Certificate.objects.visible_to(cast.bruno.user)) == {anas, brunos}


def test_a_revoked_certificate_is_not_given_again(cast, quick):
    first = ask(cast, cast.ana)
    actions.revoke_certificate(certificate=first, reason="Wrong name", by=cast.felix.user)
    second = ask(cast, cast.ana)
    assert first != second
    first.refresh_from_db()
    assert (first.revoked_reason, first.revoked_by) == ("Wrong name", cast.felix.user)


def test_a_revocation_says_why(cast, quick):
    certificate = ask(cast, cast.ana)
    with pytest.raises(ValueError, match="why"):
        actions.revoke_certificate(certificate=certificate, reason=" ", by=cast.felix.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(revoked_at=timezone.now())


def test_nobody_asks_for_a_stranger(cast, quick):
    for actor, about, policy in [
        (cast.elena, cast.ana, cast.health),
        (cast.hugo, cast.ana, cast.health),
        (cast.bruno, cast.ana, cast.health),
        (cast.ana, cast.elena, cast.elenas),
    ]:
        with pytest.raises(CertificateRefused) as refused:
            ask(cast, actor, about=about, policy=policy)
        assert [refusal.code for refusal in refused.value.refusals] == ["not_insured"]
    assert Certificate.objects.count() == 0


def test_parents_ask_for_their_children(cast, quick):
    assert ask(cast, cast.bruno, about=cast.carla).status == READY
    assert ask(cast, cast.ana, about=cast.diego).status == READY


def test_the_rules_hold_below_the_form_too(cast, quick):
    starts_on = trip()["starts_on"]
    with pytest.raises(CertificateRefused) as refused:
        ask(cast, cast.ana, policy=cast.funeral, ends_on=starts_on + timedelta(days=90))
    assert [refusal.code for refusal in refused.value.refusals] == ["too_long"]
    assert Certificate.objects.count() == 0


def test_what_a_grant_gave_its_end_takes(cast, quick):
    grant = Grant.objects.create(giver=cast.elena.person, receiver=cast.bruno.person, level=1)
    certificate = ask(cast, cast.bruno, about=cast.elena, policy=cast.elenas)
    assert certificate in Certificate.objects.visible_to(cast.bruno.user)
    grant.revoked_at = timezone.now()
    grant.save()
    assert certificate not in Certificate.objects.visible_to(cast.bruno.user)


def test_what_cannot_be_drawn_is_said_and_can_be_tried_again(cast, broken, private_files):
    certificate = ask(cast, cast.ana)
    assert (certificate.status, certificate.error) == (FAILED, "RenderError: bad template")
    assert files(private_files) == []
    assert OutgoingEmail.objects.count() == 0

    broken["error"] = None
    with TestCase.captureOnCommitCallbacks(execute=True):
        actions.retry_certificate(certificate=certificate, by=cast.ana.user)
    certificate.refresh_from_db()
    assert (certificate.status, certificate.error, certificate.attempts) == (READY, "", 1)
    assert OutgoingEmail.objects.count() == 1


def test_asking_again_tries_a_failed_one_again(cast, broken):
    certificate = ask(cast, cast.ana)
    broken["error"] = None
    assert ask(cast, cast.ana) == certificate
    certificate.refresh_from_db()
    assert certificate.status == READY


def test_a_passing_error_is_tried_again_up_to_the_last_time(cast, broken):
    broken["error"] = OSError("no space left")
    certificate = ask(cast, cast.ana)
    assert (certificate.status, certificate.attempts) == (ASKED, 1)
    for _ in range(printing.MAX_ATTEMPTS - 1):
        tasks.offer_waiting_certificates()
    certificate.refresh_from_db()
    assert (certificate.status, certificate.attempts) == (FAILED, printing.MAX_ATTEMPTS)
    assert certificate.error == "OSError: no space left"


def test_a_worker_killed_in_the_middle_is_finished_by_another_once(cast, quick, private_files):
    with TestCase.captureOnCommitCallbacks(execute=False):
        certificate = actions.ask_certificate(
            insured=cast.insured(cast.ana, cast.health), by=cast.ana.user, **trip()
        )
    printing.take(Certificate, certificate.pk)
    # It had even written the file when it died.
    default_storage.save(certificate.file_name, ContentFile(b"half"))

    with TestCase.captureOnCommitCallbacks(execute=True):
        tasks.offer_waiting_certificates()
    certificate.refresh_from_db()
    assert certificate.status == ASKED, "the lease of the dead worker still runs"

    with (
        time_machine.travel(timezone.now() + printing.LEASE + timedelta(seconds=1)),
        TestCase.captureOnCommitCallbacks(execute=True),
    ):
        tasks.offer_waiting_certificates()
        tasks.offer_waiting_certificates()
    certificate.refresh_from_db()
    assert (certificate.status, certificate.attempts) == (READY, 2)
    assert certificate.file.read() == b"%PDF-1.7 a paper"
    assert files(private_files) == [certificate.file_name]
    assert quick == [certificate.pk]
    assert OutgoingEmail.objects.count() == 1


def test_a_worker_that_outlived_its_lease_writes_nothing(cast, monkeypatch, private_files):
    """Slow, not dead: by the time it is done another has taken the row."""
    with TestCase.captureOnCommitCallbacks(execute=False):
        certificate = actions.ask_certificate(
            insured=cast.insured(cast.ana, cast.health), by=cast.ana.user, **trip()
        )
    runs = []

    def draw(template, context, *, language):
        runs.append(len(runs))
        if len(runs) == 1:
            with time_machine.travel(timezone.now() + printing.LEASE + timedelta(seconds=1)):
                actions.render_certificate(certificate_id=certificate.pk)
            return b"%PDF slow"
        return b"%PDF quick"

    monkeypatch.setattr(pdf, "render_pdf", draw)
    assert actions.render_certificate(certificate_id=certificate.pk) is None
    certificate.refresh_from_db()
    assert certificate.file.read() == b"%PDF quick"
    assert files(private_files) == [certificate.file_name]
    assert OutgoingEmail.objects.count() == 1


def test_a_certificate_that_kills_every_worker_is_given_up(cast, quick):
    with TestCase.captureOnCommitCallbacks(execute=False):
        certificate = actions.ask_certificate(
            insured=cast.insured(cast.ana, cast.health), by=cast.ana.user, **trip()
        )
    Certificate.objects.filter(pk=certificate.pk).update(attempts=printing.MAX_DEATHS)
    assert actions.render_certificate(certificate_id=certificate.pk) is None
    certificate.refresh_from_db()
    assert certificate.status == FAILED
    assert quick == []


def test_one_whose_workers_were_ended_by_somebody_else_is_made(cast, quick):
    with TestCase.captureOnCommitCallbacks(execute=False):
        certificate = actions.ask_certificate(
            insured=cast.insured(cast.ana, cast.health), by=cast.ana.user, **trip()
        )
    Certificate.objects.filter(pk=certificate.pk).update(attempts=printing.MAX_DEATHS - 1)
    assert actions.render_certificate(certificate_id=certificate.pk) is not None


def test_printing_what_is_there_already_does_nothing(cast, quick):
    certificate = ask(cast, cast.ana)
    assert actions.render_certificate(certificate_id=certificate.pk) is None
    assert actions.render_certificate(certificate_id=certificate.pk + 1) is None
    assert quick == [certificate.pk]


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_make_one(cast, quick):
    insured = cast.insured(cast.ana, cast.health)
    start = threading.Barrier(10)
    found, errors = [], []

    def run():
        try:
            start.wait(20)
            found.append(actions.ask_certificate(insured=insured, by=cast.ana.user, **trip()).pk)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert len(found) == 10
    assert set(found) == {Certificate.objects.get().pk}
    assert quick == found[:1]
    assert OutgoingEmail.objects.count() == 1


def test_a_country_is_the_same_in_any_case_of_letters(cast, quick):
    assert ask(cast, cast.ana, country="FRANCE") == ask(cast, cast.ana, country="france")


def test_so_many_a_day_and_no_more(cast, quick, settings):
    settings.CERTIFICATES_A_DAY = 2
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = ask(cast, cast.ana, country="Italy")
        clock.shift(timedelta(hours=1))
        ask(cast, cast.ana, country="Malta")
        with pytest.raises(CertificateRefused) as refused:
            ask(cast, cast.ana, country="Greece")
        [refusal] = refused.value.refusals
        assert (refusal.code, refusal.field) == ("too_many", "__all__")
        # What was made is still given, and a relative has a day of their own.
        assert ask(cast, cast.ana, country="Italy") == first
        ask(cast, cast.bruno, country="Greece")
        clock.shift(timedelta(hours=23))
        ask(cast, cast.ana, country="Greece")
    assert Certificate.objects.filter(asked_by=cast.ana.user).count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_both_take_the_last_one(cast, quick, settings):
    settings.CERTIFICATES_A_DAY = 1
    start, outcomes = threading.Barrier(2), []

    def run(country):
        start.wait(10)
        try:
            insured = cast.insured(cast.ana, cast.health)
            actions.ask_certificate(insured=insured, by=cast.ana.user, **trip(country=country))
            outcomes.append("made")
        except CertificateRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[country]) for country in ("Italy", "Malta")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["made", "refused"]
    assert Certificate.objects.count() == 1
