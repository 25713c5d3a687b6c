"""Every row of legal_terms.toml as its source was read: a figure that changes by mistake is seen here."""

from datetime import date
from decimal import Decimal

from core.legal_terms import DEFAULT_FILE, load

LCS = "LCS (Ley 50/1980) art. "
LAW_44 = "Ley 44/2002 art. "
ORDER = "Orden ECO/734/2004 art"
LAW_22 = "Ley 22/2007 art. "
CONDITIONS = "General conditions, "
ANNEX = "Travel annex of the health product"
PROMISE, ABOUT = "Our promise: ", "Our promise: questions about "

# key, value, unit, first day, last day (empty: open), source
REGISTER = [
    # The insurance contract
    ("lcs.application_binds_insurer", "15", "days", "", "", LCS + "6"),
    ("lcs.divergence_claim", "1", "months", "", "", LCS + "8"),  # DL-09
    ("lcs.rescission_after_concealment", "1", "months", "", "", LCS + "10"),  # DL-10
    ("lcs.aggravation_proposal", "2", "months", "", "", LCS + "12"),
    ("lcs.aggravation_answer", "15", "days", "", "", LCS + "12"),
    ("lcs.aggravation_warning", "15", "days", "", "", LCS + "12"),
    ("lcs.aggravation_rescission_told", "8", "days", "", "", LCS + "12"),
    ("lcs.grace_period", "1", "months", "", "", LCS + "15"),  # DL-07
    ("lcs.extinction", "6", "months", "", "", LCS + "15"),  # DL-07
    ("lcs.restore_cover", "0", "hours_after_day", "", "", LCS + "15"),  # DL-07
    ("lcs.claim_notice", "7", "days", "", "", LCS + "16"),  # DL-01
    ("lcs.minimum_payment", "40", "days", "", "", LCS + "18"),  # DL-02
    ("lcs.default_starts", "3", "months", "", "", LCS + "20.3"),  # DL-03
    ("lcs.default_interest", "1.5", "factor", "", "", LCS + "20.4"),
    ("lcs.default_interest_step", "2", "years", "", "", LCS + "20.4"),
    ("lcs.default_interest_floor", "20", "percent", "", "", LCS + "20.4"),
    ("lcs.nonrenewal_holder", "2", "months", "", "2015-12-31", LCS + "22 before Ley 20/2015"),
    ("lcs.nonrenewal_holder", "1", "months", "2016-01-01", "", LCS + "22.2"),  # DL-06
    ("lcs.nonrenewal_insurer", "2", "months", "", "", LCS + "22.2"),
    ("lcs.change_notice", "2", "months", "2016-01-01", "", LCS + "22.3"),
    ("lcs.prescription_persons", "5", "years", "", "", LCS + "23"),  # DL-23
    ("lcs.prescription_damage", "2", "years", "", "", LCS + "23"),
    ("lcs.expert_named", "8", "days", "", "", LCS + "38"),
    ("lcs.expert_third", "30", "days", "", "", LCS + "38"),
    ("lcs.expert_challenge_insurer", "30", "days", "", "", LCS + "38"),
    ("lcs.expert_challenge_insured", "180", "days", "", "", LCS + "38"),
    ("lcs.expert_payment", "5", "days", "", "", LCS + "38"),
    ("lcs.life_withdrawal", "30", "days", "", "", LCS + "83 a"),
    ("lcs.oncology_oblivion", "5", "years", "", "", "RDL 5/2023"),
    ("money.legal_interest", "3.00", "percent", "2016-01-01", "2022-12-31", "Budget laws 2016 to 2022"),
    ("money.legal_interest", "3.25", "percent", "2023-01-01", "", "Budget law 2023, extended"),
    ("fun.registry_certificate", "15", "working_days", "", "", "Ley 20/2005"),
    # Complaints
    ("cmp.resolve", "2", "months", "", "2025-12-27", ORDER + "s. 10 and 15"),
    ("cmp.resolve", "1", "months", "2025-12-28", "", LAW_44 + "29 bis.3 and 29 septies.1 (Ley 10/2025)"),
    ("cmp.notify_decision", "10", "days", "", "2025-12-27", ORDER + ". 15"),
    ("cmp.notify_decision", "10", "days", "2025-12-28", "", LAW_44 + "29 septies.3"),
    ("cmp.remedy", "10", "days", "", "2025-12-27", ORDER + ". 12"),
    ("cmp.remedy", "10", "days", "2025-12-28", "", LAW_44 + "29 quater.2"),
    ("cmp.inadmissible_reply", "10", "days", "", "2025-12-27", ORDER + ". 12"),
    ("cmp.inadmissible_reply", "10", "days", "2025-12-28", "", LAW_44 + "29 quater.4"),
    ("cmp.max_age", "5", "years", "", "", LAW_44 + "29 quater.3.f"),
    ("cmp.max_age_entity_rules", "2", "years", "", "", ORDER + ". 8.3.e"),
    ("cmp.supervisor_resolves", "90", "days", "2025-12-28", "", LAW_44 + "30.3.b"),
    ("cmp.put_right_told", "1", "months", "2025-12-28", "", LAW_44 + "30.3.c"),
    ("cmp.annual_report", "3", "months", "", "", ORDER + ". 17"),
    ("svc.billing_answer", "5", "days", "2025-12-28", "", "Ley 10/2025 art. 17.3"),
    ("svc.wait_target", "3", "minutes", "2025-12-28", "", "Ley 10/2025 arts. 8 and 10"),
    ("svc.wait_target_share", "95", "percent", "2025-12-28", "", "Ley 10/2025 arts. 8 and 10"),
    ("svc.review_window", "30", "days", "2025-12-28", "", "TRLGDCU art. 20.4"),
    # Data protection
    ("gdpr.answer", "1", "months", "2018-05-25", "", "GDPR art. 12.3"),
    ("gdpr.answer_extension", "2", "months", "2018-05-25", "", "GDPR art. 12.3"),
    ("gdpr.repeat", "6", "months", "2018-12-07", "", "LOPDGDD art. 13.3"),
    ("gdpr.child_consent", "14", "years_of_age", "2018-12-07", "", "LOPDGDD art. 7.1"),
    ("gdpr.parents", "14", "years_of_age", "2018-12-07", "", "LOPDGDD art. 12.6"),
    ("gdpr.breach", "72", "hours", "2018-05-25", "", "GDPR art. 33"),
    ("gdpr.retention", "7", "years", "", "", CONDITIONS + "data protection"),  # DL-24
    ("health.majority", "16", "years_of_age", "", "", "Ley 41/2002 art. 9"),
    # Withdrawal
    ("wdr.period", "14", "days", "", "", LAW_22 + "10"),  # DL-05
    ("wdr.period_life", "30", "days", "", "", LAW_22 + "10"),
    ("wdr.refund", "14", "days", "", "", CONDITIONS + "withdrawal"),  # DL-05
    ("wdr.refund_legal", "30", "days", "", "", LAW_22 + "11.3"),
    ("wdr.none_for_travel_under", "1", "months", "", "", LAW_22 + "10.2.b"),
    # The general conditions
    ("pet.death_notice", "60", "days", "", "", CONDITIONS + "pets"),  # DL-04
    ("funeral.adapt_after_move", "15", "days", "", "", CONDITIONS + "change of address"),  # DL-11
    ("accident.disability_fixed", "1", "years", "", "", CONDITIONS + "accidents"),  # DL-12
    ("accident.dental_treatment", "1", "years", "", "", CONDITIONS + "accidents"),  # DL-12
    ("hospital.include_newborn", "6", "months", "", "", CONDITIONS + "hospital benefit"),  # DL-13
    ("hospital.new_process_gap", "6", "months", "", "", CONDITIONS + "hospital benefit"),  # DL-13
    ("hospital.waiting_maternity", "8", "months", "", "", CONDITIONS + "hospital benefit"),  # DL-14
    ("grief.call_from", "7", "days", "", "", CONDITIONS + "psychological care"),  # DL-15
    ("grief.call_until", "10", "days", "", "", CONDITIONS + "psychological care"),  # DL-15
    ("grief.sessions_within", "1", "years", "", "", CONDITIONS + "psychological care"),  # DL-16
    ("legal.researched_answer", "48", "hours", "", "", CONDITIONS + "legal advice"),  # DL-17
    ("home_help.start_from", "48", "working_hours", "", "", CONDITIONS + "home help"),  # DL-18
    ("home_help.start_until", "72", "working_hours", "", "", CONDITIONS + "home help"),  # DL-18
    ("legal.late_claim", "2", "years", "", "", CONDITIONS + "legal protection"),  # DL-19
    ("legal.late_claim_tax", "4", "years", "", "", CONDITIONS + "legal protection"),  # DL-19
    ("consorcio.notice", "7", "days", "", "", "General conditions of 2012, extraordinary risks"),  # DL-20
    ("travel.bail_after_return", "2", "months", "", "", CONDITIONS + "travel assistance"),  # DL-21
    ("travel.bail_after_request", "3", "months", "", "", CONDITIONS + "travel assistance"),  # DL-21
    ("travel.bail_health_annex", "3", "months", "", "", ANNEX),  # DL-21
    ("travel.advance_repaid", "30", "days", "", "", ANNEX),  # DL-22
    # Direct debit
    ("sepa.mandate_unused", "36", "months", "", "", "SEPA Core rulebook"),
    ("sepa.prenotice", "14", "days", "", "", "SEPA Core rulebook"),
    ("sepa.refund_authorised", "56", "days", "", "", "RDL 19/2018"),
    ("sepa.refund_unauthorised", "13", "months", "", "", "RDL 19/2018"),
    # Our own word
    ("svc.enquiry_answer", "2", "working_days", "", "", PROMISE + "questions"),
    ("svc.enquiry_answer.authorisations", "1", "working_days", "", "", ABOUT + "authorisations"),
    ("svc.enquiry_answer.reimbursements", "3", "working_days", "", "", ABOUT + "reimbursements"),
    ("svc.enquiry_answer.data", "5", "working_days", "", "", ABOUT + "personal data"),
    ("svc.bank_account", "3", "working_days", "", "", PROMISE + "change of bank account"),
    ("svc.contact_data", "3", "working_days", "", "", PROMISE + "change of contact data"),
    ("svc.refund_hold", "72", "hours", "", "", "Our own safeguard: change of bank account"),
]  # fmt: skip

