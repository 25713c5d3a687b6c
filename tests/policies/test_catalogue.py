"""Loading editions: what is refused and how it is said, what a second run does, what may be removed."""

import shutil
from datetime import date
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

from core.schema import Problem
from policies.catalogue import CatalogueError, load
from policies.models import Cover, Edition, Limit, Product
from tests.people import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """A copy of the demo insurer's editions that a test may spoil."""
    shutil.copytree(settings.BRAND_DIR / "products", tmp_path / "products")
    return tmp_path


def spoil(folder, name, old, new):
    path = folder / "products" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


FILE = "familia-2024.toml"
MEDICAL = "covers[worldwide].limits[medical_abroad]"

# (what is wrong, written in the file, written instead, key, reason)
REFUSED = [
    (
        "missing language",
        'names = { es = "Servicio funerario", en = "Funeral service", ca = "Servei funerari" }',
        'names = { es = "Servicio funerario", en = "Funeral service" }',
        "covers[funeral].names.ca",
        "is missing",
    ),
    (
        "empty text",
        'en = "Funeral service"',
        'en = ""',
        "covers[funeral].names.en",
        "must not be empty",
    ),
    (
        "language that the brand does not speak",
        'en = "Funeral service"',
        'en = "Funeral service", fr = "Obsèques"',
        "covers[funeral].names.fr",
        "is not a language of the brand",
    ),
    (
        "wrong type",
        "trip_days = 90",
        'trip_days = "90"',
        "edition.trip_days",
        "must be a whole number, not '90'",
    ),
    (
        "unknown key",
        "trip_days = 90",
        "trip_days = 90\ntrip_nights = 89",
        "edition.trip_nights",
        "is not a key that is known here",
    ),
    (
        "missing key",
        'code = "PF-2024"\n',
        "",
        "edition.code",
        "is missing",
    ),
    (
        "date as text that is none",
        "valid_from = 2024-06-01",
        'valid_from = "2024-06-31"',
        "edition.valid_from",
        "'2024-06-31' is not a date (year-month-day)",
    ),
    (
        "dates turned round",
        "valid_from = 2024-06-01",
        "valid_from = 2024-06-01\nvalid_to = 2024-05-31",
        "edition.valid_to",
        "2024-05-31 is before valid_from, 2024-06-01",
    ),
    (
        "money with one decimal",
        "amount = 18000.00",
        "amount = 18000.0",
        f"{MEDICAL}.amount",
        "an amount of money has two decimals, not 18000.0",
    ),
    (
        "money with three decimals",
        "amount = 18000.00",
        "amount = 18000.000",
        f"{MEDICAL}.amount",
        "an amount of money has two decimals, not 18000.000",
    ),
    (
        "money without decimals",
        "amount = 18000.00",
        "amount = 18000",
        f"{MEDICAL}.amount",
        "an amount of money has two decimals, not 18000",
    ),
    (
        "money of the total",
        "max_amount = 1500.00",
        "max_amount = 1500",
        "covers[worldwide].limits[own_hotel].max_amount",
        "an amount of money has two decimals, not 1500",
    ),
    (
        "negative sum",
        "amount = 18000.00",
        "amount = -18000.00",
        f"{MEDICAL}.amount",
        "-18000.00 is below 0",
    ),
    (
        "unknown unit",
        'amount = 18000.00\nunit = "eur"',
        'amount = 18000.00\nunit = "pesetas"',
        f"{MEDICAL}.unit",
        "'pesetas' is none of: eur, percent, minutes, hours, working_hours, days, working_days, months, "
        "years, sessions, count, times_daily_sum, none, policy, condition",
    ),
    (
        "figure missing for its unit",
        "amount = 18000.00\n",
        "",
        f"{MEDICAL}.amount",
        "is missing for the unit 'eur'",
    ),
    (
        "figure with a unit that has none",
        'amount = 18000.00\nunit = "eur"',
        'amount = 18000.00\nunit = "policy"',
        f"{MEDICAL}.amount",
        "must not stand with the unit 'policy'",
    ),
    (
        "total without unit",
        'max_amount = 1500.00\nmax_unit = "eur"',
        "max_amount = 1500.00",
        "covers[worldwide].limits[own_hotel].max_unit",
        "is missing, it goes with max_amount",
    ),
    (
        "parent that does not exist",
        'parent = "medical_abroad"',
        'parent = "medical_home"',
        "covers[worldwide].limits[smallest_bill].parent",
        "there is no limit 'medical_home' above it in this cover",
    ),
    (
        "limit twice",
        'code = "dental_urgent"',
        'code = "medical_abroad"',
        f"{MEDICAL}.code",
        "stands twice",
    ),
    (
        "cover twice",
        '[[covers]]\ncode = "club"',
        '[[covers]]\ncode = "pets"',
        "covers[pets].code",
        "stands twice",
    ),
    (
        "cover that needs one which is not there",
        'requires = ["worldwide"]',
        'requires = ["world"]',
        "covers[worldwide_plus].requires",
        "there is no cover 'world' in this edition",
    ),
    (
        "ages turned round",
        "entry_age_min = 14\nentry_age_max = 65",
        "entry_age_min = 65\nentry_age_max = 14",
        "covers[accident].entry_age_max",
        "14 is below entry_age_min, 65",
    ),
    (
        "feature that no cover unlocks",
        'features = ["travel"]',
        'features = ["travel", "network"]',
        "edition.features",
        "no cover unlocks 'network'",
    ),
    (
        "invented figure in an edition that does not say so",
        'amount = 18000.00\nunit = "eur"',
        'amount = 18000.00\nunit = "eur"\ninvented = true',
        "edition.invented",
        "must be true exactly when a term, a cover or a limit is invented",
    ),
    (
        "phone that the brand has not",
        '"palliative"]',
        '"grief"]',
        "edition.phones",
        "there is no phone 'grief' in brand.toml",
    ),
    (
        "product that the brand does not sell",
        '[product]\ncode = "familia"',
        '[product]\ncode = "hogar"',
        "product.code",
        "'hogar' is not a product of brand.toml",
    ),
    (
        "product unlike that of another file",
        'kind = "funeral"',
        'kind = "health"',
        "product",
        "is not the same as in familia-2012.toml",
    ),
    (
        "edition code of another file",
        'code = "PF-2024"',
        'code = "PF-2012"',
        "edition.code",
        "'PF-2012' stands in familia-2012.toml too",
    ),
    (
        "percentage over a hundred",
        "right = 60",
        "right = 160",
        "disability_scale[P01].right",
        "160 is above 100",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused(folder, old, new, key, reason):
    spoil(folder, FILE, old, new)
    with pytest.raises(CatalogueError) as raised:
        load(folder)
    assert Problem(FILE, key, reason) in raised.value.problems
    assert f"{FILE}: {key}: {reason}" in str(raised.value).splitlines()


def test_a_date_that_does_not_exist_is_named_with_its_line(folder):
    spoil(folder, FILE, "valid_from = 2024-06-01", "valid_from = 2024-06-31")
    with pytest.raises(CatalogueError) as raised:
        load(folder)
    [problem] = raised.value.problems
    assert (problem.file, problem.key) == (FILE, "valid_from")
    assert problem.reason.startswith("not valid TOML")
    assert "line 12" in problem.reason


def test_all_problems_of_all_files_are_said_at_once(folder):
    spoil(folder, FILE, "amount = 18000.00", "amount = 18000")
    spoil(folder, FILE, 'parent = "bail"', 'parent = "loan"')
    spoil(folder, "salud-2026.toml", "trip_days = 180", "trip_days = true")
    with pytest.raises(CatalogueError) as raised:
        load(folder)
    assert [(problem.file, problem.key) for problem in raised.value.problems] == [
        (FILE, f"{MEDICAL}.amount"),
        (FILE, "covers[worldwide].limits[bail_repayment_after_return].parent"),
        ("salud-2026.toml", "edition.trip_days"),
    ]


def test_a_folder_without_editions_is_refused_and_removes_nothing(folder):
    for path in (folder / "products").iterdir():
        path.unlink()
    with pytest.raises(CatalogueError, match="there is no edition file"):
        load(folder)
    assert Edition.objects.count() == 3


def test_a_product_without_an_edition_is_refused(folder):
    (folder / "products" / "salud-2026.toml").unlink()
    with pytest.raises(CatalogueError, match=r"brand\.toml: products: 'salud' has no edition file"):
        load(folder)
    assert Edition.objects.filter(code="SA-2026").exists()


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Product, Edition, Cover, Limit)]


