from datetime import date, datetime
from decimal import Decimal

import pytest
from django.apps import apps

from core import legal_terms
from core.deadlines import MADRID
from core.legal_terms import DEFAULT_FILE, TermsError, UnknownTermError, current, load, term

TODAY = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("key", "on", "value", "unit"),
    [
        ("cmp.resolve", date(2025, 12, 27), 2, "months"),  # Orden ECO/734/2004
        ("cmp.resolve", date(2025, 12, 28), 1, "months"),  # Ley 10/2025
        ("lcs.nonrenewal_holder", date(2015, 12, 31), 2, "months"),
        ("lcs.nonrenewal_holder", date(2016, 1, 1), 1, "months"),
        ("money.legal_interest", date(2022, 12, 31), Decimal("3.00"), "percent"),
        ("money.legal_interest", date(2023, 1, 1), Decimal("3.25"), "percent"),
        ("lcs.grace_period", date(1975, 1, 1), 1, "months"),  # old funeral contracts have old receipts
        ("lcs.grace_period", TODAY, 1, "months"),
    ],
)
def test_the_row_that_holds_on_a_day(key, on, value, unit):
    found = term(key, on=on)
    assert (found.value, found.unit) == (value, unit)


def test_a_remedy_interrupts_the_month_of_a_complaint():
    assert term("cmp.remedy", on=date(2025, 12, 27)).interrupts == "suspend"
    assert term("cmp.remedy", on=TODAY).interrupts == "restart"
    assert term("cmp.resolve", on=TODAY).interrupts is None


def test_a_moment_is_read_as_its_day():
    assert term("cmp.resolve", on=datetime(2025, 12, 27, 23, 59, tzinfo=MADRID)).value == 2


def test_every_row_holds_on_its_own_first_and_last_day():
    for row in current():
        assert current().term(row.key, row.valid_from) is row
        assert current().term(row.key, row.valid_to or date.max) is row


def test_unknown_keys_and_days_are_named():
    with pytest.raises(UnknownTermError, match=r"no legal term is called cmp\.resolv$"):
        term("cmp.resolv", on=TODAY)
    with pytest.raises(UnknownTermError, match=r"svc\.billing_answer has no value on 2025-12-27"):
        term("svc.billing_answer", on=date(2025, 12, 27))


