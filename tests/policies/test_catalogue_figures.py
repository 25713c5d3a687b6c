"""The catalogue of the demo insurer, figure by figure, against the conditions of its three editions."""

from decimal import Decimal

import pytest

from policies.models import Cover, Edition, Limit

pytestmark = pytest.mark.django_db

EDITIONS = ("PF-2012", "PF-2024", "SA-2026")
INCLUDED = (None, "none", "", "at_most", None, "")
CONDITION = (None, "condition", "", "at_most", None, "")
ABSENT = None


def eur(amount, per="", bound="at_most", most=None, most_unit="eur"):
    return of(amount, "eur", per, bound, most, most_unit)


def of(amount, unit, per="", bound="at_most", most=None, most_unit=""):
    total = None if most is None else Decimal(str(most))
    return (Decimal(str(amount)), unit, per, bound, total, most_unit if most is not None else "")


def same(figure):
    return (figure, figure, figure)


def policy_sum(per, most=None, most_unit=""):
    return (None, "policy", per, "at_most", None if most is None else Decimal(most), most_unit)


def figure_of(edition, cover, code):
    """The limit as (amount, unit, per, bound, most in all, its unit); None if the edition has no such row."""
    limit = Limit.objects.filter(cover__edition__code=edition, cover__code=cover, code=code).first()
    if limit is None:
        return None
    return (limit.amount, limit.unit, limit.per, limit.bound, limit.max_amount, limit.max_unit)


# One line per figure of rows WOR-01 to WOR-30: (row, code of the limit, 2012, 2024, health annex of 2026).
WORLDWIDE = [
    ("WOR-01", "max_stay", of(60, "days", "trip"), of(90, "days", "trip"), of(180, "days", "trip")),
    ("WOR-02", "territory", *same(CONDITION)),
    ("WOR-03", "medical_abroad", eur(15000, "person"), eur(18000, "person"), eur(20000)),
    ("WOR-04", "dental_urgent", eur(150), eur(500), eur(300)),
    ("WOR-05", "own_hotel", eur(60, "day", most=300), eur(150, "day", most=1500), eur(80, "day", most=800)),
    ("WOR-06", "relative_ticket", *same(INCLUDED)),
    ("WOR-06", "relative_ticket_stay", *same(of(5, "days", "stay", "more_than"))),
    (
        "WOR-07",
        "relative_hotel",
        eur(60, "day", most=300),
        eur(150, "day", most=1500),
        eur(80, "day", most=10, most_unit="days"),
    ),
    ("WOR-08", "medical_repatriation", INCLUDED, INCLUDED, (None, "none", "event", "at_most", None, "")),
    ("WOR-08", "air_ambulance", *same(INCLUDED)),
    ("WOR-09", "insured_return", *same(INCLUDED)),
    ("WOR-09", "escort_children", *same(of(15, "years", "", "less_than"))),
    ("WOR-10", "early_return_death", *same(INCLUDED)),
    ("WOR-11", "early_return_home", *same(INCLUDED)),
    ("WOR-12", "return_to_trip", *same(INCLUDED)),
    ("WOR-13", "deceased_repatriation", *same(INCLUDED)),
    ("WOR-14", "deceased_companion", *same(INCLUDED)),
    ("WOR-14", "deceased_companion_hotel", ABSENT, ABSENT, eur(80, "day", most=3, most_unit="days")),
    ("WOR-15", "document_delivery", eur("60.10"), eur("60.10"), INCLUDED),
    ("WOR-16", "legal_defence", *same(eur(1500))),
    ("WOR-17", "court_security", eur(1500), eur(1500), ABSENT),
    ("WOR-18", "bail", *same(eur(6000))),
    ("WOR-18", "bail_repayment_after_return", of(2, "months"), of(2, "months"), ABSENT),
    ("WOR-18", "bail_repayment_after_request", of(3, "months"), of(3, "months"), ABSENT),
    ("WOR-18", "bail_repayment", ABSENT, ABSENT, of(3, "months")),
    ("WOR-19", "cash_advance", ABSENT, ABSENT, eur(1500)),
    ("WOR-19", "cash_advance_repayment", ABSENT, ABSENT, of(30, "days")),
    ("WOR-20", "lost_documents", ABSENT, ABSENT, eur(120)),
    ("WOR-21", "missed_connection", ABSENT, ABSENT, eur(120)),
    ("WOR-22", "home_childcare", ABSENT, ABSENT, eur(60, "day", most=7, most_unit="days")),
    ("WOR-22", "home_childcare_age", ABSENT, ABSENT, of(15, "years", "", "less_than")),
    ("WOR-23", "card_cancellation", ABSENT, ABSENT, INCLUDED),
    ("WOR-23", "phone_block", ABSENT, ABSENT, INCLUDED),
    ("WOR-24", "medicine_delivery", *same(INCLUDED)),
    ("WOR-24", "medical_advice", *same(INCLUDED)),
    ("WOR-24", "luggage_search", *same(INCLUDED)),
    ("WOR-24", "travel_information", *same(INCLUDED)),
    ("WOR-24", "urgent_messages", *same(INCLUDED)),
    (
        "WOR-25",
        "smallest_bill",
        eur("9.02", bound="at_least"),
        eur("9.02", bound="at_least"),
        eur(10, bound="at_least"),
    ),
    ("WOR-26", "pregnancy_complications", *same(of(6, "months", "pregnancy"))),
    ("WOR-29", "request_first", *same(CONDITION)),
    ("WOR-30", "other_insurance_first", *same(CONDITION)),
    ("WOR-30", "unused_ticket", ABSENT, ABSENT, CONDITION),
    ("TRV-04", "call_details", *same(CONDITION)),
    ("TRV-06", "repaid_on_return", *same(CONDITION)),
]


