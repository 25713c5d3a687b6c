"""Every mail and every paper, written once with all that its template asks for."""

import uuid
from typing import Any

import pytest
from django.utils import timezone

from accounts import emails as account_emails
from accounts.mfa import emails as factor_emails
from accounts.models import AccountRequest, EmailChange, FactorsOff
from cases import copies
from cases import emails as case_emails
from cases.actions import ask_for_paper
from cases.models import Case, CaseDocument, Deadline, SentCopy
from core.models import OutgoingEmail
from policies import actions as policy_actions
from policies import emails as policy_emails
from policies.models import Certificate
from servicing import account_actions
from servicing import account_emails as bank_emails
from servicing import actions as servicing
from servicing import emails as servicing_emails
from servicing.bank_account import account_mark
from tests.cases.kinds import in_days
from tests.house.source import ROOT
from tests.house.strict import missing_variables
from tests.people import Cast
from tests.policies.certificates import trip

pytestmark = pytest.mark.django_db
NEW = "ES7921000813610123456789"
MAILS = {path.parent.relative_to(ROOT / "templates") for path in ROOT.glob("templates/emails/*/subject.txt")}
PAPERS = {path.relative_to(ROOT / "templates") for path in ROOT.glob("templates/pdf/*.html")}


@pytest.fixture(autouse=True)
def nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker; and of a paper, what the template says of it is all that counts here."""
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)


def asks(kind: AccountRequest.Kind, **fields: Any) -> AccountRequest:
    return AccountRequest.objects.create(kind=kind, identifier="new@example.org", language="es", **fields)


def question(cast: Cast, **fields: Any) -> Case:
    given = {"by": cast.ana.user, "topic": "receipts", "question": "Why?\nTwice.", "sent_key": uuid.uuid4()}
    return servicing.ask(**(given | {"language": "es"} | fields))


def of_nobody(cast: Cast) -> Case:
    return question(cast, by=None, name="Olga Prat", email="olga@example.org")


def waits_for_ana(cast: Cast) -> Case:
    case = question(cast)
    ask_for_paper(case, by=cast.felix.user, name="Receipt", why="x", answer_by=in_days(20))
    return case


def other_account(cast: Cast) -> Case:
    return account_actions.change_bank_account(
        policy=cast.health,
        iban=NEW,
        account_owner="Ana Ferrer Vidal",
        replaces=account_mark(cast.health.pk, None),
        by=cast.ana.user,
        sent_key=uuid.uuid4(),
    )


def certificate(cast: Cast) -> Certificate:
    insured = cast.insured(cast.ana, cast.health)
    return policy_actions.ask_certificate(insured=insured, by=cast.ana.user, **trip())


def write_every_mail(cast: Cast) -> None:
    ana, diego, kind = cast.ana, cast.diego.person, AccountRequest.Kind
    account_emails.confirm(asks(kind.REGISTER, password="x", terms_version="1"))
    account_emails.account_exists(ana.user)
    account_emails.reset(asks(kind.RESET), ana.user)
    account_emails.access(asks(kind.ACCESS), ana.person)
    account_emails.access_exists(ana.user)
    account_emails.access_too_young(diego, language="es")
    account_emails.access_shared_mailbox(ana.person, language="es")
    account_emails.account_closed(ana.user)
    account_emails.account_blocked(ana.user)
    account_emails.nothing_waits(asks(kind.RESEND))
    account_emails.access_elsewhere(ana.person, language="es")
    account_emails.password_changed(ana.user)
    account_emails.new_device(ana.user, device="Firefox on Linux", at=timezone.now())
    changed = EmailChange.objects.create(user=ana.user, old_email=ana.email, new_email="new@example.org")
    account_emails.email_change_asked(changed)
    account_emails.email_change_link(changed)
    account_emails.email_change_taken(ana.user)
    account_emails.email_changed(changed)
    account_emails.email_was_changed(changed)
    account_emails.email_is_new(changed)
    account_emails.email_back(asks(kind.RESET), ana.user)
    account_emails.linked(ana.user)
    account_emails.other_mailbox(ana.person)
    for write in factor_emails.MAILS.values():
        write(ana.user)
    factor_emails.factors_removed(ana.user)
    factor_emails.second_step_off(ana.user)
    account_emails.factors_off_link(FactorsOff.objects.create(user=ana.user))
    policy_emails.certificate_ready(certificate(cast))
    case = waits_for_ana(cast)
    case_emails.case_message(case)
    case_emails.case_reminder(case, Deadline.objects.filter(case=case).latest("pk"))
    servicing_emails.enquiry_opened(case)
    servicing_emails.enquiry_opened(of_nobody(cast))
    servicing_emails.contact_data_asked(case)
    case_emails.case_answer(of_nobody(cast), "Because of a fault of ours.\nIt is on its way back.")
    bank_emails.bank_account_changed(other_account(cast).bank_account_change)


def draw_every_paper(cast: Cast) -> None:
    policy_actions._draw(certificate(cast))
    changed = other_account(cast)
    account_actions._draw(changed.bank_account_change)
    for case in (question(cast), changed):
        CaseDocument.objects.create(
            reference=f"DOC-{case.pk}", case=case, name="factura.pdf", sha256="0" * 64,
            state=CaseDocument.State.UNREADABLE, reason="broken", sent_by=cast.ana.user,
        )  # fmt: skip
        copies._draw(SentCopy(case=case, language="es"))


def test_no_mail_asks_for_what_nobody_gave(cast: Cast) -> None:
    OutgoingEmail.objects.all().delete()
    with missing_variables() as found:
        write_every_mail(cast)
    assert sorted(found) == []
    assert {row.template for row in OutgoingEmail.objects.all()} == {str(path) for path in MAILS}


def test_no_paper_does(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from core import pdf

    drawn, original = set(), pdf.render_to_string

    def render(template: str, context: Any) -> str:
        drawn.add(template)
        return original(template, context)

    class Paper:
        def __init__(self, **given: Any) -> None:
            pass

        def write_pdf(self, **given: Any) -> bytes:
            return b"%PDF"

    monkeypatch.setattr(pdf, "render_to_string", render)
    monkeypatch.setattr(pdf, "HTML", Paper)
    with missing_variables() as found:
        draw_every_paper(cast)
    assert sorted(found) == []
    assert drawn == {str(path) for path in PAPERS}