def test_a_second_run_changes_nothing_and_says_so(folder, django_assert_max_num_queries):
    before = everything()
    with django_assert_max_num_queries(60):
        report = load(folder)
    assert report.changed is False
    assert everything() == before
    counts = f"2 product, 3 edition, {Cover.objects.count()} cover, {Limit.objects.count()} limit"
    assert report.lines() == [f"Nothing to change: {counts}."]


def test_a_first_run_creates_everything(folder):
    wanted = {model: model.objects.count() for model in (Product, Edition, Cover, Limit)}
    Edition.objects.all().delete()
    Product.objects.all().delete()
    report = load(folder)
    assert report.created == {model._meta.model_name: number for model, number in wanted.items()}
    assert not report.updated
    assert not report.removed


def test_a_changed_figure_updates_its_row_and_no_other(folder):
    limit = Limit.objects.get(cover__edition__code="PF-2024", code="dental_urgent")
    spoil(folder, FILE, "amount = 500.00", "amount = 550.00")
    report = load(folder)
    assert (dict(report.created), dict(report.updated), dict(report.removed)) == ({}, {"limit": 1}, {})
    assert report.lines() == ["updated: 1 limit"]
    limit.refresh_from_db()
    assert str(limit.amount) == "550.00"


def test_a_dry_run_counts_and_writes_nothing(folder):
    before = everything()
    spoil(folder, FILE, "amount = 500.00", "amount = 550.00")
    report = load(folder, dry_run=True)
    assert dict(report.updated) == {"limit": 1}
    assert everything() == before