@pytest.mark.parametrize(
    ("edition", "code", "expected"),
    [
        pytest.param(edition, code, figure, id=f"{row}-{code}-{edition}")
        for row, code, *figures in WORLDWIDE
        for edition, figure in zip(EDITIONS, figures, strict=True)
    ],
)
def test_worldwide_assistance(edition, code, expected):
    assert figure_of(edition, "worldwide", code) == expected


def test_the_tables_hold_every_worldwide_limit():
    loaded = set(Limit.objects.filter(cover__code="worldwide").values_list("code", flat=True))
    assert loaded == {code for _row, code, *_figures in WORLDWIDE}


@pytest.mark.parametrize(("edition", "excluded"), [("PF-2012", False), ("PF-2024", False), ("SA-2026", True)])
@pytest.mark.parametrize("code", ["pandemics", "biological_chemical"])  # WOR-27
def test_pandemics_and_agents_are_excluded_by_the_health_annex_only(edition, excluded, code):
    exclusions = Cover.objects.get(edition__code=edition, code="worldwide").exclusions
    assert (code in {exclusion["code"] for exclusion in exclusions}) is excluded


@pytest.mark.parametrize(
    ("edition", "words"),
    [("PF-2012", "more than 60 days"), ("PF-2024", "more than 90 days")],
)
def test_complementary_world_cover(edition, words):  # WOR-28
    cover = Cover.objects.get(edition__code=edition, code="worldwide_plus")
    assert cover.compulsory is False
    assert words in cover.limits.get(code="body_transfer").texts["en"]
    assert figure_of(edition, "worldwide_plus", "body_transfer") == INCLUDED
    assert figure_of(edition, "worldwide_plus", "resident_insured") == of(1, "count", "policy", "at_least")
    assert figure_of(edition, "worldwide_plus", "relatives_abroad") == of(2, "count")


def test_the_health_annex_has_no_complementary_world_cover():  # WOR-28
    assert not Cover.objects.filter(edition__code="SA-2026", code="worldwide_plus").exists()


HOURS_A_WEEK = {"most": 7, "most_unit": "working_days"}

