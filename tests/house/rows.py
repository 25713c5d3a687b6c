"""Who may reach rows without asking `visible_to`, and why. Read by test_rows.py."""

# Rows of the catalogue are public.
PUBLIC_MODELS = {"Edition", "Product", "Cover", "Limit"}
# A reader may name a manager only through these.
# `acting_for` finds fewer than `visible_to`.
DOORS = {"visible_to", "acting_for", "none"}

# Modules that show nobody anything: they act on what they were given, for all alike, or in the background.
BEHIND = {
    "cases/canned_files.py": "loads texts of the staff, which belong to nobody",
    "cases/clocks.py": "writes the clock of the case it is given",
    "cases/copies.py": "prints the case it is given; the view has found it by visible_to",
    "cases/drafts.py": "a draft belongs to one account, which every query names",
    "cases/papers/by_eye.py": "writes to the document that it is given",
    "cases/papers/checking.py": "looks in the background at what waits, and shows nobody anything",
    "cases/papers/receiving.py": "writes to the case it is given",
    "cases/papers_sweep.py": "deletes in the background what no row names",
    "cases/reminders.py": "looks at all clocks in the background",
    "policies/catalogue.py": "loads the catalogue",
    "policies/identity_check.py": "answers yes or no about what a person has typed of themselves",
    "servicing/changes_export.py": "writes the file for the insurer's own systems",
    "servicing/refunds.py": "answers who pays, about the policies it is given",
}

_LOG_IN = "found by what was typed at the log-in or the address of a mail, never shown"
_OF_ACCOUNT = "of the account of the session itself, which every query names"
_SECRET = "found by the secret of a link"
_OWN = "only those of the account that is logged in"
_SHAPE = "put together once; each function asks for the policies of the reader and narrows it by them"
_FACTS = "of the policy that policy_of() has found by visible_to with the level of amounts"
_OF_CASES = "part of a query of cases that were found by visible_to"
READ_WITHOUT = {
    ("accounts/adapter.py", "User.objects.get"): _LOG_IN,
    ("accounts/backend.py", "User.objects.by_identifier"): _LOG_IN,
    ("accounts/buckets.py", "User.objects.by_identifier"): _LOG_IN,
    ("accounts/backend.py", "User.objects.select_related"): "the account of the session itself",
    ("accounts/devices.py", "EmailChange.objects.filter"): _OF_ACCOUNT,
    ("accounts/devices.py", "LogIn.objects.filter"): _OF_ACCOUNT,
    ("accounts/devices.py", "Session.objects.filter"): _OF_ACCOUNT,
    ("accounts/links.py", "AccountRequest.objects.select_related"): _SECRET,
    ("accounts/links.py", "EmailChange.objects.filter"): _SECRET,
    ("accounts/links.py", "EmailChange.objects.select_related"): _SECRET,
    ("accounts/links.py", "Authenticator.objects.filter"): _SECRET,
    ("accounts/links.py", "FactorsOff.objects.filter"): _SECRET,
    ("accounts/links.py", "FactorsOff.objects.select_related"): _SECRET,
    ("accounts/links.py", "LogIn.objects.filter"): _SECRET,
    (
        "accounts/log_ins.py",
        "LogIn.objects.filter",
    ): "counts the tries at the account of a log-in, shows none",
    ("accounts/log_ins.py", "LogInAlert.objects.filter"): "whether there is one: it names nobody",
    ("accounts/mfa/adapter.py", "Authenticator.objects.filter"): "counts those of the account, for a name",
    ("accounts/mfa/enrolment.py", "Authenticator.objects.filter"): _OWN,
    ("accounts/mfa/factors.py", "Authenticator.objects.filter"): _OWN,
    (
        "accounts/mfa/seals.py",
        "Authenticator.objects.filter",
    ): "seals them anew at the console, and shows none",
    ("accounts/steps.py", "User.objects.filter"): "found by the signed field of the form in hand",
    ("accounts/steps.py", "model.objects.filter"): _SECRET,
    ("accounts/mfa/factors.py", "User.objects.filter"): "the account itself, marked as asked once",
    ("cases/listing.py", "Deadline.objects.filter"): _OF_CASES,
    ("cases/message_drafts.py", "Message.objects.filter"): "one's own, by its key: sent already, yes or no",
    ("cases/reading.py", "CaseDocument.objects.filter"): _OF_CASES,
    ("cases/reading.py", "Deadline.objects.filter"): _OF_CASES,
    ("cases/reading.py", "CaseEvent.objects.filter"): _OF_CASES,
    ("cases/reading.py", "Message.objects.filter"): _OF_CASES,
    ("cases/reading.py", "Paper.objects.filter"): _OF_CASES,
    ("cases/reading.py", "Message.objects.order_by"): _OF_CASES,
    ("policies/certificates.py", "Certificate.objects.filter"): "counts what the account has asked for today",
    ("policies/certificates.py", "InsuredCover.objects.filter"): "part of a query of persons by visible_to",
    ("policies/policy_page.py", "InsuredCover.objects.order_by"): _SHAPE,
    ("policies/reading.py", "InsuredPerson.objects.order_by"): _SHAPE,
    ("policies/reading.py", "Mandate.objects.live"): _FACTS,
    ("policies/reading.py", "Policy.objects.order_by"): _SHAPE,
    ("policies/reading.py", "PremiumReceipt.objects.filter"): "of policies that were found by visible_to",
    ("policies/reading.py", "PremiumReceipt.objects.order_by"): _SHAPE,
    ("policies/receipt_page.py", "Mandate.objects.in_use"): _FACTS,
    ("policies/receipt_page.py", "PremiumReceipt.objects.filter"): _FACTS,
    ("policies/receipts_page.py", "PremiumReceipt.objects.filter"): _FACTS,
    (
        "policies/views/verify.py",
        "Certificate.objects.filter",
    ): "whoever holds the paper holds its code: the key",
    (
        "portal/looks.py",
        "AuditEntry.objects.filter",
    ): "of oneself and of persons found by visible_to, CLINICAL",
    ("servicing/kept.py", "Enquiry.objects.filter"): "one's own, by its key: sent already, yes or no",
    ("servicing/kept.py", "ContactDataChange.objects.filter"): "one's own, by its key: sent already or not",
}
