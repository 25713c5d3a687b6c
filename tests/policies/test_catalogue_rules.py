"""General terms, disability scale and exclusions of the demo insurer's editions, against their conditions."""

from decimal import Decimal

import pytest

from policies.models import Cover, Edition

pytestmark = pytest.mark.django_db

# General terms of the contract: (code, 2012, 2024), each (amount, unit, bound).
TERMS = [
    ("nonrenewal_notice", (2, "months", "at_least"), (1, "months", "at_least")),
    ("divergence_claim", (1, "months", "at_most"), (1, "months", "at_most")),
    ("move_adaptation", (15, "days", "at_most"), (15, "days", "at_most")),
    ("claim_notice", (7, "days", "at_most"), (7, "days", "at_most")),
    ("minimum_payment", (40, "days", "at_most"), (40, "days", "at_most")),
    ("default_interest", (3, "months", "at_most"), (3, "months", "at_most")),
    ("default_interest_surcharge", (50, "percent", "exactly"), (50, "percent", "exactly")),
    ("grace_period", (1, "months", "at_most"), (1, "months", "at_most")),
    ("extinction", (6, "months", "at_most"), (6, "months", "at_most")),
    ("cover_restored", (24, "hours", "at_most"), (24, "hours", "at_most")),
    ("rescission", (1, "months", "at_most"), (1, "months", "at_most")),
    ("prescription", (5, "years", "at_most"), (5, "years", "at_most")),
    ("extraordinary_wind", (120, "count", "more_than"), (120, "count", "more_than")),
    ("consorcio_notice", (7, "days", "at_most"), None),
    ("withdrawal", None, (14, "days", "at_most")),
    ("withdrawal_refund", None, (14, "days", "at_most")),
    ("data_kept", None, (7, "years", "at_most")),
]


def test_terms():
    for edition, column in (("PF-2012", 1), ("PF-2024", 2)):
        terms = {
            term["code"]: (term["amount"], term["unit"], term["bound"])
            for term in Edition.objects.get(code=edition).terms
        }
        assert terms == {row[0]: row[column] for row in TERMS if row[column] is not None}


# The disability scale: (code, right, left). Where the body has one of it, there is no left.
SCALE = [
    ("T1", 100, 100), ("T2", 100, None), ("T3", 100, None), ("T4", 100, None),
    ("P01", 60, 50), ("P02", 25, 20), ("P03", 20, 15), ("P04", 20, 15), ("P05", 30, 30), ("P06", 35, 30),
    ("P07", 25, 20), ("P08", 30, 25), ("P09", 20, 17), ("P10", 22, 18), ("P11", 15, 12), ("P12", 10, 8),
    ("P13", 15, 12), ("P14", 50, 50), ("P15", 40, 40), ("P16", 40, 40), ("P17", 10, 10), ("P18", 20, 20),
    ("P19", 10, 10), ("P20", 25, 25), ("P21", 20, 20), ("P22", 20, 20), ("P23", 15, 15), ("P24", 5, 5),
    ("P25", 33, None), ("P26", 33, None), ("P27", 33, None), ("P28", 30, None), ("P29", 50, None),
    ("P30", 40, None), ("P31", 10, None), ("P32", 20, None), ("P33", "7.5", None), ("P34", 15, None),
    ("P35", 5, None), ("P36", 15, None), ("P37", 25, None), ("P38", 15, None),
]  # fmt: skip


@pytest.mark.parametrize("edition", ["PF-2012", "PF-2024"])
def test_disability_scale(edition):
    loaded = [
        (loss["code"], Decimal(loss["right"]), Decimal(loss["left"]) if "left" in loss else None)
        for loss in Edition.objects.get(code=edition).disability_scale
    ]
    assert loaded == [
        (code, Decimal(right), None if left is None else Decimal(left)) for code, right, left in SCALE
    ]


@pytest.mark.parametrize("edition", ["PF-2012", "PF-2024"])
def test_only_the_upper_limb_is_told_apart_for_left_handed_people(edition):  # BAR-R4
    scale = Edition.objects.get(code=edition).disability_scale
    upper = [loss["code"] for loss in scale if loss["part"] == "upper_limb"]
    assert upper == [f"P{number:02}" for number in range(1, 14)]
    skull = scale[-1]
    assert (skull["code"], skull["right"], skull["step"], skull["step_unit"]) == ("P38", "15", "1", "cm2")


def test_arm_and_foot_are_total_disability_since_2024():
    first = {
        e: Edition.objects.get(code=e).disability_scale[0]["names"]["en"] for e in ("PF-2012", "PF-2024")
    }
    assert "one arm and one foot" not in first["PF-2012"]
    assert "one arm and one foot" in first["PF-2024"]


# Exclusions that a claim form asks about: (row, cover, codes).
ILLNESS = {
    "undeclared",
    "only_pain",
    "mental",
    "alcohol_and_drugs",
    "war_and_extraordinary",
    "fights_and_self_harm",
}
EXCLUSIONS = [
    ("EXC-02 to 08, 11", "hospital", ILLNESS | {"pregnancy_day_8", "not_curative"}),
    (
        "EXC-02 to 12",
        "accident",
        ILLNESS | {"dangerous_activities", "professional_sport", "unauthorised_aircraft"},
    ),
    (
        "EXC-13",
        "dental_accident",
        {"war_and_disaster", "own_fault", "other_compulsory_insurance", "not_in_contract"},
    ),
    (
        "EXC-14, 15",
        "legal_protection",
        {
            "building", "motor_vehicles", "professional_life", "among_insured", "property_rights",
            "declared_late", "moral_damage", "small_court_claims", "document_limits",
        },
    ),
    (
        "EXC-16",
        "pets",
        {"pet_illness", "pet_aesthetics", "pet_ill_treatment", "pet_fights", "pet_other_use"},
    ),
    ("TRA-06", "transfer", {"not_requested", "nuclear", "war_and_unrest", "high_risk_sport", "suicide"}),
]  # fmt: skip


@pytest.mark.parametrize("edition", ["PF-2012", "PF-2024"])
@pytest.mark.parametrize(
    ("cover", "codes"), [row[1:] for row in EXCLUSIONS], ids=[row[0] for row in EXCLUSIONS]
)
def test_exclusions(edition, cover, codes):
    loaded = Cover.objects.get(edition__code=edition, code=cover).exclusions
    assert {exclusion["code"] for exclusion in loaded} == codes


@pytest.mark.parametrize(("edition", "excluded"), [("PF-2012", False), ("PF-2024", True)])
def test_digital_legacy_exclusions(edition, excluded):  # EXC-17
    codes = {row["code"] for row in Cover.objects.get(edition__code=edition, code="legal_care").exclusions}
    assert ({"digital_china", "heirs_disagree", "digital_courts"} <= codes) is excluded