def write(folder, text):
    path = folder / "terms.toml"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = 'key = "a.b", value = 1, unit = "months", source = "art. 1"'


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ('{ value = 1, unit = "days", source = "x" }', "row 1: key is missing"),
        ('{ key = "a.b", unit = "days", source = "x" }', "a.b: value is missing"),
        ('{ key = "a.b", value = 1, source = "x" }', "a.b: unit is missing"),
        ('{ key = "a.b", value = 1, unit = "days" }', "a.b: source is missing"),
        ('{ key = "a.b", value = 1, unit = "days", source = " " }', "a.b: source must be a text"),
        ('{ key = "a.b", value = 1, unit = "weeks", source = "x" }', "a.b: unknown unit weeks"),
        ('{ key = "a.b", value = 0, unit = "days", source = "x" }', "a.b: value must be more than zero"),
        ('{ key = "a.b", value = -1, unit = "days", source = "x" }', "a.b: value must be more than zero"),
        (
            '{ key = "a.b", value = 1.5, unit = "days", source = "x" }',
            "a.b: value must be a whole number of days",
        ),
        (
            '{ key = "a.b", value = "1", unit = "days", source = "x" }',
            "a.b: value must be a whole number of days",
        ),
        (
            '{ key = "a.b", value = true, unit = "days", source = "x" }',
            "a.b: value must be a whole number of days",
        ),
        ('{ key = "a.b", value = nan, unit = "factor", source = "x" }', "a.b: value must be a number"),
        (f'{{ {GOOD}, calendar = "working" }}', "a.b: calendar must be natural for months"),
        (f'{{ {GOOD}, interrupts = "stop" }}', "a.b: interrupts must be one of restart, suspend"),
        (f"{{ {GOOD}, promise = 1 }}", "a.b: promise must be true or false"),
        (f"{{ {GOOD}, before = 1 }}", "a.b: before must be true or false"),
        (
            '{ key = "a.b", value = 1, unit = "working_days", before = true, source = "x" }',
            "a.b: working_days cannot be counted back",
        ),
        (
            '{ key = "a.b", value = 1, unit = "percent", before = true, source = "x" }',
            "a.b: percent cannot be counted back",
        ),
        (f'{{ {GOOD}, colour = "red" }}', "a.b: colour is not a known field"),
        (f'{{ {GOOD}, valid_from = "2026-01-01" }}', "a.b: valid_from must be a date"),
        (f"{{ {GOOD}, valid_from = 2026-01-01T00:00:00 }}", "a.b: valid_from must be a date"),
        (
            f"{{ {GOOD}, valid_from = 2026-01-02, valid_to = 2026-01-01 }}",
            "a.b: valid_to lies before valid_from",
        ),
        (f"{{ {GOOD} }}, {{ {GOOD} }}", "a.b: two rows hold on 0001-01-01"),
        (
            f"{{ {GOOD}, valid_to = 2026-01-01 }}, {{ {GOOD}, valid_from = 2026-01-01 }}",
            "a.b: two rows hold on 2026-01-01",
        ),
        (
            f"{{ {GOOD}, valid_to = 2026-01-01 }}, {{ {GOOD}, valid_from = 2026-01-03 }}",
            "a.b: no row holds on 2026-01-02",
        ),
    ],
)
def test_a_wrong_row_is_refused_with_file_key_and_reason(tmp_path, rows, reason):
    with pytest.raises(TermsError) as refusal:
        load(write(tmp_path, f"term = [{rows}]"))
    assert str(refusal.value) == f"terms.toml: {reason}"


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(TermsError, match=r"^nowhere\.toml: No such file"):
        load(tmp_path / "nowhere.toml")
    with pytest.raises(TermsError, match=r"^terms\.toml: .*line 1"):
        load(write(tmp_path, "term = ]"))
    with pytest.raises(TermsError, match="only a list called term"):
        load(write(tmp_path, "terms = []"))
    with pytest.raises(TermsError, match="only a list called term"):
        load(write(tmp_path, "term = 3"))


def test_rows_of_one_key_may_follow_each_other_and_stand_in_any_order(tmp_path):
    rows = f"term = [{{ {GOOD}, valid_from = 2026-01-02 }}, {{ {GOOD}, valid_to = 2026-01-01 }}]"
    terms = load(write(tmp_path, rows))
    assert terms.term("a.b", date(2026, 1, 1)).valid_to == date(2026, 1, 1)
    assert terms.term("a.b", date(2026, 1, 2)).valid_to is None
    assert terms.keys() == ("a.b",)


def test_working_units_have_the_working_calendar(tmp_path):
    terms = load(write(tmp_path, 'term = [{ key = "a", value = 1, unit = "working_days", source = "x" }]'))
    assert terms.term("a", TODAY).calendar == "working"


def test_an_insurer_lays_its_own_rows_over_ours(tmp_path, settings):
    own = (
        'term = [{ key = "lcs.restore_cover", value = 24, unit = "hours_after_day", source = "Conditions" }]'
    )
    settings.LEGAL_TERMS_FILES = [str(write(tmp_path, own))]
    assert term("lcs.restore_cover", on=TODAY).value == 24
    assert term("lcs.extinction", on=TODAY).value == 6
    settings.LEGAL_TERMS_FILES = []
    assert term("lcs.restore_cover", on=TODAY).value == 0


def test_a_wrong_file_of_the_insurer_refuses_the_start(tmp_path, settings):
    settings.LEGAL_TERMS_FILES = [str(write(tmp_path, f"term = [{{ {GOOD}, colour = 'red' }}]"))]
    with pytest.raises(TermsError, match=r"^terms\.toml: a\.b: colour is not a known field$"):
        apps.get_app_config("core").ready()


def test_the_file_is_read_once():
    assert legal_terms.current() is legal_terms.current()
    assert DEFAULT_FILE.name == "legal_terms.toml"
