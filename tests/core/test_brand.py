"""The brand folder: what is read, what is refused and how it is said, and when a phone line is answered."""

import shutil
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from core.brand import BrandError, get_brand, is_open, load_brand, next_opening
from core.colours import contrast
from core.schema import Problem
from core.text import localised
from core.working_days import is_working_day

MADRID = ZoneInfo("Europe/Madrid")


@pytest.fixture
def folder(tmp_path):
    shutil.copy(settings.BASE_DIR / "brands" / "alborada" / "brand.toml", tmp_path)
    return tmp_path


def spoil(folder, old, new):
    path = folder / "brand.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_demo_insurer(folder):
    brand = load_brand(folder)
    assert (brand.code, brand.name, brand.languages) == ("alborada", "Alborada Seguros", ("es", "en", "ca"))
    assert (brand.legal.company_name, brand.legal.nif) == (
        "Alborada Seguros y Reaseguros, S.A.",
        "A00012344",
    )
    assert brand.complaint_service.email == "reclamaciones@alborada.example"
    assert brand.dpo.address == ("Calle del Alba, 1", "28000 Madrid")
    assert brand.helpline.number == "+34900000000"
    assert brand.password_repeat == "total"
    assert brand.products == ("familia", "salud")
    assert brand.features == {"policies", "certificates", "servicing"}
    assert brand.public_bodies["aepd"].website == "https://www.aepd.es"


def test_the_brand_in_use_comes_from_the_settings():
    assert get_brand() is settings.BRAND


def test_an_unknown_phone_is_an_error():
    with pytest.raises(KeyError):
        get_brand().phone("fax")


def test_no_line_for_customers_costs_extra():
    assert [phone.key for phone in get_brand().phones if phone.number.startswith(("+34901", "+34902"))] == []


