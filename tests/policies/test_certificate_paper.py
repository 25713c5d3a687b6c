"""What stands on the paper, in three languages, and that the QR code opens the page that checks it."""

import io
import re
from decimal import Decimal

import pikepdf
import pytest
import segno
from django.template.loader import render_to_string
from django.utils import translation

from core.pdf import render_pdf
from core.qr import QUIET, qr_code
from policies.actions import TEMPLATE
from policies.models import Certificate
from policies.statements import meets_schengen_minimum, paper
from tests.policies.certificates import ask

pytestmark = pytest.mark.django_db

NO_BREAK = "\xa0"


def words(certificate: Certificate) -> str:
    """The paper before it is drawn."""
    with translation.override(certificate.language):
        html = render_to_string(TEMPLATE, {"language": certificate.language, **paper(certificate)})
    return html.replace(NO_BREAK, " ")


def sums(certificate: Certificate) -> dict[str, str]:
    return {row["name"]: row["figure"].replace(NO_BREAK, " ") for row in certificate.statement["sums"]}


@pytest.fixture
def plain(monkeypatch):
    """The row and its words only, without the engine."""
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF")


@pytest.mark.parametrize("language", ["es", "en", "ca"])
def test_the_paper_can_be_read_by_everybody(cast, language, caplog):
    certificate = ask(cast, cast.ana, language=language)
    assert [record for record in caplog.records if record.name.startswith("weasyprint")] == []
    document = pikepdf.open(io.BytesIO(certificate.file.read()))
    assert str(document.Root.Lang) == language
    assert bool(document.Root.MarkInfo.Marked) is True
    assert "Ana Ferrer Vidal" in str(document.docinfo.Title)
    assert "/Names" not in document.Root or "/EmbeddedFiles" not in document.Root.Names
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    tags, alternatives = tags_of(document)
    assert {"H1", "H2", "Table", "TH", "TD", "L", "LI", "Figure", "Link"} <= tags
    assert any(certificate.code in text for text in alternatives), "the QR code says in words what it opens"
    assert len(document.pages) <= 3


def tags_of(document: pikepdf.Pdf) -> tuple[set[str], list[str]]:
    tags, alternatives = set(), []
    for element in document.objects:
        if isinstance(element, pikepdf.Dictionary) and element.get("/Type") == pikepdf.Name.StructElem:
            tags.add(str(element.S).removeprefix("/"))
            if "/Alt" in element:
                alternatives.append(str(element.Alt))
            if str(element.S) == "/Figure":
                assert str(element.get("/Alt", "")), "a picture without words"
    return tags, alternatives


@pytest.mark.parametrize(
    ("policy", "actor", "medical", "hotel", "longest", "phone"),
    [
        ("elenas", "elena", "15.000,00 €", "300,00 €", 60, "+34 910 000 000"),
        ("funeral", "ana", "18.000,00 €", "1.500,00 €", 90, "+34 910 000 000"),
        ("health", "ana", "20.000,00 €", "800,00 €", 180, "+34 910 000 001"),
    ],
)
def test_each_edition_states_its_own_figures(cast, plain, policy, actor, medical, hotel, longest, phone):
    contract = getattr(cast, policy)
    certificate = ask(cast, getattr(cast, actor), policy=contract)
    text = words(certificate)
    assert sums(certificate)["Gastos médicos en el extranjero"].startswith(medical)
    assert hotel in sums(certificate)["Alargar su hotel tras el hospital"]
    assert certificate.statement["trip_days"] == longest
    assert certificate.statement["territory"] != ""
    assert [line["number"] for line in certificate.statement["phones"]] == [phone]
    assert certificate.statement["phones"][0]["tel"] == phone.replace(" ", "")
    for shown in (medical, phone, contract.number, "30.000,00 €", certificate.printed_code, "France"):
        assert shown in text
    assert "900 000 000" not in text, "a free number cannot be called from abroad"
    # None of the three editions reaches the Visa Code's minimum (visa.schengen).
    assert certificate.statement["schengen_met"] is False