# The funeral product: (row, cover, limit, 2012, 2024). One figure stands for both editions.
FAMILY = [
    ("FUN-01", "funeral", "funeral_service", policy_sum("person")),
    (
        "FUN-02",
        "funeral",
        "single_premium_entry_age",
        of(71, "years", "", "at_least"),
        of(70, "years", "", "at_least"),
    ),
    ("FUN-04", "funeral", "swap_elements", CONDITION),
    ("FUN-05", "funeral", "surplus", CONDITION),
    ("FUN-06", "funeral", "not_served", CONDITION),
    ("FUN-07", "funeral", "limb_burial", INCLUDED),
    ("FUN-08", "funeral", "infant_burial", INCLUDED),
    ("FUN-08", "funeral", "infant_age", of(30, "days", "child")),
    ("FUN-10", "funeral", "green_funeral", ABSENT, INCLUDED),
    ("FUN-10", "funeral", "green_principles", ABSENT, of(9, "count", "", "exactly")),
    ("FUN-11", "funeral", "other_town", CONDITION),
    ("FUN-12", "complementary", "complementary_sum", policy_sum("person")),
    ("FUN-13", "additional", "additional_sum", policy_sum("person")),
    ("TRA-01", "transfer", "transfer_in_spain", INCLUDED),
    ("TRA-02", "transfer", "stay_abroad", of(60, "days", "trip"), of(90, "days", "trip")),
    ("TRA-03", "transfer", "ask_in_time", CONDITION),
    ("TRA-04", "foreign_repatriation", "body_to_origin", INCLUDED),
    ("TRA-05", "foreign_repatriation", "companion_ticket", of(1, "count", "event")),
    ("HOS-01", "hospital", "daily_sum", policy_sum("day", 365, "days")),
    (
        "HOS-02",
        "hospital",
        "minimum_stay",
        of(24, "hours", "stay", "at_least"),
        of(24, "hours", "stay", "more_than"),
    ),
    ("HOS-04", "hospital", "new_process_gap", of(6, "months", "", "more_than")),
    ("HOS-06", "hospital", "birth", of(3, "times_daily_sum", "child", "exactly")),
    ("HOS-06", "hospital", "gestation", of(6, "months", "", "at_least")),
    ("HOS-06", "hospital", "mother_insured", of(8, "months", "", "more_than")),
    ("HOS-07", "hospital", "adoption", of(3, "times_daily_sum", "child", "exactly")),
    ("HOS-07", "hospital", "adoption_start", of(8, "months", "", "more_than")),
    ("HOS-08", "hospital", "inclusion", of(3, "times_daily_sum", "child", "exactly")),
    ("HOS-08", "hospital", "inclusion_term", of(6, "months", "child")),
    ("HOS-09", "hospital", "pregnancy_days", of(7, "days", "pregnancy")),
    ("HOS-11", "hospital", "early_report", of(7, "days", "stay", "more_than")),
    ("ACC-01", "accident", "accidental_death", policy_sum("person")),
    ("ACC-07", "accident", "permanent_disability", policy_sum("person")),
    ("BAR-R2", "accident", "disability_total", of(100, "percent", "event")),
    ("ACC-02", "accident", "disability_fixed", of(1, "years")),
    ("BAR-R6", "accident", "death_after_disability", of(1, "years")),
    ("ACC-09", "accident", "experts", CONDITION),
    ("CAR-02", "family_care", "formalities", INCLUDED),
    ("CAR-02", "family_care", "inheritance_advice", INCLUDED),
    ("CAR-02", "family_care", "inheritance_tax", INCLUDED),
    ("CAR-03", "family_care", "no_courts", CONDITION),
    ("LEG-01", "legal_care", "legal_advice", INCLUDED),
    ("DL-17", "legal_care", "research_answer", of(48, "hours")),
    ("LEG-02", "legal_care", "online_will", INCLUDED),
    ("LEG-02", "legal_care", "will_changes", of(1, "count", "year")),
    ("LEG-04", "legal_care", "digital_legacy", ABSENT, INCLUDED),
    ("LEG-04", "legal_care", "digital_accounts", ABSENT, of(4, "count", "person")),
    ("PSY-01", "psychological_care", "grief_line", INCLUDED),
    ("DL-15", "psychological_care", "grief_call_from", of(7, "days", "", "at_least")),
    ("DL-15", "psychological_care", "grief_call_until", of(10, "days")),
    ("PSY-02", "psychological_care", "grief_sessions", of(3, "sessions", "event")),
    ("PSY-02", "psychological_care", "grief_session_length", of(45, "minutes", "session", "exactly")),
    ("PSY-02", "psychological_care", "grief_first_visit", of(90, "minutes", "session", "at_least")),
    ("PSY-02", "psychological_care", "grief_term", of(1, "years")),
    ("PSY-03", "psychological_care", "grief_phone_session", of(30, "minutes", "session")),
    ("PSY-04", "psychological_care", "palliative_sessions", ABSENT, of(5, "sessions", "event")),
    (
        "PSY-04",
        "psychological_care",
        "palliative_session_length",
        ABSENT,
        of(45, "minutes", "session", "at_least"),
    ),
    (
        "PSY-04",
        "psychological_care",
        "palliative_first_visit",
        ABSENT,
        of(90, "minutes", "session", "at_least"),
    ),
    ("PSY-04", "psychological_care", "palliative_line", ABSENT, INCLUDED),
    ("PLU-01", "home_help", "hospital_before", of(3, "days", "stay", "at_least")),
    ("PLU-01", "home_help", "home_rest", of(7, "days", "event", "at_least")),
    ("DL-18", "home_help", "start_from", of(48, "working_hours", "", "at_least")),
    ("DL-18", "home_help", "start_until", of(72, "working_hours")),
    ("PLU-01.1", "home_help", "babysitter", of(2, "hours", "day", **HOURS_A_WEEK)),
    ("PLU-01.1", "home_help", "babysitter_age", of(10, "years", "", "less_than")),
    ("PLU-01.2", "home_help", "hygiene", of(1, "hours", "day", **HOURS_A_WEEK)),
    ("PLU-01.3", "home_help", "hairdresser", of(2, "count", "month")),
    ("PLU-01.4", "home_help", "cleaning", of(3, "hours", "day", **HOURS_A_WEEK)),
    ("PLU-01.5", "home_help", "company", of(4, "hours", "day", **HOURS_A_WEEK)),
    ("PLU-01.6", "home_help", "groceries", of(1, "count", "week")),
    ("PLU-01.7", "home_help", "meals", of(1, "count", "day")),
    ("PLU-01.8", "home_help", "night_pharmacy", INCLUDED),
    ("PLU-01.9", "home_help", "alarm", of(1, "months", "event")),
    ("PLU-01.9", "home_help", "alarm_hospital_stay", of(15, "days", "stay", "at_least")),
    ("PLU-01.10", "home_help", "pet_company", of(1, "hours", "day", **HOURS_A_WEEK)),
    ("PLU-01.11", "home_help", "nurse", of(1, "sessions", "day", most=15, most_unit="days")),
    ("PLU-01.11", "home_help", "nurse_session", ABSENT, of(1, "hours", "session", "exactly")),
    ("PLU-01.12", "home_help", "physiotherapist", of(1, "hours", "day", most=15, most_unit="days")),
    ("PLU-01.13", "home_help", "household", of(2, "hours", "day", most=7, most_unit="days")),
    ("PLU-02", "dna", "dna_discount", of(15, "percent", "", "exactly"), ABSENT),
    ("PLU-03", "home_teaching", "absence", of(15, "days", "event", "more_than")),
    ("PLU-03", "home_teaching", "teaching_from", of(15, "days", "event", "at_least")),
    ("PLU-03", "home_teaching", "lessons", of(2, "hours", "day")),
    ("PLU-03", "home_teaching", "lessons_week", of(10, "hours", "week")),
    ("PLU-04", "legal_protection", "legal_costs", eur(2000, "event")),
    ("PLU-04", "legal_protection", "smallest_claim", eur(200, "event", "at_least")),
    ("PLU-04", "legal_protection", "documents", INCLUDED),
    ("PLU-04", "legal_protection", "damage_claims", INCLUDED),
    ("PLU-04", "legal_protection", "criminal_defence", INCLUDED),
    ("PLU-05", "legal_protection", "living_will", INCLUDED),
    ("DL-19", "legal_protection", "declare_within", of(2, "years", "event")),
    ("DL-19", "legal_protection", "declare_within_tax", of(4, "years", "event")),
    ("PET-01", "pets", "pet_line", INCLUDED),
    ("PET-02", "pets", "pet_death", eur(250, "event")),
    ("PET-02", "pets", "pet_burial", eur(100, "event")),
    ("PET-02", "pets", "pet_cremation", eur(100, "event")),
    ("PET-02", "pets", "pet_putting_down", eur(50, "event")),
    ("PET-03", "pets", "pet_notice", of(60, "days", "event")),
    ("EXC-16", "pets", "pet_age_min", of(6, "months", "", "at_least")),
    ("EXC-16", "pets", "pet_age_max", of(8, "years")),
    ("DEN-01", "dental_accident", "teeth", of(3, "count", "event", "more_than")),
    ("DEN-01", "dental_accident", "dental_costs", eur(6000, "event")),
    ("DEN-01", "dental_accident", "dental_term", of(1, "years", "event")),
    ("CLB-01", "club", "medical_lines", INCLUDED),
    ("CLB-01", "club", "reduced_prices", INCLUDED),
    ("A19", "club", "alternative_medicine", INCLUDED, ABSENT),
]


