from cases.canned_texts import CannedText
from cases.models.case import AFFAIRS, Case, CaseQuerySet, acts
from cases.models.kept import Draft, SentCopy
from cases.models.messages import Message
from cases.models.papers import CaseDocument, CaseDocumentQuerySet, Paper
from cases.models.steps import AppendOnly, CaseEvent, Deadline

__all__ = [
    "AFFAIRS",
    "AppendOnly",
    "CannedText",
    "Case",
    "CaseDocument",
    "CaseDocumentQuerySet",
    "CaseEvent",
    "CaseQuerySet",
    "Deadline",
    "Draft",
    "Message",
    "Paper",
    "SentCopy",
    "acts",
]