def without(text, start, end):
    first = text.index(start)
    return text[:first] + text[text.index(end, first) :]


def test_a_cover_that_left_the_file_is_removed_with_its_limits(folder):
    path = folder / "products" / "familia-2012.toml"
    path.write_text(without(path.read_text(), '[[covers]]\ncode = "dna"', "# ---"), encoding="utf-8")
    report = load(folder)
    assert dict(report.removed) == {"limit": 1, "cover": 1}
    assert not Cover.objects.filter(code="dna").exists()


def test_a_parent_that_left_the_file_takes_its_sub_limits_with_it(folder):
    path = folder / "products" / FILE
    start = '[[covers.limits]]\ncode = "green_funeral"'
    path.write_text(without(path.read_text(), start, "# ---"), encoding="utf-8")
    assert dict(load(folder).removed) == {"limit": 2}
    assert not Limit.objects.filter(code__startswith="green").exists()


def test_a_cover_that_somebody_has_is_not_removed(folder, cast: Cast):
    path = folder / "products" / FILE
    before = everything()
    text = (
        path.read_text()
        .replace('requires = ["worldwide"]\n', "")
        .replace('requires = ["funeral", "worldwide"]', 'requires = ["funeral"]')
    )
    text = without(text, '[[covers]]\ncode = "worldwide"', "# ---")
    path.write_text(text.replace('features = ["travel"]', "features = []"), encoding="utf-8")
    insured = Cover.objects.get(edition__code="PF-2024", code="worldwide").insured_covers.count()
    assert insured > 0
    with pytest.raises(CatalogueError) as raised:
        load(folder)
    [problem] = [problem for problem in raised.value.problems if problem.key == "PF-2024: covers[worldwide]"]
    assert problem.reason.startswith(f"stands in no file, but is in use: {insured} ")
    assert everything() == before


def test_names_and_texts_speak_the_active_language():
    cover = Cover.objects.get(edition__code="PF-2024", code="hospital")
    limit = Limit.objects.get(cover__edition__code="PF-2024", cover__code="worldwide", code="air_ambulance")
    said = {}
    for language in ("es", "en", "ca"):
        with translation.override(language):
            said[language] = (cover.name, cover.waiting_text, limit.name)
            assert limit.text == limit.texts[language]
    assert said == {
        "es": (
            "Renta diaria por hospitalización",
            "Solo para embarazo, nacimiento y adopción.",
            "Avión sanitario",
        ),
        "en": ("Hospital daily benefit", "Only for pregnancy, birth and adoption.", "Air ambulance"),
        "ca": (
            "Renda diària per hospitalització",
            "Només per a embaràs, naixement i adopció.",
            "Avió sanitari",
        ),
    }


def test_editions_of_the_family_product_follow_each_other_without_a_gap():
    old, new = Edition.objects.filter(product__code="familia").order_by("valid_from")
    assert (old.valid_from, old.valid_to) == (date(2012, 1, 1), date(2024, 5, 31))
    assert (new.valid_from, new.valid_to) == (date(2024, 6, 1), None)


def run(*args):
    out = StringIO()
    call_command("load_catalogue", *args, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_reads_the_brand_folder():
    [line] = run()
    assert line.startswith("Nothing to change: 2 product")


def test_the_command_can_only_look(folder):
    spoil(folder, FILE, "amount = 500.00", "amount = 550.00")
    assert run(str(folder), "--dry-run") == ["Dry run, nothing is written.", "updated: 1 limit"]


def test_the_command_says_every_problem(folder):
    spoil(folder, FILE, "amount = 18000.00", "amount = 18000")
    with pytest.raises(CommandError) as raised:
        run(str(folder))
    assert str(raised.value).splitlines() == [
        "The catalogue was not loaded.",
        f"{FILE}: {MEDICAL}.amount: an amount of money has two decimals, not 18000",
    ]