def test_the_2012_hotel_is_60_a_day_and_300_in_all(cast, plain):
    certificate = ask(cast, cast.elena, policy=cast.elenas)
    assert certificate.statement["trip_days"] == 60
    figure = sums(certificate)["Alargar su hotel tras el hospital"]
    assert "60,00 €" in figure
    assert "300,00 €" in figure


def schengen_words(certificate: Certificate) -> str:
    section = re.search(r'<section class="schengen">(.*?)</section>', words(certificate), re.DOTALL)
    assert section is not None
    return section[1]


@pytest.mark.parametrize(("amount", "met"), [("29999.99", False), ("30000.00", True), ("50000.00", True)])
def test_an_edition_of_30_000_euros_reaches_the_schengen_minimum(cast, plain, amount, met):
    cover = cast.health.edition.covers.get(code="worldwide")
    before = schengen_words(ask(cast, cast.ana, language="en"))
    cover.limits.filter(code="medical_abroad").update(amount=Decimal(amount))
    assert meets_schengen_minimum(cover) is met
    after = schengen_words(ask(cast, cast.ana, language="en", country="Italy"))
    assert "The minimum is not met." in before
    assert ("The minimum is met." in after) is met
    assert ("does not serve" in after) is not met


def test_an_edition_without_the_figure_claims_nothing(cast, plain):
    cover = cast.health.edition.covers.get(code="worldwide")
    cover.limits.filter(code="medical_abroad").delete()
    certificate = ask(cast, cast.ana, language="en")
    assert certificate.statement["medical"] == ""
    assert "The minimum is not met." in schengen_words(certificate)


def test_hostile_text_is_printed_as_it_stands(cast, caplog):
    country = '<img src="http://127.0.0.1:9/x"><script>alert(1)</script> {{ brand.name }}'
    certificate = ask(cast, cast.ana, country=country)
    assert certificate.status == Certificate.Status.READY
    text = words(certificate)
    assert "<script" not in text
    assert "&lt;img src=&quot;http://127.0.0.1:9/x&quot;&gt;" in text
    assert "{{ brand.name }}" in text


def test_the_same_statement_is_printed_however_late(cast, plain):
    """The edition changes between the request and the printing: the paper is what was asked for."""
    certificate = ask(cast, cast.ana)
    cast.health.edition.covers.get(code="worldwide").limits.update(
        amount=None, unit="none", max_amount=None, max_unit=""
    )
    certificate.refresh_from_db()
    assert "20.000,00 €" in words(certificate)


def test_the_child_without_a_dni(cast, plain):
    certificate = ask(cast, cast.ana, about=cast.carla, language="en")
    assert certificate.statement["dni"] == ""
    assert "DNI or NIE" not in words(certificate)


def test_the_dni_is_masked(cast, plain):
    certificate = ask(cast, cast.ana)
    assert "12345678Z" not in words(certificate)
    assert certificate.statement["dni"] == cast.ana.person.masked_dni


def test_the_qr_code_is_the_address_of_the_check_page(cast, plain):
    certificate = ask(cast, cast.ana)
    context = paper(certificate)
    assert context["verify_url"] == f"http://testserver/verify/{certificate.code}/"
    assert context["qr"] == qr_code(context["verify_url"])
    assert f'd="{context["qr"].path}"' in words(certificate)


def test_the_drawn_modules_are_those_of_the_code():
    text = "http://testserver/verify/ACDEFGHJKMNP/"
    drawn = qr_code(text)
    matrix = segno.make(text, error="m", micro=False).matrix
    dark = {(int(x) - QUIET, int(y) - QUIET) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn.path)}
    assert dark == {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    assert drawn.size == len(matrix) + 2 * QUIET


def test_render_pdf_is_fed_only_what_the_row_holds(cast, plain, django_assert_num_queries):
    certificate = ask(cast, cast.ana)
    context = paper(certificate)
    with django_assert_num_queries(0):
        render_pdf(TEMPLATE, context, language="es")
