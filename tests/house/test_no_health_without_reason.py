"""No page of the admin shows what is about health before a reason was given: all of them are walked through.

Every text in which health may stand gets a canary; whoever has every permission there is follows every link
from the first page on, and reads every row of every list besides.
"""

import re
import uuid
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.actions import make_move, send_message
from cases.lifecycle import Side, kinds
from cases.models import Case, CaseDocument, CaseEvent, Paper
from core.models import AuditEntry, OutgoingEmail
from core.staff import reasons
from core.staff import staff_site as site
from policies.models import Copayment
from servicing import actions as servicing
from tests.cases.kinds import WHY, in_days, make_case
from tests.house.source import ROOT, modules
from tests.people import Cast, give_app

CANARY = "Zanahoria"
REASON = "/admin/reason/"
MOST, ROWS = 1000, 10


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Any) -> None:
    storage = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}


def sick(by: User | None, kind: str = "contact_data", **fields: Any) -> Case:
    """A request in which every text tells of health."""
    case = make_case(by, kind, **fields)
    felix, side = User.objects.get(email__startswith="felix"), Side.CUSTOMER
    send_message(case, by=by, side=side, body=f"{CANARY} message")
    Paper.objects.create(
        case=case, name=f"{CANARY} paper", why=f"{CANARY} why", example=f"{CANARY} example",
        supplied_by=f"{CANARY} surgery", asked_by=felix,
    )  # fmt: skip
    for state in CaseDocument.State.values:
        CaseDocument.objects.create(
            reference=f"DOC-{case.pk}{state}".upper(), case=case,
            paper=Paper.objects.filter(case=case).first(),
            name=f"{CANARY}-{state}.pdf", sha256=state, content_type="application/pdf", state=state,
            reason="x", file=ContentFile(CANARY.encode(), "x.pdf"), sent_by=by,
        )  # fmt: skip
    CaseEvent.objects.create(
        case=case, move="x", target=case.status, side=side, note=f"{CANARY} note", reason_code=CANARY.lower()
    )
    send_message(case, by=felix, side=Side.STAFF, body=f"{CANARY} again")
    return case


@pytest.fixture
def world(cast: Cast, log_in: Any) -> Client:
    """Health stands in requests about Bruno, open and refused, in one of every kind about nobody, in a
    question, in copayments and in a mail."""
    bruno = cast.insured(cast.bruno, cast.health)
    sick(cast.bruno.user, about=bruno)
    refused = sick(cast.bruno.user, about=bruno)
    make_move(refused, "refuse", by=cast.felix.user, side=Side.STAFF, reason=WHY)
    Case.objects.filter(pk=refused.pk).update(reason_words=f"{CANARY} words", reason_clause=f"{CANARY} cl.")
    for kind in kinds():
        case = sick(cast.ana.user, kind.code)
        Case.objects.filter(pk=case.pk).update(reason_words=f"{CANARY} words", reason_clause=f"{CANARY} cl.")
    question = servicing.ask(
        by=cast.ana.user, language="es", topic="reimbursements", question=CANARY, sent_key=uuid.uuid4()
    )
    send_message(question, by=cast.ana.user, side=Side.CUSTOMER, body=f"{CANARY} again")
    for number in range(3):
        Copayment.objects.create(
            key=str(number), insured=bruno, used_on=in_days(-number), act=f"{CANARY} act",
            provider=f"{CANARY} clinic", amount=Decimal("3.00"),
        )  # fmt: skip
    OutgoingEmail.objects.create(
        template="emails/case_message", to="bruno@example.org", language="es", message_id="<1@x>",
        subject="x", text=f"{CANARY} text", html=f"{CANARY} html",
    )  # fmt: skip
    root = User.objects.create_superuser("root@alborada.example", "Mesa7-lunaRota")
    give_app(root)
    cast.felix.user = root
    return log_in(cast.felix)


def links(html: str, here: str) -> set[str]:
    found = {unescape(address) for address in re.findall(r'(?:href|action)="([^"#]*)"', html)}
    return {f"{here.partition('?')[0]}{address}" if address.startswith("?") else address for address in found}


def every_row() -> set[str]:
    found = {reverse("admin:index")}
    for model, model_admin in site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.add(reverse(f"{name}_changelist"))
        for row in model._default_manager.all()[:ROWS]:
            found |= {reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history", "delete")}
            found |= presses(model_admin, name, row)
    return found


def presses(model_admin: Any, name: str, row: Model) -> set[str]:
    buttons = model_admin.get_buttons() if hasattr(model_admin, "get_buttons") else ()
    return {reverse(f"{name}_press", args=[row.pk, button.name]) for button in buttons}


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace") + str(response.headers)


def file_of(row: CaseDocument) -> str:
    return reverse("admin:cases_case_document", args=[row.case_id, row.reference])


# Rows are read by `every_row`; lists narrowed twice say no more than narrowed once.
KNOWN = re.compile(r"/admin/\w+/\w+/\d+/(change|history|delete|press)/|\?.*&")


def wanted(link: str, pages: dict[str, str]) -> bool:
    """Of the admin. A link to the page of reasons is signed anew each second: some are enough."""
    if not link.startswith("/admin/") or KNOWN.search(link):
        return False
    return not link.startswith(REASON) or sum(address.startswith(REASON) for address in pages) < 5


def walk(client: Client) -> dict[str, str]:
    """Every page that can be reached by GET, by its address."""
    waiting, pages = every_row(), {}
    waiting |= {file_of(row) for row in CaseDocument.objects.all()}
    while waiting and len(pages) < MOST:
        address = waiting.pop()
        response = client.get(address)
        pages[address] = body(response)
        onward = links(pages[address], address) | {response.headers.get("Location", "")}
        waiting |= {link for link in onward if wanted(link, pages)} - pages.keys()
    assert not waiting
    return pages


def told(pages: dict[str, str]) -> list[str]:
    return sorted(address for address, html in pages.items() if CANARY in html)


def test_no_page_tells_before_a_reason(world: Client) -> None:
    pages = walk(world)
    assert told(pages) == []
    assert AuditEntry.objects.filter(verb="read").count() == 0
    assert len(pages) > 100
    kinds = {address.split("/")[2] for address in pages if address.count("/") > 2}
    assert {"accounts", "cases", "core", "policies", "reason"} <= kinds


def test_it_would_be_found(world: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the gate open each request tells, of whatever kind, and each clean file."""
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    # It asks for the reason once more, and finds none.
    monkeypatch.setattr(reasons, "note_opened", lambda *args, **kwargs: None)
    pages = [reverse("admin:cases_case_change", args=[case.pk]) for case in Case.objects.all()]
    pages += map(file_of, CaseDocument.objects.filter(state=CaseDocument.State.ACCEPTED))
    assert {case.kind for case in Case.objects.all()} == {kind.code for kind in kinds()}
    assert len(pages) == 5 + 2 * len(list(kinds()))
    assert told({address: body(world.get(address)) for address in pages}) == sorted(pages)


def test_rows_of_a_table_are_read_in_one_place() -> None:
    """Whoever called `panel.rows` elsewhere would go round the gate."""
    calls = [
        str(path.relative_to(ROOT))
        for path in modules()
        if re.search(r"\b(panel|self)\.rows\(", path.read_text("utf-8"))
    ]
    assert calls == ["core/staff/panels.py"]