@pytest.mark.parametrize(
    ("edition", "cover", "code", "expected"),
    [
        pytest.param(edition, cover, code, figure, id=f"{row}-{code}-{edition}")
        for row, cover, code, *figures in FAMILY
        for edition, figure in zip(EDITIONS, figures * (3 - len(figures)), strict=False)
    ],
)
def test_family_protection(edition, cover, code, expected):
    assert figure_of(edition, cover, code) == expected


def test_the_table_holds_every_limit_of_the_family_product():
    rows = Limit.objects.filter(cover__edition__product__code="familia")
    loaded = set(rows.exclude(cover__code__startswith="worldwide").values_list("cover__code", "code"))
    assert loaded == {(cover, code) for _row, cover, code, *_figures in FAMILY}


# Covers map: (cover, compulsory, needs, ages 2012, ages 2024, waiting months, not in these modalities).
# Ages are lowest at entry, highest at entry, year of turning in which it ends.
COVERS = [
    ("funeral", True, [], (None, 70, None), (None, 75, None), None, []),
    ("complementary", True, ["funeral"], (None, 70, None), (None, 75, None), None, ["single"]),
    ("additional", False, ["funeral"], (None, 70, None), (None, 75, None), None, []),
    ("transfer", True, ["funeral"], (None, 70, None), (None, 75, None), None, []),
    (
        "foreign_repatriation",
        True,
        ["funeral", "worldwide"],
        (None, 70, None),
        (None, 75, None),
        None,
        ["single"],
    ),
    ("hospital", False, [], (0, 65, 70), (0, 65, 70), 8, []),
    ("accident", False, [], (14, 65, 65), (14, 65, 65), None, []),
    ("family_care", True, [], (None, None, None), (None, None, None), None, []),
    ("legal_care", True, [], (None, None, None), (None, None, None), None, []),
    ("psychological_care", True, [], (None, None, None), (None, None, None), None, []),
    ("worldwide", True, [], (None, None, None), (None, None, None), None, []),
    ("worldwide_plus", False, ["worldwide"], (None, None, None), (None, None, None), None, []),
    ("home_help", False, [], (None, None, None), (None, None, None), None, []),
    ("home_teaching", False, [], (6, 16, None), (6, 16, None), None, []),
    ("legal_protection", False, [], (None, None, None), (None, None, None), None, []),
    ("pets", False, [], (None, None, None), (None, None, None), None, []),
    ("dental_accident", False, [], (None, None, None), (None, None, None), None, []),
    ("club", False, [], (None, None, None), (None, None, None), None, []),
]


