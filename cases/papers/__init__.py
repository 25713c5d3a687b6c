"""Files that people send on a case: into quarantine at once, cleaned by a worker, served only then."""

from cases.papers.checking import LEASE, MAX_ATTEMPTS, PAUSE, check_document, waiting
from cases.papers.reasons import REASONS, UploadRefused
from cases.papers.receiving import BYTES_A_PERSON, FILES_A_DAY, FILES_A_FORM, receive

__all__ = [
    "BYTES_A_PERSON",
    "FILES_A_DAY",
    "FILES_A_FORM",
    "LEASE",
    "MAX_ATTEMPTS",
    "PAUSE",
    "REASONS",
    "UploadRefused",
    "check_document",
    "receive",
    "waiting",
]