# What the running of one term does to another; and what is counted back from a day.
INTERRUPTS = {
    ("cmp.remedy", "suspend", ORDER + ". 12"),
    ("cmp.remedy", "restart", LAW_44 + "29 quater.2"),
    ("cmp.inadmissible_reply", "restart", LAW_44 + "29 quater.4"),
}
BEFORE = {"lcs.nonrenewal_holder", "lcs.nonrenewal_insurer", "lcs.change_notice"}

OURS = load(DEFAULT_FILE)


def test_every_row_says_what_its_source_says() -> None:
    found = [
        (
            row.key,
            Decimal(row.value),
            row.unit,
            "" if row.valid_from == date.min else row.valid_from.isoformat(),
            row.valid_to.isoformat() if row.valid_to else "",
            row.source,
        )
        for row in OURS
    ]
    assert sorted(found) == sorted((key, Decimal(value), *rest) for key, value, *rest in REGISTER)


def test_what_interrupts_and_what_is_counted_back() -> None:
    assert {(row.key, row.interrupts, row.source) for row in OURS if row.interrupts} == INTERRUPTS
    assert {row.key for row in OURS if row.before} == BEFORE


def test_only_our_own_word_is_a_promise() -> None:
    promises = {row.key for row in OURS if row.promise}
    assert promises == {row[0] for row in REGISTER if row[-1].startswith("Our ")}
    working = {row.key for row in OURS if row.calendar == "working"}
    assert working == promises - {"svc.refund_hold"} | {
        "fun.registry_certificate",
        "home_help.start_from",
        "home_help.start_until",
    }