# (what is wrong, written in brand.toml, written instead, key, reason)
REFUSED = [
    ("missing key", 'code = "alborada"\n', "", "code", "is missing"),
    (
        "unknown key",
        'code = "alborada"',
        'code = "alborada"\nslogan = "Sí"',
        "slogan",
        "is not a key that is known here",
    ),
    (
        "wrong type",
        'terms_version = "2026-01"',
        "terms_version = 2026",
        "terms_version",
        "must be a text, not 2026",
    ),
    ("empty name", 'name = "Alborada Seguros"', 'name = ""', "name", "must not be empty"),
    (
        "unknown feature",
        '"certificates", ',
        '"certificate", ',
        "features[2]",
        "'certificate' is none of: policies, certificates, practitioners, authorisations, reimbursements, "
        "claims, complaints, servicing, club",
    ),
    (
        "missing language",
        ', ca = "Àrea de clients" }',
        " }",
        "site_name.ca",
        "is missing",
    ),
    (
        "missing language of a phone",
        ', ca = "Mascotes" }',
        " }",
        "phones[pets].label.ca",
        "is missing",
    ),
    (
        "language that is not the brand's",
        'languages = ["es", "en", "ca"]',
        'languages = ["es", "en"]',
        "legal.supervisor.names.ca",
        "is not a language of this brand",
    ),
    ("check digit", "A00012344", "A00012345", "legal.nif", "the check digit of 'A00012345' is wrong"),
    (
        "time zone",
        '"Europe/Madrid"',
        '"Europe/Alborada"',
        "seat.zone",
        "there is no time zone 'Europe/Alborada'",
    ),
    (
        "holiday",
        '"05-15"',
        '"15-05"',
        "seat.local_holidays[1]",
        "'15-05' is not written as expected (month-day, such as 05-15)",
    ),
    (
        "helpline",
        'helpline = "assistance"',
        'helpline = "help"',
        "helpline",
        "there is no phone with the key 'help'",
    ),
    ("phone twice", 'key = "pets"', 'key = "medical"', "phones[medical].key", "stands twice"),
    (
        "number",
        '"+34900000004"',
        '"900000004"',
        "phones[pets].number",
        "'900000004' is not written as expected (E.164, such as +34900000000)",
    ),
    (
        "another number shown",
        '"900 000 004"',
        '"900 000 005"',
        "phones[pets].display",
        "'900 000 005' is not the number +34900000004",
    ),
    (
        "902 number",
        'number = "+34900000004"\ndisplay = "900 000 004"',
        'number = "+34902000004"\ndisplay = "902 000 004"',
        "phones[pets].number",
        "a line for customers must not be a 901 or 902 number",
    ),
    (
        "hours and always",
        "free = true\nworking_days_only = true",
        "free = true\nalways = true\nworking_days_only = true",
        "phones[services].hours",
        "write either always = true or the hours, not both and not neither",
    ),
    (
        "hours turned round",
        'from = "09:00", to = "19:00"',
        'from = "19:00", to = "09:00"',
        "phones[services_2012].hours",
        "closes at 09:00, not after it opens at 19:00",
    ),
    (
        "hour that is none",
        'from = "09:00", to = "19:00"',
        'from = "9:00", to = "19:00"',
        "phones[services_2012].hours[1].from",
        "'9:00' is not written as expected (hour and minute, such as 08:00)",
    ),
    (
        "colour",
        '"#0a5c4a"',
        '"green"',
        "colours.light.brand",
        "'green' is not written as expected (a colour such as #0a5c4a)",
    ),
    (
        "colour that cannot be read",
        '"#0a5c4a"',
        '"#5cc4a8"',
        "colours.light.brand",
        "contrast with #ffffff is 2.1, it needs 4.5",
    ),
    (
        "e-mail",
        '"clientes@alborada.example"',
        '"clientes"',
        "emails.contact",
        "'clientes' is not written as expected (an e-mail address)",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused(folder, old, new, key, reason):
    spoil(folder, old, new)
    with pytest.raises(BrandError) as raised:
        load_brand(folder)
    assert Problem("brand.toml", key, reason) in raised.value.problems
    assert f"brand.toml: {key}: {reason}" in str(raised.value).splitlines()


def test_a_folder_without_brand_file(tmp_path):
    with pytest.raises(BrandError, match=r"brand\.toml: the file is not in"):
        load_brand(tmp_path)


def test_a_file_that_is_no_toml_says_line_and_key(folder):
    spoil(folder, 'name = "Alborada Seguros"', "name = Alborada Seguros")
    with pytest.raises(BrandError) as raised:
        load_brand(folder)
    [problem] = raised.value.problems
    assert problem.key == "name"
    assert "line 5" in problem.reason


@pytest.mark.parametrize(
    ("language", "expected"), [("es", "sí"), ("ca", "sí"), ("en", "yes"), ("en-gb", "yes"), ("gl", "sí")]
)
def test_localised_falls_back_to_the_default_language(language, expected):
    texts = {"en": "yes", "es": "sí"}
    assert localised(texts, language) == expected
    with translation.override(language):
        assert localised(texts) == expected


def test_localised_never_fails():
    assert localised({"eu": "bai"}, "es") == "bai"
    assert localised({}) == ""
    assert localised(None) == ""


def test_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_colours_become_css():
    css = load_brand(settings.BASE_DIR / "brands" / "alborada").colours.stylesheet
    assert css.startswith(":root { --brand: #0a5c4a; --brand-rgb: 10, 92, 74; --brand-strong: #07463a;")
    assert "@media (prefers-color-scheme: dark) { :root { --brand: #5cc4a8;" in css


def madrid(text):
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


# Moments in Madrid: (line, moment, open, opens next). 2026-11-20 is a Friday.
HOURS = [
    ("services", "2026-11-20 07:59", False, "2026-11-20 08:00"),
    ("services", "2026-11-20 08:00", True, "2026-11-20 08:00"),
    ("services", "2026-11-20 21:59", True, "2026-11-20 21:59"),
    ("services", "2026-11-20 22:00", False, "2026-11-23 08:00"),
    ("services", "2026-11-21 12:00", False, "2026-11-23 08:00"),  # Saturday
    ("services", "2026-11-22 12:00", False, "2026-11-23 08:00"),  # Sunday
    ("services", "2026-10-12 12:00", False, "2026-10-13 08:00"),  # national holiday
    ("services", "2027-03-25 12:00", False, "2027-03-29 08:00"),  # Holy Thursday to Easter Sunday
    ("services", "2026-05-15 12:00", False, "2026-05-18 08:00"),  # local holiday of the seat
    ("services", "2025-05-02 12:00", False, "2025-05-05 08:00"),  # regional holiday of the seat
    ("services", "2026-12-31 22:00", False, "2027-01-04 08:00"),  # over New Year
    ("services_2012", "2026-11-20 08:59", False, "2026-11-20 09:00"),
    ("services_2012", "2026-11-20 09:00", True, "2026-11-20 09:00"),
    ("services_2012", "2026-11-20 18:59", True, "2026-11-20 18:59"),
    ("services_2012", "2026-11-20 19:00", False, "2026-11-23 09:00"),
    ("services_2012", "2026-10-12 12:00", True, "2026-10-12 12:00"),  # its hours say nothing of holidays
    ("assistance", "2026-12-25 03:00", True, "2026-12-25 03:00"),
    ("assistance", "2026-11-22 23:59", True, "2026-11-22 23:59"),
]


@pytest.mark.parametrize(("key", "moment", "opened", "following"), HOURS)
def test_open_now(key, moment, opened, following):
    phone = load_brand(settings.BASE_DIR / "brands" / "alborada").phone(key)
    assert is_open(phone, madrid(moment)) is opened
    assert next_opening(phone, madrid(moment)) == madrid(following)


# Eight in the morning of Madrid is 07:00 UTC in winter and 06:00 UTC in summer; clocks change on Sundays.
UTC_MOMENTS = [
    ("2026-03-27 06:59", False),
    ("2026-03-27 07:00", True),
    ("2026-03-30 05:59", False),
    ("2026-03-30 06:00", True),
    ("2026-10-23 05:59", False),
    ("2026-10-23 06:00", True),
    ("2026-10-26 06:59", False),
    ("2026-10-26 07:00", True),
]


@pytest.mark.parametrize(("moment", "opened"), UTC_MOMENTS)
def test_summer_time(moment, opened):
    phone = load_brand(settings.BASE_DIR / "brands" / "alborada").phone("services")
    assert is_open(phone, datetime.fromisoformat(moment).replace(tzinfo=UTC)) is opened


def test_the_next_opening_over_the_change_of_the_clock():
    phone = load_brand(settings.BASE_DIR / "brands" / "alborada").phone("services")
    friday_night = datetime(2026, 10, 23, 21, tzinfo=UTC)
    assert next_opening(phone, friday_night) == datetime(2026, 10, 26, 7, tzinfo=UTC)


def test_a_line_that_is_open_until_midnight(folder):
    spoil(folder, 'to = "19:00"', 'to = "24:00"')
    phone = load_brand(folder).phone("services_2012")
    assert phone.hours[0].closes == time.max
    assert is_open(phone, madrid("2026-11-20 23:59:59"))
    assert not is_open(phone, madrid("2026-11-21 00:00"))


def test_a_line_in_two_parts_of_the_day(folder):
    whole = 'hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "19:00" }]'
    parts = [("09:00", "13:00"), ("16:00", "19:00")]
    rows = ", ".join(f'{{ days = ["mon"], from = "{opens}", to = "{closes}" }}' for opens, closes in parts)
    spoil(folder, whole, f"hours = [{rows}]")
    phone = load_brand(folder).phone("services_2012")
    assert not is_open(phone, madrid("2026-11-23 13:00"))
    assert next_opening(phone, madrid("2026-11-23 13:00")) == madrid("2026-11-23 16:00")
    assert next_opening(phone, madrid("2026-11-23 19:00")) == madrid("2026-11-30 09:00")


def test_hours_in_words():
    brand = load_brand(settings.BASE_DIR / "brands" / "alborada")
    with translation.override("en"):
        assert brand.phone("services").hours_in_words == "Monday to Friday, 08:00 to 22:00, working days only"
        assert brand.phone("services_2012").hours_in_words == "Monday to Friday, 09:00 to 19:00"
        assert brand.phone("assistance").hours_in_words == "24 hours, every day"
        assert brand.phone("pets").name == "Pets"


@time_machine.travel("2026-11-21 11:00+01:00", tick=False)
def test_a_phone_knows_whether_it_is_open_now():
    brand = load_brand(settings.BASE_DIR / "brands" / "alborada")
    assert brand.phone("services").open_now is False
    assert brand.phone("services").opens_next == madrid("2026-11-23 08:00")
    assert brand.phone("assistance").open_now is True


@pytest.mark.parametrize(
    ("day", "region", "expected"),
    [
        ("2026-11-20", "MD", True),
        ("2026-11-21", "MD", False),
        ("2026-05-02", "MD", False),
        ("2025-05-02", "MD", False),
        ("2025-05-02", "CT", True),
        ("2026-09-11", "CT", False),
        ("2026-09-11", "MD", True),
    ],
)
def test_working_days_depend_on_the_region(day, region, expected):
    assert is_working_day(datetime.fromisoformat(day).date(), region) is expected


@pytest.mark.parametrize("page", ["legal_notice", "privacy", "accessibility", "terms", "complaints"])
@pytest.mark.parametrize("language", ["es", "en", "ca"])
def test_legal_texts_are_filled_from_the_brand(page, language):
    brand = load_brand(settings.BASE_DIR / "brands" / "alborada")
    with translation.override(language):
        html = render_to_string(f"brand/legal/{page}.html", {"brand": brand})
    assert html.lstrip().startswith("<h2>" if page != "terms" else "<p>")
    assert "()" not in html
    said = {
        "legal_notice": [brand.legal.company_name, "A00012344", "Paseo de la Castellana, 44"],
        "privacy": [brand.dpo.email, "Calle de Jorge Juan, 6"],
        "accessibility": [brand.emails["contact"]],
        "terms": [brand.terms_version, brand.helpline.display],
        "complaints": [brand.complaint_service.email, "Paseo de la Castellana, 44"],
    }
    for words in said[page]:
        assert words in html


def test_the_complaints_page_promises_what_the_law_demands():
    with translation.override("en"):
        html = render_to_string("brand/legal/complaints.html", {"brand": get_brand()})
    assert "within one month" in html  # Ley 44/2002 art. 29 bis.3
    assert "10 days" in html
