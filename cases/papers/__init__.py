"""Files that people send on a case: into quarantine at once, cleaned by a worker, served only then."""

from cases.papers.by_eye import refuse
from cases.papers.checking import LEASE, MAX_ATTEMPTS, PAUSE, check_document, waiting
from cases.papers.reasons import ANOTHER_REASON, BY_EYE, REASONS, UploadRefused, many_files, one_file, why
from cases.papers.receiving import BYTES_A_PERSON, FILES_A_DAY, FILES_A_FORM, put_in, receive, send

__all__ = [
    "ANOTHER_REASON",
    "BYTES_A_PERSON",
    "BY_EYE",
    "FILES_A_DAY",
    "FILES_A_FORM",
    "LEASE",
    "MAX_ATTEMPTS",
    "PAUSE",
    "REASONS",
    "UploadRefused",
    "check_document",
    "many_files",
    "one_file",
    "put_in",
    "receive",
    "refuse",
    "send",
    "waiting",
    "why",
]