@pytest.mark.parametrize(
    ("code", "compulsory", "requires", "ages_2012", "ages_2024", "waiting", "modalities"),
    COVERS,
    ids=[row[0] for row in COVERS],
)
def test_covers_map(code, compulsory, requires, ages_2012, ages_2024, waiting, modalities):
    for edition, ages in (("PF-2012", ages_2012), ("PF-2024", ages_2024)):
        cover = Cover.objects.get(edition__code=edition, code=code)
        assert cover.compulsory is compulsory
        assert cover.requires == requires
        assert (cover.entry_age_min, cover.entry_age_max, cover.end_age) == ages
        assert cover.waiting_months == waiting
        assert cover.excluded_modalities == modalities


def test_covers_of_each_edition():
    def covers_of(edition):
        return set(Cover.objects.filter(edition__code=edition).values_list("code", flat=True))

    family = {row[0] for row in COVERS}
    assert covers_of("PF-2012") == family | {"dna"}
    assert covers_of("PF-2024") == family
    assert covers_of("SA-2026") == {"health_network", "health_reimbursement", "worldwide"}


@pytest.mark.parametrize(
    ("edition", "trip_days", "notice", "features"),
    [
        ("PF-2012", 60, 2, ["travel"]),
        ("PF-2024", 90, 1, ["travel"]),
        ("SA-2026", 180, 1, ["network", "reimbursement", "travel"]),
    ],
)
def test_editions(edition, trip_days, notice, features):
    row = Edition.objects.get(code=edition)
    assert (row.trip_days, row.nonrenewal_notice_months, row.features) == (trip_days, notice, features)


def test_the_longest_trip_of_the_edition_is_that_of_its_travel_cover():
    for edition in Edition.objects.all():
        assert figure_of(edition.code, "worldwide", "max_stay")[0] == edition.trip_days


def test_what_the_conditions_do_not_hold_says_that_it_is_invented():
    invented = Limit.objects.filter(invented=True)
    assert set(invented.values_list("cover__code", flat=True)) == {"health_network", "health_reimbursement"}
    assert not Limit.objects.filter(cover__code__startswith="health_", invented=False).exists()
    assert list(Edition.objects.filter(invented=True).values_list("code", flat=True)) == ["SA-2026"]


def test_no_edition_reaches_what_a_schengen_visa_asks():
    assert not Limit.objects.filter(code="medical_abroad", amount__gte=30_000).exists()
