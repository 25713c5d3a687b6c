"""The team's ready-made words: what may stand in them, in whose language they are put into a form."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from cases import canned_files
from cases.canned_texts import CannedText, words_for
from core.models import OutgoingEmail
from tests.cases.kinds import in_days, make_case
from tests.people import Cast

TEXTS = "/admin/cases/cannedtext/"


def make_text(key: str = "hello", **fields: Any) -> CannedText:
    bodies = fields.pop("bodies", {"es": "Hola, {name}: {reference}.", "ca": "Hola, {name}."})
    return CannedText.objects.create(**{"key": key, "title": key, "bodies": bodies} | fields)


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    return log_in(cast.felix)


@pytest.fixture
def editor(cast: Cast, felix: Client) -> Client:
    names = ["add_cannedtext", "change_cannedtext"]
    cast.felix.user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return felix


# --- what may stand in one -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "good"),
    [
        ("Plain words.", True),
        ("{name}, {reference}, {request}, {policy}, {insurer}, {phone}", True),
        ("{surname}", False),
        ("{name.user.password}", False),
        ("{name!r}", False),
        ("{0}", False),
        ("{}", False),
        ("{name", False),
        ("name}", False),
        ("{{name}}", False),
        ("x" * 5001, False),
    ],
)
def test_only_what_can_be_filled_in(db: None, body: str, *, good: bool) -> None:
    text = CannedText(key="x", title="x", bodies={"es": body})
    if good:
        text.full_clean()
    else:
        with pytest.raises(ValidationError):
            text.full_clean()


@pytest.mark.parametrize(
    "wrong",
    [
        {"bodies": {}},
        {"bodies": {"es": "  "}},
        {"bodies": {"xx": "Words."}},
        {"bodies": {"es": 7}},
        {"kind": "no_such_kind"},
        {"kind": "bank_account", "topic": "cards"},
        {"topic": "no_such_topic"},
        {"use": "paper", "bodies": {"es": "x" * 301}},
        {"use": "refusal", "bodies": {"es": "x" * 2001}},
        {"use": "nothing"},
        {"paper": {"es": {"name": "DNI"}}},
        {"use": "paper", "paper": {"ca": {"name": "DNI"}}},
        {"use": "paper", "paper": {"es": {"colour": "red"}}},
        {"use": "paper", "paper": {"es": "DNI"}},
        {"use": "paper", "paper": ["DNI"]},
        {"use": "paper", "paper": {"es": {"name": 7}}},
        {"use": "paper", "paper": {"es": {"name": "x" * 121}}},
        {"use": "paper", "paper": {"es": {"supplied_by": "x" * 121}}},
        {"use": "paper", "paper": {"es": {"example": "x" * 301}}},
        {"use": "paper", "paper": {"es": {"example": "{surname}"}}},
    ],
)
def test_what_is_refused(db: None, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CannedText(**{"key": "x", "title": "x", "bodies": {"es": "Words."}} | wrong).full_clean()


# --- whose language ------------------------------------------------------------------------------------


def test_the_customers_language_not_that_of_who_writes(cast: Cast) -> None:
    case = make_case(cast.ana.user, language="ca")
    assert words_for(make_text(), case) == "Hola, Ana."
    case.language = "es"
    assert words_for(CannedText.objects.get(), case) == f"Hola, Ana: {case.reference}."


def test_half_a_sentence_is_none(cast: Cast) -> None:
    text = make_text(bodies={"es": "Póliza {policy}."})
    assert words_for(text, make_case(cast.ana.user)) == ""
    assert words_for(text, make_case(cast.ana.user, policy=cast.health)) == "Póliza S-1000001."
    assert words_for(text, make_case(cast.ana.user, language="en", policy=cast.health)) == ""
    assert words_for(make_text("greeting"), make_case(cast.hugo.user)) == ""
    stranger = make_case(None, contact_name="Olga", contact_email="olga@example.org")
    assert words_for(make_text("other"), stranger) == f"Hola, Olga: {stranger.reference}."


def test_what_is_typed_is_never_read_as_a_placeholder(cast: Cast) -> None:
    stranger = make_case(None, contact_name="{phone}", contact_email="olga@example.org")
    assert words_for(make_text(), stranger) == f"Hola, {{phone}}: {stranger.reference}."


# --- in the forms --------------------------------------------------------------------------------------


def press(client: Client, case: Any, button: str, **typed: object) -> Any:
    return client.post(f"/admin/cases/case/{case.pk}/press/{button}/", typed)


def offered(response: Any) -> list[str]:
    fields = response.context["form"].fields
    return [key for key, _title in fields["canned"].choices if key] if "canned" in fields else []


def test_only_those_that_fit_are_offered(cast: Cast, felix: Client) -> None:
    question = make_case(cast.ana.user, topic="cards")
    make_text("any", bodies={"es": "x"})
    make_text("cards", topic="cards", bodies={"es": "x"})
    make_text("data", topic="data", bodies={"es": "x"})
    make_text("account", kind="contact_data", bodies={"es": "x"})
    make_text("off", active=False, bodies={"es": "x"})
    make_text("english", bodies={"en": "x"})
    make_text("paper", use="paper", bodies={"es": "x"})
    make_text("refusal", use="refusal", bodies={"es": "x"})
    account = make_case(cast.ana.user, "contact_data")
    page = "/admin/cases/case/{}/press/{}/"
    assert {
        name: offered(felix.get(page.format(case.pk, name)))
        for case, name in [
            (question, "message"), (question, "enquiry-answer"), (question, "paper"),
            (account, "contact_data-accept"), (account, "contact_data-refuse"), (account, "hand_over"),
        ]
    } == {
        "message": ["any", "cards"],
        "enquiry-answer": ["any", "cards"],
        "paper": ["paper"],
        "contact_data-accept": ["account", "any"],
        "contact_data-refuse": ["refusal"],
        "hand_over": [],
    }  # fmt: skip


def test_no_picker_without_texts(cast: Cast, felix: Client) -> None:
    page = felix.get(f"/admin/cases/case/{make_case(cast.ana.user).pk}/press/message/")
    assert 'name="insert"' not in page.content.decode()


def test_inserting_sends_nothing_and_keeps_what_was_typed(cast: Cast, felix: Client) -> None:
    case = make_case(cast.ana.user)
    make_text()
    page = press(felix, case, "message", insert="1", canned="hello", body="Before.", answer_by=in_days(5))
    form = page.context["form"]
    assert (page.status_code, form.errors) == (200, {})
    assert form["body"].value() == f"Before.\n\nHola, Ana: {case.reference}."
    assert str(in_days(5)) in page.content.decode()
    assert 'name="insert"' in page.content.decode()
    assert (case.messages.count(), OutgoingEmail.objects.count()) == (0, 0)
    key = felix.get(f"/admin/cases/case/{case.pk}/press/message/").context["form"]["sent_key"].value()
    again = press(felix, case, "message", insert="1", canned="hello", body="", sent_key=key)
    assert str(again.context["form"]["sent_key"].value()) == str(key)
    sent = press(felix, case, "message", body=again.context["form"]["body"].value(), sent_key=key, canned="")
    assert sent.status_code == 302
    assert case.messages.get().body == f"Hola, Ana: {case.reference}."


def test_the_enter_key_in_a_field_is_no_insertion(cast: Cast, felix: Client) -> None:
    """Browsers then press the first button of the form; with nothing chosen it is as the last one."""
    case = make_case(cast.ana.user)
    make_text("paper", use="paper", bodies={"es": "Porque sí."})
    typed = {"name": "A", "why": "B", "example": "C", "supplied_by": "D", "answer_by": in_days(5)}
    sent = press(felix, case, "paper", insert="1", canned="", **typed)
    assert (sent.status_code, case.papers.get().why) == (302, "B")


def test_a_made_up_choice_is_refused(cast: Cast, felix: Client) -> None:
    case = make_case(cast.ana.user)
    make_text()
    page = press(felix, case, "enquiry-answer", canned="nothing", message="x")
    assert page.context["form"].errors.keys() == {"canned"}
    assert case.messages.count() == 0


@pytest.mark.parametrize(
    ("kind", "button", "use", "into"),
    [
        ("enquiry", "enquiry-answer", "message", "message"),
        ("enquiry", "paper", "paper", "why"),
        ("contact_data", "contact_data-accept", "message", "message"),
        ("contact_data", "contact_data-refuse", "refusal", "words"),
    ],
)
def test_each_form_has_its_field(
    cast: Cast, felix: Client, kind: str, button: str, use: str, into: str
) -> None:
    make_text(use=use, bodies={"es": "Porque {reference}."})
    case = make_case(cast.ana.user, kind)
    page = press(felix, case, button, insert="1", canned="hello")
    assert page.context["form"][into].value() == f"Porque {case.reference}."
    case.refresh_from_db()
    assert case.is_open


DNI = {"name": "DNI de {name}", "example": "Una foto.", "supplied_by": "Usted"}


def paper_fields(response: Any) -> dict[str, Any]:
    form = response.context["form"]
    return {name: form[name].value() for name in ("name", "why", "example", "supplied_by", "answer_by")}


def test_a_ready_made_paper_fills_its_form(cast: Cast, felix: Client) -> None:
    make_text(use="paper", bodies={"es": "Por si acaso.", "ca": "Per si de cas."}, paper={"es": DNI})
    case, catalan = make_case(cast.ana.user), make_case(cast.ana.user, language="ca")
    day = str(in_days(5))
    assert paper_fields(press(felix, case, "paper", insert="1", canned="hello", answer_by=day)) == {
        "name": "DNI de Ana", "why": "Por si acaso.", "example": "Una foto.", "supplied_by": "Usted",
        "answer_by": day,
    }  # fmt: skip
    # In the other language it has only the reason.
    page = press(felix, catalan, "paper", insert="1", canned="hello", example="x")
    assert paper_fields(page) == {
        "name": "", "why": "Per si de cas.", "example": "x", "supplied_by": "", "answer_by": "",
    }  # fmt: skip
    typed = paper_fields(press(felix, case, "paper", insert="1", canned="hello", answer_by=day))
    assert press(felix, case, "paper", canned="hello", **typed).status_code == 302
    paper = case.papers.get()
    assert (paper.name, paper.why, paper.example, paper.supplied_by) == (
        "DNI de Ana", "Por si acaso.", "Una foto.", "Usted",
    )  # fmt: skip


def test_another_paper_takes_the_place_of_the_first_and_not_of_what_was_typed(
    cast: Cast, felix: Client
) -> None:
    make_text("a", use="paper", bodies={"es": "Por A."}, paper={"es": DNI})
    make_text("b", use="paper", bodies={"es": "Por B."}, paper={"es": {"name": "Recibo"}})
    case = make_case(cast.ana.user)
    first = paper_fields(press(felix, case, "paper", insert="1", canned="a", supplied_by="Su banco"))
    second = paper_fields(press(felix, case, "paper", insert="1", canned="b", **first))
    assert (first["why"], first["supplied_by"]) == ("Por A.", "Su banco")
    assert second == {
        "name": "Recibo", "why": "Por B.", "example": "", "supplied_by": "Su banco", "answer_by": "",
    }  # fmt: skip


def test_a_paper_with_a_gap_is_not_offered(cast: Cast, felix: Client) -> None:
    make_text(use="paper", bodies={"es": "Por si acaso."}, paper={"es": {"name": "Recibo de {policy}"}})
    case, other = make_case(cast.ana.user), make_case(cast.ana.user, policy=cast.health)
    page = "/admin/cases/case/{}/press/paper/"
    assert [offered(felix.get(page.format(row.pk))) for row in (case, other)] == [[], ["hello"]]


# --- kept by the team ----------------------------------------------------------------------------------


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Hello", "key": "hello", "use": "message", "kind": "", "topic": "", "active": "on",
        "body_es": "Hola, {name}.", "body_ca": "", "body_en": "",
    } | changes  # fmt: skip


def test_a_paper_is_written_in_each_language(editor: Client) -> None:
    fields = {"use": "paper", "body_ca": "Per si de cas.", "name_ca": "Rebut", "supplied_by_ca": "El banc"}
    assert editor.post(f"{TEXTS}add/", typed(**fields, name_es="Recibo")).status_code == 302
    text = CannedText.objects.get()
    assert text.paper == {"es": {"name": "Recibo"}, "ca": {"name": "Rebut", "supplied_by": "El banc"}}
    assert 'value="El banc"' in editor.get(f"{TEXTS}{text.pk}/change/").content.decode()
    page = editor.post(f"{TEXTS}{text.pk}/change/", typed(**fields, name_en="Receipt"))
    assert "en: " in str(page.context["adminform"].form.errors)
    assert page.context["adminform"].form["name_en"].value() == "Receipt"
    assert editor.post(f"{TEXTS}{text.pk}/change/", typed(name_es="Recibo")).status_code == 200
    assert editor.post(f"{TEXTS}{text.pk}/change/", typed()).status_code == 302
    text.refresh_from_db()
    assert text.paper == {}


def test_written_and_changed(editor: Client) -> None:
    assert f"{TEXTS}add/" in editor.get(TEXTS).content.decode()
    assert editor.post(f"{TEXTS}add/", typed()).status_code == 302
    text = CannedText.objects.get()
    assert text.bodies == {"es": "Hola, {name}."}
    page = editor.get(f"{TEXTS}{text.pk}/change/").content.decode()
    assert "Hola, {name}." in page
    changed = typed(key="other", body_ca="Bon dia,\r\n{name}.", active="")
    assert editor.post(f"{TEXTS}{text.pk}/change/", changed).status_code == 302
    text.refresh_from_db()
    assert (text.key, text.active) == ("hello", False)
    assert text.bodies == {"es": "Hola, {name}.", "ca": "Bon dia,\n{name}."}


def test_a_wrong_placeholder_is_told_and_nothing_is_lost(editor: Client) -> None:
    page = editor.post(f"{TEXTS}add/", typed(body_es="Hola, {surname}."))
    assert page.status_code == 200
    assert "{surname}" in str(page.context["adminform"].form.errors)
    assert page.context["adminform"].form["body_es"].value() == "Hola, {surname}."
    assert not CannedText.objects.exists()


def test_nobody_writes_without_the_permission(felix: Client) -> None:
    text = make_text()
    assert felix.get(TEXTS).status_code == 200
    assert f"{TEXTS}add/" not in felix.get(TEXTS).content.decode()
    assert "Hola, {name}" in felix.get(f"{TEXTS}{text.pk}/change/").content.decode()
    assert felix.post(f"{TEXTS}add/", typed(key="x")).status_code == 403
    assert felix.post(f"{TEXTS}{text.pk}/change/", typed()).status_code == 403
    assert felix.post(f"{TEXTS}{text.pk}/delete/", {"post": "yes"}).status_code == 403


# --- the starter set -----------------------------------------------------------------------------------


def test_the_brands_own_are_loaded_once(db: None) -> None:
    assert canned_files.load(settings.BRAND_DIR, dry_run=True) == 8
    assert CannedText.objects.count() == 0
    assert canned_files.load(settings.BRAND_DIR) == 8
    text = CannedText.objects.get(key="paper-identity")
    assert text.bodies.keys() == text.paper.keys() == {"es", "ca", "en"}
    assert {frozenset(parts) for parts in text.paper.values()} == {frozenset(CannedText.OF_PAPER)}
    CannedText.objects.filter(pk=text.pk).update(title="Ours")
    assert canned_files.load(settings.BRAND_DIR) == 0
    text.refresh_from_db()
    assert text.title == "Ours"


def test_a_brand_may_have_none(db: None) -> None:
    assert canned_files.load(settings.BASE_DIR / "tests" / "brands" / "lumina") == 0


def test_what_is_wrong_is_told_whole(db: None, tmp_path: Path) -> None:
    (tmp_path / "canned_texts.toml").write_text(
        '[[texts]]\nkey = "a"\ntitle = "A"\nbodies = {es = "{who}"}\n'
        '[[texts]]\nkey = "a"\ntitle = "A"\ncolour = "red"\nbodies = {es = "x"}\n'
    )
    with pytest.raises(CommandError) as told:
        call_command("load_canned_texts", tmp_path)
    assert all(word in str(told.value) for word in ("{who}", "colour is unknown", "a: stands twice"))
    assert not CannedText.objects.exists()
